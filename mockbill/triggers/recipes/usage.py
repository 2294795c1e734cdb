"""Meters and what follows from their usage; credits; entitlements; and the account's own odds and ends."""

from mockbill.billing.files import uploads
from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.plain import GRANT, METER
from mockbill.triggers.registry import fresh
from mockbill.world import Doc


@fresh("billing.meter.deactivated")
def deactivated(c: Cause) -> None:
    c.post(f"/v1/billing/meters/{METER.make(c)['id']}/deactivate")


@fresh("billing.meter.reactivated")
def reactivated(c: Cause) -> None:
    id = METER.make(c)["id"]
    c.post(f"/v1/billing/meters/{id}/deactivate")
    c.post(f"/v1/billing/meters/{id}/reactivate")


@fresh("billing.alert.triggered", sets="POST /v1/billing/alerts")
def alerted(c: Cause) -> None:
    """A customer's usage reaches a hundred."""
    meter, customer = METER.make(c), c.customer()
    price: Doc = c.post(
        "/v1/prices",
        currency=c.currency,
        unit_amount=4,
        product_data={"name": "Requests"},
        recurring={"interval": "month", "usage_type": "metered", "meter": meter["id"]},
    )
    c.subscription(customer, items=[{"price": price["id"]}])
    threshold = {"gte": 100, "meter": meter["id"], "recurrence": "one_time"}
    c.post("/v1/billing/alerts", title="Many requests", alert_type="usage_threshold", usage_threshold=threshold)
    used = {"stripe_customer_id": customer, "value": "100"}
    c.post("/v1/billing/meter_events", event_name=meter["event_name"], payload=used)


@fresh("billing.credit_balance_transaction.created", sets="POST /v1/billing/credit_grants")
def credited(c: Cause) -> None:
    GRANT.make(c)


@fresh("entitlements.active_entitlement_summary.updated", sets="POST /v1/subscriptions")
def entitled(c: Cause) -> Doc:
    """A subscription to a product with a feature."""
    product: Doc = c.post("/v1/products", name="Pro")
    feature: Doc = c.post("/v1/entitlements/features", name="API", lookup_key=f"api_{c.text()}")
    c.post(f"/v1/products/{product['id']}/features", entitlement_feature=feature["id"])
    price: Doc = c.post(
        "/v1/prices", product=product["id"], currency=c.currency, unit_amount=2000, recurring={"interval": "month"}
    )
    return c.subscription(items=[{"price": price["id"]}])


@fresh("tax.settings.updated", sets="POST /v1/tax/settings")
def tax_settings_updated(c: Cause) -> None:
    known: Doc = c.get("/v1/tax/settings")
    other = "inclusive" if known["defaults"]["tax_behavior"] == "exclusive" else "exclusive"
    c.post("/v1/tax/settings", defaults={"tax_behavior": other})


@fresh("file.created")
def uploaded(c: Cause) -> None:
    with c.work() as w:
        content = {"filename": "evidence.pdf", "content": b"%PDF-1.4\n%%EOF\n"}
        uploads.create(w, {"file": content, "purpose": "dispute_evidence"})


@fresh("test_helpers.test_clock.advancing", "test_helpers.test_clock.ready")
def advanced(c: Cause) -> None:
    clock = c.clock()
    c.advance(clock["id"], clock["frozen_time"] + 3600)
