"""Checkout sessions."""

from typing import Any

from mockbill import surface
from mockbill.billing import checkout, checkout_amounts, checkout_items, checkout_payment, checkout_taxes
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


@handles("GET /v1/payment_pages/{session}")
def _page(call: Call) -> Doc:
    """What the hosted page asks of Stripe, and the Stripe CLI does as well."""
    return call.work.need("checkout.session", call.id)


@handles("POST /v1/payment_pages/{session}/confirm")
def _confirm(call: Call) -> Doc:
    return checkout_payment.confirm(call.work, call.work.need("checkout.session", call.id), call.params)


@includes("checkout.session", "line_items")
def _fill(w: Work, session: Doc) -> Doc:
    items = checkout_items.of_session(w, session)
    return lists.envelope(items[:10], f"/v1/checkout/sessions/{session['id']}/line_items", has_more=len(items) > 10)


@includes("item", "taxes")
def _taxes(w: Work, item: Doc) -> list[Doc]:
    return checkout_taxes.of_item(w, item)


@includes("checkout.session", "total_details")
def _total_details(w: Work, session: Doc) -> Doc | None:
    """Only asked for with its ``breakdown``: each discount and each tax rate, and what it comes to."""
    if session["total_details"] is None:
        return None
    today = [item for item in checkout_items.of_session(w, session) if checkout_amounts.is_due(w, session, item)]
    taxes: dict[str, Doc] = {}
    for levy in (levy for item in today for levy in checkout_taxes.of_item(w, item)):
        before = taxes.get(levy["rate"]["id"], {"amount": 0, "taxable_amount": 0})
        both = {name: before[name] + levy[name] for name in ("amount", "taxable_amount")}
        taxes[levy["rate"]["id"]] = {**levy, **both}
    off = session["total_details"]["amount_discount"]
    discounts = [{"amount": off, "discount": _discount(w, session)}] if off else []
    return {**session["total_details"], "breakdown": {"discounts": discounts, "taxes": list(taxes.values())}}


def _discount(w: Work, session: Doc) -> Doc:
    """The one that was redeemed or inherited; of an open session, how it would look."""
    if redeemed := w.find("discount", checkout_session=session["id"]):
        return redeemed[0]
    if not session["discounts"]:
        return dict(w.need("customer", session["customer"])["discount"])
    [named] = session["discounts"]
    code = w.get("promotion_code", named["promotion_code"])
    coupon = code["promotion"]["coupon"] if code else named["coupon"]
    made: dict[str, Any] = {
        "id": f"di_1{w.world.ids.digest(session['id'], 23)}",
        "checkout_session": session["id"],
        "customer": session["customer"],
        "promotion_code": named["promotion_code"],
        "source": {"coupon": coupon, "type": "coupon"},
        "start": session["created"],
    }
    return {**surface.blank("discount"), **made}
