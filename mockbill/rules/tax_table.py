"""The table of tax rates by country that automatic tax goes by, and what it decides for one sale.

``STANDARD`` holds the standard rates of value added and goods and services taxes (as of 2026), Canada's by province.
The United States are not in it: nothing is collected there unless a table of one's own says so, or the account is
registered in a state (``STATES``: the state's own sales tax, without that of counties and cities).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Protocol

from mockbill.rules import countries
from mockbill.rules.money import parse_decimal
from mockbill.rules.tax_codes import NONTAXABLE
from mockbill.rules.tax_ids import EU

_NAMES = {"vat": "VAT", "gst": "GST", "hst": "HST", "jct": "JCT", "igst": "IGST", "sales_tax": "Sales Tax"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A rate: its percentage, and Stripe's ``tax_type``."""

    percentage: Fraction
    tax_type: str = "vat"

    @property
    def name(self) -> str:
        return _NAMES.get(self.tax_type, "Tax")


class Rates(Protocol):
    """What rates are gone by: a table, or what registrations leave of it."""

    def entry(self, country: str, state: str | None) -> Entry | None:
        """The rate of a place; None where nothing is collected."""


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
class Registered:
    """A table as it is for an account that is registered in some ``places``: ``DE``, ``EU`` or ``US-CA``."""

    table: Table
    places: frozenset[str]

    def entry(self, country: str, state: str | None) -> Entry | None:
        """The rate of a place where the account is registered.

        In a state of the United States it is that of the table, else that of ``STATES``.
        """
        local = f"{country}-{(state or '').upper()}"
        if local in self.places:
            return self.table.entry(country, state) or STATES.get(local.removeprefix("US-"))
        abroad = country in EU and "EU" in self.places
        return self.table.entry(country, state) if country in self.places or abroad else None


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


def decide(table: Rates, seller: str, buyer: Buyer, tax_code: str | None = None) -> Decision:
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

_SALES_TAX = (
    "AK 0, AL 4, AR 6.5, AZ 5.6, CA 7.25, CO 2.9, CT 6.35, DC 6, DE 0, FL 6, GA 4, HI 4, IA 6, ID 6, IL 6.25, IN 7, "
    "KS 6.5, KY 6, LA 5, MA 6.25, MD 6, ME 5.5, MI 6, MN 6.875, MO 4.225, MS 7, MT 0, NC 4.75, ND 5, NE 5.5, NH 0, "
    "NJ 6.625, NM 4.875, NV 6.85, NY 4, OH 5.75, OK 4.5, OR 0, PA 6, PR 10.5, RI 7, SC 6, SD 4.2, TN 7, TX 6.25, "
    "UT 6.1, VA 5.3, VT 6, WA 6.5, WI 5, WV 6, WY 4"
)
STATES: Mapping[str, Entry] = MappingProxyType(
    {state: Entry(Fraction(percentage), "sales_tax") for state, percentage in map(str.split, _SALES_TAX.split(", "))}
)
"""Sales tax of the states (as of 2026, from memory), what is levied all over a state included."""
