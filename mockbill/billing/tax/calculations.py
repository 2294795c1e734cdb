"""Tax calculations: what tax a sale bears, by the same table and rules as automatic tax on invoices.

Left open by Stripe's documentation, and so decided here: a line without a reference is called L1, L2, ...; an expired
calculation is no longer there.  Goods count as sold from where they are shipped, else from the head office.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mockbill.billing import amounts, automatic_tax, fields, tax_settings, taxing, unmodelled
from mockbill.billing.tax import breakdowns, codes
from mockbill.rules import tax_codes, tax_table, taxes
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

KIND = "tax.calculation"
LINE = "tax.calculation_line_item"
_MOST_LINES = 100
_LIFE = 90 * DAY
_REACH = 31 * DAY  # how far off a tax date may be
_EXEMPTIONS = {"none": "none", "customer_exempt": "exempt", "reverse_charge": "reverse"}
_OVERRIDES = {exemption: override for override, exemption in _EXEMPTIONS.items()}


class _Item(NamedTuple):
    """What is taxed: a line, or the shipping."""

    amount: int
    inclusive: bool
    code: str
    place: tuple[str, str | None] | None = None  # where it is performed, if that decides


class _Sale(NamedTuple):
    """To whom, from where and when."""

    buyer: tax_table.Buyer
    seller: str | None
    date: int


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/calculations``: the tax on each line and on shipping, to be recorded within 90 days."""
    currency = amounts.currency(params["currency"])
    details = _customer_details(w, params)
    sale = _Sale(_buyer(details), _seller(params), _date(w, params))
    sent = params["line_items"]
    _check_lines(sent)
    items = [_item(w, line, currency, f"line_items[{position}]") for position, line in enumerate(sent)]
    shipping = _shipping(w, params.get("shipping_cost"), currency)
    levied = _levied(w, sale, [*items, shipping] if shipping else items)
    lines = [
        _line(w, position, line, item, breakdown)
        for position, (line, item, breakdown) in enumerate(zip(sent, items, levied, strict=False), 1)
    ]
    every = [entry for own in levied for entry in own]
    on_top = sum(entry.levy.amount for entry in every if not entry.levy.rate.inclusive)
    whole = sum(item.amount for item in items) + (shipping.amount if shipping else 0)
    calculation = w.add(
        KIND,
        amount_total=whole + on_top,
        currency=currency,
        customer=params.get("customer"),
        customer_details=details,
        expires_at=w.now + _LIFE,
        ship_from_details=fields.fitted(KIND, ("ship_from_details",), params.get("ship_from_details")),
        shipping_cost=_shipping_shown(shipping, params.get("shipping_cost") or {}, levied[-1]) if shipping else None,
        tax_amount_exclusive=on_top,
        tax_amount_inclusive=sum(entry.levy.amount for entry in every if entry.levy.rate.inclusive),
        tax_breakdown=breakdowns.added_up(every),
        tax_date=sale.date,
    )
    shown = breakdowns.of_line(levied[-1]) if shipping else None
    w.keep("tax_calculation", calculation["id"], lines=lines, shipping=shown)
    return calculation


def need(w: Work, id: str, param: str = "id") -> Doc:
    """One that has not expired."""
    calculation = w.need(KIND, id, param)
    if calculation["expires_at"] <= w.now:
        if param == "id":
            raise missing(KIND, id, param)
        raise Problem(f"The tax calculation {id} has expired. Create a new one.", param=param)
    return calculation


def lines_of(w: Work, calculation: Doc) -> list[Doc]:
    """Its line items, in their order."""
    return list((w.private("tax_calculation", calculation["id"]) or {})["lines"])


def breakdown_of_line(w: Work, line: Doc) -> list[Doc]:
    """``tax_breakdown`` of a line item, where it is expanded."""
    return list((w.private("tax_breakdown", line["id"]) or {})["entries"])


def shipping_with_breakdown(w: Work, calculation: Doc) -> Doc | None:
    """``shipping_cost`` with its ``tax_breakdown``, which is shown where it is expanded."""
    cost = calculation["shipping_cost"]
    kept = w.private("tax_calculation", calculation["id"]) or {}
    return {**cost, "tax_breakdown": kept["shipping"]} if cost else None


def _customer_details(w: Work, params: Mapping[str, Any]) -> Doc:
    """Who buys: as told, or a customer with the address and tax ids it has."""
    told = params.get("customer_details")
    if params.get("customer"):
        if told:
            raise Problem(
                "You may only specify one of these parameters: customer, customer_details.",
                code="parameters_exclusive",
                param="customer_details",
            )
        told = _of_customer(w, w.need("customer", params["customer"], "customer"))
    elif not told:
        raise Problem("Missing required param: customer_details.", code="parameter_missing", param="customer_details")
    elif not told.get("address"):
        unmodelled.refuse(told, ("ip_address",), "tax calculations without an address")
        raise automatic_tax.Unlocated("customer_details[address]")
    shown: Doc = fields.fitted(KIND, ("customer_details",), {"taxability_override": "none", "tax_ids": [], **told})
    where = "customer" if params.get("customer") else "customer_details[address]"
    if tax_table.recognized(shown["address"]) is None:
        raise automatic_tax.Unlocated(where)
    return shown


def _of_customer(w: Work, customer: Doc) -> Doc:
    shipped = (customer["shipping"] or {}).get("address")
    at_shipping = tax_table.recognized(shipped) is not None
    return {
        "address": shipped if at_shipping else customer["address"],
        "address_source": "shipping" if at_shipping else "billing",
        "tax_ids": [
            {"type": tax_id["type"], "value": tax_id["value"]} for tax_id in w.find("tax_id", customer=customer["id"])
        ],
        "taxability_override": _OVERRIDES[customer["tax_exempt"]],
    }


def _buyer(details: Doc) -> tax_table.Buyer:
    place = tax_table.recognized(details["address"])
    assert place is not None  # or it was refused
    is_business = any(tax_id["type"] == "eu_vat" for tax_id in details["tax_ids"])
    return tax_table.Buyer(*place, exemption=_EXEMPTIONS[details["taxability_override"]], vat=is_business)


def _seller(params: Mapping[str, Any]) -> str | None:
    address = (params.get("ship_from_details") or {}).get("address")
    if address is None:
        return None
    if (place := tax_table.recognized(address)) is None:
        raise Problem("The address that is shipped from isn't recognized.", param="ship_from_details[address]")
    return place[0]


def _date(w: Work, params: Mapping[str, Any]) -> int:
    date = int(params.get("tax_date", w.now))
    if abs(date - w.now) > _REACH:
        raise Problem("`tax_date` must be at most 31 days in the past or in the future.", param="tax_date")
    return date


def _check_lines(sent: Sequence[Mapping[str, Any]]) -> None:
    if not sent:
        raise Problem("Missing required param: line_items.", code="parameter_missing", param="line_items")
    if len(sent) > _MOST_LINES:
        raise Problem(f"You can pass up to {_MOST_LINES} line items; {len(sent)} were sent.", param="line_items")
    references: set[str] = set()
    for position, line in enumerate(sent):
        if (reference := _reference(line, position + 1)) in references:
            raise Problem(
                f"The reference '{reference}' is that of another line item.",
                param=f"line_items[{position}][reference]",
            )
        references.add(reference)


def _reference(line: Mapping[str, Any], number: int) -> str:
    return str(line.get("reference") or f"L{number}")


def _item(w: Work, line: Mapping[str, Any], currency: str, where: str) -> _Item:
    """A line as it is taxed: by its own tax code, else by its product's, else by the account's."""
    _check_amount(line["amount"], currency, f"{where}[amount]")
    if "quantity" in line:
        amounts.check_quantity(line["quantity"], f"{where}[quantity]", least=1)
    codes.check(line.get("tax_code"), f"{where}[tax_code]")
    product = w.need("product", line["product"], f"{where}[product]") if line.get("product") else {}
    place = None
    if named := line.get("performance_location"):
        place = tax_table.recognized(w.need("tax.location", named, f"{where}[performance_location]")["address"])
    code = line.get("tax_code") or product.get("tax_code") or tax_settings.default_code(w) or tax_codes.GENERAL
    return _Item(line["amount"], line.get("tax_behavior") == "inclusive", code, place)


def _shipping(w: Work, sent: Mapping[str, Any] | None, currency: str) -> _Item | None:
    """What shipping costs: an amount, or a shipping rate's in the currency."""
    if not sent:
        return None
    codes.check(sent.get("tax_code"), "shipping_cost[tax_code]")
    behavior, code = sent.get("tax_behavior"), sent.get("tax_code")
    if named := sent.get("shipping_rate"):
        if "amount" in sent:
            raise Problem(
                "You may only specify one of these parameters: amount, shipping_rate.",
                code="parameters_exclusive",
                param="shipping_cost",
            )
        amount, own = _of_rate(w.need("shipping_rate", named, "shipping_cost[shipping_rate]"), currency)
        behavior, code = behavior or own["tax_behavior"], code or own["tax_code"]
    elif "amount" in sent:
        amount = sent["amount"]
        _check_amount(amount, currency, "shipping_cost[amount]")
    else:
        raise Problem(
            "Missing required param: shipping_cost[amount].", code="parameter_missing", param="shipping_cost[amount]"
        )
    return _Item(amount, behavior == "inclusive", code or tax_codes.SHIPPING)


def _of_rate(rate: Doc, currency: str) -> tuple[int, Doc]:
    fixed = rate["fixed_amount"]
    if fixed["currency"] == currency:
        return fixed["amount"], rate
    option = (fixed.get("currency_options") or {}).get(currency)
    if option is None:
        raise Problem(
            f"The shipping rate {rate['id']} has no amount in {currency}.", param="shipping_cost[shipping_rate]"
        )
    return option["amount"], {**rate, "tax_behavior": option["tax_behavior"]}


def _check_amount(amount: int, currency: str, param: str) -> None:
    if amount < 0:
        raise Problem("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    amounts.check_amount(amount, currency, param, most=amounts.MOST_ON_AN_INVOICE)


def _levied(w: Work, sale: _Sale, items: Sequence[_Item]) -> list[list[breakdowns.Entry]]:
    """What is levied on each item, and by what rate."""
    decided = [_decided(w, sale, item) for item in items]
    parts = [taxes.Line(item.amount, (rate.rule,)) for item, rate in zip(items, decided, strict=True)]
    levied = taxes.levied(parts, "none", taxing.rounding(w))
    return [[breakdowns.Entry(rate, levy) for levy in own] for rate, own in zip(decided, levied, strict=True)]


def _decided(w: Work, sale: _Sale, item: _Item) -> breakdowns.Rate:
    buyer = sale.buyer
    if item.place is not None:
        country, state = item.place
        buyer = tax_table.Buyer(country, state, buyer.exemption, buyer.vat)
    found = automatic_tax.decided(w, buyer, item.code, seller=sale.seller, at=sale.date)
    state = automatic_tax.state_of(w, buyer, found)
    return breakdowns.Rate(found, buyer.country, state, item.inclusive, "performance" if item.place else "destination")


def _line(w: Work, number: int, sent: Mapping[str, Any], item: _Item, levied: Sequence[breakdowns.Entry]) -> Doc:
    line = w.build(
        LINE,
        amount=item.amount,
        amount_tax=sum(entry.levy.amount for entry in levied),
        metadata=fields.merge({}, sent["metadata"]) if sent.get("metadata") else None,
        performance_location=sent.get("performance_location"),
        product=sent.get("product"),
        quantity=sent.get("quantity", 1),
        reference=_reference(sent, number),
        tax_behavior="inclusive" if item.inclusive else "exclusive",
        tax_code=item.code,
    )
    w.keep("tax_breakdown", line["id"], entries=breakdowns.of_line(levied))
    return line


def _shipping_shown(item: _Item, sent: Mapping[str, Any], levied: Sequence[breakdowns.Entry]) -> Doc:
    named = {"shipping_rate": sent["shipping_rate"]} if sent.get("shipping_rate") else {}
    return {
        "amount": item.amount,
        "amount_tax": sum(entry.levy.amount for entry in levied),
        **named,
        "tax_behavior": "inclusive" if item.inclusive else "exclusive",
        "tax_code": item.code,
    }
