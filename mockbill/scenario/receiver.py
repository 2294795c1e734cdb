"""A sample application: an HTTP server that receives webhooks, checks Stripe's signature and keeps what it got."""

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from mockbill.scenario.books import Books

TOLERANCE = 300  # seconds, as in Stripe's own libraries


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery; `problem` is None when its signature holds, else what is wrong with it."""

    event: dict[str, Any]
    problem: str | None


def signature_problem(body: bytes, header: str, secret: str, now: float) -> str | None:
    """What is wrong with a `Stripe-Signature` header (`t=…,v1=…[,v1=…]`) for these bytes, or None; `now` in seconds."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1"]
    if len(stamps) != 1 or not stamps[0].isdigit() or not signatures:
        return f"the Stripe-Signature header has no t and v1: {header!r}"
    expected = hmac.new(secret.encode(), f"{stamps[0]}.".encode() + body, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures):
        return "no v1 signature matches the body and the endpoint's secret"
    age = now - int(stamps[0])
    return f"the signature is {age:.0f} seconds old" if abs(age) > TOLERANCE else None


class Receiver:
    """Listens on a free port while its `with` block runs.

    `advertised` is the host name under which the server reaches this machine when it is not the same one, e.g.
    `host.docker.internal`; the receiver then listens on every interface.
    """

    def __init__(self, advertised: str | None = None) -> None:
        self.secret = ""
        self.books = Books()
        self._received: list[Received] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("0.0.0.0" if advertised else "127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://{advertised or '127.0.0.1'}:{self._server.server_port}/webhook"

    @property
    def received(self) -> list[Received]:
        """All deliveries so far, in order of arrival."""
        with self._lock:
            return list(self._received)

    def take(self, body: bytes, header: str) -> str | None:
        """Keep one delivery and answer what is wrong with its signature, if anything."""
        # Signatures carry wall time, whatever the billing clock says: that is what Stripe's libraries compare with.
        problem = signature_problem(body, header, self.secret, time.time())  # noqa: TID251
        event = json.loads(body)
        with self._lock:
            self._received.append(Received(event, problem))
        if problem is None:
            self.books.enter(event)
        return problem

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                problem = receiver.take(body, self.headers.get("Stripe-Signature", ""))
            except ValueError:
                problem = "the body is not JSON"
            self._answer(400 if problem else 200, problem or "thank you")

        def do_GET(self) -> None:
            self._answer(200, f"mockbill's sample application; it has received {len(receiver.received)} webhooks")

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(text.encode()) + 1))
            self.end_headers()
            self.wfile.write(f"{text}\n".encode())

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: the story's timeline tells what arrived."""

    return Handler
