"""Payment links."""

from mockbill.billing.payment_links import links, visits
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work

resource(
    "payment_link",
    "/v1/payment_links/{payment_link}",
    create=links.create,
    update=links.update,
    filters={"active": "active"},
)


@handles("GET /v1/payment_links/{payment_link}/line_items")
def _line_items(call: Call) -> Doc:
    link = call.work.need("payment_link", call.id)
    return lists.page_of(visits.items_of(call.work, link), call.params, call.path, "item")


@includes("payment_link", "line_items")
def _fill(w: Work, link: Doc) -> Doc:
    items = visits.items_of(w, link)
    return lists.envelope(items[:10], f"/v1/payment_links/{link['id']}/line_items", has_more=len(items) > 10)
