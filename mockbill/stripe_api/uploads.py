"""Multipart bodies, as file uploads come in: their fields as a tree, a file among them with its name and bytes."""

from contextlib import closing
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from mockbill.billing.files.uploads import MOST
from mockbill.stripe_api import form
from mockbill.world import Problem

TYPE = "multipart/form-data"
LARGEST = MOST + (1 << 20)  # bytes of a whole body: the largest file, and what stands around it


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    """The parameters; a file is ``{"filename": str, "content": bytes}``.  Problem for what is no such body."""
    from werkzeug.formparser import MultiPartParser  # half of Flask, which most clients never need
    from werkzeug.http import parse_options_header

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise Problem("Invalid request: a multipart body needs a boundary in its Content-Type.")
    try:
        fields, files = MultiPartParser(max_form_parts=form.MAX_FIELDS).parse(
            BytesIO(body), boundary.encode("latin-1", "replace"), len(body)
        )
    except ValueError as error:
        raise Problem(f"Invalid request: the multipart body cannot be read: {error}") from None
    tree = form.parse(urlencode(list(fields.items(multi=True))))
    for name, file in files.items():
        with closing(file):
            tree[name] = {"filename": file.filename or "file", "content": file.read()}
    return tree
