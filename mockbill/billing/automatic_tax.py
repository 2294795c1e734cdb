"""Automatic tax: reckoned from where the customer is, by the account's table of rates (stripe-behaviour.md 3.13).

Where the account has registrations, only where it is registered (``tax/registrations.py``).  What Stripe does beyond
that is left out: thresholds, tax codes with rates of their own, taxes of cities and districts.  A price that includes
tax costs the same where none is levied, as Stripe says of automatic tax; only tax rates set by hand are taken off for
customers who are exempt.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import tax_settings, unmodelled
from mockbill.billing.tax import registrations
from mockbill.rules import tax_table, taxes
from mockbill.world import Doc, Problem, Work

OF_ITEM = "item_tax"
_OFF = {"disabled_reason": None, "enabled": False, "liability": None}


class Unlocated(Problem):
    """No tax can be told for a customer of whom no usable address is known."""

    def __init__(self, param: str | None = "customer") -> None:
        super().__init__(
            "The customer's location isn't recognized. Set a valid customer address in order to automatically "
            "calculate tax.",
            code="customer_tax_location_invalid",
            param=param,
        )


def is_on(owner: Mapping[str, Any]) -> bool:
    """Whether a subscription or an invoice is taxed automatically."""
    return bool((owner.get("automatic_tax") or {}).get("enabled"))


def asked(params: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> Doc:
    """The ``automatic_tax`` member of a subscription, as parameters (and what was ``before``) have it.

    Problem where tax rates are set by hand as well: Stripe takes only one of both.
    """
    sent = params.get("automatic_tax")
    on = bool((sent or {}).get("enabled")) if sent is not None else is_on(before or {})
    if sent:
        liability = sent.get("liability") or {}
        unmodelled.refuse({"liability[type]": liability.get("type") == "account"}, ["liability[type]"], "automatic_tax")
    if not on:
        return _OFF
    check_alone(params, before or {})
    return {"disabled_reason": None, "enabled": True, "liability": {"type": "self"}}


def of_subscription(params: Mapping[str, Any], before: Mapping[str, Any], customer: Doc) -> dict[str, Doc]:
    """``{"automatic_tax": ...}`` where a subscription's parameters touch it, ``{}`` where they do not.

    Problem where tax rates are in its way, or nobody knows where the customer is.
    """
    if not {"automatic_tax", "default_tax_rates", "items"} & params.keys():
        return {}
    told = asked(params, before)
    if told["enabled"]:
        check_location(customer)
    return {"automatic_tax": told}


def of_invoice(params: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Doc]:
    """``{"automatic_tax": ...}`` where an invoice's parameters touch it, ``{}`` where they do not."""
    if not {"automatic_tax", "default_tax_rates"} & params.keys():
        return {}
    return {"automatic_tax": {**asked(params, before), "provider": None, "status": None}}


def check_alone(params: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Problem for tax rates beside automatic tax, on the whole or on an item; ``before`` is what is updated."""
    if {**before, **params}.get("default_tax_rates"):
        raise both("default_tax_rates")
    for name in ("items", "add_invoice_items"):
        for position, item in enumerate(params.get(name) or []):
            if item.get("tax_rates"):
                raise both(f"{name}[{position}][tax_rates]")
    items = (before.get("items") or {}).get("data") or []
    changed = {item.get("id"): item for item in params.get("items") or []}
    if any(item["tax_rates"] and "tax_rates" not in changed.get(item["id"], {}) for item in items):
        raise both("automatic_tax[enabled]")


def both(param: str) -> Problem:
    """The refusal of tax rates beside automatic tax."""
    return Problem(
        "You cannot use tax rates together with `automatic_tax[enabled]=true`: remove the tax rates, or turn automatic "
        "tax off.",
        param=param,
    )


def check_location(customer: Mapping[str, Any], param: str = "customer") -> None:
    """Problem for a customer whose address says too little."""
    if location(customer.get("address"), customer.get("shipping")) is None:
        raise Unlocated(param)


def location(address: Mapping[str, Any] | None, shipping: Mapping[str, Any] | None) -> tuple[str, str | None] | None:
    """Country and state for tax: where goods are shipped to, else the customer's own address."""
    return tax_table.recognized((shipping or {}).get("address")) or tax_table.recognized(address)


def support(w: Work, place: tuple[str, str | None] | None) -> str:
    """``customer.tax.automatic_tax`` for a location: whether tax would be collected there."""
    if place is None:
        return "unrecognized_location"
    return "supported" if registrations.table(w).entry(*place) else "not_collecting"


def told(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """The invoice's ``automatic_tax`` as it stands after reckoning; ``{}`` where it is off."""
    if not is_on(invoice):
        return {}
    known = location(invoice.get("customer_address"), invoice.get("customer_shipping"))
    return {
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": True,
            "liability": {"type": "self"},
            "provider": "stripe",
            "status": "complete" if known else "requires_location_inputs",
        }
    }


def check_complete(invoice: Doc) -> None:
    """Problem for a draft whose tax cannot be told: it cannot be finalized."""
    if invoice["automatic_tax"]["status"] == "requires_location_inputs":
        raise Unlocated(None)


def rates(w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc]) -> list[tuple[taxes.Rate, ...]]:
    """The rate on each line; none at all as long as nobody knows where the customer is."""
    buyer = _buyer(w, invoice)
    if buyer is None:
        return [() for _ in lines]
    return [(_rate(w, buyer, line),) for line in lines]


def rate_on(
    w: Work, invoice: Mapping[str, Any], price: Mapping[str, Any], product: Mapping[str, Any]
) -> taxes.Rate | None:
    """The rate on something else that an invoice is over; None as long as nobody knows where the customer is."""
    buyer = _buyer(w, invoice)
    return rate_of(w, buyer, price, product, invoice["currency"]) if buyer else None


def _buyer(w: Work, invoice: Mapping[str, Any]) -> tax_table.Buyer | None:
    place = location(invoice.get("customer_address"), invoice.get("customer_shipping"))
    if place is None:
        return None
    return tax_table.Buyer(*place, exemption=invoice["customer_tax_exempt"], vat=_is_business(w, invoice["customer"]))


def _said_of_item(w: Work, line: Doc) -> dict[str, Any]:
    """``tax_behavior`` and ``tax_code`` of the invoice item that a line is, where it was told them itself."""
    if not w.world.table(f"_{OF_ITEM}").keys:
        return {}
    parent = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    return {
        name: value for name, value in (w.private(OF_ITEM, details.get("invoice_item") or "") or {}).items() if value
    }


def _rate(w: Work, buyer: tax_table.Buyer, line: Doc) -> taxes.Rate:
    details = (line["pricing"] or {}).get("price_details") or {}
    price, product = w.get("price", details.get("price")), w.get("product", details.get("product"))
    said = _said_of_item(w, line)
    return rate_of(w, buyer, {**(price or {}), **said}, {**(product or {}), **said}, line["currency"])


def rate_of(
    w: Work, buyer: tax_table.Buyer, price: Mapping[str, Any], product: Mapping[str, Any], currency: str
) -> taxes.Rate:
    """The rate on a price that is sold to a buyer."""
    found = decided(w, buyer, product.get("tax_code") or tax_settings.default_code(w))
    behavior = tax_table.behavior(price.get("tax_behavior"), tax_settings.default_behavior(w), currency)
    inclusive = behavior == "inclusive"
    return taxes.Rate(_kept(w, buyer, found, inclusive), found.percentage, inclusive, found.reason)


def decided(
    w: Work, buyer: tax_table.Buyer, code: str | None, *, seller: str | None = None, at: int | None = None
) -> tax_table.Decision:
    """What is levied on a sale to a buyer; ``seller`` is a country other than the head office's, ``at`` a time."""
    return tax_table.decide(registrations.table(w, at), seller or tax_settings.home(w), buyer, code)


def state_of(w: Work, buyer: tax_table.Buyer, found: tax_table.Decision) -> str | None:
    """The state whose rate it is; None where it is that of the whole country."""
    return buyer.state if w.settings.tax_table.entry(buyer.country, None) is not found.entry else None


def buyer_of(w: Work, customer: Doc) -> tax_table.Buyer:
    """A customer as automatic tax sees it; Problem where it cannot be told where it is."""
    place = location(customer["address"], customer["shipping"])
    if place is None:
        raise Unlocated
    return tax_table.Buyer(*place, exemption=customer["tax_exempt"], vat=_is_business(w, customer["id"]))


def _is_business(w: Work, customer_id: str) -> bool:
    """Whether it has a VAT id of the EU, verified or not: Stripe leaves it to the seller to see whether it is true."""
    if not w.world.table("tax_id").keys:
        return False
    return bool(w.find("tax_id", customer=customer_id, type="eu_vat"))


def _kept(w: Work, buyer: tax_table.Buyer, found: tax_table.Decision, inclusive: bool) -> str:
    """The id of the tax rate that stands for a decision: made once for each place, and shown in no list."""
    state = state_of(w, buyer, found)
    key = f"{buyer.country}-{state}:{found.percentage}:{found.entry.tax_type}:{inclusive}"
    if kept := w.private("automatic_rate", key):
        return str(kept["rate"])
    percentage = float(found.percentage)
    rate = w.add(
        "tax_rate",
        active=False,  # nobody can put it on anything by hand
        country=buyer.country,
        display_name=found.entry.name,
        effective_percentage=percentage,
        inclusive=inclusive,
        jurisdiction=state or buyer.country,
        jurisdiction_level="state" if state else "country",
        percentage=percentage,
        rate_type="percentage",
        state=state,
        tax_type=found.entry.tax_type,
    )
    w.keep("automatic_rate", key, rate=rate["id"])
    w.keep("automatic_rate", rate["id"], key=key)
    return str(rate["id"])


def is_made_here(w: Work, rate: Doc) -> bool:
    """Whether automatic tax made a rate, rather than the account's owner."""
    return w.private("automatic_rate", rate["id"]) is not None
