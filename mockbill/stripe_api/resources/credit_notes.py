"""Credit notes."""

from mockbill.billing.credit_notes import issuing
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

resource(
    "credit_note",
    "/v1/credit_notes/{id}",
    create=issuing.create,
    update=issuing.update,
    actions={"void": issuing.void},
    filters={"customer": "customer", "customer_account": "customer_account", "invoice": "invoice"},
)


@handles("GET /v1/credit_notes/preview")
def _preview(call: Call) -> Doc:
    return issuing.preview(call.work, call.params)


@handles("GET /v1/credit_notes/preview/lines")
def _preview_lines(call: Call) -> Doc:
    lines = issuing.preview(call.work, call.params)["lines"]["data"]
    return lists.page_of(lines, call.params, call.path, "credit_note_line_item")


@handles("GET /v1/credit_notes/{credit_note}/lines")
def _lines(call: Call) -> Doc:
    lines = call.work.need("credit_note", call.id)["lines"]["data"]
    return lists.page_of(lines, call.params, call.path, "credit_note_line_item")
