"""How the server's tests speak HTTP: with nothing between them and the socket that could hide a fault."""

import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit


def connect(url: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(url).netloc, timeout=5)


def call(connection: HTTPConnection, path: str, method: str = "GET", body: bytes | None = None) -> bytes:
    """The body of a 200 answer, on a connection that stays open."""
    connection.request(method, path, body)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200
    return text


def once(url: str, path: str) -> bytes:
    connection = connect(url)
    try:
        return call(connection, path)
    finally:
        connection.close()


def open_stream(url: str, path: str = "/stream") -> socket.socket:
    """A stream of which the first event has arrived."""
    target = urlsplit(url)
    stream = socket.create_connection((target.hostname, target.port), timeout=5)
    stream.sendall(f"GET {path} HTTP/1.1\r\nHost: {target.netloc}\r\n\r\n".encode())
    arrived = b""
    while b"data: hello" not in arrived:
        arrived += stream.recv(4096)
    return stream


def eventually(condition: Callable[[], bool], seconds: float = 3) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
