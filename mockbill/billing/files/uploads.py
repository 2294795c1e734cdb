"""Files: uploaded for a purpose, kept with the account, read again by its key (stripe-behaviour.md 2.20)."""

import base64
from typing import Any

from mockbill.billing.files import links
from mockbill.world import Doc, Problem, Work

KIND = "file"
_KILOBYTE, _MEGABYTE = 1 << 10, 1 << 20
MOST = 16 * _MEGABYTE  # bytes, where the purpose says nothing smaller
_SMALLER = {
    "business_icon": 512 * _KILOBYTE,
    "business_logo": 512 * _KILOBYTE,
    "dispute_evidence": 5 * _MEGABYTE,
}
_BEGINNINGS = {
    b"%PDF": "pdf",
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"PK\x03\x04": "docx",
}
_IMAGES = ("jpg", "png")
_TYPES = {
    "business_icon": (*_IMAGES, "gif"),
    "business_logo": (*_IMAGES, "gif"),
    "customer_signature": (*_IMAGES, "gif"),
    "dispute_evidence": (*_IMAGES, "pdf"),
    "identity_document": (*_IMAGES, "pdf"),
}  # other purposes take anything


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/files``: ``file`` is ``{"filename": str, "content": bytes}``; ``file.created``.

    Problem for what the purpose does not take.  What the type of a file is, its first bytes say.
    """
    sent, purpose = params["file"], params["purpose"]
    content: bytes = sent["content"]
    most = _SMALLER.get(purpose, MOST)
    if not content:
        raise Problem("The file you submitted is empty.", param="file")
    if len(content) > most:
        raise Problem(f"The file you submitted is too large: at most {most} bytes for {purpose}.", param="file")
    type = _type_of(content, sent["filename"])
    if type not in _TYPES.get(purpose, (type,)):
        raise Problem(
            f"Invalid file type for {purpose}: it takes {', '.join(sorted(_TYPES[purpose]))}, not {type or 'this'}.",
            param="file",
        )
    id = w.id(KIND)
    links_of_it = {"object": "list", "data": [], "has_more": False, "url": f"/v1/file_links?file={id}"}
    file = w.add(
        KIND,
        id=id,
        filename=sent["filename"],
        links=links_of_it,
        purpose=purpose,
        size=len(content),
        type=type,
        url=f"{w.site_url}/v1/files/{id}/contents",
    )
    w.keep(KIND, id, content=base64.b64encode(content).decode())
    w.emit("file.created", file)
    asked = params.get("file_link_data") or {}
    if asked.get("create"):
        links.create(w, {**asked, "file": id})
        file = w.need(KIND, id)
    return file


def content_of(w: Work, file: Doc) -> bytes:
    """What was uploaded."""
    kept = w.private(KIND, file["id"])
    return base64.b64decode(kept["content"]) if kept else b""


def _type_of(content: bytes, filename: str) -> str | None:
    for beginning, type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return type
    ending = filename.rpartition(".")[2].lower() if "." in filename else ""
    return ending if ending in ("csv", "txt", "json", "xml") else None
