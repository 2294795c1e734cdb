"""Stripe's API as a WSGI callable: from a request to a unit of work and back (design.md, "How one request flows")."""

import logging
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import orjson

from mockbill import surface
from mockbill.billing import clock_limits, unmodelled
from mockbill.billing.storefront import ephemeral_keys
from mockbill.stripe_api import (
    ephemeral,
    errors,
    expand,
    faults,
    keys,
    lists,
    resources,
    stored,
    versions,
)
from mockbill.stripe_api.exchange import Exchange, as_sent, is_v2
from mockbill.stripe_api.idempotency import Idempotency
from mockbill.stripe_api.log import LoggedRequest, RequestLog
from mockbill.stripe_api.registry import HANDLERS, TWINS, Call, Content
from mockbill.stripe_api.routes import Routes
from mockbill.surface import Operation
from mockbill.world import Problem, World, Worlds

_log = logging.getLogger(__name__)

_REASONS = {
    200: "200 OK",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    402: "402 Payment Required",
    403: "403 Forbidden",
    404: "404 Not Found",
    409: "409 Conflict",
    413: "413 Content Too Large",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    501: "501 Not Implemented",
    502: "502 Bad Gateway",
    503: "503 Service Unavailable",
    504: "504 Gateway Timeout",
}
_ALWAYS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-cache, no-store"),
]
_DOWNLOADED = [("Content-Disposition", "attachment"), ("X-Content-Type-Options", "nosniff"), *_ALWAYS[1:]]
# For pages of a browser, which say where they come from; Stripe sends these to everybody, at some microseconds a call.
_TO_PAGES = [
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Methods", "GET, HEAD, PUT, PATCH, POST, DELETE"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Request-Id, Stripe-Should-Retry, Idempotent-Replayed"),
    ("Access-Control-Max-Age", "300"),
]
_ASKED_HEADERS = "HTTP_ACCESS_CONTROL_REQUEST_HEADERS"


class StripeApi:
    """The WSGI callable for ``/v1`` and ``/v2``."""

    def __init__(self, worlds: Worlds, log: RequestLog) -> None:
        resources.load()
        self.worlds = worlds
        self.log = log
        self.routes = Routes([*surface.operations().values(), *resources.EXTRA])
        self._requests = count(1)
        self._idempotency: WeakKeyDictionary[World, Idempotency] = WeakKeyDictionary()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        started = time.perf_counter()
        exchange = Exchange(
            environ["REQUEST_METHOD"],
            as_sent(environ.get("PATH_INFO", "")),
            as_sent(environ.get("QUERY_STRING", "")),
            environ,
            f"req_{next(self._requests):014d}",
            self.worlds.site.url_for(environ),
        )
        try:
            status, body = self._answer(exchange)
        except faults.NoAnswer as no_answer:
            status, exchange.lost = 0, no_answer
        if exchange.lost is not None:
            exchange.error = {"message": f"No answer, by a fault that was asked for: {exchange.lost}"}
            self._note(exchange, status, (time.perf_counter() - started) * 1000)
            return faults.cut(exchange.lost, environ, start_response)
        to_page = _TO_PAGES if "HTTP_ORIGIN" in environ else ()
        headers = [*(exchange.downloaded or _ALWAYS), *to_page, *exchange.headers]
        headers += [("Content-Length", str(len(body))), ("Request-Id", exchange.id)]
        if exchange.version:
            headers.append(("Stripe-Version", exchange.version))
        start_response(_REASONS.get(status) or f"{status} Error", headers)
        self._note(exchange, status, (time.perf_counter() - started) * 1000)
        return [body] if exchange.method != "HEAD" else []

    def forget(self, world: World) -> None:
        """Forget the idempotency keys of an account that is being emptied."""
        self._idempotency.pop(world, None)

    def _answer(self, exchange: Exchange) -> tuple[int, bytes]:
        if exchange.method == "OPTIONS":
            # A browser's question before the call. A "*" would not cover Authorization, so what it asks for is named.
            exchange.headers.append(("Access-Control-Allow-Headers", exchange.header(_ASKED_HEADERS) or "*"))
            return 200, _json_text({})
        try:
            status, payload = self._serve(exchange)
            if isinstance(payload, Content):
                exchange.downloaded = [("Content-Type", payload.type), *_DOWNLOADED]
                return status, payload.body
            return status, _json_text(payload)
        except Problem as problem:
            status, payload = self._refuse(exchange, problem)
        except faults.NoAnswer:
            raise
        except Exception as error:  # a fault of ours must still be an answer an SDK understands
            _log.exception("%s %s failed", exchange.method, exchange.path)
            status, payload = self._refuse(exchange, errors.bug(error))
        return status, _json_text(payload)

    def _serve(self, exchange: Exchange) -> tuple[int, Any]:
        exchange.key, exchange.world = keys.caller(
            self.worlds, exchange.header("HTTP_AUTHORIZATION") or "", exchange.account
        )
        asked = exchange.header("HTTP_STRIPE_VERSION")
        exchange.version = versions.checked(asked) if asked else exchange.world.api_version
        self._echo(exchange)
        if exchange.world.faults.answers:
            self._meet_fault(exchange)
        keys.check_origin(exchange.key, exchange.header("HTTP_ORIGIN"), self.worlds.site)
        operation, ids = self.routes.find("GET" if exchange.method == "HEAD" else exchange.method, exchange.path)
        keys.check_publishable(exchange.key, operation.key)
        ephemeral.check_operation(exchange.key, operation.key)
        keys.check_session(exchange.key, operation.key, exchange.world)
        if operation.gone is not None:
            versions.check_there(operation, exchange.version if asked else None)
        level = stored.level_of(operation)
        if level == "unsupported":
            raise self._unsupported(exchange, operation)
        if level == "stored":
            exchange.headers.append(("Mockbill-Level", "stored"))
        if notice := versions.notice(exchange.version):
            exchange.headers.append(("Mockbill-Notice", notice))
        exchange.read()
        idempotency_key = exchange.header("HTTP_IDEMPOTENCY_KEY") if exchange.method == "POST" else None
        if idempotency_key is None:
            params, to_expand = self._validated(exchange, operation, asked)
            return 200, self._perform(exchange, operation, ids, params, to_expand, None)
        return self._once(exchange, operation, ids, asked, idempotency_key)

    def _meet_fault(self, exchange: Exchange) -> None:
        """Run into the fault that waits for this call, unless it is one that we make ourselves to trigger an event."""
        if "mockbill.triggered" in exchange.environ:
            return

        def sent() -> dict[str, Any]:
            exchange.read()
            return exchange.tree()

        assert exchange.world is not None
        key = exchange.header("HTTP_IDEMPOTENCY_KEY")
        exchange.lost = faults.meet(exchange.world, exchange.method, exchange.path, sent, key)

    def _once(
        self, exchange: Exchange, operation: Operation, ids: dict[str, str], asked: str | None, key: str
    ) -> tuple[int, Any]:
        """Execute under an idempotency key: an answer that executed is kept, one that failed validation is not."""
        assert exchange.world is not None
        known = self._idempotency.get(exchange.world) or self._idempotency.setdefault(exchange.world, Idempotency())
        exchange.headers.append(("Idempotency-Key", key))
        kept, replay = known.begin(key, exchange.path, f"{exchange.query}\n".encode() + exchange.body, exchange.id)
        exchange.headers.append(("Original-Request", kept.request_id))
        if replay:
            exchange.headers += [*kept.headers, ("Idempotent-Replayed", "true")]
            exchange.error = kept.payload.get("error")
            return kept.status, kept.payload
        try:
            params, to_expand = self._validated(exchange, operation, asked)
            try:
                answer = 200, self._perform(exchange, operation, ids, params, to_expand, key)
            except Problem as problem:
                if problem.status >= 500:
                    raise
                before = len(exchange.headers)
                answer = self._refuse(exchange, problem)
                kept.headers = exchange.headers[before:]
        except BaseException:
            known.abandon(key)
            raise
        kept.payload, kept.status = answer[1], answer[0]
        return answer

    def _validated(
        self, exchange: Exchange, operation: Operation, asked: str | None
    ) -> tuple[dict[str, Any], expand.Tree]:
        """The parameters, typed and in their newest form, and what is to be expanded."""
        named = exchange.version if asked else None
        sent = versions.counted(operation, exchange.tree(), exchange.version)
        described = TWINS.get(operation.key, operation.key)
        exchange.asked = described, sent
        versions.refuse(described, sent, named)
        try:
            params = surface.validate(described, sent, versions.extras(described, named))
        except surface.Invalid as invalid:
            raise Problem(invalid.message, code=invalid.code, param=invalid.param) from None
        params = versions.upgrade(described, params, exchange.version, named=named is not None)
        if operation.key.startswith("POST ") and operation.key in HANDLERS:
            unmodelled.refuse(params, ("customer_account",), f"calls of {operation.path}")
        paths = tuple(params.pop("expand", None) or ())
        in_list = operation.answer in ("list", "search_result")
        tree = expand.tree_of(paths, operation.kind, in_list, versions.older_fields(exchange.version))
        if versions.check_count(tree, operation, exchange.version):
            params[lists.COUNTED] = True
        return params, tree

    def _perform(
        self,
        exchange: Exchange,
        operation: Operation,
        ids: dict[str, str],
        params: dict[str, Any],
        to_expand: expand.Tree,
        idempotency_key: str | None,
    ) -> Any:
        """Run the verb in a unit of work and render what it returns."""
        world = exchange.world
        assert world is not None
        handler = HANDLERS.get(operation.key) or stored.handler_of(operation)
        assert handler is not None  # _serve lets no other through
        request = {"id": exchange.id, "idempotency_key": idempotency_key}
        with world.work(request, site_url=exchange.site_url) as work:
            if exchange.key.startswith(ephemeral_keys.PREFIX):
                ephemeral.check(work, exchange.key, operation.key, ids, params)
            sent = exchange.path, exchange.version, exchange.key, exchange.body
            call = Call(work, operation, ids, params, *sent, to_expand)
            answer = _done(handler, call)
            if isinstance(answer, Content):
                return answer
            if to_expand:
                answer = expand.expanded(work, answer, to_expand)
            checks = world.settings.check_answers and not exchange.key.startswith("pk_")  # those see reduced views
            if checks and (wrong := _wrong(operation, answer)):
                raise AssertionError(f"{operation.key} answers against its declared shape: {'; '.join(wrong[:5])}")
            return versions.render(work, answer, exchange.version, to_expand)

    def _unsupported(self, exchange: Exchange, operation: Operation) -> Problem:
        known = [op.key for op in surface.operations().values() if stored.level_of(op) != "unsupported"]
        return stored.unsupported(
            operation, self.routes.nearest(operation.key, known), f"{exchange.site_url}/_mockbill/coverage"
        )

    def _echo(self, exchange: Exchange) -> None:
        account = exchange.header("HTTP_STRIPE_ACCOUNT")
        if account:
            exchange.headers.append(("Stripe-Account", account))

    def _refuse(self, exchange: Exchange, problem: Problem) -> tuple[int, Any]:
        if exchange.asked is not None:
            problem = versions.as_sent(*exchange.asked, problem)
        if exchange.method == "POST" and exchange.world is not None and problem.status < 500 and problem.status != 409:
            problem.headers.setdefault("Stripe-Should-Retry", "false")
        exchange.headers += problem.headers.items()
        link = f"{exchange.site_url}/_mockbill/requests/{exchange.id}" if exchange.world is not None else None
        body = errors.body_of_v2(problem) if exchange.is_v2 else errors.body(problem, link)
        exchange.error = body["error"]
        if exchange.world is None or not exchange.version:
            return problem.status, body
        return problem.status, versions.render_error(exchange.world, body, exchange.version)

    def _note(self, exchange: Exchange, status: int, milliseconds: float) -> None:
        world = exchange.world
        self.log.add(
            LoggedRequest(
                id=exchange.id,
                account=world.name if world else "",
                method=exchange.method,
                path=exchange.path,
                query=exchange.query,
                body=exchange.readable,
                status=status,
                at=world.clock.now if world else 0,
                milliseconds=round(milliseconds, 3),
                version=exchange.version,
                idempotency_key=exchange.header("HTTP_IDEMPOTENCY_KEY"),
                error=exchange.error,
            )
        )


def _done(handler: Callable[[Call], Any], call: Call) -> Any:
    """What the handler answers, unless it has changed what is on a test clock that is advancing."""
    try:
        answer = handler(call)
    except Problem:
        clock_limits.check_change(call.work)
        raise
    clock_limits.check_change(call.work)
    return answer


def _wrong(operation: Operation, answer: Any) -> list[str]:
    """What in an answer contradicts its declared shape.  Pages and deletions of v2 do not say what they are."""
    if operation.answer == "nothing" or (operation.answer == "deleted" and is_v2(operation.path)):
        return []
    if operation.answer == "list" and is_v2(operation.path):
        return [problem for each in answer["data"] for problem in surface.check(each)]
    return surface.check(answer)


def _json_text(payload: Any) -> bytes:
    return orjson.dumps(payload, option=orjson.OPT_INDENT_2)
