"""Changing the plan in the portal: choosing a price and a quantity, and confirming what that costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from mockbill.billing.amounts import MOST_UNITS
from mockbill.billing.portal import actions, limits, plans
from mockbill.billing.portal.limits import Change
from mockbill.billing.portal.plans import Cost, Proposal
from mockbill.pages import card_form
from mockbill.pages.blueprint import blueprint
from mockbill.pages.card_form import Refusal
from mockbill.pages.portal import words
from mockbill.pages.portal.visit import Visit, check_post, done, visiting
from mockbill.rules import periods
from mockbill.rules.money import format_amount
from mockbill.world import Doc, Problem


@dataclass(frozen=True, slots=True)
class Option:
    """A price to choose."""

    price: str
    name: str
    amount: str
    current: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the preview."""

    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change comes to, in words; ``due`` is None where nothing is charged today."""

    old: str
    new: str
    starts: str
    rows: list[Row]
    total: str
    total_label: str
    later: str


@blueprint.get("/p/session/<token>/subscriptions/<id>/update")
def portal_update(token: str, id: str) -> ResponseReturnValue:
    """The plans to choose from."""
    with visiting(token) as visit:
        return _choices(visit, id, card_form.NOT_AUTHENTICATED if "failed" in request.args else None)


@blueprint.get("/p/session/<token>/subscriptions/<id>/update/confirm")
def portal_confirm_update(token: str, id: str) -> ResponseReturnValue:
    """What was chosen (or what the flow asks for) and what it costs; the choices again where it cannot be (422)."""
    try:
        with visiting(token) as visit:
            proposal = _proposal(visit, id, request.args)
            return _confirmation(visit, proposal, None)
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        refusal = card_form.refusal_of(problem)
    with visiting(token) as visit:
        if _preset(visit, id) is not None:
            raise Problem(refusal.message, status=409)
        return _choices(visit, id, refusal)


@blueprint.post("/p/session/<token>/subscriptions/<id>/update/confirm")
def portal_make_update(token: str, id: str) -> ResponseReturnValue:
    """Change it; the confirmation again where a card is declined (402)."""
    try:
        with visiting(token) as visit:
            proposal = _proposal(visit, id, request.form)
            made = plans.make(visit.w, proposal)
            back = f"{visit.w.site_url}/p/session/{token}/subscriptions/{id}/updated"
            challenge = plans.challenge(visit.w, made, back)
    except Problem as problem:
        if problem.status != 402:
            raise check_post(problem) from None
        refusal = card_form.refusal_of(problem)
    else:
        if challenge:
            return redirect(challenge, 303)
        return done(token, "scheduled" if proposal.waits else "updated")
    with visiting(token) as visit:
        return _confirmation(visit, _proposal(visit, id, request.form), refusal)


@blueprint.get("/p/session/<token>/subscriptions/<id>/updated")
def portal_updated(token: str, id: str) -> ResponseReturnValue:
    """Back from 3-D Secure."""
    with visiting(token) as visit:
        actions.allowed(visit.w, visit.session, "subscription_update")
        made = plans.settled(visit.w, visit.session, id)
        again = visit.url("update", id=id, failed=1)
    return done(token, "updated") if made else redirect(again, 303)


@blueprint.post("/p/session/<token>/subscriptions/<id>/keep")
def portal_keep_plan(token: str, id: str) -> ResponseReturnValue:
    """Take back a change that waits for the next period."""
    try:
        with visiting(token) as visit:
            plans.withdraw(visit.w, visit.session, id)
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, "kept")


def _preset(visit: Visit, id: str) -> Doc | None:
    """The change that a flow is about."""
    flow = (visit.session["flow"] or {}).get("subscription_update_confirm")
    return flow if flow and visit.in_flow and flow["subscription"] == id else None


def _proposal(visit: Visit, id: str, sent: Any) -> Proposal:
    """What was chosen, or what the flow asks for."""
    at = int(sent["at"]) if sent.get("at", "").isdecimal() and len(sent["at"]) < 12 else None
    if flow := _preset(visit, id):
        return plans.of_flow(visit.w, visit.session, flow, at)
    code = sent.get("code", "").strip()
    discount = plans.code_of(visit.w, visit.session, code) if code else None
    return plans.proposed(visit.w, visit.session, id, _change(visit, id, sent), discount, at)


def _change(visit: Visit, id: str, sent: Any) -> Change:
    """The price that was chosen, and the quantity where that can be adjusted; an unreadable one is a Problem."""
    subscription = actions.own_subscription(visit.w, visit.session, id)
    price, text = sent.get("price") or None, sent.get("quantity", "").strip()
    chosen = price or subscription["items"]["data"][0]["price"]["id"]
    entry = next((entry for each, entry in _offers(visit, subscription) if each["id"] == chosen), None)
    if not text or entry is None or not entry["adjustable_quantity"]["enabled"] or not _quantities(visit):
        return Change(price)
    if not text.isdecimal() or len(text) > 9:
        raise Problem("Enter a quantity such as 3.", param="quantity")
    return Change(price, int(text))


def _offers(visit: Visit, subscription: Doc) -> list[tuple[Doc, Doc]]:
    return plans.offered(visit.w, visit.configuration, subscription)


def _quantities(visit: Visit) -> bool:
    return "quantity" in visit.configuration["features"]["subscription_update"]["default_allowed_updates"]


def _choices(visit: Visit, id: str, refusal: Refusal | None) -> ResponseReturnValue:
    actions.allowed(visit.w, visit.session, "subscription_update")
    subscription = actions.own_subscription(visit.w, visit.session, id)
    _check(subscription)
    item, currency = subscription["items"]["data"][0], subscription["currency"]
    offers = _offers(visit, subscription)
    chosen = request.args.get("price") or item["price"]["id"]
    allowed = visit.configuration["features"]["subscription_update"]["default_allowed_updates"]
    bounds = _bounds([entry["adjustable_quantity"] for _, entry in offers]) if _quantities(visit) else None
    return visit.page(
        "update",
        refusal.status if refusal else 200,
        refusal=refusal,
        plan=words.plan_of(visit, subscription),
        options=[
            Option(
                price["id"],
                words.product_name(visit.w, price),
                words.price_text(visit.w, price, 1, currency),
                price["id"] == item["price"]["id"],
            )
            for price, _ in offers
        ],
        chosen=chosen,
        bounds=bounds,
        quantity=request.args.get("quantity") or item["quantity"],
        takes_codes="promotion_code" in allowed,
        code=request.args.get("code", ""),
    )


def _bounds(adjustable: Sequence[Doc]) -> tuple[int, int] | None:
    """The least and the most that any plan can be had of (its own bounds are checked); None where all are fixed."""
    free = [each for each in adjustable if each["enabled"]]
    if not free:
        return None
    return min(each["minimum"] for each in free), max(each["maximum"] or MOST_UNITS for each in free)


def _check(subscription: Doc) -> None:
    try:
        limits.check_updatable(subscription)
    except Problem as problem:
        raise check_post(problem) from None


def _confirmation(visit: Visit, proposal: Proposal, refusal: Refusal | None) -> ResponseReturnValue:
    cost = plans.cost(visit.w, proposal)
    return visit.page(
        "confirm",
        refusal.status if refusal else 200,
        refusal=refusal,
        plan=words.plan_of(visit, proposal.subscription),
        preview=_preview(visit, proposal, cost),
        at=proposal.params.get("proration_date") or visit.w.now,
        sent=request.values,
        preset=_preset(visit, proposal.subscription["id"]),
    )


def _preview(visit: Visit, proposal: Proposal, cost: Cost) -> Preview:
    w, subscription, currency = visit.w, proposal.subscription, proposal.subscription["currency"]
    item = subscription["items"]["data"][0]
    then = words.price_text(w, proposal.price, proposal.quantity, currency)
    ends = periods.day_text(item["current_period_end"])
    invoice = cost.invoice
    when = "today" if cost.now else f"on {periods.day_text(invoice['created'])}" if invoice else ""
    return Preview(
        old=_of(visit, item["price"], item.get("quantity"), currency),
        new=_of(visit, proposal.price, proposal.quantity, currency),
        starts=f"It changes on {ends}." if proposal.waits else "It changes today.",
        rows=_rows(invoice) if invoice else [],
        total=format_amount(invoice["amount_due"], currency) if invoice else format_amount(0, currency),
        total_label=f"Amount due {when}".strip(),
        later=f"Then {then}.",
    )


def _of(visit: Visit, price: Doc, quantity: int | None, currency: str) -> str:
    times = f" × {quantity}" if (quantity or 1) != 1 else ""
    return f"{words.product_name(visit.w, price)}{times} · {words.price_text(visit.w, price, quantity, currency)}"


def _rows(invoice: Doc) -> list[Row]:
    """Its lines, and what is between them and what is due."""
    currency = invoice["currency"]
    rows = [
        Row(line["description"] or "Item", format_amount(line["amount"], currency)) for line in invoice["lines"]["data"]
    ]
    off = sum(each["amount"] for each in invoice["total_discount_amounts"] or ())
    tax = invoice["total"] - (invoice["total_excluding_tax"] or invoice["total"])
    balance = invoice["amount_due"] - invoice["total"]
    credit = "To your balance" if invoice["total"] < 0 else "From your balance"  # unused time is not paid out
    for label, amount in (("Discount", -off), ("Tax", tax), (credit, balance)):
        if amount:
            rows.append(Row(label, format_amount(amount, currency)))
    return rows
