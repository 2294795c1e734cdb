"""Stripe's API without an SDK: what curl, a browser or a broken client would send."""

import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests


@dataclass
class Wire:
    """Calls a server as one account, unless headers say otherwise."""

    url: str
    account: str

    def call(self, method: str, path: str, body: Any = None, **headers: str | None) -> requests.Response:
        """One request, on a connection of its own; header names have underscores, None leaves one out."""
        sent = {"Authorization": f"Bearer sk_test_{self.account}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        for name, value in headers.items():
            if value is None:
                sent.pop(name.replace("_", "-"), None)
        if isinstance(body, str):
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        with requests.Session() as session:
            session.trust_env = False
            session.auth = lambda request: request  # no .netrc
            return session.request(method, self.url + path, data=body, headers=sent, allow_redirects=False)

    def get(self, path: str, **headers: str | None) -> requests.Response:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = "", **headers: str | None) -> requests.Response:
        return self.call("POST", path, body, **headers)

    def error(self, response: requests.Response, status: int) -> dict[str, Any]:
        """The error object of an answer that has this status."""
        assert response.status_code == status, response.text
        error: dict[str, Any] = response.json()["error"]
        return error

    def raw(self, sent: bytes) -> bytes:
        """What comes back for these bytes until the server closes or falls silent."""
        where = urlsplit(self.url)
        assert where.hostname is not None
        with socket.create_connection((where.hostname, where.port or 80), timeout=3) as connection:
            connection.sendall(sent)
            received = b""
            try:
                while chunk := connection.recv(65_536):
                    received += chunk
            except TimeoutError:
                pass
        return received
