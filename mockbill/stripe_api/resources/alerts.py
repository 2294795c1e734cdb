"""Billing alerts."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import alerts
from mockbill.stripe_api.registry import resource
from mockbill.world import Doc, Work


def _not_archived(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    return lambda alert: alert["status"] != "archived"


resource(
    alerts.KIND,
    "/v1/billing/alerts/{id}",
    create=alerts.create,
    actions={"activate": alerts.activate, "archive": alerts.archive, "deactivate": alerts.deactivate},
    filters={"alert_type": "alert_type", "meter": "usage_threshold.meter"},
    keep=_not_archived,
)
