"""Checkout sessions."""

from mockbill.billing import checkout, checkout_items, checkout_taxes
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work

resource(
    "checkout.session",
    "/v1/checkout/sessions/{session}",
    create=checkout.create,
    update=checkout.update,
    actions={"expire": checkout.expire},
    filters={
        "customer": "customer",
        "customer_account": "customer_account",
        "customer_details.email": "customer_details.email",
        "payment_intent": "payment_intent",
        "payment_link": "payment_link",
        "status": "status",
        "subscription": "subscription",
    },
)


@handles("GET /v1/checkout/sessions/{session}/line_items")
def _line_items(call: Call) -> Doc:
    session = call.work.need("checkout.session", call.id)
    return lists.page_of(checkout_items.of_session(call.work, session), call.params, call.path, "item")


@includes("checkout.session", "line_items")
def _fill(w: Work, session: Doc) -> Doc:
    items = checkout_items.of_session(w, session)
    return lists.envelope(items[:10], f"/v1/checkout/sessions/{session['id']}/line_items", has_more=len(items) > 10)


@includes("item", "taxes")
def _taxes(w: Work, item: Doc) -> list[Doc]:
    return checkout_taxes.of_item(w, item)
