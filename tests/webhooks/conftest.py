"""A mockbill served on a free port, and receivers for its webhooks."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from webhooks.stage import PATIENCE, Mockbill, Receiver, handler_of

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    """What a test starts, ended in reverse order."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def receive(resources: ExitStack) -> Callable[..., Receiver]:
    """Start a receiver: ``receive()``, ``receive(lambda got: 500)``."""

    def start(*args: Any, **keywords: Any) -> Receiver:
        receiver = Receiver(*args, **keywords)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(receiver))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        resources.callback(thread.join)
        resources.callback(server.server_close)
        resources.callback(server.shutdown)
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        return receiver

    return start


@pytest.fixture
def serve(resources: ExitStack) -> Callable[..., Mockbill]:
    """Start a mockbill with settings: ``serve(webhook_retries=(0.1,))``."""

    def start(**settings: Any) -> Mockbill:
        given = {"check_answers": True, "webhook_timeout": PATIENCE, **settings}
        app = create_app(Settings.load(given, {}))
        return Mockbill(resources.enter_context(LocalServer(app)).url, app)

    return start


@pytest.fixture
def mockbill(serve: Callable[..., Mockbill]) -> Mockbill:
    """A mockbill that tries a failed delivery twice more, soon."""
    return serve(webhook_retries=(0.05, 0.1))


@pytest.fixture
def nobody() -> Iterator[str]:
    """A URL at which nobody listens."""
    with socket.socket() as held:  # bound, so that nobody else takes the port, but it does not listen
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/hook"
