"""The taxes of a checkout session: on each of its items, by the same rules as on the invoice that follows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockbill.billing import automatic_tax, checkout_items, lines, prices, subscription_trials, taxing, unmodelled
from mockbill.rules import taxes
from mockbill.world import Doc, Work

_OFF = {"enabled": False, "liability": None, "provider": None, "status": None}
_ON = {"enabled": True, "liability": {"type": "self"}, "provider": "stripe", "status": "complete"}


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
    asks = {"automatic_tax without a customer": customer is None, "customer_update[address]": _saves_address(params)}
    if customer is None or automatic_tax.location(customer["address"], customer["shipping"]) is None:
        unmodelled.refuse(asks, asks, "checkout sessions")
        raise automatic_tax.Unlocated
    return {"automatic": True, "default_rates": []}


def told(kept: Mapping[str, Any]) -> Doc:
    """``automatic_tax`` of the session."""
    return _ON if kept["automatic"] else _OFF


def _saves_address(params: Mapping[str, Any]) -> bool:
    saved = params.get("customer_update") or {}
    return "auto" in (saved.get("address"), saved.get("shipping"))


def reckoned(w: Work, session: Doc) -> Doc:
    """The session with the taxes on its items, as its customer is now; the same one where nothing is taxed."""
    kept = w.private("checkout", session["id"]) or {}
    items: list[Doc] = kept.get("items") or []
    rated = [_rates(w, session, kept, item) for item in items]
    if not any(rated):
        return session
    today = _due_today(w, session, kept)
    found: dict[str, Doc] = {}
    for due in (True, False):  # what a trial puts off is on another invoice, and is rounded there
        part = [(item, rates) for item, rates in zip(items, rated, strict=True) if today(item) is due]
        found.update(_taxed(w, session, kept, part))
    items = [found[item["id"]] for item in items]
    w.keep("checkout", session["id"], items=items)
    charged = [item for item in items if today(item)]
    return w.change(
        session,
        amount_total=checkout_items.sum_due(charged, session["currency"]),
        total_details={**session["total_details"], "amount_tax": sum(item["amount_tax"] for item in charged)},
    )


def _due_today(w: Work, session: Doc, kept: Mapping[str, Any]) -> Callable[[Doc], bool]:
    """Whether an item is paid at once: what recurs is not, where a trial comes first."""
    data = kept["asked"].get("subscription_data") or {}
    on_trial = session["mode"] == "subscription" and subscription_trials.trial_of(w, data) is not None
    return lambda item: not (on_trial and item["price"]["recurring"])


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


def _taxed(
    w: Work, session: Doc, kept: Mapping[str, Any], rated: Sequence[tuple[Doc, tuple[taxes.Rate, ...]]]
) -> dict[str, Doc]:
    """The items of one invoice with their taxes, by id."""
    parts = [(item, taxes.Line(base, rates)) for item, rates in rated for base in _bases(w, item)]
    customer = None if kept.get("automatic") else w.get("customer", session["customer"])
    exemption: taxes.Exemption = customer["tax_exempt"] if customer else "none"
    levies = taxes.levied([line for _, line in parts], exemption, taxing.rounding(w))
    answers: dict[str, Doc] = {}
    for item, _ in rated:
        own = [(line.base, each) for (of, line), each in zip(parts, levies, strict=True) if of is item]
        tax = [levy for _, each in own for levy in each]
        spared = sum(taxes.taken_off(base, each) for base, each in own)
        on_top = sum(levy.amount for levy in tax if not levy.rate.inclusive) - spared
        answers[item["id"]] = {
            **item,
            "amount_tax": sum(levy.amount for levy in tax),
            "amount_total": item["amount_subtotal"] - item["amount_discount"] + on_top,
        }
        w.keep("item_taxes", item["id"], levies=_added_up(tax))
    return answers


def _bases(w: Work, item: Doc) -> list[int]:
    """The discounted amounts of the lines that an item becomes on an invoice: one for each tier."""
    whole = item["amount_subtotal"] - item["amount_discount"]
    if item["amount_discount"] or not item["price"]["recurring"]:
        return [whole]
    return lines.amounts_of(prices.cost(w, item["price"], item["quantity"], item["currency"])) or [whole]


def _added_up(levies: Sequence[taxes.Levy]) -> list[Doc]:
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
