"""The taxes on the lines of an invoice (stripe-behaviour.md 3.13): which rates apply, and what they come to."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from mockbill.billing import automatic_tax, pretax_credits
from mockbill.rules import taxes
from mockbill.world import Doc, Problem, Work

BY_HAND = "line_taxes"
_UNTAXED: list[Doc] = []  # one for all: documents never change


def levied(w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc]) -> Sequence[Doc]:
    """The lines with their ``taxes``; at once the same lines where the account has no tax rate at all."""
    automatic = automatic_tax.is_on(invoice)
    if not automatic and not w.world.table("tax_rate").keys:
        return lines
    if automatic:
        rated = automatic_tax.rates(w, invoice, lines)
    else:
        defaults = invoice.get("default_tax_rates") or []
        rated = [as_rules(own_rates(w, line) or defaults) for line in lines]
    given = [None if automatic else by_hand(w, line) for line in lines]
    if not (any(rated) or any(given)):
        return [{**line, "taxes": []} if line["taxes"] else line for line in lines]
    levies = taxes.levied(
        [taxes.Line(pretax_credits.net(line), rates) for line, rates in zip(lines, rated, strict=True)],
        "none" if automatic else invoice["customer_tax_exempt"],
        rounding(w),
    )
    return [
        {**line, "taxes": hand or [told(levy) for levy in own]}
        for line, own, hand in zip(lines, levies, given, strict=True)
    ]


def by_hand(w: Work, line: Doc) -> list[Doc] | None:
    """The taxes that were set on a line as amounts (``hand_taxes``)."""
    if not w.world.table(f"_{BY_HAND}").keys:
        return None
    levies: list[Doc] | None = (w.private(BY_HAND, line["id"]) or {}).get("levies")
    return levies


def totals(w: Work, lines: Sequence[Doc], subtotal: int, discounted: int) -> dict[str, Any]:
    """What taxes add to an invoice: ``total_taxes``, its total, and both sums without tax.

    ``subtotal`` is the sum of the lines before the invoice's own discounts, ``discounted`` that after all of them and
    after credits.
    """
    taxed = [line for line in lines if line["taxes"]]
    if not taxed:
        return {
            "subtotal": subtotal,
            "subtotal_excluding_tax": subtotal,
            "total": discounted,
            "total_excluding_tax": discounted,
            "total_taxes": _UNTAXED,
        }
    levies = [levy for line in taxed for levy in line["taxes"]]
    total = discounted + on_top(taxed)
    return {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - sum(included_in_subtotal(w, line) for line in taxed),
        "total": total,
        "total_excluding_tax": total - sum(levy["amount"] for levy in levies),
        "total_taxes": _added_up(levies),
    }


def on_top(lines: Iterable[Doc]) -> int:
    """What the customer pays beside the net amounts: exclusive tax, less the included tax they are spared."""
    whole = 0
    for line in lines:
        levies = line["taxes"]
        whole += sum(levy["amount"] for levy in levies if levy["tax_behavior"] == "exclusive") - spared(line)
    return whole


def own_rates(w: Work, line: Doc) -> list[Doc]:
    """The tax rates of a line itself; without any, those of its invoice apply.

    They are the ones set on the line (``override``), else those of its invoice item, else those of its subscription's
    item.
    """
    if kept := w.private("line_rates", line["id"]):
        return list(kept["rates"])
    parent = line["parent"] or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    if (item := w.get("invoiceitem", details.get("invoice_item"))) and item["tax_rates"]:
        return list(item["tax_rates"])
    of_item = details.get("subscription_item")
    subscription = w.get("subscription", details.get("subscription")) if of_item else None
    for item in subscription["items"]["data"] if subscription else ():
        if item["id"] == of_item:
            return list(item["tax_rates"])
    return []


def override(w: Work, line_id: str, rates: Sequence[Doc]) -> None:
    """Set the rates of one line, whatever it came from."""
    w.keep("line_rates", line_id, rates=list(rates))


def rates_named(w: Work, ids: Sequence[str] | str | None, param: str, known: Sequence[Doc] = ()) -> list[Doc]:
    """The tax rates of a parameter, as they stand in an object; ``""`` is none.

    Problem for one that is not there, is archived (and not among those ``known`` from before) or is named twice, and
    for more than five.
    """
    ids = list(ids or ())
    if len(ids) > taxes.MOST:
        raise Problem(f"You can specify at most {taxes.MOST} tax rates; {len(ids)} were sent.", param=param)
    rates = [w.need("tax_rate", id, param) for id in ids]
    before = {rate["id"] for rate in known}
    for rate in rates:
        if ids.count(rate["id"]) > 1:
            raise Problem(f"The tax rate {rate['id']} is named more than once.", param=param)
        if not rate["active"] and rate["id"] not in before:
            raise Problem(
                f"The tax rate {rate['id']} is archived, so it cannot be used on anything new. Set `active` to true, "
                "or use another one.",
                param=param,
            )
    return rates


def fields_named(
    w: Work, params: Mapping[str, Any], name: str, known: Sequence[Doc] = (), where: str = ""
) -> dict[str, list[Doc]]:
    """``{name: tax rates}`` where the parameter was sent, ``{}`` where it was not; ``where`` is the hash it is in."""
    if name not in params:
        return {}
    return {name: rates_named(w, params[name], f"{where}[{name}]" if where else name, known)}


def inherited(subscription: Doc) -> dict[str, Any]:
    """What an invoice takes over from its subscription; ``{}`` where that is taxed in no way."""
    taken = {}
    if rates := subscription["default_tax_rates"]:
        taken["default_tax_rates"] = rates
    if automatic_tax.is_on(subscription):
        taken["automatic_tax"] = subscription["automatic_tax"]
    if own := subscription["invoice_settings"]["account_tax_ids"]:
        taken["account_tax_ids"] = own
    return taken


def rounding(w: Work) -> taxes.Rounding:
    """Where the account rounds tax."""
    return "invoice" if w.settings.tax_rounding == "invoice" else "line"


def as_rules(rates: Sequence[Doc]) -> tuple[taxes.Rate, ...]:
    """Tax rates as the rules take them."""
    return tuple(taxes.Rate(rate["id"], percentage(rate), rate["inclusive"]) for rate in rates)


def percentage(rate: Doc) -> Fraction:
    """The exact percentage of a tax rate: the decimal that its number is written with."""
    return Fraction(str(rate["percentage"]))


def told(levy: taxes.Levy) -> Doc:
    """A levy as a line shows it."""
    return {
        "amount": levy.amount,
        "tax_behavior": "inclusive" if levy.rate.inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": levy.rate.id},
        "taxability_reason": levy.reason,
        "taxable_amount": levy.taxable,
        "type": "tax_rate_details",
    }


def _added_up(levies: Iterable[Doc]) -> list[Doc]:
    """One entry for each rate and reason, in the order of the lines."""
    sums: dict[tuple[str, str], Doc] = {}
    for levy in levies:
        key = levy["tax_rate_details"]["tax_rate"], levy["taxability_reason"]
        before = sums.get(key)
        both = ("amount", "taxable_amount")
        sums[key] = {**levy, **{name: before[name] + levy[name] for name in both}} if before else levy
    return list(sums.values())


def _inclusive(line: Doc) -> list[Doc]:
    return [levy for levy in line["taxes"] if levy["tax_behavior"] == "inclusive"]


def spared(line: Doc) -> int:
    """The tax included in the amount of a line whose customer is spared it: those entries say 0."""
    inclusive = _inclusive(line)
    if not inclusive or any(levy["amount"] for levy in inclusive):
        return 0
    return pretax_credits.net(line) - int(inclusive[0]["taxable_amount"])


def included_in_subtotal(w: Work, line: Doc) -> int:
    """The tax in a line's amount before the invoice's own discounts, levied or not."""
    inclusive = _inclusive(line)
    if not inclusive:
        return 0
    if by_hand(w, line):
        return sum(levy["amount"] for levy in inclusive)
    own = sum(each["amount"] for each in line["discount_amounts"] if each["discount"] in line["discounts"])
    base = line["amount"] - own
    if base == pretax_credits.net(line):
        return int(base - inclusive[0]["taxable_amount"])
    rates = [w.need("tax_rate", levy["tax_rate_details"]["tax_rate"]) for levy in inclusive]
    return taxes.included(base, sum(map(percentage, rates), Fraction(0)))
