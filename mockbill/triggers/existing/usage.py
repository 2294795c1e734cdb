"""Meters, alerts and features that exist."""

from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

METER, ALERT = "billing.meter", "billing.alert"


@on(METER, "billing.meter.updated", sets="POST /v1/billing/meters/{id}")
def update(c: Cause, meter: Doc) -> None:
    c.post(f"/v1/billing/meters/{meter['id']}", display_name=f"{meter['display_name']}, renamed")


@on(METER, "billing.meter.deactivated")
def deactivate(c: Cause, meter: Doc) -> None:
    c.post(f"/v1/billing/meters/{meter['id']}/deactivate")


@on(METER, "billing.meter.reactivated")
def reactivate(c: Cause, meter: Doc) -> None:
    c.post(f"/v1/billing/meters/{meter['id']}/reactivate")


@on(ALERT, "billing.alert.triggered")
def reach(c: Cause, alert: Doc) -> None:
    """Its customer, or a fresh one, uses as much as it waits for."""
    threshold = alert["usage_threshold"]
    meter = c.world.fetch(METER, threshold["meter"])
    if alert["status"] != "active" or meter is None:
        raise c.not_now(f"{alert['id']} is {alert['status']}: only active alerts are triggered.")
    filters = threshold["filters"] or []
    customer = filters[0]["customer"] if filters else c.customer()
    payload = {
        meter["customer_mapping"]["event_payload_key"]: customer,
        meter["value_settings"]["event_payload_key"]: str(threshold["gte"]),
    }
    if meter["default_aggregation"]["formula"] == "count" and threshold["gte"] > 1:
        for _ in range(threshold["gte"] - 1):
            c.post("/v1/billing/meter_events", event_name=meter["event_name"], payload=payload)
    c.post("/v1/billing/meter_events", event_name=meter["event_name"], payload=payload)
