"""The taxes of a checkout session: on each of its items, by the same rules as on the invoice that follows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mockbill.billing import automatic_tax, checkout_items, taxing, unmodelled
from mockbill.rules import taxes
from mockbill.world import Doc, Work

_OFF = {"enabled": False, "liability": None, "provider": None, "status": None}
_ON = {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": "complete"}


class Tax(NamedTuple):
    """The tax on an item: all of it, what of it comes on top of the item's amount, and by rate."""

    amount: int
    on_top: int
    levies: list[Doc]


def asked(w: Work, params: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a session's request: ``default_rates`` and whether tax is ``automatic``.

    Automatic tax needs a customer who has an address already: the page does not ask for one.
    """
    data = params.get("subscription_data") or {}
    where = "subscription_data[default_tax_rates]"
    rates = taxing.rates_named(w, data.get("default_tax_rates"), where)
    on = automatic_tax.asked({"automatic_tax": params.get("automatic_tax") or {}})["enabled"]
    if not on:
        return {"automatic": False, "default_rates": rates}
    if rates:
        raise automatic_tax.both(where)
    for position, item in enumerate(params.get("line_items") or []):
        if item.get("tax_rates"):
            raise automatic_tax.both(f"line_items[{position}][tax_rates]")
    customer = w.get("customer", params.get("customer"))
    asks = {"automatic_tax": customer is None, "customer_update[address]": _saves_address(params)}
    if customer is None or automatic_tax.location(customer["address"], customer["shipping"]) is None:
        unmodelled.refuse(asks, asks, "checkout sessions of customers whose address is not known")
        raise automatic_tax.Unlocated
    return {"automatic": True, "default_rates": []}


def told(kept: Mapping[str, Any]) -> Doc:
    """``automatic_tax`` of the session."""
    return _ON if kept["automatic"] else _OFF


def _saves_address(params: Mapping[str, Any]) -> bool:
    saved = params.get("customer_update") or {}
    return "auto" in (saved.get("address"), saved.get("shipping"))


def of_subscription(w: Work, session: Doc) -> dict[str, Any]:
    """How the session's subscription is taxed from then on."""
    kept = w.private("checkout", session["id"]) or {}
    automatic = {"automatic_tax": {"enabled": kept.get("automatic")}}
    return {"automatic_tax": automatic_tax.asked(automatic), "default_tax_rates": kept.get("default_rates") or []}


def of_item(w: Work, item: Doc) -> list[Doc]:
    """``taxes`` of a line item, where it is expanded."""
    kept = w.private("item_taxes", item["id"]) or {"levies": []}
    return [{**levy, "rate": w.need("tax_rate", levy["rate"])} for levy in kept["levies"]]


def _rates(w: Work, session: Doc, kept: Mapping[str, Any], item: Doc) -> tuple[taxes.Rate, ...]:
    price = item["price"]
    if kept.get("automatic"):
        buyer = automatic_tax.buyer_of(w, w.need("customer", session["customer"], "customer"))
        product = w.get("product", price["product"]) or {}
        return (automatic_tax.rate_of(w, buyer, price, product, item["currency"]),)
    own = checkout_items.rates_of(w, item) or (kept.get("default_rates") if session["mode"] == "subscription" else ())
    return taxing.as_rules(own or ())


def levied(w: Work, session: Doc, parts: Sequence[tuple[Doc, int]]) -> dict[str, Tax]:
    """The taxes of the items of one invoice, by id; ``parts`` are an item and a discounted amount for each line."""
    kept = w.private("checkout", session["id"]) or {}
    rates = {item["id"]: _rates(w, session, kept, item) for item, _ in parts}
    customer = None if kept.get("automatic") else w.get("customer", session["customer"])
    exemption: taxes.Exemption = customer["tax_exempt"] if customer else "none"
    taxed = [taxes.Line(base, rates[item["id"]]) for item, base in parts]
    levies = taxes.levied(taxed, exemption, taxing.rounding(w))
    answers = {}
    for id in rates:
        own = [(base, each) for (item, base), each in zip(parts, levies, strict=True) if item["id"] == id]
        tax = [levy for _, each in own for levy in each]
        spared = sum(taxes.taken_off(base, each) for base, each in own)
        on_top = sum(levy.amount for levy in tax if not levy.rate.inclusive) - spared
        answers[id] = Tax(sum(levy.amount for levy in tax), on_top, _added_up(tax))
    return answers


def _added_up(levies: Sequence[taxes.Levy]) -> list[Doc]:
    """One entry for each rate, as it is kept for ``taxes`` of an item."""
    sums: dict[str, Doc] = {}
    for levy in levies:
        before = sums.get(levy.rate.id, {"amount": 0, "taxable_amount": 0})
        sums[levy.rate.id] = {
            "amount": before["amount"] + levy.amount,
            "rate": levy.rate.id,
            "taxability_reason": None if levy.reason == "not_available" else levy.reason,  # unlike on invoices
            "taxable_amount": before["taxable_amount"] + levy.taxable,
        }
    return list(sums.values())
