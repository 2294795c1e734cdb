"""The order on a checkout page: what is bought, for how much, when and how often, in words."""

from dataclasses import dataclass
from fractions import Fraction

from mockbill.billing import (
    checkout,
    checkout_amounts,
    checkout_items,
    checkout_taxes,
    prices,
    subscription_trials,
)
from mockbill.rules import periods, pricing
from mockbill.rules.money import decimal_string, exponent, format_amount, parse_decimal
from mockbill.world import Doc, Problem, Work


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is bought; ``detail`` is quantity and price, ``later`` what is paid once a trial is over."""

    name: str
    description: str | None
    detail: str | None
    amount: str
    later: str | None


@dataclass(frozen=True, slots=True)
class Sum:
    """A row above the total: the subtotal, a tax."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off: the code as it was made, or the coupon's name, and its terms in words."""

    name: str
    terms: str
    amount: str
    removable: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """An amount that the customer chooses, as the page asks for it; ``value`` is what stands there at first."""

    label: str
    value: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """A session in the words of its page; ``figure`` is what stands out, ``terms`` go on from it."""

    merchant: str
    title: str
    figure: str
    in_words: bool
    terms: str | None
    lines: list[Line]
    subtotal: Sum | None
    discount: "Discount | None"
    taxes: list[Sum]
    total: str | None
    button: str
    consent: str | None
    choice: Choice | None


def order(w: Work, session: Doc) -> Order:
    """What the page of an open session says."""
    items = checkout_items.of_session(w, session)
    data = checkout.asked(w, session).get("subscription_data") or {}
    trial = subscription_trials.trial_of(w, data) if session["mode"] == "subscription" else None
    free_until = periods.day_text(trial.end) if trial else None
    merchant = session["branding_settings"]["display_name"]
    total = None if session["mode"] == "setup" else format_amount(session["amount_total"], session["currency"])
    choice = _choice(w, session, items)
    discount, taxes = _discount(w, session), _taxes(w, session, items)
    figure, terms = ("You choose the amount", None) if choice else _figure(w, session, items, total, free_until)
    return Order(
        merchant=merchant,
        title=_title(session["mode"], items, merchant, trial is not None),
        figure=figure,
        in_words=session["mode"] == "setup" or trial is not None or choice is not None,
        terms=terms,
        lines=[_line(w, session, item, trial is not None) for item in items],
        subtotal=_sum("Subtotal", session["amount_subtotal"], session) if discount or taxes else None,
        discount=discount,
        taxes=taxes,
        total=None if choice else total,
        button=_button(session, None if choice else total, trial is not None),
        consent=_consent(session["mode"], merchant),
        choice=choice,
    )


def chosen_amount(text: str, currency: str) -> int | None:
    """What was typed, such as ``25`` or ``25.50``, in minor units; None for nothing.  Problem where it is no amount."""
    if not text.strip():
        return None
    try:
        exact = parse_decimal(text.strip().replace(",", "")) * 10 ** exponent(currency)
    except ValueError:
        exact = Fraction(1, 2)
    if exact.denominator != 1:
        raise Problem("Enter an amount such as 25.", param="amount")
    return int(exact)


def _choice(w: Work, session: Doc, items: list[Doc]) -> Choice | None:
    bounds = checkout_items.custom_amount(w, session, items)
    if bounds is None:
        return None
    currency = session["currency"]
    least, most = (bounds[name] and format_amount(bounds[name], currency) for name in ("minimum", "maximum"))
    parts = (least and f"at least {least}", most and f"no more than {most}")
    first = session["amount_total"] or None
    return Choice(
        label=f"Amount in {currency.upper()}",
        value=decimal_string(Fraction(first, 10 ** exponent(currency))) if first else "",
        note=", ".join(part for part in parts if part) or None,
    )


def _taxes(w: Work, session: Doc, items: list[Doc]) -> list[Sum]:
    """The taxes on what is paid today, by rate."""
    today = [item for item in items if checkout_amounts.is_due(w, session, item)]
    taxes: dict[str, tuple[str, int]] = {}
    for levy in (levy for item in today for levy in checkout_taxes.of_item(w, item)):
        rate = levy["rate"]
        label = f"{rate['display_name']} ({rate['percentage']:g}%{', included' if rate['inclusive'] else ''})"
        taxes[rate["id"]] = label, taxes.get(rate["id"], (label, 0))[1] + levy["amount"]
    return [_sum(label, amount, session) for label, amount in taxes.values()]


def _sum(label: str, amount: int, session: Doc) -> Sum:
    return Sum(label, format_amount(amount, session["currency"]))


def _title(mode: str, items: list[Doc], merchant: str, on_trial: bool) -> str:
    if mode == "setup":
        return f"Save a card with {merchant}"
    if mode == "payment":
        return f"Pay {merchant}"
    plans = [item["description"] for item in items if item["price"]["recurring"]]
    return f"{'Try' if on_trial else 'Subscribe to'} {plans[0] if len(plans) == 1 and plans[0] else merchant}"


def _figure(
    w: Work, session: Doc, items: list[Doc], total: str | None, free_until: str | None
) -> tuple[str, str | None]:
    recurring = [item for item in items if item["price"]["recurring"]]
    if total is None:
        return "Nothing to pay today", None
    if not recurring:
        return total, None
    amount = format_amount(checkout_amounts.later(w, session), recurring[0]["currency"])
    pace = pace_of(recurring[0]["price"]["recurring"])
    if free_until:
        return f"Free until {free_until}", f"then {amount} {pace}"
    return (amount, pace) if amount == total else (total, f"today, then {amount} {pace}")


def _line(w: Work, session: Doc, item: Doc, on_trial: bool) -> Line:
    price = item["price"]
    product = w.get("product", price["product"]) or {}
    open_yet = price["custom_unit_amount"] is not None and not item["amount_total"]
    amount = "" if open_yet else format_amount(item["amount_subtotal"], item["currency"])
    if prices.is_metered(price):
        amount = "By use"
    free = not checkout_amounts.is_due(w, session, item)
    nothing = "Free trial" if on_trial else format_amount(0, item["currency"])
    return Line(
        name=item["description"] or "Item",
        description=product.get("description"),
        detail=detail_of(item["quantity"], prices.in_currency(w, price, item["currency"])),
        amount=nothing if free else amount,
        later=f"then {amount}" if free else None,
    )


def _discount(w: Work, session: Doc) -> Discount | None:
    given = checkout_amounts.given(w, session)
    if given is None:
        return None
    return Discount(
        name=given.name,
        terms=terms_of(given, session["currency"]),
        amount=format_amount(-session["total_details"]["amount_discount"], session["currency"]),
        removable=bool(session["allow_promotion_codes"] and given.own),
    )


def terms_of(given: checkout_amounts.Given, currency: str) -> str:
    """``25% off for 3 months``, ``$5.00 off``."""
    off, months = given.off, given.months
    worth = f"{decimal_string(off.percent)}%" if off.percent is not None else format_amount(off.amount, currency)
    length = {"forever": " forever", "repeating": f" for {months} month{'s' if months != 1 else ''}"}
    return f"{worth} off{length.get(given.duration, '')}"


def detail_of(quantity: int | None, price: Doc) -> str | None:
    """``Qty 3 · $20.00 each per month``, ``$0.04 each per month`` of what will be used.

    None for one piece at a one-time price, which the amount tells.
    """
    recurring = price["recurring"]
    if price["custom_unit_amount"] is not None:
        return None
    if price["billing_scheme"] == "tiered":
        rate = ""
    else:
        rate = format_amount(pricing.unit_amount(price), price["currency"])
        rate += f" per {transform['divide_by']}" if (transform := price["transform_quantity"]) else ""
        rate += " each" if quantity != 1 and not transform else ""
    pace = pace_of(recurring) if recurring else ""
    if quantity is not None and quantity > 1:
        rate = " ".join(filter(None, (rate, pace)))
        return f"Qty {quantity} · {rate}" if rate else f"Qty {quantity}"
    return f"{rate} {pace}".strip() if recurring else None


def pace_of(recurring: Doc) -> str:
    """``per month``, ``every 3 months``."""
    count = recurring["interval_count"]
    return f"per {recurring['interval']}" if count == 1 else f"every {count} {recurring['interval']}s"


def _button(session: Doc, total: str | None, on_trial: bool) -> str:
    if session["mode"] == "setup":
        return "Save card"
    if session["mode"] == "subscription":
        return "Start trial" if on_trial else "Subscribe"
    verb = {"book": "Book", "donate": "Donate", "subscribe": "Subscribe"}.get(session["submit_type"] or "", "Pay")
    return f"{verb} {total}" if total and verb in ("Pay", "Donate") else verb


def _consent(mode: str, merchant: str) -> str | None:
    if mode == "payment":
        return None
    what = "each renewal until you cancel" if mode == "subscription" else "future payments"
    return f"You allow {merchant} to charge this card for {what}."
