"""create_app: the only module that knows every room; puts them together into one WSGI application."""

import threading
from bisect import bisect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import orjson

from mockbill import __version__
from mockbill.settings import SettingError, Settings
from mockbill.stripe_api import versions
from mockbill.stripe_api.dialect import StripeApi
from mockbill.stripe_api.log import RequestLog
from mockbill.stripe_api.resources import test_clocks
from mockbill.surface import releases
from mockbill.world import Problem, Ticker, World, Worlds
from mockbill.world.ids import drawn_seed
from mockbill.world.journal import Journal

if TYPE_CHECKING:
    from mockbill.webhooks.scripts import Terms

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Application:
    """One mockbill: Stripe's paths go to the dialect straight, all that people look at goes to Flask.

    Flask and what it needs are imported when a page is first asked for: a client that only speaks the API gets its
    first answer sooner.
    """

    def __init__(self, settings: Settings) -> None:
        from mockbill.billing.engine import ENGINE
        from mockbill.webhooks import Deliveries

        _check_version(settings.api_version)
        if settings.seed is None:
            settings = settings.changed({"seed": drawn_seed()})
        self.settings = settings
        self.webhooks = Deliveries(settings, versions.render_event)
        if settings.scripts is not None:
            self.webhooks.give(_scripts(settings.scripts))
        self.worlds = Worlds(settings, ENGINE, self.webhooks)
        self.log = RequestLog(settings.request_log)
        self.stripe = StripeApi(self.worlds, self.log)
        self._journal = self._kept()
        self._ticker = Ticker(self.worlds)
        self._ticker.start()
        self._flask: Wsgi | None = None
        self._building = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.webhooks.begin_request()
        try:
            return self._answer(environ, start_response)
        finally:
            self.webhooks.end_request()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if objection := self.worlds.site.objection(environ.get("HTTP_HOST")):
            return _refused(objection, start_response)
        # Two slashes are what a client makes of a base URL that ends in one.
        if environ.get("PATH_INFO", "").lstrip("/").startswith(("v1/", "v2/")):
            return self.stripe(environ, start_response)
        if environ.get("PATH_INFO") == "/_mockbill/readyz":
            return _ready(start_response)
        return self._pages()(environ, start_response)

    def _pages(self) -> Wsgi:
        with self._building:
            if self._flask is None:
                from mockbill.flask_app import build

                self._flask = build(self)
            return self._flask

    def listening_at(self, url: str, address: str) -> None:
        """What the server tells before the first call: links that nobody's call makes, a renewal's, lead there."""
        self.worlds.site.listens_at(url, address)
        if self.settings.stripe_cli_port:  # a `stripe listen` that outlasts our restart comes back there
            try:
                self.webhooks.open_socket()
            except OSError as error:
                raise SettingError(
                    "stripe_cli_port", self.settings.stripe_cli_port, f"cannot be had: {error}"
                ) from None

    def forget(self, world: World) -> None:
        """Empty an account in every room, and those that are connected to it: their ids will be given again."""
        with world.lock:
            connected = [self.worlds.by_account_id(id) for id in world.table("account").keys]
            world.empty()
            self.webhooks.forget(world)
        self.stripe.forget(world)
        self.log.clear(world.name)
        for other in connected:
            if other is not None and other is not world:
                self.forget(other)

    def close(self) -> None:
        """Stop delivering and ticking, and write what is to be kept."""
        self._ticker.close()
        self.webhooks.close()
        if self._journal is not None:
            self._journal.close(self.worlds)

    def _kept(self) -> Journal | None:
        """What the data file of the settings kept, loaded; Unreadable where that cannot be."""
        if self.settings.data is None:
            return None
        journal = Journal(self.settings.data)
        self.worlds.keeper = journal
        journal.open(self.worlds)
        self.worlds.reconnect()
        for world in self.worlds.all():  # before anything new happens, which comes after it under later ids
            self.webhooks.resume(world)
        for world in self.worlds.all():
            test_clocks.resume(world)
        return journal


def _check_version(version: str) -> None:
    """Raise SettingError for an API version that never was; only the surface knows them all."""
    try:
        versions.checked(version)
    except Problem:
        known = sorted(releases.versions())
        place = bisect(known, version)
        near = " and ".join(known[max(0, place - 1) : place + 1])
        raise SettingError("api_version", version, f"is no version of Stripe's API; nearest: {near}") from None


def _scripts(path: str) -> "list[Terms]":
    """The delivery scripts in a file; SettingError with all of its mistakes."""
    from mockbill.scenario.yaml_file import Mistakes  # only who has such a file needs to read YAML
    from mockbill.webhooks.scripts import file

    try:
        return file.load(path)
    except Mistakes as mistakes:
        raise SettingError("scripts", path, f"has mistakes:\n{mistakes}") from None
    except OSError as error:
        raise SettingError("scripts", path, f"cannot be read ({error.strerror})") from None


def _ready(start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The answer to who waits for the server, given without loading Flask."""
    return _json("200 OK", {"ready": True, "version": __version__}, start_response)


def _refused(objection: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What a caller by a foreign name gets, in the shape of Stripe's errors, whatever was asked for."""
    error = {"code": "mockbill_host_foreign", "message": objection, "type": "invalid_request_error"}
    return _json("403 Forbidden", {"error": error}, start_response)


def _json(status: str, answer: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = orjson.dumps(answer) + b"\n"
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def create_app(settings: Settings | None = None) -> Application:
    """A mockbill application: a WSGI callable; call its ``close`` when it is no longer served."""
    return Application(settings or Settings.load())
