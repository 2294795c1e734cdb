"""Meters, their events, adjustments and summaries."""

from mockbill.billing.usage import events, meters, summaries
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

resource(
    "billing.meter",
    "/v1/billing/meters/{id}",
    create=meters.create,
    update=meters.update,
    actions={"deactivate": meters.deactivate, "reactivate": meters.reactivate},
    filters={"status": "status"},
)


@handles("POST /v1/billing/meter_events")
def _event(call: Call) -> Doc:
    return events.take(call.work, call.params)


@handles("POST /v1/billing/meter_event_adjustments")
def _adjustment(call: Call) -> Doc:
    return events.cancel(call.work, call.params)


@handles("GET /v1/billing/meters/{id}/event_summaries")
def _summaries(call: Call) -> Doc:
    meter = call.work.need("billing.meter", call.id)
    found = summaries.of(call.work, meter, call.params)
    return lists.page_of(found, call.params, call.path, "billing.meter_event_summary")
