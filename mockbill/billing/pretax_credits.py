"""What comes off an invoice before taxes, as its lines tell of it: the amounts of discounts, then those of credits."""

from collections.abc import Iterable, Sequence

from mockbill.world import Doc

_OF_CREDITS = "credit_balance_transaction"


def net(line: Doc) -> int:
    """What is left of a line after all of it, in minor units: what taxes are reckoned on."""
    return discounted(line) - credited(line)


def discounted(line: Doc) -> int:
    """What is left of a line after its discounts."""
    return int(line["amount"] - sum(each["amount"] for each in line["discount_amounts"]))


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


def with_credits(line: Doc, parts: Sequence[tuple[str | None, int]]) -> Doc:
    """The line with these credits in place of those that it had: transactions (None on a draft) and amounts."""
    had = line["pretax_credit_amounts"]
    if not parts and not had:
        return line
    kept = [each for each in had if each["type"] != _OF_CREDITS]
    new = [{"amount": amount, _OF_CREDITS: transaction, "type": _OF_CREDITS} for transaction, amount in parts]
    return {**line, "pretax_credit_amounts": kept + new}


def totals(lines: Iterable[Doc], discounts: Sequence[Doc]) -> list[Doc]:
    """``total_pretax_credit_amounts``: discounts as they add up (``total_discount_amounts``), and every credit."""
    return _of_discounts(discounts) + [
        each for line in lines for each in line["pretax_credit_amounts"] if each["type"] == _OF_CREDITS
    ]


def _of_discounts(amounts: Iterable[Doc]) -> list[Doc]:
    return [{"amount": each["amount"], "discount": each["discount"], "type": "discount"} for each in amounts]
