"""The lines of a credit note: which parts of its invoice's lines come back, with their discounts and taxes."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from mockbill.billing import automatic_tax, defaults, pretax_credits, taxing
from mockbill.rules import credit_notes, money, taxes
from mockbill.rules.credit_notes import Part
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing


class Credited(NamedTuple):
    """A line of a credit note, and the discounts of it that are its item's own: the subtotal is without those."""

    doc: Doc
    own_discounts: Sequence[str] = ()


class InvoiceLine:
    """A line of an invoice with what of it was credited before, by credit notes that hold."""

    def __init__(self, doc: Doc, before: Sequence[Doc]) -> None:
        self.doc = doc
        self.before = before
        self.whole = _part(doc, doc)
        self.taken = sum((_part(doc, each) for each in before), credit_notes.nothing(self.whole))

    @property
    def units_taken(self) -> int | None:
        """How many units were credited by quantity; None where it was credited otherwise."""
        if any(each["unit_amount_decimal"] is None for each in self.before):
            return None
        return sum(each["quantity"] or 0 for each in self.before)

    @property
    def left(self) -> Part:
        return self.whole - self.taken


def issued(w: Work, invoice: Doc) -> list[Doc]:
    """The credit notes of an invoice that hold."""
    return w.find("credit_note", invoice=invoice["id"], status="issued")


def by_total(w: Work, invoice: Doc, total: int) -> list[Credited]:
    """A credit note of so much: spread over the lines, in proportion to what was paid for each and is left of it."""
    lines = _lines(w, invoice)
    shares = credit_notes.spread(total, [line.left.payable for line in lines])
    return [
        _credited(w, line, credit_notes.by_payable(line.whole, line.taken, share), line.doc["quantity"])
        for line, share in zip(lines, shares, strict=True)
        if share
    ]


def by_lines(w: Work, invoice: Doc, asked: Sequence[Mapping[str, Any]]) -> list[Credited]:
    """The lines that were named, by quantity or amount, and custom ones."""
    lines = {line.doc["id"]: line for line in _lines(w, invoice)}
    found = []
    for position, entry in enumerate(asked):
        where = f"lines[{position}]"
        if entry["type"] == "custom_line_item":
            found.append(_custom(w, invoice, entry, where))
            continue
        credited = _of_line(w, lines, entry, where)
        line = lines[entry["invoice_line_item"]]
        lines[line.doc["id"]] = InvoiceLine(line.doc, [*line.before, credited.doc])
        found.append(credited)
    return found


def sums(w: Work, lines: Sequence[Credited]) -> dict[str, Any]:
    """What the lines come to, as the credit note tells it."""
    docs = [{**line.doc, "discounts": line.own_discounts} for line in lines]
    given = _added_up(each for doc in docs for each in doc["discount_amounts"])
    own = sum(
        each["amount"] for doc in docs for each in doc["discount_amounts"] if each["discount"] in doc["discounts"]
    )
    whole = sum(each["amount"] for each in docs)
    totals = taxing.totals(w, docs, whole - own, sum(map(pretax_credits.net, docs)))
    return {
        **totals,
        "amount": totals["total"],
        "discount_amount": sum(each["amount"] for each in given),
        "discount_amounts": given,
        "pretax_credit_amounts": pretax_credits.totals(docs, given),
    }


def as_list(id: str, lines: Sequence[Credited]) -> Doc:
    """The embedded list object."""
    docs = [line.doc for line in lines]
    return {"object": "list", "data": docs, "has_more": False, "url": f"/v1/credit_notes/{id}/lines"}


def _lines(w: Work, invoice: Doc) -> list[InvoiceLine]:
    before: dict[str, list[Doc]] = {}
    for note in issued(w, invoice):
        for line in note["lines"]["data"]:
            if line["type"] == "invoice_line_item":
                before.setdefault(line["invoice_line_item"], []).append(line)
    return [InvoiceLine(line, before.get(line["id"], [])) for line in invoice["lines"]["data"]]


def _part(line: Doc, credited: Doc) -> Part:
    """A line, or what was credited of it, with the line's own discounts and taxes in their order."""
    off = dict(_off(credited))
    levied = {_rate_of(levy): levy["amount"] for levy in credited["taxes"] or ()}

    def taxed(behavior: str) -> tuple[int, ...]:
        return tuple(levied.get(_rate_of(levy), 0) for levy in line["taxes"] if levy["tax_behavior"] == behavior)

    return Part(
        credited["amount"],
        tuple(off.get(id, 0) for id, _ in _off(line)),
        taxed("exclusive"),
        taxed("inclusive"),
        taxing.spared(credited) if taxing.spared(line) else 0,
    )


def _off(line: Doc) -> list[tuple[str, int]]:
    """What comes off a line before taxes: by its discounts, then by the credits of its customer."""
    discounted = [(each["discount"], each["amount"]) for each in line["discount_amounts"]]
    credited = [
        (each["credit_balance_transaction"], each["amount"])
        for each in line["pretax_credit_amounts"]
        if each["type"] == "credit_balance_transaction"
    ]
    return discounted + credited


def _of_line(w: Work, lines: Mapping[str, InvoiceLine], entry: Mapping[str, Any], where: str) -> Credited:
    _refuse(entry, ("description", "unit_amount", "unit_amount_decimal", "tax_rates"), "invoice_line_item", where)
    id = entry.get("invoice_line_item")
    if not id:
        name = f"{where}[invoice_line_item]"
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    line = lines.get(id)
    if line is None:
        raise missing("line_item", id, f"{where}[invoice_line_item]")
    if ("quantity" in entry) == ("amount" in entry):
        raise Problem("You must specify either an amount or a quantity of each invoice line item.", param=where)
    if "quantity" in entry:
        part, units = _units(line, entry["quantity"], where), entry["quantity"]
    else:
        part, units = _amount(line, entry["amount"], f"{where}[amount]"), None
    credited = _credited(w, line, part, units or line.doc["quantity"], by_units=units is not None)
    doc = {**credited.doc, "metadata": entry.get("metadata") or {}}
    if entry.get("tax_amounts"):
        doc = _taxed_by_hand(w, line, doc, entry["tax_amounts"], f"{where}[tax_amounts]")
    return credited._replace(doc=doc)


def _units(line: InvoiceLine, units: int, where: str) -> Part:
    before = line.units_taken
    if before is None:
        raise Problem(
            f"The line item {line.doc['id']} has been credited by amount: it can no longer be credited by quantity.",
            param=f"{where}[quantity]",
        )
    quantity = line.doc["quantity"] or 1
    try:
        amount = credit_notes.amount_of_units(line.whole.amount, quantity, before, units)
    except ValueError:
        raise Problem(
            f"The quantity {units} is more than what is left of the line item to be credited ({quantity - before}).",
            param=f"{where}[quantity]",
        ) from None
    return _amount(line, amount, f"{where}[quantity]")


def _amount(line: InvoiceLine, amount: int, param: str) -> Part:
    if param.endswith("[amount]") and line.before and line.units_taken is not None:
        raise Problem(
            f"The line item {line.doc['id']} has been credited by quantity: it can no longer be credited by amount.",
            param=param,
        )
    try:
        return credit_notes.by_amount(line.whole, line.taken, amount)
    except ValueError:
        currency = line.doc["currency"]
        raise Problem(
            f"The amount {money.format_amount(amount, currency)} is not within what is left of the line item to be "
            f"credited ({money.format_amount(line.left.amount, currency)}).",
            param=param,
        ) from None


def _credited(w: Work, line: InvoiceLine, part: Part, units: int | None, *, by_units: bool = False) -> Credited:
    """The document of a part of an invoice line; only one that is credited by quantity shows what a unit cost."""
    source = line.doc
    unit = (source["pricing"] or {}).get("unit_amount_decimal") if by_units else None
    if by_units and unit is None:  # a line without a price per unit
        unit = str(money.round_half_up(Fraction(part.amount, units or 1)))
    off = dict(zip((id for id, _ in _off(source)), part.off, strict=True))
    discounted = [{**each, "amount": off[each["discount"]]} for each in source["discount_amounts"]]
    before_tax = [
        {**each, "amount": off[each.get("discount") or each["credit_balance_transaction"]]}
        for each in source["pretax_credit_amounts"]
    ]
    amounts = {"exclusive": iter(part.exclusive), "inclusive": iter(part.inclusive)}
    net = part.amount - sum(part.off) - sum(part.inclusive) - part.spared
    levies = [
        {**levy, "amount": next(amounts[levy["tax_behavior"]]), "taxable_amount": _taxable(line, levy, part, net)}
        for levy in source["taxes"]
    ]
    doc = defaults.build(
        w,
        "credit_note_line_item",
        amount=part.amount,
        description=source["description"],
        discount_amount=sum(each["amount"] for each in discounted),
        discount_amounts=discounted,
        invoice_line_item=source["id"],
        pretax_credit_amounts=before_tax,
        quantity=units,
        tax_rates=_rates(w, levies),
        taxes=levies,
        type="invoice_line_item",
        unit_amount=int(unit) if unit is not None and Fraction(unit).denominator == 1 else None,
        unit_amount_decimal=unit if by_units else None,
    )
    return Credited(doc, source["discounts"])


def _taxable(line: InvoiceLine, levy: Doc, part: Part, net: int) -> int:
    """What a levy was reckoned on: all of the part without tax, unless only some of the line was taxed."""
    whole = line.whole
    if levy["taxable_amount"] == whole.amount - sum(whole.off) - sum(whole.inclusive) - whole.spared:
        return net
    return money.round_half_up(Fraction(levy["taxable_amount"] * part.amount, whole.amount or 1))


def _taxed_by_hand(w: Work, line: InvoiceLine, doc: Doc, sent: Sequence[Mapping[str, Any]], where: str) -> Doc:
    """``tax_amounts`` in the place of the proportional ones, within what is left of each."""
    known = {_rate_of(levy): levy for levy in line.doc["taxes"]}
    left = {rate: levy["amount"] - _levied_before(line, rate) for rate, levy in known.items()}
    levies: list[Doc] = []
    for position, each in enumerate(sent):
        rate = each["tax_rate"]
        if rate not in known:
            raise Problem(f"The tax rate {rate} is not one of the line item's.", param=f"{where}[{position}][tax_rate]")
        if rate in (levy["tax_rate_details"]["tax_rate"] for levy in levies):
            raise Problem(f"The tax rate {rate} is named twice.", param=f"{where}[{position}][tax_rate]")
        if not 0 <= each["amount"] <= left[rate]:
            raise Problem(
                f"The tax of {each['amount']} is more than what is left of it to be credited ({left[rate]}).",
                param=f"{where}[{position}][amount]",
            )
        levies.append({**known[rate], "amount": each["amount"], "taxable_amount": each["taxable_amount"]})
    return {**doc, "taxes": levies, "tax_rates": _rates(w, levies)}


def _levied_before(line: InvoiceLine, rate: str) -> int:
    return sum(levy["amount"] for each in line.before for levy in each["taxes"] if _rate_of(levy) == rate)


def _custom(w: Work, invoice: Doc, entry: Mapping[str, Any], where: str) -> Credited:
    """A line that stands for nothing on the invoice: a quantity of a unit amount, with the rates that are named."""
    _refuse(entry, ("amount", "invoice_line_item"), "custom_line_item", where)
    if automatic_tax.is_on(invoice):
        raise Problem("Custom line items cannot credit an invoice with automatic tax.", param=f"{where}[type]")
    units = entry.get("quantity", 1)
    unit = _unit_amount(entry, where)
    amount = money.round_half_up(unit * units)
    if units < 1 or amount < 1:
        raise Problem("A custom line item must have a quantity and a unit amount above zero.", param=where)
    if entry.get("tax_rates") and entry.get("tax_amounts"):
        raise Problem(
            f"You may only specify one of these parameters: {where}[tax_rates], {where}[tax_amounts].",
            code="parameters_exclusive",
        )
    rates = taxing.rates_named(w, entry.get("tax_rates") or (), f"{where}[tax_rates]")
    levied = taxes.levied(
        [taxes.Line(amount, taxing.as_rules(rates))], invoice["customer_tax_exempt"], taxing.rounding(w)
    )
    levies = [taxing.told(levy) for levy in levied[0]]
    for position, each in enumerate(entry.get("tax_amounts") or ()):
        rate = w.need("tax_rate", each["tax_rate"], f"{where}[tax_amounts][{position}][tax_rate]")
        [levy] = taxing.as_rules([rate])
        told = taxing.told(taxes.Levy(levy, each["amount"], each["taxable_amount"], levy.reason))
        levies, rates = [*levies, told], [*rates, rate]
    doc = defaults.build(
        w,
        "credit_note_line_item",
        amount=amount,
        description=entry.get("description"),
        metadata=entry.get("metadata") or {},
        quantity=units,
        tax_rates=list(rates),
        taxes=levies,
        type="custom_line_item",
        unit_amount=int(unit) if unit.denominator == 1 else None,
        unit_amount_decimal=money.decimal_string(unit),
    )
    return Credited(doc)


def _unit_amount(entry: Mapping[str, Any], where: str) -> Fraction:
    if ("unit_amount" in entry) == ("unit_amount_decimal" in entry):
        raise Problem(
            f"One of the following params should be provided for this request: {where}[unit_amount] or "
            f"{where}[unit_amount_decimal].",
            code="parameter_missing",
            param=f"{where}[unit_amount]",
        )
    return Fraction(entry["unit_amount"] if "unit_amount" in entry else entry["unit_amount_decimal"])


def _refuse(entry: Mapping[str, Any], names: Sequence[str], type: str, where: str) -> None:
    for name in names:
        if entry.get(name) not in (None, "", []):
            raise Problem(f"{where}[{name}] is not valid with the type {type}.", param=f"{where}[{name}]")


def _rates(w: Work, levies: Sequence[Doc]) -> list[Doc]:
    found = [w.get("tax_rate", _rate_of(levy)) for levy in levies]
    return [rate for rate in found if rate is not None]


def _rate_of(levy: Doc) -> str:
    return str(levy["tax_rate_details"]["tax_rate"])


def _added_up(amounts: Any) -> list[Doc]:
    by_discount: dict[str, int] = {}
    for each in amounts:
        by_discount[each["discount"]] = by_discount.get(each["discount"], 0) + each["amount"]
    return [{"amount": amount, "discount": id} for id, amount in by_discount.items()]
