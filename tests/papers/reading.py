"""Reading papers as people do: the words on them, page by page."""

from io import BytesIO

import requests
from pypdf import PdfReader


def pages(content: bytes) -> list[str]:
    """The text of each page."""
    assert content.startswith(b"%PDF-")
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def text(content: bytes) -> str:
    return "\n".join(pages(content))


def rows(content: bytes) -> list[str]:
    """What stands on one line is one: ``Subtotal $60.00``."""
    reader = PdfReader(BytesIO(content))
    found = []
    for page in reader.pages:
        spoken = page.extract_text(extraction_mode="layout")
        found += [" ".join(line.split()) for line in spoken.splitlines() if line.strip()]
    return found


def fetched(url: str | None) -> bytes:
    """What a link leads to."""
    assert url is not None
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    return answer.content
