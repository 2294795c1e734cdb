"""What the parameters of a quote mean: its fields, and what they cannot be (stripe-behaviour.md 2.15)."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import automatic_tax, fields, subscription_trials, taxing, unmodelled
from mockbill.billing.collection_methods import SENT
from mockbill.billing.connect import terms as connected
from mockbill.billing.invoice_parameters import custom_fields
from mockbill.billing.schedules import phases
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

_LATER = ("customer_account",)
_OURS = (
    "automatic_tax", "customer", "default_tax_rates", "discounts", "expires_at", "from_quote", "invoice_settings",
    "line_items", "subscription_data", "test_clock",
)  # fmt: skip
_EXPIRY = 30 * DAY  # what a new account's template says
_MOST_DAYS = 3_650  # until due; as for subscriptions


def fields_of(w: Work, params: Mapping[str, Any], before: Doc) -> dict[str, Any]:
    """The fields that parameters change, on a new (blank) quote or on the draft ``before``; Problem for nonsense.

    Line items and discounts are not among them.
    """
    unmodelled.refuse(params, _LATER, "quotes")
    connected.check(w, params, before)
    made = fields.fields_of("quote", params, before, but=_OURS)
    whose = _owner(w, params, before)
    now = {**before, **made, **whose}
    made |= whose
    made["invoice_settings"] = _invoice_settings(params, now)
    made["subscription_data"] = _subscription_data(params.get("subscription_data") or {}, before["subscription_data"])
    if "default_tax_rates" in params:
        known = [w.need("tax_rate", id) for id in before["default_tax_rates"]]
        rates = taxing.rates_named(w, params["default_tax_rates"], "default_tax_rates", known)
        made["default_tax_rates"] = [rate["id"] for rate in rates]
    if "automatic_tax" in params:
        sent = {"automatic_tax": params["automatic_tax"]}
        made["automatic_tax"] = {**automatic_tax.asked(sent), "provider": None, "status": None}
        made["automatic_tax"].pop("disabled_reason")
    return made


def expiry(w: Work, params: Mapping[str, Any], before: int | None = None) -> int:
    """When a quote is canceled by itself unless it is accepted: 30 days after it was made where nothing is said."""
    at = params.get("expires_at")
    if at is None:
        return w.now + _EXPIRY if before is None else before
    if at <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="expires_at")
    return int(at)


def check_taxes(w: Work, quote: Doc, rates: Mapping[str, list[Doc]]) -> None:
    """Problem for tax rates beside automatic tax; ``rates`` are those of the line items, by their parameters."""
    if not automatic_tax.is_on(quote):
        return
    if quote["default_tax_rates"]:
        raise automatic_tax.both("default_tax_rates")
    for param, own in rates.items():
        if own:
            raise automatic_tax.both(param)


def _owner(w: Work, params: Mapping[str, Any], before: Doc) -> dict[str, Any]:
    """The customer, who stays once named, and the test clock: that of the customer."""
    named, clock = params.get("customer"), params.get("test_clock") or before["test_clock"]
    if named and before["customer"] not in (None, named):
        raise Problem("The customer of a quote cannot be changed once it is set.", param="customer")
    if params.get("test_clock"):
        w.need("test_helpers.test_clock", params["test_clock"], "test_clock")
    if not named:
        return {"test_clock": clock}
    customer = w.need("customer", named, "customer")
    if clock and customer["test_clock"] != clock:
        raise Problem("The customer and the quote must be on the same test clock.", param="customer")
    return {"customer": named, "test_clock": customer["test_clock"]}


def _invoice_settings(params: Mapping[str, Any], quote: Mapping[str, Any]) -> Doc:
    sent, before = params.get("invoice_settings") or {}, quote["invoice_settings"]
    issuer = {"invoice_settings[issuer]": (sent.get("issuer") or {}).get("type") == "account"}
    unmodelled.refuse(issuer, issuer, "quotes")
    made = {**before, "issuer": {"type": "self"}}
    for name in ("description", "footer"):
        if name in sent:
            made[name] = sent[name] or None
    if "custom_fields" in sent:
        made["custom_fields"] = custom_fields(sent["custom_fields"], "invoice_settings[custom_fields]")
    days, where = sent.get("days_until_due", before["days_until_due"]), "invoice_settings[days_until_due]"
    if quote["collection_method"] != SENT:
        if sent.get("days_until_due") is not None:
            raise Problem("You can only set `days_until_due` with `collection_method=send_invoice`.", param=where)
        return {**made, "days_until_due": None}
    if days is None:
        raise Problem(
            f"Missing required param: {where}. Quotes with `collection_method=send_invoice` need it.",
            code="parameter_missing",
            param=where,
        )
    if not 0 <= days <= _MOST_DAYS:
        raise Problem(f"Invalid {where}: must be between 0 and {_MOST_DAYS}.", param=where)
    return {**made, "days_until_due": days}


def _subscription_data(sent: dict[str, Any], before: Doc) -> Doc:
    """``subscription_data`` after a request; its metadata takes the place of what was, as Stripe documents."""
    made = dict(before)
    if "billing_mode" in sent:
        made["billing_mode"] = _billing_mode(sent["billing_mode"])
    if "description" in sent:
        made["description"] = sent["description"] or None
    if "metadata" in sent:
        made["metadata"] = {name: value for name, value in (sent["metadata"] or {}).items() if value != ""}
    if "effective_date" in sent:
        words = {"subscription_data[effective_date]": sent["effective_date"] == "current_period_end"}
        unmodelled.refuse(words, words, "quotes, which never change a subscription that is there")
        made["effective_date"] = None if sent["effective_date"] == "" else sent["effective_date"]
    if "trial_period_days" in sent:
        made["trial_period_days"] = None if sent["trial_period_days"] == "" else sent["trial_period_days"]
    _check_dates(made["effective_date"], made["trial_period_days"])
    return made


def _check_dates(effective: int | None, days: int | None) -> None:
    """Problem for a trial that is too long or too short, and for a day that is none, be it that on which one ends."""
    if days is not None:
        subscription_trials.check_days(days, "subscription_data[trial_period_days]")
    if effective is not None:
        for at in (effective, effective + (days or 0) * DAY):
            phases.check_date(at, "subscription_data[effective_date]")


def _billing_mode(sent: dict[str, Any]) -> Doc:
    if sent["type"] == "classic":
        return {"type": "classic"}
    return {"flexible": {"proration_discounts": "included", **(sent.get("flexible") or {})}, "type": "flexible"}


NEW: dict[str, Any] = {
    "invoice_settings": {
        "custom_fields": None,
        "days_until_due": None,
        "description": None,
        "footer": None,
        "issuer": {"type": "self"},
    },
    "status": "draft",
    "subscription_data": {
        "billing_mode": _billing_mode({"type": "flexible"}),
        "description": None,
        "effective_date": None,
        "metadata": {},
        "trial_period_days": None,
    },
}
"""What a new quote says where its shape leaves that open."""
