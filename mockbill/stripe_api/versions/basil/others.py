"""Subscriptions, payments and what else had other fields before basil."""

from mockbill.billing.usage import records
from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.versions.basil.invoices import LEVIED, levies, only_discount
from mockbill.world import Doc, Work

# subscriptions


def _bound(name: str) -> Older:
    """The current period of the item that renews next: before, all items of a subscription shared one."""

    def fill(w: Work, subscription: Doc) -> int:
        items = subscription["items"]["data"]
        if not items:
            return int(subscription["start_date"])
        return int(min(items, key=lambda item: int(item["current_period_end"]))[name])

    return Older(fill)


SUBSCRIPTION = {
    "current_period_end": _bound("current_period_end"),
    "current_period_start": _bound("current_period_start"),
    "discount": Older(only_discount, ("discount",)),
}


def _phases(w: Work, schedule: Doc) -> list[Doc]:
    return [{**phase, "coupon": _only_coupon(w, phase)} for phase in schedule["phases"]]


def _only_coupon(w: Work, phase: Doc) -> str | Doc | None:
    named = phase.get("discounts") or []
    if len(named) != 1:
        return None
    coupon: str | Doc | None = named[0]["coupon"]
    return coupon


SCHEDULE = {"phases": Older(_phases, members={"coupon": ("coupon",)})}


# payments


def _invoice_of(w: Work, intent: str | Doc | None) -> str | None:
    """The invoice that an intent pays: there is at most one whose default payment it is."""
    id = intent["id"] if isinstance(intent, dict) else intent
    found = w.find("invoice_payment", {"payment.payment_intent": id}) if id else ()
    return found[-1]["invoice"] if found else None


CHARGE = {"invoice": Older(lambda w, charge: _invoice_of(w, charge["payment_intent"]), ("invoice",))}
PAYMENT_INTENT = {"invoice": Older(_invoice_of, ("invoice",))}


# prices


def _aggregated(w: Work, price: Doc) -> Doc | None:
    recurring = price["recurring"]
    return {"aggregate_usage": aggregate_usage(w, price, recurring), **recurring} if recurring else None


def aggregate_usage(w: Work, price: Doc, recurring: Doc) -> str | None:
    """What became of the usage of a period; a meter's own formula was never shown here."""
    recorded = recurring["usage_type"] == "metered" and not recurring.get("meter")
    return records.aggregation(w, price) if recorded else None


PRICE = {"recurring": Older(_aggregated)}
PLAN = {"aggregate_usage": Older(lambda w, plan: aggregate_usage(w, plan, plan))}


# credit notes


def _refund(w: Work, note: Doc) -> str | Doc | None:
    found = note.get("refunds") or ()
    refund: str | Doc | None = found[0]["refund"] if found else None
    return refund


CREDIT_NOTE = {
    "refund": Older(_refund, ("refund",)),
    "tax_amounts": Older(lambda w, note: levies(note.get("total_taxes")), members=LEVIED),
}


def _included(line: Doc) -> int:
    return sum(int(levy["amount"]) for levy in line.get("taxes") or () if levy["tax_behavior"] == "inclusive")


CREDIT_NOTE_LINE = {
    "amount_excluding_tax": Older(lambda w, line: int(line["amount"]) - _included(line)),
    "tax_amounts": Older(lambda w, line: levies(line.get("taxes")), members=LEVIED),
    "unit_amount_excluding_tax": Older(lambda w, line: line.get("unit_amount_decimal")),
}


# checkout


def _shipping(w: Work, session: Doc) -> Doc | None:
    collected: Doc = session.get("collected_information") or {}
    shipping: Doc | None = collected.get("shipping_details")
    return shipping


CHECKOUT_SESSION = {"shipping_details": Older(_shipping)}
