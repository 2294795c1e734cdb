"""Files and their links."""

from mockbill.billing.files import links, uploads
from mockbill.stripe_api.registry import TWINS, Call, Content, handles, resource
from mockbill.world import Problem

_CONTENTS = "GET /v1/files/{file}/contents"

resource("file", "/v1/files/{file}", filters={"purpose": "purpose"})
resource(
    "file_link",
    "/v1/file_links/{link}",
    create=links.create,
    update=links.update,
    filters={"expired": "expired", "file": "file"},
)
TWINS[_CONTENTS] = "GET /v1/files/{file}"


@handles("POST /v1/files")
def _upload(call: Call) -> dict[str, object]:
    sent = call.params["file"]
    if not isinstance(sent, dict) or not isinstance(sent.get("content"), bytes):
        raise Problem(
            "Invalid file: send it as multipart/form-data, with a filename.", code="parameter_invalid", param="file"
        )
    return uploads.create(call.work, call.params)


@handles(_CONTENTS)
def _download(call: Call) -> Content:
    return Content(uploads.content_of(call.work, call.work.need("file", call.id)), "application/octet-stream")
