"""Talking to a running server: where it is, and its errors as one line."""

import http.client
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from mockbill.cli.show import Failure, Misuse
from mockbill.scenario.client import Client, Document, Refused, Unreachable
from mockbill.settings import SettingError, Settings


def default_url() -> str:
    """Where a server with the settings of this environment is found."""
    try:
        settings = Settings.load()
    except SettingError as error:
        raise Misuse(str(error)) from None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


class Server:
    """One account of a running server."""

    def __init__(self, url: str | None, account: str = "mockbill") -> None:
        self.url = url or default_url()
        try:
            self._client = Client(self.url, account)
        except Unreachable as error:
            raise Misuse(str(error)) from None

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Document:
        """Call ``/_mockbill/{path}``."""
        try:
            return self._client.control(method, path, {k: v for k, v in (body or {}).items() if v is not None})
        except Unreachable:
            raise absent(self.url) from None
        except Refused as refusal:
            raise Failure(_reason(refusal)) from None

    def text(self, path: str, asked: Mapping[str, str | None]) -> str:
        """Get ``/_mockbill/{path}``, of which the answer is a text."""
        words = urlencode({"account": self._client.account, **{k: v for k, v in asked.items() if v is not None}})
        try:
            answer = self._client.page(f"{self.url.rstrip('/')}/_mockbill/{path}?{words}")
        except Unreachable:
            raise absent(self.url) from None
        if answer.status >= 400:
            raise Failure(str(json.loads(answer.text)["error"]["message"]))
        return answer.text

    def stripe(self, method: str, path: str, params: Mapping[str, Any]) -> Document:
        """Call Stripe's API; raises Refused with its error."""
        try:
            return self._client.stripe(method, path, params)
        except Unreachable:
            raise absent(self.url) from None


def absent(url: str) -> Misuse:
    """What there is to say when nobody answers."""
    port = urlsplit(url).port
    start = "mockbill" if port in (12111, None) else f"mockbill --port {port}"
    return Misuse(f"no server answers at {url}: start one with `{start}`, or name another with --server URL")


def is_ready(url: str, patience: float = 1.0) -> bool:
    """Whether a mockbill answers at ``url`` within ``patience`` seconds."""
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    with suppress(OSError, http.client.HTTPException):
        connection = kind(address.netloc, timeout=patience)
        try:
            connection.request("GET", f"{address.path.rstrip('/')}/_mockbill/readyz")
            return connection.getresponse().status == 200
        finally:
            connection.close()
    return False


def _reason(refusal: Refused) -> str:
    error = refusal.body.get("error") if isinstance(refusal.body, dict) else None
    return str(error["message"]) if isinstance(error, dict) and "message" in error else str(refusal)


__all__ = ["Refused", "Server", "absent", "default_url", "is_ready"]
