"""The control API as a script without any library sees it."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

START = "2026-01-31T10:00:00Z"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Message

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.body["error"]
        return error


@dataclass(frozen=True)
class Control:
    """Calls ``/_mockbill/PATH`` of one account."""

    url: str
    account: str

    def get(self, path: str, /, **query: Any) -> Any:
        """The body of an answer that must be 200."""
        answer = self.ask("GET", f"{path}?{urlencode({'account': self.account, **query})}")
        assert answer.status == 200, answer.body
        return answer.body

    def post(self, path: str, /, **body: Any) -> Any:
        """The body of an answer that must be 200."""
        answer = self.try_post(path, **body)
        assert answer.status == 200, answer.body
        return answer.body

    def try_post(self, path: str, /, **body: Any) -> Answer:
        return self.ask("POST", path, {"account": self.account, **body})

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Any call; ``body`` is sent as JSON unless it is bytes.  A path that begins with / is taken as it is."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=120)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(
                method, path if path.startswith("/") else f"/_mockbill/{path}", sent, dict(headers or {})
            )
            answer = connection.getresponse()
            text = answer.read()
            kind = answer.headers.get_content_type()
            return Answer(
                answer.status, json.loads(text) if kind == "application/json" else text.decode(), answer.headers
            )
        finally:
            connection.close()
