"""What several kinds of papers say alike: who sells and who buys, dates, taxes, discounts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockbill.papers.paper import ACCENT, Party, Row, Sum
from mockbill.rules import periods
from mockbill.rules.money import decimal_string, format_amount, parse_decimal
from mockbill.world import Doc, Work

_LETTER_COUNTRIES = frozenset({"CA", "CL", "CO", "CR", "DO", "GT", "MX", "PA", "PH", "PR", "SV", "US", "VE"})


def page_size(w: Work, rendering: Doc | None = None) -> str:
    """``rendering.pdf.page_size``; where it is ``auto``, or nothing is said, what the account's country prints on."""
    asked: str | None = ((rendering or {}).get("pdf") or {}).get("page_size")
    if asked in ("a4", "letter"):
        return asked
    return "letter" if (_account(w).get("country") or "US") in _LETTER_COUNTRIES else "a4"


def colour(w: Work) -> str:
    """The account's own, where its branding has one."""
    branding = (_account(w).get("settings") or {}).get("branding") or {}
    return branding.get("primary_color") or ACCENT


def seller(w: Work) -> str:
    """The account by the name that its customers know."""
    profile = _account(w).get("business_profile") or {}
    return str(profile.get("name") or w.world.name)


def seller_party(w: Work, name: str) -> Party:
    """The account with its address and where to ask; what it has not told is left out."""
    account = _account(w)
    profile = account.get("business_profile") or {}
    address = profile.get("support_address") or (account.get("company") or {}).get("address")
    return Party("From", [name, *address_lines(address), *_told(profile, "support_phone", "support_email")])


def _account(w: Work) -> Mapping[str, Any]:
    platform = w.world.platform
    return (platform.fetch("account", w.world.account_id) if platform is not None else None) or {}


def buyer(name: str | None, email: str | None, address: Doc | None, tax_ids: Iterable[Mapping[str, Any]] = ()) -> Party:
    """Whom a paper is for."""
    numbers = [f"{id['type'].replace('_', ' ').upper()} {id['value']}" for id in tax_ids]
    return Party("Bill to", [*filter(None, (name,)), *address_lines(address), *filter(None, (email,)), *numbers])


def shipping(to: Mapping[str, Any] | None) -> list[Party]:
    """Where the goods go, where that is known."""
    if not to:
        return []
    return [Party("Ship to", [*_told(to, "name"), *address_lines(to.get("address")), *_told(to, "phone")])]


def address_lines(address: Mapping[str, Any] | None) -> list[str]:
    """An address as it stands on an envelope."""
    held = address or {}
    city = " ".join(_told(held, "postal_code", "city"))
    country = held.get("country")
    lines = [*_told(held, "line1", "line2"), city, *_told(held, "state"), country]
    return [line for line in lines if line] if lines != [city, country] or city else []


def span(period: Mapping[str, Any] | None) -> str | None:
    """``1 Mar 2026 – 1 Apr 2026``; nothing for what has no length."""
    if not period or not period["end"] > period["start"]:
        return None
    return f"{periods.day_text(period['start'])} – {periods.day_text(period['end'])}"


def unit_text(decimal: str | None, currency: str) -> str:
    """A unit price with all its decimals; nothing where a line has none, as in tiers."""
    if decimal is None:
        return ""
    try:
        return format_amount(parse_decimal(decimal), currency)
    except ValueError:
        return ""


def discount_sums(w: Work, taken: Sequence[Mapping[str, Any]], currency: str) -> list[Sum]:
    """What each discount takes off, by its coupon's name and terms."""
    return [
        Sum(discount_name(w, each["discount"], currency), format_amount(-each["amount"], currency)) for each in taken
    ]


def discount_name(w: Work, id: str, currency: str) -> str:
    """``Welcome (25% off)``."""
    discount = w.get("discount", id) or {}
    coupon = w.get("coupon", (discount.get("source") or {}).get("coupon")) or {}
    name = coupon.get("name") or "Discount"
    if coupon.get("percent_off") is not None:
        return f"{name} ({_percent(coupon['percent_off'])} off)"
    if coupon.get("amount_off") is not None and coupon["currency"] == currency:
        return f"{name} ({format_amount(coupon['amount_off'], currency)} off)"
    return str(name)


def tax_sums(w: Work, taxes: Sequence[Mapping[str, Any]], currency: str) -> list[Sum]:
    """Each tax with its rate and what it is levied on; ``incl.`` where prices hold it already."""
    sums = []
    for each in taxes:
        on = each.get("taxable_amount")
        base = f" on {format_amount(on, currency)}" if on is not None else ""
        included = " incl." if each["tax_behavior"] == "inclusive" else ""
        sums.append(Sum(f"{_tax_name(w, each)}{included}{base}", format_amount(each["amount"], currency)))
    return sums


def _tax_name(w: Work, tax: Mapping[str, Any]) -> str:
    rate = w.get("tax_rate", (tax.get("tax_rate_details") or {}).get("tax_rate")) or {}
    return rate_name(rate)


def rate_name(rate: Mapping[str, Any]) -> str:
    """``VAT (20%)``."""
    if rate.get("percentage") is None:
        return str(rate.get("display_name") or "Tax")
    return f"{rate['display_name']} ({_percent(rate['percentage'])})"


def row_taxes(w: Work, taxes: Sequence[Mapping[str, Any]]) -> str:
    """``20%``: the rates of one line."""
    rates = [w.get("tax_rate", (each.get("tax_rate_details") or {}).get("tax_rate")) or {} for each in taxes]
    told = [_percent(rate["percentage"]) for rate in rates if rate.get("percentage") is not None]
    return " + ".join(told) if len(told) < 3 else f"{len(told)} taxes"


def line_row(w: Work, line: Mapping[str, Any], currency: str, unit: str | None) -> Row:
    """A line of an invoice or credit note; ``unit`` is the decimal of its unit price, if it has one."""
    quantity = line.get("quantity_decimal") or line.get("quantity")
    return Row(
        description=line["description"] or "Item",
        detail=span(line.get("period")),
        quantity="" if quantity is None else str(quantity),
        unit=unit_text(unit, currency),
        amount=format_amount(line["amount"], currency),
        tax=row_taxes(w, line.get("taxes") or []),
    )


def custom_facts(fields: Iterable[Mapping[str, Any]] | None) -> list[tuple[str, str]]:
    """What an account writes beside the number and dates of its invoices."""
    return [(field["name"], field["value"]) for field in fields or ()]


def _percent(value: float) -> str:
    return f"{decimal_string(parse_decimal(str(value)))}%"


def _told(holder: Mapping[str, Any], *names: str) -> list[str]:
    return [holder[name] for name in names if holder.get(name)]
