"""IBANs: whether one is written well, and which bank and branch its country puts into it."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_LENGTHS: Mapping[str, int] = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27,
}  # fmt: skip
"""The countries of the Single Euro Payments Area, with the length of their IBANs."""

_PARTS: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "AT": ((4, 9), (9, 9)), "BE": ((4, 7), (7, 7)), "DE": ((4, 12), (12, 12)), "ES": ((4, 8), (8, 12)),
    "FR": ((4, 9), (9, 14)), "GB": ((4, 8), (8, 14)), "IE": ((4, 8), (8, 14)), "IT": ((5, 10), (10, 15)),
    "NL": ((4, 8), (8, 8)), "PT": ((4, 8), (8, 12)),
}  # fmt: skip
_OTHERS = ((4, 8), (8, 8))


class Iban(NamedTuple):
    """An IBAN without spaces; ``branch_code`` is empty where its country has none."""

    number: str
    country: str
    bank_code: str
    branch_code: str

    @property
    def last4(self) -> str:
        return self.number[-4:]


def read(text: str) -> Iban:
    """The IBAN that was typed, with spaces or not; ValueError where its length or its check digits are wrong."""
    number = re.sub(r"\s", "", text).upper()
    country = number[:2]
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]+", number) or len(number) != _LENGTHS.get(country):
        raise ValueError(text)
    if int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 != 1:
        raise ValueError(text)
    bank, branch = _PARTS.get(country, _OTHERS)
    return Iban(number, country, number[slice(*bank)], number[slice(*branch)])
