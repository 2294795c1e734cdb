"""What comes off an invoice before taxes, as its lines tell of it: the amounts of discounts, then those of credits."""

from collections.abc import Iterable, Sequence

from mockbill.world import Doc

_OF_CREDITS = "credit_balance_transaction"


def net(line: Doc) -> int:
    """What is left of a line after all of it, in minor units: what taxes are reckoned on."""
    off: int = sum(each["amount"] for each in line["discount_amounts"])
    return int(line["amount"]) - off - credited(line)


def credited(line: Doc) -> int:
    """What billing credits pay of a line."""
    found = line["pretax_credit_amounts"]
    return sum(each["amount"] for each in found if each["type"] == _OF_CREDITS) if found else 0


def told(line: Doc) -> Doc:
    """The line with the discounts that it has now; its credits stay."""
    off = [
        {"amount": each["amount"], "discount": each["discount"], "type": "discount"}
        for each in line["discount_amounts"]
    ]
    kept = [each for each in line["pretax_credit_amounts"] if each["type"] == _OF_CREDITS]
    return {**line, "pretax_credit_amounts": off + kept}


def of_transaction(transaction: str | None, amount: int) -> Doc:
    """A member for a credit balance transaction; a preview has none to name."""
    return {"amount": amount, _OF_CREDITS: transaction, "type": _OF_CREDITS}


def totals(lines: Iterable[Doc], discounts: Sequence[Doc]) -> list[Doc]:
    """``total_pretax_credit_amounts``: discounts as they add up (``total_discount_amounts``), and every credit."""
    return _of_discounts(discounts) + [
        each for line in lines for each in line["pretax_credit_amounts"] if each["type"] == _OF_CREDITS
    ]


def _of_discounts(amounts: Iterable[Doc]) -> list[Doc]:
    return [{"amount": each["amount"], "discount": each["discount"], "type": "discount"} for each in amounts]
