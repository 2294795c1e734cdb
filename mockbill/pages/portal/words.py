"""Subscriptions, payment methods and invoices in the words of the portal."""

from dataclasses import dataclass

from mockbill.billing import default_methods, prices, subscription_resumption
from mockbill.billing.portal import limits, plans
from mockbill.pages.order import detail_of, pace_of
from mockbill.pages.portal.visit import Visit
from mockbill.rules import periods
from mockbill.rules.money import format_amount
from mockbill.world import Doc, Problem, Work

_STATUS = {
    "active": ("Active", "good"),
    "trialing": ("Trial", "good"),
    "past_due": ("Past due", "bad"),
    "unpaid": ("Unpaid", "bad"),
    "incomplete": ("Incomplete", "bad"),
    "paused": ("Paused", "calm"),
}
_BRANDS = {"amex": "American Express", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay"}
_INVOICES = {
    "open": ("Due", "bad"),
    "paid": ("Paid", "good"),
    "uncollectible": ("Uncollectible", "bad"),
    "void": ("Void", "calm"),
}
REASONS = {
    "customer_service": "Customer service was less than expected",
    "low_quality": "Quality was less than expected",
    "missing_features": "Some features are missing",
    "other": "Other reason",
    "switched_service": "I'm switching to a different service",
    "too_complex": "Ease of use was less than expected",
    "too_expensive": "It's too expensive",
    "unused": "I don't use it enough",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A word, and its tone: ``good``, ``bad`` or ``calm``."""

    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription: what it is called, costs and comes to next, and what its customer may do."""

    id: str
    name: str
    amount: str
    pace: str
    details: list[str]
    badge: Badge
    next: str
    method: str | None
    can_cancel: bool
    can_resume: bool
    can_update: bool
    can_pause: bool
    can_unpause: bool
    ends: str
    coming: str | None


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method."""

    id: str
    label: str
    expiry: str | None
    is_default: bool
    removable: bool


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice."""

    id: str
    date: str
    number: str
    total: str
    badge: Badge
    url: str | None
    pdf: str | None


def plan_of(visit: Visit, subscription: Doc) -> Plan:
    """A subscription as the portal shows it."""
    w, features = visit.w, visit.configuration["features"]
    items = subscription["items"]["data"]
    recurring = items[0]["price"]["recurring"]
    word, tone = _STATUS[subscription["status"]]
    if subscription["cancel_at"]:
        word, tone = f"Cancels on {periods.day_text(subscription['cancel_at'])}", "calm"
    phase = plans.scheduled(w, subscription)
    if phase is not None:
        word, tone = f"Changes on {periods.day_text(phase['start_date'])}", "calm"
    method = w.get("payment_method", default_methods.method_of(w, subscription, subscription["customer"]))
    return Plan(
        id=subscription["id"],
        name=", ".join(product_name(w, item["price"]) for item in items),
        amount=_amount(w, subscription),
        pace=pace_of(recurring),
        details=[text for item in items if (text := _detail(w, subscription, item, several=len(items) > 1))],
        badge=Badge(word, tone),
        next=_next(w, subscription),
        method=label_of(method) if method else None,
        can_cancel=features["subscription_cancel"]["enabled"] and _passes(limits.check_cancelable, subscription),
        can_resume=features["subscription_cancel"]["enabled"] and bool(subscription["cancel_at"]),
        can_update=features["subscription_update"]["enabled"]
        and bool(features["subscription_update"]["default_allowed_updates"])
        and _passes(limits.check_updatable, subscription),
        can_pause=features["subscription_pause"]["enabled"] and _passes(limits.check_pausable, subscription),
        can_unpause=features["subscription_pause"]["enabled"] and subscription["status"] == "paused",
        ends=periods.day_text(max(item["current_period_end"] for item in items)),
        coming=_coming(w, subscription, phase) if phase else None,
    )


def _coming(w: Work, subscription: Doc, phase: Doc) -> str:
    """``It changes to Basic, $10.00 per month, on 21 Dec 2026.``"""
    (item,) = phase["items"]
    price = w.need("price", item["price"])
    cost = price_text(w, price, item.get("quantity"), subscription["currency"])
    return f"It changes to {product_name(w, price)}, {cost}, on {periods.day_text(phase['start_date'])}."


def product_name(w: Work, price: Doc) -> str:
    """What a price is called: its product."""
    return str((w.get("product", price["product"]) or {}).get("name") or price["nickname"] or "Plan")


def price_text(w: Work, price: Doc, quantity: int | None, currency: str) -> str:
    """``$10.00 per month`` for a quantity of a price."""
    amount = format_amount(prices.cost(w, price, quantity or 1, currency).amount, currency)
    return f"{amount} {pace_of(price['recurring'])}"


def methods_of(visit: Visit) -> list[Method]:
    """The customer's payment methods, the default one first."""
    w, customer = visit.w, visit.w.need("customer", visit.session["customer"])
    default = customer["invoice_settings"]["default_payment_method"]
    found = [method for method in w.find("payment_method", customer=customer["id"]) if method["type"] != _CASH]
    found.sort(key=lambda method: method["id"] != default)
    return [
        Method(method["id"], label_of(method), _expiry(method), method["id"] == default, method["id"] != default)
        for method in found
    ]


_CASH = "customer_balance"


def label_of(method: Doc) -> str:
    """``Visa •••• 4242``."""
    type = method["type"]
    held = method.get(type) or {}
    if type == "card":
        brand = held["display_brand"] or held["brand"]
        name = _BRANDS.get(brand, brand.replace("_", " ").title())
    else:
        name = {"sepa_debit": "SEPA debit"}.get(type, type.replace("_", " ").title())
    return f"{name} •••• {held['last4']}" if held.get("last4") else name


def bills_of(visit: Visit, most: int | None) -> tuple[list[Bill], bool]:
    """The customer's invoices that were finalized, newest first, and whether there are more than ``most``."""
    w, account = visit.w, visit.session["on_behalf_of"]
    found = [
        invoice
        for invoice in reversed(w.find("invoice", customer=visit.session["customer"]))
        if invoice["status"] in _INVOICES and (not account or invoice["on_behalf_of"] == account)
    ]
    return [_bill(invoice) for invoice in found[:most]], most is not None and len(found) > most


def _bill(invoice: Doc) -> Bill:
    return Bill(
        id=invoice["id"],
        date=periods.day_text(invoice["status_transitions"]["finalized_at"] or invoice["created"]),
        number=invoice["number"] or invoice["id"],
        total=format_amount(invoice["total"], invoice["currency"]),
        badge=Badge(*_INVOICES[invoice["status"]]),
        url=invoice["hosted_invoice_url"],
        pdf=invoice["invoice_pdf"],
    )


def _amount(w: Work, subscription: Doc) -> str:
    """What a period costs before discounts and taxes; what is metered is not known."""
    currency = subscription["currency"]
    fixed = [item for item in subscription["items"]["data"] if not prices.is_metered(item["price"])]
    if not fixed:
        return "By use"
    total = sum(prices.cost(w, item["price"], item["quantity"], currency).amount for item in fixed)
    return format_amount(total, currency)


def _detail(w: Work, subscription: Doc, item: Doc, *, several: bool) -> str | None:
    quantity = item.get("quantity")
    if not several and (quantity or 1) == 1 and not prices.is_metered(item["price"]):
        return None
    text = detail_of(quantity, prices.in_currency(w, item["price"], subscription["currency"]))
    return f"{product_name(w, item['price'])} · {text}" if several and text else text


def _next(w: Work, subscription: Doc) -> str:
    ends = periods.day_text(min(item["current_period_end"] for item in subscription["items"]["data"]))
    if subscription["cancel_at"]:
        return f"It ends on {periods.day_text(subscription['cancel_at'])}."
    if subscription["status"] == "trialing":
        return f"Your free trial ends on {periods.day_text(subscription['trial_end'])}."
    if subscription["status"] == "paused":
        until = subscription_resumption.planned(w, subscription)
        return f"It is paused until {periods.day_text(until)}." if until else "It is paused: nothing is charged."
    if subscription["status"] in ("incomplete", "past_due", "unpaid"):
        return "The last payment did not go through."
    return f"Your plan renews on {ends}."


def _passes(check: object, subscription: Doc) -> bool:
    assert callable(check)
    try:
        check(subscription)
    except Problem:
        return False
    return True


def _expiry(method: Doc) -> str | None:
    card = method.get("card")
    return f"Expires {card['exp_month']:02}/{card['exp_year'] % 100:02}" if card else None


def span_text(option: Doc) -> str:
    """``1 month``, ``3 months``."""
    count = option["interval_count"]
    return f"{count} {option['interval']}{'s' if count != 1 else ''}"


def address_text(address: Doc | None) -> str:
    """An address on one line."""
    held = address or {}
    city = " ".join(filter(None, (held.get("postal_code"), held.get("city"))))
    parts = (held.get("line1"), held.get("line2"), city, held.get("state"), held.get("country"))
    return ", ".join(part for part in parts if part)
