"""Where a file link leads: the file itself, as a download, for it may hold anything."""

from urllib.parse import quote

from flask import Response
from flask.typing import ResponseReturnValue

from mockbill.billing.files import links, uploads
from mockbill.pages.blueprint import blueprint, message, world_of


@blueprint.get("/links/<token>")
def linked_file(token: str) -> ResponseReturnValue:
    """The file, while the link lasts."""
    with world_of("_file_link_token", token).work() as w:
        link = links.of_token(w, token)
        if link is None or link["expired"]:
            return message(410, "This link has expired", "Ask whoever sent it for a new one.", tone="over")
        file = w.need("file", link["file"])
        response = Response(uploads.content_of(w, file), mimetype="application/octet-stream")
    plain = file["filename"].encode("ascii", "replace").decode()
    quoted = f"UTF-8''{quote(file['filename'], safe='')}"  # RFC 5987: header fields are Latin-1 at best
    response.headers.set("Content-Disposition", "attachment", filename=plain, **{"filename*": quoted})
    return response
