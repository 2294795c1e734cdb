"""The portal's home: subscriptions, payment methods, details and invoices, as the configuration shows them."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from mockbill.billing import tax_ids
from mockbill.billing.portal import actions
from mockbill.pages.blueprint import blueprint, message
from mockbill.pages.portal import words
from mockbill.pages.portal.visit import NOTICES, Visit, is_preview, visiting

_FEW = 6  # invoices


@blueprint.get("/p/session/<token>")
def portal_home(token: str) -> ResponseReturnValue:
    """The home; 303 to the action that a flow leads to, until that is done."""
    if is_preview():
        return ""
    with visiting(token) as visit:
        if visit.in_flow and (first := _first_page(visit)):
            return redirect(first, 303)
        features = visit.configuration["features"]
        most = None if request.args.get("invoices") == "all" else _FEW
        bills, more = words.bills_of(visit, most) if features["invoice_history"]["enabled"] else ([], False)
        customer = visit.w.need("customer", visit.session["customer"])
        return visit.page(
            "home",
            address=words.address_text(customer["address"]),
            shipping=words.address_text((customer["shipping"] or {}).get("address")),
            tax_ids=tax_ids.of_customer(visit.w, customer["id"]),
            notice=NOTICES.get(request.args.get("notice", "")),
            plans=[words.plan_of(visit, each) for each in actions.subscriptions_of(visit.w, visit.session)],
            methods=words.methods_of(visit),
            bills=bills,
            more_bills=more,
        )


@blueprint.get("/p/session/<token>/done")
def portal_done(token: str) -> ResponseReturnValue:
    """What is said after a flow that ends with a confirmation."""
    with visiting(token) as visit:
        after = (visit.session["flow"] or {"after_completion": {}})["after_completion"]
        said = (after.get("hosted_confirmation") or {}).get("custom_message")
        title = NOTICES.get(request.args.get("notice", ""), "All done.")
        link, merchant = visit.session["return_url"], visit.w.world.name
    text = said or "You can close this page."
    return message(200, title, text, tone="done", link=link, link_text=f"Return to {merchant}")


_FIRST = {
    "customer_update": "details",
    "payment_method_update": "add_card",
    "subscription_cancel": "cancel",
    "subscription_pause": "pause",
    "subscription_update": "update",
    "subscription_update_confirm": "confirm_update",
}


def _first_page(visit: Visit) -> str | None:
    """Where a flow begins."""
    flow = visit.session["flow"]
    page, about = _FIRST.get(flow["type"]), flow.get(flow["type"])
    return page and (visit.url(page, id=about["subscription"]) if about else visit.url(page))
