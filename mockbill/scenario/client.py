"""One account's three ways to speak to a server: Stripe's API, the control API, and pages as a browser sees them."""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

Document = dict[str, Any]

# Advancing a clock by years answers when all of it is done and delivered.
PATIENCE = 600.0


class Unreachable(Exception):
    """Nobody speaks HTTP at the server's address."""


class Refused(Exception):
    """The server answered a call with an error; `body` is its answer."""

    def __init__(self, call: str, status: int, body: Any) -> None:
        self.call, self.status, self.body = call, status, body
        error = body.get("error") if isinstance(body, dict) else None
        reason = error.get("message") if isinstance(error, dict) else error or body
        super().__init__(f"{call} answered {status}: {reason}")


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    location: str | None
    text: str


class Client:
    """Speaks for one account of the server at `base_url` (`http://127.0.0.1:12111`)."""

    def __init__(self, base_url: str, account: str) -> None:
        address = urlsplit(base_url if "://" in base_url else f"http://{base_url}")
        if address.scheme not in ("http", "https") or not address.hostname:
            raise Unreachable(f"{base_url} is not the address of a server; write http://HOST:PORT")
        self.base_url = f"{address.scheme}://{address.netloc}{address.path.rstrip('/')}"
        self.account = account
        self.api_key = f"sk_test_{account}"
        self._netloc, self._prefix = address.netloc, address.path.rstrip("/")
        self._connection = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection

    def stripe(self, method: str, path: str, params: Mapping[str, Any] | None = None) -> Document:
        """Call Stripe's API and answer its document; raises Refused for 4xx and 5xx."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        form = urlencode(list(form_pairs(params or {})))
        if method in ("GET", "DELETE"):
            status, _, text = self._send(method, f"{path}?{form}" if form else path, headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            status, _, text = self._send(method, path, headers, form.encode())
        return _document(f"{method} {path}", status, text)

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Document:
        """Call `/_mockbill/{path}` about this account; raises Refused for 4xx and 5xx."""
        target = f"/_mockbill/{path}"
        if method == "GET":
            query = urlencode({"account": self.account, **(body or {})})
            status, _, text = self._send(method, f"{target}?{query}", {})
        else:
            sent = json.dumps({"account": self.account, **(body or {})}).encode()
            status, _, text = self._send(method, target, {"Content-Type": "application/json"}, sent)
        return _document(f"{method} {target}", status, text)

    def page(self, url: str, fields: Mapping[str, str] | None = None) -> Page:
        """Open a page, or post its form when there are `fields`, as a browser without JavaScript.

        Redirects are not followed. Only the path of `url` counts: behind a container's port the server may call
        itself by another name.
        """
        parts = urlsplit(url)
        target = parts.path.removeprefix(self._prefix) + (f"?{parts.query}" if parts.query else "")
        if fields is None:
            return Page(*self._send("GET", target, {"Accept": "text/html"}))
        headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
        return Page(*self._send("POST", target, headers, urlencode(fields).encode()))

    def _send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, str | None, str]:
        connection = self._connection(self._netloc, timeout=PATIENCE)
        try:
            connection.request(method, self._prefix + target, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location"), answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"no answer from {self.base_url}: {error or type(error).__name__}") from error
        finally:
            connection.close()


def form_pairs(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The pairs of Stripe's bracketed form: `items[0][price]=price_1`; None unsets, a document stands for its id."""
    if isinstance(value, Mapping):
        if name and isinstance(value.get("id"), str) and "object" in value:
            yield name, value["id"]
            return
        for key, inner in value.items():
            yield from form_pairs(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from form_pairs(inner, f"{name}[{index}]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, "" if value is None else str(value)


def _document(call: str, status: int, text: str) -> Document:
    try:
        body = json.loads(text)
    except ValueError:
        body = text[:200]
    if status >= 400 or not isinstance(body, dict):
        raise Refused(call, status, body)
    return body
