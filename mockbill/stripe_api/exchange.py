"""One request on its way through the dialect: what was sent, read with care, and what its answer will say."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from mockbill.stripe_api import form, uploads
from mockbill.stripe_api.faults import NoAnswer
from mockbill.world import Problem, World

_FOREIGN_BODY = (
    "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any "
    "questions, we can help at https://support.stripe.com/."
)


@dataclass(slots=True)
class Exchange:
    """A request on its way through, and what its answer will say of it."""

    method: str
    path: str
    query: str
    environ: dict[str, Any]
    id: str
    site_url: str
    body: bytes = b""
    world: World | None = None
    key: str = ""
    version: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    asked: tuple[str, dict[str, Any]] | None = None  # the operation and its parameters, as they were sent
    error: dict[str, Any] | None = None
    lost: NoAnswer | None = None  # why its answer never arrives
    downloaded: list[tuple[str, str]] = field(default_factory=list)  # headers of an answer that is no JSON

    @property
    def is_upload(self) -> bool:
        """Whether it brings a file."""
        kind = (self.environ.get("CONTENT_TYPE") or "").partition(";")[0]
        return bool(kind) and self.path.endswith("/files") and kind.strip().lower() == uploads.TYPE

    @property
    def account(self) -> str | None:
        """The account that is named by header: in a context, which is a path of accounts, by its last step."""
        context = self.header("HTTP_STRIPE_CONTEXT")
        return self.header("HTTP_STRIPE_ACCOUNT") or (context.rpartition("/")[2] if context else None)

    def header(self, name: str) -> str | None:
        """A header by its WSGI name (``HTTP_ORIGIN``); None where it is missing or empty."""
        return self.environ.get(name) or None

    @property
    def is_v2(self) -> bool:
        return is_v2(self.path)

    @property
    def readable(self) -> str:
        """The body as the log of requests shows it; of an upload, how large it was."""
        if self.is_upload:
            return f"({uploads.TYPE}, {len(self.body)} bytes)"
        return self.body.decode(errors="replace")

    def read(self) -> None:
        """Read the body, once, and no more of it than is allowed; one without a length comes in chunks."""
        if self.body:
            return
        environ, most = self.environ, uploads.LARGEST if self.is_upload else form.MAX_BODY
        stated = environ.get("CONTENT_LENGTH") or ("" if "HTTP_TRANSFER_ENCODING" in environ else "0")
        if stated and not (stated.isascii() and stated.isdigit()):
            raise Problem("Invalid Content-Length header.")
        length = int(stated or most + 1)
        body: bytes = environ["wsgi.input"].read(length) if 0 < length <= most + 1 else b""
        if max(len(body), length if stated else 0) > most:
            raise Problem(f"The request body is larger than {most} bytes.", status=413)
        self.body = body

    def tree(self) -> dict[str, Any]:
        """Query and body as one tree; v2 bodies are JSON."""
        if not self.body:
            return form.parse(self.query)
        if self.is_v2:
            return {**form.parse(self.query), **_json_of(self.body)}
        if self.is_upload:
            return {**form.parse(self.query), **uploads.parse(self.body, self.environ["CONTENT_TYPE"])}
        content_type = (self.environ.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
        if content_type not in ("", "application/x-www-form-urlencoded"):
            raise Problem(_FOREIGN_BODY)
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            raise Problem("Invalid request: the body is not valid UTF-8.") from None
        return form.parse(f"{self.query}&{text}" if self.query else text)


def is_v2(path: str) -> bool:
    return path.lstrip("/").startswith("v2/")


def as_sent(text: str) -> str:
    """WSGI gives bytes as Latin-1; what is not UTF-8 stays so and will be found nowhere."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _json_of(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(f"Invalid JSON in the request body: {error}") from None
    if not isinstance(value, dict):
        raise Problem("The request body must be a JSON object.")
    return value
