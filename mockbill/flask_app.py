"""What people look at and scripts control, as one Flask application: the control API and the pages."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

import orjson
from flask import Flask, Response, current_app, render_template_string, request
from flask.json.provider import JSONProvider
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from mockbill import control, pages, surface
from mockbill.control.asking import Refusal
from mockbill.control.blueprint import PREFIX
from mockbill.stripe_api import keys, resources, stored
from mockbill.triggers import Triggers

if TYPE_CHECKING:
    from mockbill.app import Application, Wsgi
    from mockbill.world import World

_NOT_FOUND = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Not found · mockbill</title>
<h1>There is nothing at {{ path }}</h1>
<p>mockbill answers Stripe's API under <code>/v1</code>, checkout pages under <code>/c/pay</code> and its own control
API under <code>/_mockbill</code>, such as <a href="/_mockbill/info">/_mockbill/info</a>.</p>
</html>
"""

_LANDING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>mockbill</title>
<h1>mockbill: a Stripe that lives on localhost</h1>
<p>See <a href="/_mockbill/info">what it holds</a> and <a href="/_mockbill/coverage">what it models</a>, or try:</p>
<pre>{{ commands | join("\n") }}</pre>
</html>
"""


class _Orjson(JSONProvider):
    """Flask's JSON by the same writer as Stripe's answers."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        obj = self._prepare_response_obj(args, kwargs)
        return Response(orjson.dumps(obj, option=orjson.OPT_INDENT_2) + b"\n", mimetype="application/json")


class _Flask(Flask):
    json_provider_class = _Orjson


def build(application: "Application") -> "Wsgi":
    """The WSGI callable for every path that is not Stripe's."""
    app = _Flask("mockbill", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 << 20  # a state to import may be large; a mistaken upload should not fill RAM
    app.extensions["mockbill"] = _rooms(application)
    app.register_blueprint(control.blueprint)
    app.register_blueprint(pages.blueprint)
    app.add_url_rule("/", view_func=_landing)
    app.register_error_handler(NotFound, _nothing_here)
    app.register_error_handler(MethodNotAllowed, _no_such_method)
    return cast("Wsgi", app.wsgi_app)


def _rooms(application: "Application") -> control.Rooms:
    def caller(authorization: str, account: str | None) -> "World":
        return keys.caller(application.worlds, authorization, account).world

    return control.Rooms(
        settings=application.settings,
        worlds=application.worlds,
        webhooks=application.webhooks,
        requests=application.log.newest,
        wait_for_requests=application.log.wait_until,
        fallen_requests=application.log.fallen,
        caller=caller,
        coverage=_coverage,
        forget=application.forget,
        triggers=Triggers(application.worlds, application.webhooks, application.stripe),
    )


def _coverage() -> Iterator[control.Level]:
    for operation in (*surface.operations().values(), *resources.EXTRA):
        yield control.Level(operation.method, operation.path, stored.level_of(operation))


def _landing() -> ResponseReturnValue:
    """What this is, for who opens the bare address."""
    curl = f"curl {request.url_root}v1/customers -u sk_test_mockbill: -d email=ada@example.com"
    commands = [curl, "mockbill scenario run payment_failure", 'mockbill advance "1 month"']
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return render_template_string(_LANDING, commands=commands)
    return {"name": "mockbill", "see": ["/_mockbill/info", "/_mockbill/coverage"], "try": commands}


def _nothing_here(error: NotFound) -> ResponseReturnValue:
    if not request.path.startswith(f"{PREFIX}/"):
        return render_template_string(_NOT_FOUND, path=request.path), 404
    name = request.path.removeprefix(f"{PREFIX}/")
    rules = current_app.url_map.iter_rules()
    known = sorted(
        {rule.rule.removeprefix(f"{PREFIX}/") for rule in rules if rule.rule.startswith(PREFIX)} | {"readyz"}
    )
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Nearest: {', '.join(near)}." if near else f"There are {', '.join(known)}."
    return Refusal(404, "not_found", f"The control API has no {name}. {hint}").as_dict(), 404


def _no_such_method(error: MethodNotAllowed) -> ResponseReturnValue:
    methods = sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"})
    message = f"{request.path} takes {' or '.join(methods)}, not {request.method}."
    headers = {"Allow": ", ".join(methods)}
    if request.path.startswith(f"{PREFIX}/"):
        return Refusal(405, "method_not_allowed", message).as_dict(), 405, headers
    return message, 405, headers
