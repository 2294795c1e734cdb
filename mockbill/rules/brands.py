"""Card brands, and what a card number says of itself: its brand and its check digit."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand's three spellings at Stripe, the ranges its numbers begin with, and the length of its CVC."""

    name: str  # payment_method.card.brand
    display_brand: str  # payment_method.card.display_brand
    title: str  # card.brand of the legacy card object
    prefixes: tuple[tuple[str, str], ...] = ()
    cvc_length: int = 3

    def issued(self, number: str) -> bool:
        return any(low <= number[: len(low)] <= high for low, high in self.prefixes)


BRANDS: Mapping[str, Brand] = MappingProxyType(
    {
        brand.name: brand
        for brand in (
            Brand("visa", "visa", "Visa", (("4", "4"),)),
            Brand("mastercard", "mastercard", "MasterCard", (("51", "55"), ("2221", "2720"))),
            Brand("amex", "american_express", "American Express", (("34", "34"), ("37", "37")), cvc_length=4),
            Brand("discover", "discover", "Discover", (("6011", "6011"), ("644", "649"), ("65", "65"))),
            Brand("diners", "diners_club", "Diners Club", (("300", "305"), ("309", "309"), ("36", "36"), ("38", "39"))),
            Brand("jcb", "jcb", "JCB", (("3528", "3589"),)),
            Brand("unionpay", "union_pay", "UnionPay", (("62", "62"), ("81", "81"))),
            Brand("unknown", "other", "Unknown"),
        )
    }
)


def brand_of(number: str) -> Brand:
    """The brand whose prefix the number has; the brand called ``unknown`` when none has."""
    return next((brand for brand in BRANDS.values() if brand.issued(number)), BRANDS["unknown"])


def is_luhn(number: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812)."""
    odd, even = number[-1::-2], number[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0


def digits(number: str) -> str:
    """A card number without the spaces and dashes that people type."""
    return number.replace(" ", "").replace("-", "")


def is_card_number(number: str) -> bool:
    """Whether it has the look of one: twelve to nineteen digits. The check digit is another matter."""
    return number.isascii() and number.isdigit() and 12 <= len(number) <= 19
