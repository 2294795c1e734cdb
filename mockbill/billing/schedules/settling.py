"""What a phase asks of its subscription, as parameters of the verbs that create and update any subscription."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import discounts, payment_methods, prices, subscription_items, subscription_status
from mockbill.billing.connect import terms
from mockbill.world import Doc, Problem, Work

_INVOICES = ("account_tax_ids", "custom_fields", "description", "footer")


def creation(w: Work, schedule: Doc, phase: Doc) -> dict[str, Any]:
    """The parameters with which the first phase creates the subscription; it may have begun before now."""
    asked = {name: value for name, value in _managed(w, schedule, phase).items() if value not in (None, "", [])}
    start, holder = phase["start_date"], {"customer": schedule["customer"], "currency": phase["currency"]}
    return {
        **asked,
        "add_invoice_items": _added(w, phase, phase["add_invoice_items"], None),
        "backdate_start_date": min(start, w.now),
        "billing_mode": _billing_mode(schedule),
        "currency": phase["currency"],
        "customer": schedule["customer"],
        "discounts": _discounts(w, phase["discounts"], None, holder),
        "items": [_new(w, item, holder, begins=True) for item in phase["items"]],
        "known_tax_rates": phase["default_tax_rates"],
        "metadata": {name: value for name, value in phase["metadata"].items() if value},
        "proration_behavior": phase["proration_behavior"],
        **_cycle(w, phase),
        **_ending(schedule, None),
    }


def _cycle(w: Work, phase: Doc) -> dict[str, int]:
    """A trial, or the billing cycle of a phase that has begun before now: its periods are counted from its start."""
    start, trial_end = phase["start_date"], phase["trial_end"]
    if trial_end and trial_end > w.now:
        return {"trial_end": trial_end}
    if start >= w.now:
        return {}
    price = w.need("price", phase["items"][0]["price"])
    return {"billing_cycle_anchor": subscription_items.period_end(start, price, w.now)}


def entry(w: Work, schedule: Doc, subscription: Doc, phase: Doc, before: Doc) -> dict[str, Any]:
    """The parameters of the update with which a phase begins, after the phase ``before``.

    Of what neither phase says anything the subscription keeps what it has.
    """
    asked = _differences(w, schedule, subscription, phase, schedule, before)
    runs = subscription["status"] in subscription_status.RENEWING  # one that is paused has no cycle, and no trial
    if runs and _anchors(schedule, phase) == "phase_start":
        asked["billing_cycle_anchor"] = {"type": "now"}
    if added := _added(w, phase, phase["add_invoice_items"], subscription):
        asked["add_invoice_items"] = added
    if phase["metadata"]:
        asked["metadata"] = phase["metadata"]
    trial_end = phase["trial_end"]
    if runs and trial_end and trial_end > w.now and trial_end != subscription["trial_end"]:
        asked["trial_end"] = trial_end
    elif not trial_end and subscription["status"] == "trialing" and subscription["trial_end"] > w.now:
        asked["trial_end"] = "now"
    return {**asked, "proration_behavior": phase["proration_behavior"], "off_session": True} if asked else {}


def correction(
    w: Work, schedule: Doc, subscription: Doc, old_schedule: Doc, old: Doc, behavior: str | None
) -> dict[str, Any]:
    """The parameters of the update with which the current phase becomes another one while it lasts.

    ``behavior`` is the ``proration_behavior`` of the request that changes the schedule.
    """
    phase = current(schedule)
    assert phase is not None
    asked = _differences(w, schedule, subscription, phase, old_schedule, old, settled=old)
    new = [each for each in phase["add_invoice_items"] if each not in old["add_invoice_items"]]
    if added := _added(w, phase, new, None):
        asked["add_invoice_items"] = added
    if phase["metadata"] != old["metadata"]:
        asked["metadata"] = phase["metadata"]
    asked |= _ending(schedule, subscription["cancel_at"])
    if phase["trial_end"] != old["trial_end"]:
        ends = phase["trial_end"]
        if ends and ends > w.now:
            asked["trial_end"] = ends
        elif subscription["status"] == "trialing":
            asked["trial_end"] = "now"
    return {**asked, "proration_behavior": behavior or "create_prorations"} if asked else {}


def _ending(schedule: Doc, planned: int | None) -> dict[str, Any]:
    """The cancellation that ``end_behavior=cancel`` plans for the end of the last phase, where it is not planned yet.

    That a schedule sets ``cancel_at`` is what the ``preserve_cancel_date`` of a release goes by.
    """
    end = schedule["phases"][-1]["end_date"] if schedule["end_behavior"] == "cancel" else None
    return {} if end == planned else {"cancel_at": end or ""}


def current(schedule: Doc) -> Doc | None:
    """The phase that a schedule is in, if it is in one."""
    now = schedule["current_phase"]
    return next((phase for phase in schedule["phases"] if now and phase["start_date"] == now["start_date"]), None)


def _differences(
    w: Work,
    schedule: Doc,
    subscription: Doc,
    phase: Doc,
    old_schedule: Doc,
    old: Doc,
    *,
    settled: Doc | None = None,
) -> dict[str, Any]:
    """What a phase wants otherwise than the ``old`` one, or than the subscription has it.

    Discounts that the phase had when it was ``settled`` have been redeemed, and may have served their time since.
    """
    now, then = _managed(w, schedule, phase), _managed(w, old_schedule, old)
    asked: dict[str, Any] = {name: value for name, value in now.items() if value != then[name]}
    if "default_tax_rates" in asked:
        asked["known_tax_rates"] = phase["default_tax_rates"]
    if "days_until_due" in asked or "collection_method" in asked:
        asked["collection_method"] = now["collection_method"]
        asked["days_until_due"] = now["days_until_due"]
    asked = {name: "" if value is None else value for name, value in asked.items()}
    if not asked.get("default_payment_method", True):
        del asked["default_payment_method"]  # what was given to the subscription meanwhile goes on paying for it
    if items := _items(w, subscription, phase, settled):
        asked["items"] = items
    if settled is not None and settled["discounts"] == phase["discounts"]:
        return asked
    wanted = _discounts(w, phase["discounts"], subscription["discounts"], subscription)
    if wanted != [{"discount": id} for id in subscription["discounts"]]:
        asked["discounts"] = wanted or ""
    return asked


def _managed(w: Work, schedule: Doc, phase: Doc) -> dict[str, Any]:
    """What phases and default settings say of a subscription beside its items; None or empty where neither does."""
    settings = schedule["default_settings"]
    own, shared = phase["invoice_settings"] or {}, settings["invoice_settings"]
    tax = phase.get("automatic_tax") or settings.get("automatic_tax") or {"enabled": False}
    method = phase["collection_method"] or settings["collection_method"] or "charge_automatically"
    paid_by = phase["default_payment_method"] or settings["default_payment_method"]
    days = shared["days_until_due"] if own.get("days_until_due") is None else own["days_until_due"]
    return {
        **terms.asked(phase, settings),
        "automatic_tax": {"enabled": tax["enabled"]},
        "billing_thresholds": _told(phase["billing_thresholds"] or settings["billing_thresholds"]),
        "collection_method": method,
        "days_until_due": days if method == "send_invoice" else None,
        "default_payment_method": _still_owned(w, paid_by, schedule["customer"]),
        "default_tax_rates": [rate["id"] for rate in phase["default_tax_rates"] or []],
        "description": phase["description"] or settings["description"],
        "invoice_settings": {name: own.get(name) or shared.get(name) or "" for name in _INVOICES},
    }


def _told(thresholds: Doc | None) -> Doc | None:
    """Thresholds as a request would say them."""
    return {name: value for name, value in thresholds.items() if value is not None} if thresholds else None


def _still_owned(w: Work, method: str | None, customer: str) -> str | None:
    """A payment method that was planned, unless it has been detached since."""
    try:
        return method and payment_methods.owned(w, method, customer, "default_payment_method")
    except Problem:
        return None


def _anchors(schedule: Doc, phase: Doc) -> str:
    return str(phase["billing_cycle_anchor"] or schedule["default_settings"]["billing_cycle_anchor"])


def _billing_mode(schedule: Doc) -> Doc:
    mode = schedule["billing_mode"]
    return {"type": mode["type"], **({"flexible": mode["flexible"]} if mode["flexible"] else {})}


def _items(w: Work, subscription: Doc, phase: Doc, settled: Doc | None) -> list[Doc]:
    """The ``items`` of an update: the same price is the same item; an old one leaves, a new one is added.

    That an item does not outlive its price is not established at Stripe.
    """
    wanted = {item["price"]: item for item in phase["items"]}
    redeemed = {item["price"]: item["discounts"] for item in settled["items"]} if settled else {}
    asked = []
    for item in subscription["items"]["data"]:
        if (planned := wanted.pop(item["price"]["id"], None)) is None:
            asked.append({"id": item["id"], "deleted": True})
        elif changes := _edits(w, subscription, item, planned, redeemed.get(item["price"]["id"])):
            asked.append({"id": item["id"], **changes})
    return asked + [_new(w, item, subscription) for item in wanted.values()]


def _edits(w: Work, subscription: Doc, item: Doc, planned: Doc, redeemed: list[Doc] | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if planned.get("quantity") != item.get("quantity"):
        changes["quantity"] = planned["quantity"]
    if planned["billing_thresholds"] != item["billing_thresholds"]:
        changes["billing_thresholds"] = planned["billing_thresholds"] or ""
    if any(item["metadata"].get(name, "") != value for name, value in (planned["metadata"] or {}).items()):
        changes["metadata"] = planned["metadata"]
    if planned["tax_rates"] != item["tax_rates"]:
        changes["tax_rates"] = [rate["id"] for rate in planned["tax_rates"]] or ""
        changes["known_tax_rates"] = planned["tax_rates"]
    if planned["discounts"] == redeemed:
        return changes
    wanted = _discounts(w, planned["discounts"], item["discounts"], subscription)
    if wanted != [{"discount": id} for id in item["discounts"]]:
        changes["discounts"] = wanted or ""
    return changes


def _new(w: Work, item: Doc, holder: Doc, *, begins: bool = False) -> dict[str, Any]:
    """An item to be added; its price was checked when it was planned, and may be archived by now.

    ``holder`` is the subscription, or says whose it will be, and in which currency, where it only ``begins``.
    """
    asked: dict[str, Any] = {"price": item["price"], "known_price": prices.known(w, item["price"])}
    if "quantity" in item:
        asked["quantity"] = item["quantity"]
    if item["metadata"]:
        asked["metadata"] = {name: value for name, value in item["metadata"].items() if value}
    if item["billing_thresholds"]:
        asked["billing_thresholds"] = item["billing_thresholds"]
    if item["tax_rates"]:
        asked["tax_rates"] = [rate["id"] for rate in item["tax_rates"]]
        asked["known_tax_rates"] = item["tax_rates"]
    if item["discounts"]:
        asked["discounts"] = _discounts(w, item["discounts"], None if begins else [], holder)
    return asked


def _discounts(w: Work, planned: list[Doc], held: list[str] | None, subscription: Doc) -> list[dict[str, str]]:
    """The discounts of a phase as those of a request: one that is ``held`` already stays, and its months go on.

    What can no longer be redeemed is left out: nobody is there to be told (Stripe's way is not established).  A new
    subscription holds none (None): that a discount of another is asked for is for its creation to refuse.
    """
    have = [each for id in held or () if (each := w.get("discount", id))]
    asked = []
    for wanted in planned:
        kept = next((each for each in have if _is_it(each, wanted)), None)
        if kept is not None:
            asked.append({"discount": kept["id"]})
        elif wanted["discount"] is None and _can_be_redeemed(w, wanted, subscription):
            asked.append({name: value for name, value in wanted.items() if value})
        elif wanted["discount"] and (held is None or wanted["discount"] in _of_customer(w, subscription)):
            asked.append({"discount": wanted["discount"]})
    return asked


def _of_customer(w: Work, subscription: Doc) -> list[str]:
    discount = (w.get("customer", subscription["customer"]) or {}).get("discount")
    return [discount["id"]] if discount else []


def _is_it(discount: Doc, wanted: Mapping[str, Any]) -> bool:
    if wanted["discount"]:
        return bool(discount["id"] == wanted["discount"])
    if wanted["promotion_code"]:
        return bool(discount["promotion_code"] == wanted["promotion_code"])
    return bool(discount["source"]["coupon"] == wanted["coupon"])


def _can_be_redeemed(w: Work, wanted: Mapping[str, Any], subscription: Doc) -> bool:
    try:
        discounts.offer(w, dict(wanted), subscription["customer"], subscription["currency"], None, "discounts")
    except Problem:
        return False
    return True


def _added(w: Work, phase: Doc, planned: list[Doc], subscription: Doc | None) -> list[dict[str, Any]]:
    """``add_invoice_items`` of a subscription: what a phase says of its own start and end becomes an instant."""
    asked = []
    for item in planned:
        entry = {name: item[name] for name in ("price", "quantity", "discountable") if item[name] is not None}
        entry["known_price"] = prices.known(w, item["price"])
        entry["period"] = {name: _bound(phase, item["period"][name], subscription) for name in ("start", "end")}
        if item["metadata"]:
            entry["metadata"] = item["metadata"]
        if item["discounts"]:
            entry["discounts"] = [{name: value for name, value in each.items() if value} for each in item["discounts"]]
        if item["tax_rates"]:
            entry["tax_rates"] = [rate["id"] for rate in item["tax_rates"]]
            entry["known_tax_rates"] = item["tax_rates"]
        asked.append(entry)
    return asked


def _bound(phase: Doc, bound: Doc, subscription: Doc | None) -> Doc:
    """One end of the time that an item sold once is for.

    Where the phase begins as a billing period ends, the items' periods that are meant are the coming ones.
    """
    at = {"phase_start": phase["start_date"], "phase_end": phase["end_date"]}.get(bound["type"])
    if at is None and subscription is not None and subscription_items.ended(subscription, phase["start_date"]):
        start = phase["start_date"]
        if bound["type"] == "max_item_period_start":
            at = start
        elif bound["type"] == "min_item_period_end":
            at = subscription_items.next_end(subscription, start)
    return bound if at is None else {"timestamp": at, "type": "timestamp"}
