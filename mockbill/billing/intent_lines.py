"""``amount_details`` of payment intents: what an amount is made of, and its line items, which are a list of their own.

They have to add up, unless ``enforce_arithmetic_validation`` is false: then the object tells what is wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import amounts, fields
from mockbill.rules import line_items
from mockbill.world import Doc, Problem, Work

KIND = "payment_intent_amount_details_line_item"
_NAME = "amount_details"
_LINES = f"{_NAME}[line_items]"
_MOST = 200
_LONGEST = {"product_code": 12, "product_name": 1024}
_MESSAGES = {
    line_items.MISMATCH: "The line items, less discounts and with taxes and shipping, do not add up to the amount.",
    line_items.TOO_MUCH: "Taxes and shipping are more than the amount.",
}


def told(w: Work, id: str, params: Mapping[str, Any], amount: int, old: Doc | None = None) -> dict[str, Any]:
    """The field ``amount_details`` of an intent of this ``amount``, where a request says something of it.

    The lines are kept beside the intent; those that are not sent again stay.  ``old`` is the intent so far.
    """
    if _NAME not in params:
        return {}
    sent = params[_NAME] or {}
    lines = list(of(w, id))
    if "line_items" in sent or not sent:
        lines = [_line(w, line, position) for position, line in enumerate(sent.get("line_items") or ())]
    if len(lines) > _MOST:
        raise Problem(f"There can be no more than {_MOST} line items.", param=_LINES)
    _check_bounds(sent, _NAME)
    shown = dict(fields.fields_of("payment_intent", {_NAME: params[_NAME]}, old or {})[_NAME])
    _check_once(shown, lines)
    shown.pop("error", None)
    if code := line_items.wrong(amount, shown, lines):
        if sent.get("enforce_arithmetic_validation", True):
            raise Problem(_MESSAGES[code], code=code, param=_NAME)
        shown["error"] = {"code": code, "message": _MESSAGES[code]}
    w.keep("payment_intent", id, lines=lines)
    return {_NAME: shown}


def of(w: Work, id: str) -> Sequence[Doc]:
    """The line items of an intent, in their order."""
    return (w.private("payment_intent", id) or {}).get("lines") or ()


def _line(w: Work, line: Mapping[str, Any], position: int) -> Doc:
    where = f"{_LINES}[{position}]"
    amounts.check_least(line["quantity"], f"{where}[quantity]")
    amounts.check_least(line["unit_cost"], f"{where}[unit_cost]", 0)
    _check_bounds(line, where)
    for name, longest in _LONGEST.items():
        if len(line.get(name) or "") > longest:
            raise Problem(
                f"Invalid string: must be at most {longest} characters",
                code="parameter_invalid_string_length",
                param=f"{where}[{name}]",
            )
    return w.build(KIND, **fields.fields_of(KIND, line, {}), id=w.id(KIND))


def _check_bounds(told: Mapping[str, Any], where: str) -> None:
    """Problem for discounts, taxes or shipping that are less than Stripe documents, of all or of a line."""
    for path, least in ((("discount_amount",), 1), (("tax", "total_tax_amount"), 0), (("shipping", "amount"), 0)):
        value: Any = told
        for name in path:
            value = (value or {}).get(name)
        if value not in (None, ""):
            amounts.check_least(value, f"{where}[{']['.join(path)}]", least)


def _check_once(details: Mapping[str, Any], lines: Sequence[Doc]) -> None:
    for name in ("discount_amount", "tax"):
        if details.get(name) and any(line[name] for line in lines):
            raise Problem(
                f"You may only specify one of these parameters: {_NAME}[{name}], {_LINES}[][{name}].",
                code="parameters_exclusive",
                param=_LINES,
            )
