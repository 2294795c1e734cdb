"""The table of tax rates by country that automatic tax goes by, and what it decides for one sale.

``STANDARD`` holds the standard rates of value added and goods and services taxes (as of 2026), Canada's by province.
The United States have no table by state: nothing is collected there unless a table of one's own says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from mockbill.rules import countries
from mockbill.rules.money import parse_decimal
from mockbill.rules.tax_ids import EU

NONTAXABLE = "txcd_00000000"
"""Stripe's tax code of products that are never taxed."""

_NAMES = {"vat": "VAT", "gst": "GST", "hst": "HST", "jct": "JCT", "igst": "IGST", "sales_tax": "Sales Tax"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A rate: its percentage, and Stripe's ``tax_type``."""

    percentage: Fraction
    tax_type: str = "vat"

    @property
    def name(self) -> str:
        return _NAMES.get(self.tax_type, "Tax")


@dataclass(frozen=True, slots=True)
class Table:
    """Rates by country (``DE``) or by country and state (``CA-ON``); ``source`` is ``standard`` or a file."""

    source: str
    entries: Mapping[str, Entry]

    def __str__(self) -> str:
        return self.source

    def entry(self, country: str, state: str | None) -> Entry | None:
        """The rate of a place: of its state where that has one, else of its country."""
        return self.entries.get(f"{country}-{(state or '').upper()}") or self.entries.get(country)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Where a customer is, and what speaks for paying no tax; ``vat`` says that it has an ``eu_vat``."""

    country: str
    state: str | None = None
    exemption: str = "none"
    vat: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The percentage of a sale, its kind of tax, and Stripe's ``taxability_reason``."""

    percentage: Fraction
    entry: Entry
    reason: str


def decide(table: Table, seller: str, buyer: Buyer, tax_code: str | None = None) -> Decision:
    """What is levied on a product of this tax code that a seller in a country sells to a buyer.

    A business in another country of the EU than the seller's owes the tax itself (``reverse_charge``).
    """
    entry = table.entry(buyer.country, buyer.state)
    if entry is None:
        return Decision(Fraction(0), Entry(Fraction(0), _kind(buyer.country)), "not_collecting")
    abroad = seller in EU and buyer.country in EU and seller != buyer.country
    if tax_code == NONTAXABLE:
        reason = "product_exempt"
    elif buyer.exemption == "exempt":
        reason = "customer_exempt"
    elif buyer.exemption == "reverse" or (abroad and buyer.vat):
        reason = "reverse_charge"
    else:
        return Decision(entry.percentage, entry, "standard_rated" if entry.percentage else "zero_rated")
    return Decision(Fraction(0), entry, reason)


def behavior(told: str | None, default: str | None, currency: str) -> str:
    """Whether a price includes its tax: as it says itself, else as the account's tax settings do, else exclusive."""
    if told in ("inclusive", "exclusive"):
        return told
    if default == "inferred_by_currency":
        return "exclusive" if currency in ("usd", "cad") else "inclusive"
    return default if default in ("inclusive", "exclusive") else "exclusive"


def recognized(address: Mapping[str, Any] | None) -> tuple[str, str | None] | None:
    """Country and state of an address from which tax can be told; None where too little is known of it.

    A country is enough, but for the United States (a postal code) and Canada (a province or a postal code).
    """
    country = ((address or {}).get("country") or "").upper()
    if address is None or country not in countries.CODES:
        return None
    state, code = address.get("state") or None, address.get("postal_code")
    if (country == "US" and not code) or (country == "CA" and not (state or code)):
        return None
    return country, state


def parse(source: str, document: Any) -> Table:
    """A table of one's own: ``{"DE": 19, "US-CA": {"percentage": "7.25", "tax_type": "sales_tax"}}``.

    Raises ValueError that names what is wrong.
    """
    if not isinstance(document, Mapping):
        raise ValueError('must hold an object of percentages by country, such as {"DE": 19}')
    return Table(source, {str(place).upper(): _entry(str(place), told) for place, told in document.items()})


def _entry(place: str, told: Any) -> Entry:
    sent, kind = (told.get("percentage"), told.get("tax_type")) if isinstance(told, Mapping) else (told, None)
    country = place.partition("-")[0]
    if len(country) != 2 or not country.isalpha():
        raise ValueError(f"{place!r} is no country (DE) or country and state (US-CA)")
    try:
        percentage = parse_decimal(str(sent))
    except ValueError:
        raise ValueError(f"{place}: {sent!r} is no percentage") from None
    if not 0 <= percentage <= 100:
        raise ValueError(f"{place}: {sent} is not between 0 and 100")
    return Entry(percentage, kind or _kind(country.upper()))


def _kind(country: str) -> str:
    return "sales_tax" if country == "US" else "vat"


def _standard() -> dict[str, Entry]:
    rates = {
        "vat": "AT 20, BE 21, BG 20, CY 19, CZ 21, DE 19, DK 25, EE 24, ES 21, FI 25.5, FR 20, GR 24, HR 25, HU 27, "
        "IE 23, IT 22, LT 21, LU 17, LV 21, MT 18, NL 21, PL 23, PT 23, RO 21, SE 25, SI 22, SK 23, "
        "GB 20, NO 25, CH 8.1, LI 8.1, IS 24, AE 5, CL 19, IL 18, KR 10, MX 16, RS 20, SA 15, TH 7, TR 20, "
        "UA 20, ZA 15",
        "gst": "AU 10, CA 5, IN 18, NZ 15, SG 9",
        "hst": "CA-NB 15, CA-NL 15, CA-NS 14, CA-ON 13, CA-PE 15",
        "jct": "JP 10",
    }
    return {
        place: Entry(Fraction(percentage), kind)
        for kind, row in rates.items()
        for place, percentage in (pair.split() for pair in row.split(","))
    }


STANDARD = Table("standard", MappingProxyType(_standard()))
