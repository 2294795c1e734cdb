"""Customers, and what hangs on them: discounts, cards of the older kind, tax ids, cash."""

from datetime import UTC, datetime
from typing import Any

from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.plain import NOTED
from mockbill.triggers.registry import fresh, on
from mockbill.world import Doc

_CREATE, _UPDATE = "POST /v1/customers", "POST /v1/customers/{customer}"
_SOURCES = "POST /v1/customers/{customer}/sources"


@fresh("customer.created", sets=_CREATE)
def created(c: Cause) -> None:
    c.post("/v1/customers", name="Jenny Rosen", email="jenny.rosen@example.com")


@fresh("customer.updated", sets=_UPDATE, newest="customer")
def updated(c: Cause) -> None:
    c.post(f"/v1/customers/{c.customer()}", NOTED)


@on("customer", "customer.updated", sets=_UPDATE)
def update(c: Cause, customer: Doc) -> None:
    c.post(f"/v1/customers/{customer['id']}", _other_note(customer))


@fresh("customer.deleted")
def deleted(c: Cause) -> None:
    c.delete(f"/v1/customers/{c.customer()}")


# discounts: on a subscription, for newer versions give customers none


@fresh("customer.discount.created", sets="POST /v1/subscriptions")
def discount_created(c: Cause) -> None:
    c.subscription(discounts=[{"coupon": _coupon(c)}])


@fresh("customer.discount.deleted")
def discount_deleted(c: Cause) -> None:
    subscription = c.subscription(discounts=[{"coupon": _coupon(c)}])
    c.delete(f"/v1/subscriptions/{subscription['id']}/discount")


@fresh("customer.discount.updated")
def discount_updated(c: Cause) -> None:
    """A coupon takes the place of another, which only versions before 2025-03-31 (basil) can have."""
    first, second, customer = _coupon(c), _coupon(c), c.customer()
    c.post_as("2025-02-24.acacia", f"/v1/customers/{customer}", coupon=first)
    c.post_as("2025-02-24.acacia", f"/v1/customers/{customer}", coupon=second)


def _coupon(c: Cause) -> str:
    coupon: Doc = c.post("/v1/coupons", percent_off=20, duration="forever")
    return str(coupon["id"])


# sources


@fresh("customer.source.created", sets=_SOURCES)
def source_created(c: Cause) -> None:
    _card(c, c.customer(None))


@fresh("customer.source.updated", sets="POST /v1/customers/{customer}/sources/{id}")
def source_updated(c: Cause) -> None:
    customer = c.customer(None)
    c.post(f"/v1/customers/{customer}/sources/{_card(c, customer)}", name="Jenny Rosen-Diaz")


@fresh("customer.source.expiring")
def source_expiring(c: Cause) -> None:
    """A card's last month has begun; when in that month Stripe tells of it is not established, here it is at once."""
    customer = c.customer(None)
    today = datetime.fromtimestamp(c.now, UTC)
    path = f"/v1/customers/{customer}/sources/{_card(c, customer)}"
    card: Doc = c.post(path, exp_month=today.month, exp_year=today.year)
    with c.work() as w:
        w.emit("customer.source.expiring", card)


@fresh("customer.source.deleted")
def source_deleted(c: Cause) -> None:
    customer = c.customer(None)
    c.delete(f"/v1/customers/{customer}/sources/{_card(c, customer)}")


def _card(c: Cause, customer: str) -> str:
    card: Doc = c.post(f"/v1/customers/{customer}/sources", source="tok_visa")
    return str(card["id"])


# tax ids


@fresh("customer.tax_id.created", sets="POST /v1/customers/{customer}/tax_ids")
def tax_id_created(c: Cause) -> None:
    _tax_id(c, c.customer(None))


@fresh("customer.tax_id.updated")
def tax_id_updated(c: Cause) -> None:
    """Its verification comes to its end, a little later."""
    c.fall_due("tax_id", _tax_id(c, c.customer(None))["id"])


@fresh("customer.tax_id.deleted")
def tax_id_deleted(c: Cause) -> None:
    customer = c.customer(None)
    c.delete(f"/v1/customers/{customer}/tax_ids/{_tax_id(c, customer)['id']}")


def _tax_id(c: Cause, customer: str) -> Doc:
    made: Doc = c.post(f"/v1/customers/{customer}/tax_ids", type="eu_vat", value="DE123456789")
    return made


# cash


@fresh(
    "customer_cash_balance_transaction.created",
    "cash_balance.funds_available",
    sets="POST /v1/test_helpers/customers/{customer}/fund_cash_balance",
)
def funded(c: Cause) -> None:
    c.post(f"/v1/test_helpers/customers/{c.customer(None)}/fund_cash_balance", amount=1000, currency="usd")


def _other_note(doc: Doc) -> dict[str, Any]:
    """An update that changes something, even when it is done once more."""
    noted = int(doc["metadata"].get("triggered") or 0)
    return {"metadata": {"triggered": str(noted + 1)}}
