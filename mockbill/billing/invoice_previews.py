"""Previews: the real verbs are run in a rehearsal and taken back, so that a preview equals the invoice that comes.

Source: stripe-behaviour.md 3.18.  Nothing is kept: no documents, no events, no ids.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import (
    customers,
    invoice_items,
    invoice_verbs,
    subscription_cancellation,
    subscription_invoices,
    subscription_pauses,
    subscription_resumption,
    subscription_status,
    subscription_updates,
    subscriptions,
    tax_ids,
    unmodelled,
    upcoming_invoices,
)
from mockbill.billing.connect import terms
from mockbill.billing.schedules import previews as schedules
from mockbill.world import Doc, Problem, Work

_LATER_DETAILS = ("billing_schedules",)
_OF_A_RESUMPTION = ("billing_cycle_anchor", "proration_behavior", "proration_date")
_PASSED = (  # what means the same in ``subscription_details`` and in the verbs themselves
    "billing_cycle_anchor", "cancel_at", "cancel_at_period_end", "default_tax_rates", "items", "metadata",
    "proration_behavior", "trial_end", "trial_from_plan",
)  # fmt: skip
_OF_THE_INVOICE = ("automatic_tax", "discounts")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices/create_preview``: the invoice that would come, with an id that begins with ``upcoming_in``.

    404 ``invoice_upcoming_none`` where none would.
    """
    other = {"issuer": (params.get("issuer") or {}).get("type") == "account"}
    unmodelled.refuse(other, other, "previews")
    terms.check(w, {name: params[name] for name in ("on_behalf_of",) if name in params})
    unmodelled.refuse(params.get("subscription_details") or {}, _LATER_DETAILS, "previews")
    schedule = schedules.named(w, params)
    subscription, customer = _subjects(w, schedule or params)
    w.use_clock_of(customer)
    told = w.world.ids.digest(f"{w.world.ids.counter}/{sorted(params.items())}", 23)  # a draw would be a change
    with w.rehearsal():
        customer = _rehearsed_customer(w, customer, params)
        if schedule is not None or params.get("schedule_details"):
            invoice = _scheduled(w, schedule, customer, params)
        else:
            invoice = _coming(w, subscription, customer, params)
    if invoice is None:
        raise _nothing(subscription, customer)
    if "on_behalf_of" in params:
        invoice = {**invoice, "on_behalf_of": params["on_behalf_of"] or None}
    return upcoming_invoices.shown(invoice, f"upcoming_in_1{told}")


def _subjects(w: Work, params: Mapping[str, Any]) -> tuple[Doc | None, Doc | None]:
    """The subscription and the customer that a preview is about; neither where both are hypothetical."""
    subscription = customer = None
    if named := params.get("subscription"):
        subscription = w.need("subscription", named, "subscription")
    if named := params.get("customer") or (subscription or {}).get("customer"):
        customer = w.need("customer", named, "customer")
    if subscription is not None and customer is not None and subscription["customer"] != customer["id"]:
        raise Problem(f"The subscription {subscription['id']} belongs to another customer.", param="subscription")
    if customer is None and not params.get("customer_details"):
        raise Problem(
            "One of the following params should be provided for this request: customer, subscription or "
            "customer_details.",
            code="parameter_missing",
            param="customer",
        )
    return subscription, customer


def _rehearsed_customer(w: Work, customer: Doc | None, params: Mapping[str, Any]) -> Doc:
    """The customer with what ``customer_details`` say, or the hypothetical one that they describe."""
    details = {name: value for name, value in (params.get("customer_details") or {}).items() if name != "tax_ids"}
    details = {name: value for name, value in details.items() if value != ""}
    sent = (params.get("customer_details") or {}).get("tax_ids") or []
    if customer is None:
        return customers.create(w, {**details, **({"tax_id_data": sent} if sent else {})})
    if details:
        customer = customers.update(w, customer, details)
    for each in sent:
        tax_ids.add(w, customer, each)
    if params.get("discounts") == "" and customer["discount"]:
        customer = w.change(customer, discount=None)  # none is to be inherited, this one neither
    return customer


def _coming(w: Work, subscription: Doc | None, customer: Doc, params: dict[str, Any]) -> Doc | None:
    details = params.get("subscription_details") or {}
    _add_items(w, subscription, customer, params.get("invoice_items") or [])
    recurring = params.get("preview_mode") == "recurring"
    if subscription is not None:
        return _changed(w, subscription, params, details, recurring=recurring)
    if details.get("items"):
        return _begun(w, customer, params, details, recurring=recurring)
    return _first_of(w, customer, params) or _by_hand(w, customer, params)


def _scheduled(w: Work, schedule: Doc | None, customer: Doc, params: dict[str, Any]) -> Doc | None:
    """What a schedule brings next, which may be the first invoice of its subscription."""
    mark = len(w.events)
    own = {name: params[name] for name in _OF_THE_INVOICE if name in params}
    now = schedules.arranged(w, schedule, customer, params.get("schedule_details") or {}, own)
    _add_items(w, now, customer, params.get("invoice_items") or [])
    if params.get("preview_mode") == "recurring":
        return _recurring(w, now)
    return upcoming_invoices.created(w, mark, now["id"]) or upcoming_invoices.next_of(w, now)


def _changed(
    w: Work, subscription: Doc, params: Mapping[str, Any], details: dict[str, Any], *, recurring: bool
) -> Doc | None:
    """What a subscription brings next, after it was changed as asked: at once, or at its renewal."""
    mark = len(w.events)
    unmodelled.refuse(details, ("billing_mode", "start_date"), "previews of a subscription that exists")
    if (details.get("billing_cycle_anchor") or {}).get("type") == "timestamp":
        raise Problem(
            "The billing_cycle_anchor of an existing subscription can only be set to `now` or `unchanged`.",
            param="subscription_details[billing_cycle_anchor]",
        )
    if details.get("cancel_now") and (details.get("cancel_at") or details.get("cancel_at_period_end")):
        raise Problem(
            "You may only specify one of these parameters: cancel_now, cancel_at, cancel_at_period_end.",
            code="parameters_exclusive",
            param="subscription_details[cancel_now]",
        )
    if details.get("cancel_now"):
        behavior = details.get("proration_behavior") or "create_prorations"
        end = {"invoice_now": True, "prorate": behavior != "none"}
        subscription_cancellation.cancel(w, subscription, end)
    elif details.get("resume_at"):
        how = {name: details[name] for name in _OF_A_RESUMPTION if name in details}
        subscription_resumption.resume(w, subscription, how)
    elif details.get("pause"):
        subscription_pauses.pause(w, subscription, details["pause"])
    elif asked := _asked(params, details):
        if "proration_date" in details:
            asked["proration_date"] = details["proration_date"]
        subscription_updates.update(w, subscription, asked)
    now = w.need("subscription", subscription["id"])
    if recurring:
        return _recurring(w, now)
    return upcoming_invoices.created(w, mark, subscription["id"]) or upcoming_invoices.next_of(w, now)


def _begun(
    w: Work, customer: Doc, params: Mapping[str, Any], details: dict[str, Any], *, recurring: bool
) -> Doc | None:
    """The first invoice of a subscription that does not exist yet."""
    mark = len(w.events)
    asked = {**_asked(params, details), "customer": customer["id"], "payment_behavior": "default_incomplete"}
    anchor = asked.pop("billing_cycle_anchor", None)
    if anchor and anchor["type"] == "timestamp":
        asked["billing_cycle_anchor"] = anchor.get("timestamp")
    if mode := details.get("billing_mode"):
        asked["billing_mode"] = mode
    if (start := details.get("start_date")) is not None:
        if start < w.now:
            asked["backdate_start_date"] = start
        else:
            w.stand_at(start)
    if "currency" in params:
        asked["currency"] = params["currency"]
    begun = subscriptions.create(w, asked)
    if not recurring and (first := upcoming_invoices.created(w, mark, begun["id"])) is not None:
        return first
    status = "active" if begun["status"] == "incomplete" else begun["status"]
    begun = w.change(w.need("subscription", begun["id"]), status=status)
    return _recurring(w, begun) if recurring else upcoming_invoices.next_of(w, begun)


def _recurring(w: Work, subscription: Doc) -> Doc | None:
    """``preview_mode=recurring``: what a period costs, without what is charged once."""
    for item in subscription_invoices.pending(w, subscription):
        w.remove(item)
    return upcoming_invoices.next_of(w, subscription)


def _first_of(w: Work, customer: Doc, params: Mapping[str, Any]) -> Doc | None:
    """The next invoice of all the customer's subscriptions, those that are only scheduled among them."""
    found: list[Doc] = []
    for subscription in w.find("subscription", customer=customer["id"]):
        if subscription["status"] not in subscription_status.RENEWING:
            continue
        with w.rehearsal():
            coming = _changed(w, subscription, params, {}, recurring=params.get("preview_mode") == "recurring")
        if coming is not None:
            found.append(coming)
    for schedule in w.find("subscription_schedule", customer=customer["id"], status="not_started"):
        with w.rehearsal():
            own = {name: params[name] for name in _OF_THE_INVOICE if name in params}
            coming = _scheduled(w, schedule, customer, own)
        if coming is not None:
            found.append(coming)
    return min(found, key=lambda invoice: int(invoice["created"]), default=None)


def _by_hand(w: Work, customer: Doc, params: Mapping[str, Any]) -> Doc | None:
    """What waits for the customer, on an invoice of its own."""
    asked = {name: params[name] for name in (*_OF_THE_INVOICE, "currency") if name in params}
    invoice = invoice_verbs.create(
        w, {**asked, "customer": customer["id"], "pending_invoice_items_behavior": "include"}
    )
    return invoice if invoice["lines"]["data"] else None


def _asked(params: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: details[name] for name in _PASSED if name in details}
    return {**asked, **{name: params[name] for name in _OF_THE_INVOICE if name in params}}


def _add_items(w: Work, subscription: Doc | None, customer: Doc, sent: list[dict[str, Any]]) -> None:
    """``invoice_items``: items that would be added, or changed where they name one that waits."""
    for entry in sent:
        item = {name: value for name, value in entry.items() if name not in ("invoiceitem", "unit_amount")}
        if "unit_amount" in entry:
            item["unit_amount_decimal"] = str(entry["unit_amount"])
        if id := entry.get("invoiceitem"):
            invoice_items.update(w, w.need("invoiceitem", id, "invoice_items"), item)
        else:
            of = {"subscription": subscription["id"]} if subscription else {}
            invoice_items.create(w, {**item, **of, "customer": customer["id"]})


def _nothing(subscription: Doc | None, customer: Doc) -> Problem:
    about = f"subscription: {subscription['id']}" if subscription else f"customer: {customer['id']}"
    return Problem(f"No upcoming invoices for {about}", code="invoice_upcoming_none", status=404)
