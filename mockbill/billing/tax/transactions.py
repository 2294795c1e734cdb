"""Tax transactions: calculations that are recorded, and their reversals, in full or in part.

A full reversal after partial ones reverses what they left.  A reversal can be reversed itself, in full only, which
gives back what it took.  Amounts of reversals are negative, as they are sent.  There are no events.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import fields
from mockbill.billing.tax import calculations
from mockbill.rules import tax_reversals
from mockbill.rules.tax_reversals import Part
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

KIND = "tax.transaction"
LINE = "tax.transaction_line_item"
_SHIPPING = "shipping_cost"  # stands for it beside the ids of lines
_KEPT = "tax_transaction"  # beside a transaction: its lines, and what was taken of each, shipping included
_TAKEN_OVER = ("currency", "customer", "customer_details", "ship_from_details", "tax_date")
_OF_LINE = ("product", "tax_behavior", "tax_code")


def create_from_calculation(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/transactions/create_from_calculation``: before it expires, under a reference of its own."""
    calculation = calculations.need(w, params["calculation"], "calculation")
    _check_reference(w, params["reference"])
    own = (*_OF_LINE, "amount", "amount_tax", "metadata", "quantity", "reference")
    lines = [
        w.build(LINE, **{name: line[name] for name in own}, reversal=None, type="transaction")
        for line in calculations.lines_of(w, calculation)
    ]
    posted = {"posted_at": params.get("posted_at", w.now), "reversal": None, "type": "transaction"}
    return _made(w, calculation, params, lines, {**posted, "shipping_cost": calculation["shipping_cost"]})


def create_reversal(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/transactions/create_reversal``: all that is left (``full``), some lines, or a ``flat_amount``."""
    original = w.need(KIND, params["original_transaction"], "original_transaction")
    _check_reference(w, params["reference"])
    left, before = _left(w, original), _kept(w, original)["taken"]
    if before and not any(part.amount or part.tax for part in left.values()):
        raise Problem(
            f"You can't reverse transaction '{original['id']}' because it has been fully reversed.",
            param="original_transaction",
        )
    sent: Mapping[str, Mapping[str, Any]] = {}
    if params["mode"] == "full":
        _check_alone(params, ("flat_amount", "line_items", "shipping_cost"), "mode=full")
        taken = {key: part for key, part in left.items() if part.amount or part.tax or key not in before}
    elif original["type"] == "reversal":
        raise Problem("A reversal can only be reversed in full.", param="mode")
    elif "flat_amount" in params:
        _check_alone(params, ("line_items", "shipping_cost"), "flat_amount")
        taken = _flat(params["flat_amount"], left)
    else:
        sent = _asked(params)
        taken = _checked(sent, left)
    reversal = _reversed(w, original, params, taken, sent)
    _take(w, original, taken)
    return reversal


def worth_left(w: Work, transaction: Doc) -> int:
    """What has not been reversed of it, taxes included."""
    return sum(part.worth for part in _left(w, transaction).values())


def lines_of(w: Work, transaction: Doc) -> list[Doc]:
    """Its line items, in their order."""
    return list(_kept(w, transaction)["lines"])


def _kept(w: Work, transaction: Doc) -> Doc:
    return w.private(_KEPT, transaction["id"]) or {"lines": [], "taken": {}}


def _left(w: Work, transaction: Doc) -> dict[str, Part]:
    """What is left of each line and of shipping, by the line's id."""
    kept = _kept(w, transaction)
    parts = {line["id"]: line for line in kept["lines"]}
    if transaction["shipping_cost"]:
        parts[_SHIPPING] = transaction["shipping_cost"]
    left = {}
    for key, part in parts.items():
        amount, tax = kept["taken"].get(key, (0, 0))
        inclusive = part["tax_behavior"] == "inclusive"
        left[key] = Part(part["amount"] - amount, part["amount_tax"] - tax, inclusive)
    return left


def _take(w: Work, transaction: Doc, taken: Mapping[str, Part]) -> None:
    """Remember what was taken; where it was taken of a reversal, the transaction that this reversed has it back."""
    kept = _kept(w, transaction)
    sums = dict(kept["taken"])
    for key, part in taken.items():
        amount, tax = sums.get(key, (0, 0))
        sums[key] = (amount + part.amount, tax + part.tax)
    w.keep(_KEPT, transaction["id"], taken=sums)
    if transaction["reversal"]:
        origin = {line["id"]: line["reversal"]["original_line_item"] for line in kept["lines"]}
        original = w.need(KIND, transaction["reversal"]["original_transaction"])
        _take(w, original, {origin.get(key, key): part for key, part in taken.items()})


def _flat(amount: int, left: Mapping[str, Part]) -> dict[str, Part]:
    if amount >= 0:
        raise _not_negative("flat_amount")
    if -amount > sum(part.worth for part in left.values()):
        raise _too_much("flat_amount")
    shares = tax_reversals.spread(-amount, [*left.values()])
    return {key: part for key, part in zip(left, shares, strict=True) if part.amount or part.tax}


def _asked(params: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What a partial reversal names, by the id of the line; with the name of each parameter as ``where``."""
    asked: dict[str, Mapping[str, Any]] = {}
    references = set()
    for position, line in enumerate(params.get("line_items") or []):
        where = f"line_items[{position}]"
        if line["original_line_item"] == _SHIPPING:
            raise missing(LINE, _SHIPPING, f"{where}[original_line_item]")
        if line["original_line_item"] in asked:
            raise Problem("A line item is named more than once.", param=f"{where}[original_line_item]")
        if line["reference"] in references:
            raise Problem(
                f"The reference '{line['reference']}' is that of another line item.", param=f"{where}[reference]"
            )
        references.add(line["reference"])
        asked[line["original_line_item"]] = {**line, "where": where}
    if params.get(_SHIPPING):
        asked[_SHIPPING] = {**params[_SHIPPING], "where": _SHIPPING}
    if not asked:
        raise Problem("Missing required param: line_items.", code="parameter_missing", param="line_items")
    return asked


def _checked(asked: Mapping[str, Mapping[str, Any]], left: Mapping[str, Part]) -> dict[str, Part]:
    taken = {}
    for key, sent in asked.items():
        where = sent["where"]
        if key not in left:
            if key == _SHIPPING:
                raise Problem("The original transaction has no shipping cost.", param=_SHIPPING)
            raise missing(LINE, key, f"{where}[original_line_item]")
        part = Part(-sent["amount"], -sent["amount_tax"], left[key].inclusive)
        for name, value, most in (("amount", part.amount, left[key].amount), ("amount_tax", part.tax, left[key].tax)):
            if value < 0:
                raise _not_negative(f"{where}[{name}]")
            if value > most:
                raise _too_much(f"{where}[{name}]")
        taken[key] = part
    return taken


def _reversed(
    w: Work, original: Doc, params: Mapping[str, Any], taken: Mapping[str, Part], sent: Mapping[str, Mapping[str, Any]]
) -> Doc:
    lines = []
    for line in lines_of(w, original):
        if (part := taken.get(line["id"])) is None:
            continue
        own = sent.get(line["id"], {})
        lines.append(
            w.build(
                LINE,
                **{name: line[name] for name in _OF_LINE},
                amount=-part.amount,
                amount_tax=-part.tax,
                metadata=_metadata(own),
                quantity=own.get("quantity", line["quantity"]),
                reference=own.get("reference", line["reference"]),
                reversal={"original_line_item": line["id"]},
                type="reversal",
            )
        )
    part = taken.get(_SHIPPING)
    shipping = {**original[_SHIPPING], "amount": -part.amount, "amount_tax": -part.tax} if part else None
    reversal = {"posted_at": w.now, "reversal": {"original_transaction": original["id"]}, "type": "reversal"}
    return _made(w, original, params, lines, {**reversal, _SHIPPING: shipping})


def _made(w: Work, source: Doc, params: Mapping[str, Any], lines: Sequence[Doc], own: Mapping[str, Any]) -> Doc:
    transaction = w.add(
        KIND,
        **{name: source[name] for name in _TAKEN_OVER},
        metadata=_metadata(params),
        reference=params["reference"],
        **own,
    )
    w.keep(_KEPT, transaction["id"], lines=list(lines), taken={})
    return transaction


def _metadata(params: Mapping[str, Any]) -> dict[str, str] | None:
    return fields.merge({}, params["metadata"]) if params.get("metadata") else None


def _check_reference(w: Work, reference: str) -> None:
    """Problem for the reference of another transaction: reports tell them apart by it."""
    if not reference:
        raise Problem("Missing required param: reference.", code="parameter_missing", param="reference")
    if w.find(KIND, reference=reference):
        raise Problem(
            f"A tax transaction with the reference '{reference}' already exists.",
            code="resource_already_exists",
            param="reference",
        )


def _check_alone(params: Mapping[str, Any], names: Sequence[str], beside: str) -> None:
    for name in names:
        if name in params:
            raise Problem(f"{name} cannot be used together with {beside}.", code="parameters_exclusive", param=name)


def _not_negative(param: str) -> Problem:
    return Problem(f"{param} must be negative: it is what is reversed.", param=param)


def _too_much(param: str) -> Problem:
    return Problem(f"{param} is more than what is left of the original transaction.", param=param)
