"""Application fees: what a platform takes of a payment, and what of it a refund gives back (minor units)."""

from fractions import Fraction

from mockbill.rules.money import round_half_up


def of_percent(amount: int, percent: Fraction | float) -> int:
    """The fee of an amount by ``application_fee_percent`` (up to two decimals), rounded half up (not established)."""
    return max(0, round_half_up(amount * Fraction(str(percent)) / 100))


def share(whole: int, left: int, part: int, of: int, *, is_rest: bool) -> int:
    """What goes back of a fee or a transfer of ``whole``, of which ``left`` is still there, when ``part`` of a payment
    ``of`` so much is refunded: its share, and all that is left with the rest of the payment."""
    if is_rest or of <= 0:
        return left
    return min(left, round_half_up(Fraction(whole * part, of)))
