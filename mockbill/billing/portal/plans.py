"""Changes of plan and quantity in the portal: what is offered, what it costs, and when it happens (3.20).

Changes that meet one of the conditions of ``schedule_at_period_end`` wait for the end of the period in a subscription
schedule of two phases, which lets the subscription go after the second; others are updates by the verb of the API, of
which nothing happens where they are to be paid for and cannot be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockbill.billing import (
    invoice_previews,
    invoices,
    payment_attempts,
    pending_updates,
    prices,
    promotion_codes,
    subscription_updates,
)
from mockbill.billing.portal import actions, configurations, limits
from mockbill.billing.portal.limits import Change
from mockbill.billing.schedules import creation, endings, updates
from mockbill.rules import periods
from mockbill.world import Doc, Problem, Work

_FEATURE = "subscription_update"
_CHALLENGED = "subscription_payment_intent_requires_action"
_RECENT = 60 * 60  # seconds for which a preview stands
SCHEDULED = "portal_schedule"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that can be made: the parameters of the update that it is, or when it ``waits`` for another period."""

    subscription: Doc
    price: Doc
    quantity: int | None
    params: dict[str, Any]
    waits: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """What a change comes to: the invoice that it makes ``now``, or the next one with it."""

    invoice: Doc | None
    now: bool


def offered(w: Work, configuration: Doc, subscription: Doc) -> list[tuple[Doc, Doc]]:
    """Prices that the subscription can be changed to, with their entries in the configuration; what it has is first."""
    current = subscription["items"]["data"][0]["price"]
    allowed = configuration["features"][_FEATURE]["default_allowed_updates"]
    found = [
        (price, entry)
        for entry in configurations.products(w, configuration)
        for id in entry["prices"]
        if (price := w.get("price", id)) is not None
        and (id == current["id"] or ("price" in allowed and limits.offered_in(w, price, subscription["currency"])))
    ]
    own = next((entry for price, entry in found if price["id"] == current["id"]), None)
    rest = [(price, entry) for price, entry in found if price["id"] != current["id"]]
    return [(current, own or _FIXED), *rest]


_FIXED: Doc = {"adjustable_quantity": {"enabled": False, "maximum": None, "minimum": 1}, "prices": [], "product": None}


def proposed(
    w: Work, session: Doc, id: str, change: Change, discount: Mapping[str, str] | None = None, at: int | None = None
) -> Proposal:
    """The change as the configuration makes it; Problem where it cannot be.

    ``discount`` names a ``coupon`` or a ``promotion_code`` by its id.  ``at`` is the moment of the preview that the
    customer agreed to, from which it is prorated.
    """
    configuration = actions.allowed(w, session, _FEATURE)
    feature = configuration["features"][_FEATURE]
    subscription = actions.own_subscription(w, session, id)
    limits.check_updatable(subscription)
    item = subscription["items"]["data"][0]
    limits.check_change(w, configuration, subscription, item["id"], change, "items[0]", bool(discount))
    if discount:
        limits.check_promotion(configuration, "discounts")
    price = w.need("price", change.price) if change.price else item["price"]
    quantity = item.get("quantity") if change.quantity is None else change.quantity
    entry = {"id": item["id"], "price": price["id"], "quantity": quantity}
    params: dict[str, Any] = {"items": [entry], "proration_behavior": feature["proration_behavior"]}
    if discount:
        params["discounts"] = [*({"discount": held} for held in subscription["discounts"]), dict(discount)]
    if subscription["status"] == "trialing":
        params |= {"trial_end": "now"} if feature["trial_update_behavior"] == "end_trial" else {}
    elif feature["billing_cycle_anchor"] == "now":
        params["billing_cycle_anchor"] = {"type": "now"}
    elif at is not None and item["current_period_start"] <= at <= w.now < at + _RECENT:
        params["proration_date"] = at
    waits = _waits(w, feature, subscription, price, quantity)
    return Proposal(subscription, price, quantity, params, waits)


def of_flow(w: Work, session: Doc, flow: Doc, at: int | None = None) -> Proposal:
    """What a flow of ``subscription_update_confirm`` asks its customer to confirm."""
    (item,) = flow["items"]
    offers = [{name: value for name, value in each.items() if value} for each in flow["discounts"] or ()]
    change = Change(item["price"], item["quantity"])
    return proposed(w, session, flow["subscription"], change, next(iter(offers), None), at)


def code_of(w: Work, session: Doc, code: str) -> Doc:
    """``{"promotion_code": id}`` of what a customer typed; Problem for what is no code."""
    found = promotion_codes.by_code(w, code, session["customer"])
    if found is None:
        raise Problem("This code is invalid.", param="code")
    promotion_codes.check_redeemable(w, found, session["customer"], None, None, "code")
    return {"promotion_code": found["id"]}


def cost(w: Work, proposal: Proposal) -> Cost:
    """What a change will cost, by the preview of invoices; nothing is kept."""
    subscription, details = proposal.subscription, dict(proposal.params)
    asked = {"subscription": subscription["id"]}
    discounts = details.pop("discounts", None)
    try:
        with w.rehearsal():
            if proposal.waits:
                _schedule(w, proposal)
                return Cost(invoice_previews.create(w, dict(asked)), now=False)
            if discounts:
                subscription_updates.update(w, subscription, {"discounts": discounts})
            invoice = invoice_previews.create(w, {**asked, "subscription_details": details})
            before = w.need("subscription", subscription["id"])
            done = subscription_updates.update(w, before, {**details, "payment_behavior": "default_incomplete"})
            return Cost(invoice, now=done["latest_invoice"] != subscription["latest_invoice"])
    except Problem as problem:
        if problem.code != "invoice_upcoming_none":
            raise
        return Cost(None, now=False)


def make(w: Work, proposal: Proposal) -> Doc:
    """The change itself; Problem 402, and nothing is changed, where it is to be paid for now and cannot be.

    Where the card asks for 3-D Secure the change waits for that, as a ``pending_update`` (``challenge`` leads there).
    """
    if proposal.waits:
        return _schedule(w, proposal)
    point = w.savepoint()
    try:
        params = {**proposal.params, "payment_behavior": "error_if_incomplete"}
        return subscription_updates.update(w, proposal.subscription, params)
    except Problem as problem:
        if problem.code != _CHALLENGED:
            raise
        w.back_to(point)
    params = {**proposal.params, "payment_behavior": "pending_if_incomplete"}
    return subscription_updates.update(w, proposal.subscription, params)


def challenge(w: Work, subscription: Doc, return_url: str) -> str | None:
    """The page on which the customer authenticates what a change waits for; it leads back to ``return_url``."""
    if not subscription["pending_update"]:
        return None
    intent = invoices.intent_of(w, w.need("invoice", subscription["latest_invoice"]))
    if intent is None or not payment_attempts.awaits_authentication(intent):
        return None
    w.keep("payment_intent", intent["id"], return_url=return_url)
    return f"{w.site_url}/3ds/{intent['id']}"


def settled(w: Work, session: Doc, id: str) -> bool:
    """Back from a challenge: whether the change was made; one that was not paid for is discarded."""
    subscription = actions.own_subscription(w, session, id)
    if subscription["pending_update"]:
        pending_updates.discard(w, subscription)
        return False
    return True


def withdraw(w: Work, session: Doc, id: str) -> Doc:
    """A change that waits in a schedule of the portal's own is taken back: ``subscription_schedule.released``."""
    actions.allowed(w, session, _FEATURE)
    subscription = actions.own_subscription(w, session, id)
    if scheduled(w, subscription) is None:
        raise Problem("No update of this subscription waits that could be taken back.")
    return endings.release(w, w.need("subscription_schedule", subscription["schedule"]), {})


def scheduled(w: Work, subscription: Doc) -> Doc | None:
    """The phase that a change in the portal waits for, until it begins."""
    schedule = w.get("subscription_schedule", subscription["schedule"])
    if schedule is None or not w.private(SCHEDULED, schedule["id"]):
        return None
    last: Doc = schedule["phases"][-1]
    return last if last["start_date"] > w.now else None


def _schedule(w: Work, proposal: Proposal) -> Doc:
    subscription = proposal.subscription
    schedule = creation.create(w, {"from_subscription": subscription["id"]})
    item, (phase, *_) = subscription["items"]["data"][0], schedule["phases"]
    ends, recurring = item["current_period_end"], proposal.price["recurring"]
    length = {name: recurring[name] for name in ("interval", "interval_count")}
    coming = {
        "items": [{"price": proposal.price["id"], "quantity": proposal.quantity}],
        "duration": length,
        "proration_behavior": "none",
    }
    if "discounts" in proposal.params:
        coming["discounts"] = proposal.params["discounts"]
    now = {"price": item["price"]["id"], "quantity": item["quantity"]}
    phases: Sequence[Any] = [{"items": [now], "start_date": phase["start_date"], "end_date": ends}, coming]
    w.keep(SCHEDULED, schedule["id"])
    updates.update(w, schedule, {"end_behavior": "release", "phases": phases})
    return w.need("subscription", subscription["id"])


def _waits(w: Work, feature: Doc, subscription: Doc, price: Doc, quantity: int | None) -> bool:
    """Whether one of the conditions holds under which a change is for the next period."""
    item, currency = subscription["items"]["data"][0], subscription["currency"]
    kinds = {condition["type"] for condition in feature["schedule_at_period_end"]["conditions"]}
    if subscription["status"] == "trialing":
        return False
    old, new = item["price"], price
    if "shortening_interval" in kinds and _length(new) < _length(old):
        return True
    if "decreasing_item_amount" not in kinds:
        return False
    before = prices.cost(w, old, item["quantity"], currency).amount
    return prices.cost(w, new, 1 if quantity is None else quantity, currency).amount < before


def _length(price: Doc) -> int:
    recurring = price["recurring"]
    return periods.add(0, recurring["interval"], recurring["interval_count"])
