"""What answers and events show of the lines of an invoice or credit note: the first ten, and that there are more."""

from typing import Any

from mockbill.stripe_api.lists import DEFAULT_LIMIT
from mockbill.world import Doc

_WITH_LINES = ("invoice", "credit_note")


def cut(answer: Doc) -> Doc:
    """An answer whose invoices show no more lines than Stripe's; mostly the answer itself, uncopied.

    An invoice may be the answer, one of a list, the object of an event, or expanded in another object.
    """
    kind = answer.get("object")
    if kind == "invoice":
        return _invoice(answer)
    if kind == "credit_note":  # its invoice may be expanded as well
        answer = _invoice(answer)
    if kind == "event":
        data = answer["data"]
        shown = _shown(data["object"])
        return answer if shown is data["object"] else {**answer, "data": {**data, "object": shown}}
    if kind in ("list", "search_result"):
        data = answer["data"]
        if not data or type(data[0]) is not dict or data[0].get("object") == "line_item":
            return answer
        shown = [cut(each) for each in data]
        return {**answer, "data": shown} if any(a is not b for a, b in zip(shown, data, strict=True)) else answer
    found = [name for name, value in answer.items() if type(value) is dict and value.get("object") in _WITH_LINES]
    return {**answer, **{name: _invoice(answer[name]) for name in found}} if found else answer


def _shown(value: Any) -> Any:
    return _invoice(value) if value.get("object") in _WITH_LINES else value


def _invoice(invoice: Doc) -> Doc:
    lines = invoice.get("lines")
    if not lines or len(lines["data"]) <= DEFAULT_LIMIT:
        return invoice
    return {**invoice, "lines": {**lines, "data": lines["data"][:DEFAULT_LIMIT], "has_more": True}}
