"""A quote that takes effect at a time to come: accepted, it becomes a subscription schedule of one phase."""

from collections.abc import Sequence
from typing import Any

from mockbill.billing import prices, unmodelled
from mockbill.billing.collection_methods import SENT
from mockbill.billing.connect import terms as connected
from mockbill.billing.quotes import items, offers
from mockbill.billing.schedules import creation
from mockbill.rules import periods
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work


def schedule(w: Work, quote: Doc, customer: Doc, sold: Sequence[Doc]) -> Doc:
    """The schedule: one phase, whose metadata is that of ``subscription_data`` as Stripe documents.

    What was archived since it was quoted cannot be sold at a time to come: that is refused.
    """
    known = [prices.known(w, item["price"]["id"]) for item in sold]
    archived = {"line_items[price]": any(not price["active"] for price in known)}
    unmodelled.refuse(archived, archived, "quotes of archived prices that take effect later")
    return creation.create(w, _asked(w, quote, customer, sold))


def _asked(w: Work, quote: Doc, customer: Doc, sold: Sequence[Doc]) -> dict[str, Any]:
    """The parameters of ``POST /v1/subscription_schedules`` that a quote stands for."""
    data, settings = quote["subscription_data"], quote["invoice_settings"]
    sent, automatic = quote["collection_method"] == SENT, quote["automatic_tax"]["enabled"]
    printed = {name: settings[name] for name in ("custom_fields", "description", "footer") if settings[name]}
    defaults = {
        "collection_method": quote["collection_method"],
        **connected.of_subscription(quote),
        **({"description": data["description"]} if data["description"] else {}),
        **({"automatic_tax": {"enabled": True}} if automatic else {}),
    }
    if sent:
        printed["days_until_due"] = settings["days_until_due"]
    if printed:
        defaults["invoice_settings"] = printed
    return {
        "billing_mode": data["billing_mode"],
        "customer": customer["id"],
        "default_settings": defaults,
        "phases": [_phase(w, quote, sold)],
        "start_date": data["effective_date"],
    }


def _phase(w: Work, quote: Doc, sold: Sequence[Doc]) -> dict[str, Any]:
    data = quote["subscription_data"]
    recurring = [item for item in sold if item["price"]["recurring"]]
    phase = {
        "add_invoice_items": [_entry(w, item) for item in sold if not item["price"]["recurring"]],
        "default_tax_rates": quote["default_tax_rates"],
        "discounts": offers.entries(w, quote["discounts"]),
        "items": [_entry(w, item) for item in recurring],
        "metadata": data["metadata"],
    }
    if days := data["trial_period_days"]:  # and a first interval after it: a trial lies within its phase
        rhythm = recurring[0]["price"]["recurring"]
        phase["trial_end"] = data["effective_date"] + days * DAY
        phase["end_date"] = _after(phase["trial_end"], rhythm)
    return {name: value for name, value in phase.items() if value}


def _after(trial_end: int, rhythm: Doc) -> int:
    try:
        return periods.add(trial_end, rhythm["interval"], rhythm["interval_count"])
    except ValueError:
        raise Problem(
            "The first period of a quote must end before the year 10000.", param="subscription_data[effective_date]"
        ) from None


def _entry(w: Work, item: Doc) -> dict[str, Any]:
    entry: dict[str, Any] = {"price": item["price"]["id"]}
    if item["quantity"] is not None:  # it is of a metered price
        entry["quantity"] = item["quantity"]
    if rates := items.rates_of(w, item):
        entry["tax_rates"] = [rate["id"] for rate in rates]
    if own := offers.entries(w, items.offered_on(w, item)):
        entry["discounts"] = own
    return entry
