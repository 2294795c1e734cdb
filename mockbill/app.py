"""create_app: the only module that knows every room; puts them together into one WSGI application."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from mockbill import __version__
from mockbill.settings import Settings
from mockbill.stripe_api import versions
from mockbill.stripe_api.dialect import StripeApi
from mockbill.stripe_api.log import RequestLog
from mockbill.world import Ticker, World, Worlds
from mockbill.world.journal import Journal

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Application:
    """One mockbill: Stripe's paths go to the dialect straight, all that people look at goes to Flask.

    Flask and what it needs are imported when a page is first asked for: a client that only speaks the API gets its
    first answer sooner.
    """

    def __init__(self, settings: Settings) -> None:
        from mockbill.billing.engine import ENGINE
        from mockbill.webhooks import Deliveries

        self.settings = settings
        self.webhooks = Deliveries(settings, versions.render)
        self.worlds = Worlds(settings, ENGINE, self.webhooks)
        self.log = RequestLog(settings.request_log)
        self.stripe = StripeApi(self.worlds, self.log)
        self._journal = self._kept()
        self._ticker = Ticker(self.worlds)
        self._ticker.start()
        self._flask: Wsgi | None = None
        self._building = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(("/v1/", "/v2/")):
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

    def forget(self, world: World) -> None:
        """Empty an account in every room."""
        with world.lock:
            world.empty()
            self.webhooks.forget(world)
        self.stripe.forget(world)
        self.log.clear(world.name)

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
        return journal


def _ready(start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The answer to who waits for the server, given without loading Flask."""
    body = b'{"ready": true, "version": "%b"}\n' % __version__.encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def create_app(settings: Settings | None = None) -> Application:
    """A mockbill application: a WSGI callable; call its ``close`` when it is no longer served."""
    return Application(settings or Settings.load())
