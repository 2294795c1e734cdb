"""The bounds of what may be asked for: currencies, amounts in their smallest unit, quantities."""

from fractions import Fraction

from mockbill.rules import money
from mockbill.world import Problem

MOST_ON_AN_INVOICE = 999_999_999_999
"""Invoices, their items and customer balances have up to twelve digits; prices and payments up to eight."""

MOST_UNITS = 999_999
"""Stripe documents this for checkout's adjustable quantities; it keeps every product of price and quantity sound."""

_ZERO = (
    "The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency "
    "set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). If you want to save a Payment Method "
    "for future use without an immediate payment, use a Setup Intent instead: "
    "https://docs.stripe.com/payments/save-and-reuse"
)


def currency(code: str, param: str = "currency") -> str:
    """A currency as objects show it, in lower case; Problem for one that Stripe does not take."""
    if not money.is_currency(code):
        raise Problem(
            f"Invalid currency: {code.lower()}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(money.CURRENCIES))}",
            param=param,
        )
    return code.lower()


def check_charge(amount: int, currency: str) -> None:
    """Problem for an ``amount`` that no card can be charged: nothing, too little, or more than eight digits.

    Stripe documents that the last digit of a three-decimal currency must be 0; the wording is ours.  Invoices are not
    held to it: what a period or a proration costs there is not rounded to tens.
    """
    if amount <= 0:
        raise Problem(_ZERO, code="parameter_invalid_integer", param="amount")
    if amount < (least := money.minimum_charge(currency)):
        raise Problem(
            f"Amount must be at least {money.format_amount(least, currency)} {currency}",
            code="amount_too_small",
            param="amount",
        )
    check_amount(amount, currency, "amount")
    if amount % (step := money.charge_step(currency)):
        raise Problem(
            f"Invalid amount: charges in {currency} must be multiples of {step} in the currency's smallest unit "
            "(https://docs.stripe.com/currencies#special-cases).",
            param="amount",
        )


def check_amount(amount: int | Fraction, currency: str, param: str, *, most: int = money.MAXIMUM_CHARGE) -> None:
    """Problem for more than ``most``, be it owed or credited."""
    if not -most <= amount <= most:
        raise Problem(
            f"Amount must be no more than {money.format_amount(most, currency)}", code="amount_too_large", param=param
        )


def check_least(value: int, param: str, least: int = 1) -> None:
    """Problem for less than ``least``."""
    if value < least:
        raise Problem(
            f"This value must be greater than or equal to {least}.", code="parameter_invalid_integer", param=param
        )


def check_positive(amount: int, param: str = "amount") -> None:
    """Problem for nothing, and for less."""
    if amount <= 0:
        raise Problem("Invalid positive integer", code="parameter_invalid_integer", param=param)


def check_quantity(quantity: int | Fraction, param: str, *, least: int = 0) -> None:
    """Problem for fewer units than ``least`` or more than ``MOST_UNITS``."""
    if quantity < least:
        message = f"This value must be greater than or equal to {least}." if least else "Invalid non-negative integer"
    elif quantity > MOST_UNITS:
        message = f"This value must be less than or equal to {MOST_UNITS}."
    else:
        return
    raise Problem(message, code="parameter_invalid_integer", param=param)
