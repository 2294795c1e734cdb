"""A small WSGI application for the server's tests; run as a program it is served in the foreground on argv's port."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mockbill import server


class Toy:
    """``/stream`` ends when the server stops; ``/deaf`` never does; anything else echoes method, path and body."""

    def __init__(self) -> None:
        self.address: tuple[str, str] | None = None
        self.open_streams = 0
        self.slow_begun = threading.Event()
        self.closed = 0

    def listening_at(self, url: str, address: str) -> None:
        self.address = url, address

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/stream":
            start_response("200 OK", [("Content-Type", "text/event-stream")])
            return self._stream(environ["mockbill.stopping"].wait)
        if path == "/deaf":
            start_response("200 OK", [("Content-Type", "text/event-stream")])
            return self._stream(lambda seconds: bool(time.sleep(seconds)))
        if path == "/slow":
            self.begin_slowly()
            time.sleep(0.4)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = f"{environ['REQUEST_METHOD']} {path} ".encode("latin-1") + body
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
        return [answer]

    def begin_slowly(self) -> None:
        self.slow_begun.set()

    def _stream(self, pause: Callable[[float], bool]) -> Iterator[bytes]:
        self.open_streams += 1
        try:
            yield b"data: hello\n\n"
            while not pause(0.05):
                yield b": still here\n\n"
        finally:
            self.open_streams -= 1

    def close(self) -> None:
        self.closed += 1


class Told(Toy):
    """One whose life can be read on stdout."""

    def begin_slowly(self) -> None:
        print("slow", flush=True)

    def close(self) -> None:
        print("closed", flush=True)


def make(url: str) -> Told:
    print("made", flush=True)
    return Told()


GRACE = 1

if __name__ == "__main__":
    server.GRACE = GRACE
    try:
        server.serve(make, "127.0.0.1", int(sys.argv[1]), lambda url: print(url, flush=True))
    except server.CannotListen as error:
        sys.exit(str(error))
