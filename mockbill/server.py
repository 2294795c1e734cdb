"""The HTTP servers: granian in the foreground, waitress in threads for tests; bench/README.md says why these.

Both run in this process, in whose memory the world is. Both give the application ``environ["mockbill.stopping"]``,
a threading.Event: an endless answer, such as an event stream, looks at it every second or so and ends when it is set.
"""

import errno
import gc
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Self

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

BACKLOG = 1024  # connections that may wait to be accepted
GRACE = 3  # seconds that requests and streams get to end when the server stops
IDLE = 600  # seconds that a connection stays open unused: a pooled one should not be gone when it is used again
# A stream holds a thread as long as it lasts. granian starts threads when they are needed, waitress all at once.
FOREGROUND_THREADS = 64
LOCAL_THREADS = 32


class CannotListen(OSError):
    """The address cannot be had; the message is one line, written for a person."""


def serve(make_app: Callable[[str], Wsgi], host: str, port: int, on_ready: Callable[[str], None]) -> NoReturn:
    """Serve in the foreground until SIGINT, SIGTERM or SIGHUP; then close the application and end the process.

    ``make_app`` gets the URL that is listened at (with the port that was found when ``port`` is 0); it is not called
    when the address cannot be had, which raises CannotListen. ``on_ready`` gets the URL when requests are answered.
    If the application has a ``listening_at(url, address)``, it is called before the first call is answered, and its
    ``close()`` once, after the last answer.
    """
    from mockbill.foreground import Foreground  # granian and asyncio: 40 ms that the test server does without

    with _listen(host, port) as listener:
        url = _url(listener)
        app = make_app(url)
        _tell_address(app, listener)
        stopping = threading.Event()
        try:
            server = Foreground(listener, stopping, threads=FOREGROUND_THREADS, grace=GRACE, idle=IDLE)
            server.on_startup(lambda: on_ready(url))
            with _short_collections():
                server.serve(target_loader=lambda: _telling(app, stopping), wrap_loader=False)
        finally:
            _close(app)
    # Threads that belong to Rust are still there. One that comes back to Python (a request whose client has gone) while
    # the interpreter is being taken down would panic and abort the process; and nothing is left to be done.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class LocalServer:
    """A server in threads of this process: ``with LocalServer(create_app()) as server: ... server.url``."""

    def __init__(self, wsgi: Wsgi, host: str = "127.0.0.1", port: int = 0) -> None:
        self.wsgi = wsgi
        self.host = host
        self.port = port
        self.url = ""  # known once it is started
        self._stopping = threading.Event()
        self._over = False

    def start(self) -> Self:
        """Serve from now on, until ``stop``; raises CannotListen."""
        import logging

        from waitress import create_server  # type: ignore[import-untyped]

        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns when a request waits for a thread
        listener = _listen(self.host, self.port)
        self.url = _url(listener)
        _tell_address(self.wsgi, listener)
        self._channels: dict[int, Any] = {}  # what waitress listens to, by file descriptor
        self._server = create_server(
            _telling(self.wsgi, self._stopping),
            self._channels,
            sockets=[listener],
            threads=LOCAL_THREADS,
            connection_limit=BACKLOG,
            channel_timeout=IDLE,
        )
        self._thread = threading.Thread(target=self._run, name="mockbill-server", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer the requests under way, end the streams, close the application if it has a ``close()``."""
        self._stopping.set()
        self._server.task_dispatcher.shutdown(timeout=GRACE)
        self._over = True
        self._server.pull_trigger()
        self._thread.join()
        # A stream that outlasts the grace would write to the file descriptor that woke the loop, by then another's.
        self._server.pull_trigger = lambda: None
        for channel in list(self._channels.values()):
            channel.close()
        _close(self.wsgi)

    def _run(self) -> None:
        from waitress import wasyncore

        while not self._over:
            wasyncore.loop(timeout=30, use_poll=True, map=self._channels, count=1)  # select() ends at descriptor 1,023

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens already: no one can take the port between the look at it and the first request."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        raise CannotListen(f"cannot listen on {host}: there is no such address") from None
    # "localhost" is ::1 and 127.0.0.1: Stripe's own tools write the latter.
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two servers listen at once
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {_reason(error)}") from None
    listener.setblocking(False)
    return listener


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "the port is in use, perhaps by another mockbill; stop that, or choose another with --port"
        case errno.EACCES:
            return "the port is not for every user; choose one from 1024 up with --port"
        case errno.EADDRNOTAVAIL:
            return "the address is not one of this machine's"
        case _:
            return error.strerror or str(error)


def _url(listener: socket.socket) -> str:
    """Where a client on this machine finds it: ``http://127.0.0.1:12111``, also when it listens on every interface."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _telling(wsgi: Wsgi, stopping: threading.Event) -> Wsgi:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["mockbill.stopping"] = stopping
        return wsgi(environ, start_response)

    return app


def _tell_address(wsgi: Wsgi, listener: socket.socket) -> None:
    listening_at = getattr(wsgi, "listening_at", None)
    if listening_at is not None:
        listening_at(_url(listener), listener.getsockname()[0])


def _close(wsgi: Wsgi) -> None:
    close = getattr(wsgi, "close", None)
    if close is not None:
        close()


@contextmanager
def _short_collections() -> Iterator[None]:
    """Collect young garbage only: what survives a collection is set aside and not looked at again.

    A full collection walks through every document of the world, though documents make no cycles. Worst pause with
    200,000 documents, measured here: 586 ms as Python is; 28 ms with collection off, but 45 % more memory, because
    cycles of finished requests are never freed; 9 ms, p99.9 0.1 ms, and no such garbage this way.
    """

    def set_aside(phase: str, info: dict[str, int]) -> None:
        if phase == "stop":
            gc.freeze()

    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.callbacks.append(set_aside)
    gc.set_threshold(5_000, 1_000_000, 1_000_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(set_aside)
