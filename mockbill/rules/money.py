"""Amounts of money: whole numbers in a currency's smallest unit, and how they are rounded, split and written."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

# fmt: off
ZERO_DECIMAL = frozenset({
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
})
"""Currencies whose smallest unit is the unit itself. ISK and UGX have none either, but Stripe counts them in cents."""

_NO_CENTS = frozenset({"isk", "ugx"})

THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
# fmt: on

_TWO_DECIMAL = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc
    cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd kes kgs
    khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen
    pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx
    usd uyu uzs wst xcd xcg yer zar zmw
"""

CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | frozenset(_TWO_DECIMAL.split())
"""Every currency that Stripe takes, in the lower case of its objects."""

_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "aud": "A$", "brl": "R$", "cad": "CA$", "cny": "CN¥",
        "hkd": "HK$", "ils": "₪", "inr": "₹", "krw": "₩", "mxn": "MX$", "nzd": "NZ$", "php": "₱", "twd": "NT$",
        "vnd": "₫",
    }
)  # fmt: skip

MAXIMUM_CHARGE = 99_999_999
"""The largest charge in any currency's smallest unit: eight digits."""

_MINIMUM_CHARGES: Mapping[str, int] = MappingProxyType(
    {
        "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
        "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300,
        "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
    }
)  # fmt: skip


def is_currency(code: str) -> bool:
    """Whether Stripe takes this currency; the code may be in either case."""
    return code.lower() in CURRENCIES


def exponent(currency: str) -> int:
    """How many decimals the currency has at Stripe: 2 for usd, 0 for jpy, 3 for kwd."""
    currency = currency.lower()
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def minimum_charge(currency: str) -> int:
    """The least that can be charged, in the smallest unit; 1 where Stripe publishes no minimum."""
    return _MINIMUM_CHARGES.get(currency.lower(), 1)


@lru_cache(maxsize=1024)  # prices come again on every line
def charge_step(currency: str) -> int:
    """What every charge must be a multiple of, in the smallest unit: 10 with three decimals, else 1.

    ISK and UGX, which Stripe counts in cents, have no cents: 100.
    """
    currency = currency.lower()
    return 10 if currency in THREE_DECIMAL else 100 if currency in _NO_CENTS else 1


@lru_cache(maxsize=1024)  # prices come again on every line
def format_amount(amount: int | Fraction, currency: str) -> str:
    """``$10.00``, ``¥500``, ``-€9.99``, ``SEK 1,234.50``: symbol or code, thousands apart, no digit lost.

    A price of less than the smallest unit keeps all its decimals: half a cent is ``$0.005``.
    """
    places = exponent(currency)
    whole, _, rest = decimal_string(abs(Fraction(amount)) / 10**places).partition(".")
    number = f"{int(whole):,}" + (f".{rest:0<{places}}" if places or rest else "")
    symbol = _SYMBOLS.get(currency.lower()) or currency.upper() + " "
    return f"{'-' if amount < 0 else ''}{symbol}{number}"


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; exact halves go away from zero, so that a credit mirrors its debit."""
    if value.denominator == 1:
        return value.numerator
    magnitude = int(abs(value) + Fraction(1, 2))
    return magnitude if value >= 0 else -magnitude


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` split in proportion to the weights, nothing lost: each share is rounded down, the last takes the rest.

    That is how Stripe spreads an amount-off coupon: $5.00 over $10 and $20 is 166 and 334. Weights must not be
    negative; if all are zero, the last takes everything. ValueError when there is nothing to split over.
    """
    if not weights or min(weights) < 0:
        raise ValueError(f"weights must be given and not be negative: {list(weights)}")
    whole = sum(weights)
    sign = 1 if total >= 0 else -1
    shares = [sign * (abs(total) * weight // whole) if whole else 0 for weight in weights]
    # A last line that weighs nothing gets nothing: it must not collect what rounding left over from the others.
    last = max((i for i, weight in enumerate(weights) if weight), default=len(weights) - 1)
    shares[last] += total - sum(shares)
    return shares


def apportion(total: int, exact: Sequence[Fraction]) -> list[int]:
    """Whole numbers next to these fractions that add up to ``total``, which is their rounded sum.

    Each is rounded down; the largest remainders, of equals the first, are rounded up instead.  So none has another
    sign than its fraction, and none is further than one from it.
    """
    shares = [part.numerator // part.denominator for part in exact]
    missing = total - sum(shares)
    for position in sorted(range(len(exact)), key=lambda i: shares[i] - exact[i])[:missing]:
        shares[position] += 1
    return shares


def processing_fee(amount: int) -> int:
    """Stripe's fee for a test charge: 2.9 % and 30, in the smallest unit (1000 pays 59)."""
    return (amount * 29 + 500) // 1000 + 30  # rounded half up


@lru_cache(maxsize=1024)
def parse_decimal(text: str) -> Fraction:
    """The exact value of a decimal string such as ``unit_amount_decimal``; at most twelve decimals.

    Raises ValueError when it is none.
    """
    match = re.fullmatch(r"[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))", text, re.ASCII)
    if match is None:
        raise ValueError(f"Invalid decimal: {text}")
    if len(match[1] or match[2] or "") > 12:
        raise ValueError(f"Invalid decimal: {text}; at most 12 decimal places are allowed")
    return Fraction(text)


def decimal_string(value: Fraction | int) -> str:
    """Stripe's spelling of ``unit_amount_decimal``: ``1000``, ``0.5``; no exponent, no trailing zeros.

    Raises ValueError for a value that no decimal can write, such as a third.
    """
    value = Fraction(value)
    places = _places(value.denominator)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else sign + digits


def _places(denominator: int) -> int:
    """The least number of decimals that writes 1/denominator out."""
    counts = []
    for prime in (2, 5):
        count = 0
        while denominator % prime == 0:
            denominator //= prime
            count += 1
        counts.append(count)
    if denominator != 1:
        raise ValueError(f"a fraction over {denominator} has no end as a decimal")
    return max(counts)
