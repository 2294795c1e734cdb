"""Stripe's API called in the process, as an account's own key: validated, logged and answered as over the wire."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import orjson

from mockbill import surface
from mockbill.scenario.client import form_pairs
from mockbill.world import World

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
TRIGGERED = "mockbill.triggered"
"""What the environ of a recipe's call holds, so that no fault that waits for an application's call takes it."""


class Refused(Exception):
    """A call was answered with an error."""

    def __init__(self, call: str, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{call} answered {status}: {error.get('message')}")
        self.call = call
        self.status = status
        self.error = error


class InProcess:
    """Calls the dialect as one account, in the newest API version, which recipes are written for."""

    def __init__(self, stripe: Wsgi, world: World) -> None:
        self._stripe = stripe
        self._headers = _headers(world)

    def call(self, method: str, path: str, params: Mapping[str, Any], version: str | None = None) -> Any:
        """The answer's document; raises Refused.  ``params`` is a tree, as for an SDK; v2 takes it as JSON."""
        v2 = path.startswith("/v2/")
        form = b"" if v2 else urlencode(list(form_pairs(params))).encode()
        in_body = method == "POST"
        body = (orjson.dumps(params) if v2 else form) if in_body else b""
        environ = {
            **self._headers,
            "HTTP_STRIPE_VERSION": version or surface.api_version(),
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "" if in_body else form.decode(),
            "CONTENT_TYPE": "application/json" if v2 else "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            TRIGGERED: True,
        }
        answered: list[str] = []
        text = b"".join(self._stripe(environ, lambda status, _: answered.append(status)))
        status, answer = int(answered[0].split(" ")[0]), orjson.loads(text)
        if status >= 400:
            raise Refused(f"{method} {path}", status, answer["error"])
        return answer


def _headers(world: World) -> dict[str, str]:
    """Whose key it is: a connected account is called by its platform's, with its own id."""
    owner = world.platform or world
    headers = {"HTTP_AUTHORIZATION": f"Bearer sk_test_{owner.name}"}
    return {**headers, "HTTP_STRIPE_ACCOUNT": world.account_id} if world.platform else headers
