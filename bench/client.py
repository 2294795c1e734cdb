"""A lean HTTP client: what is measured should be the server, so one request is one send on a connection kept open."""

import json
import socket
from typing import Any
from urllib.parse import urlencode

KEY = "sk_test_bench"


class Refused(Exception):
    """An answer other than 200."""


class Client:
    """Speaks Stripe's dialect to 127.0.0.1: form bodies out, JSON in."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = f"127.0.0.1:{port}"

    def call(self, method: str, path: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.ask(self.request(method, path, form)))
        return answer

    def control(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        """``POST`` to our own API, which takes JSON."""
        body = json.dumps(asked).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {KEY}\r\n"
        typed = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        answer: dict[str, Any] = json.loads(self.ask((head + typed).encode() + body))
        return answer

    def request(self, method: str, path: str, form: dict[str, Any] | None = None) -> bytes:
        body = urlencode(form or {})
        typed = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n" if form else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {KEY}\r\n{typed}\r\n"
        return (head + body).encode()

    def ask(self, request: bytes) -> bytes:
        """The body that answers ``request``; raises Refused unless it comes with status 200."""
        self._socket.sendall(request)
        data = self._socket.recv(65_536)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(data) < end + 4 + length:
            data += self._more()
        if not head.startswith(b"http/1.1 200"):
            raise Refused(request.split(b"\r\n", 1)[0].decode(), data.decode())
        return data[end + 4 :]

    def _more(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError("the server hung up")
        return data

    def close(self) -> None:
        self._socket.close()
