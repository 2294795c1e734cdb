"""Billing alerts: a customer's usage of a meter has reached a threshold (stripe-behaviour.md 2.18).

``recurrence=one_time``: an alert triggers once for each customer whose whole usage of the meter, since its first event,
is at its threshold or above; one that was reached before the alert was there triggers with the next event.  (Which
usage Stripe counts is not established.)  To whom it was told is kept beside the alert (``alert``).
"""

from typing import Any

from mockbill.billing import fields
from mockbill.billing.usage import ledger
from mockbill.rules import usage
from mockbill.world import Doc, Problem, Work

KIND = "billing.alert"
_MOST_FILTERS = 1
_LONGEST_TITLE = 256


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/alerts``: ``title``, and a ``usage_threshold`` of a meter, for one customer or for all."""
    asked = params.get("usage_threshold")
    if not asked:
        raise Problem("Missing required param: usage_threshold.", code="parameter_missing", param="usage_threshold")
    if len(params["title"]) > _LONGEST_TITLE:
        raise Problem(f"Invalid string: must be at most {_LONGEST_TITLE} characters", param="title")
    meter = w.need("billing.meter", asked["meter"], "usage_threshold[meter]")
    if meter["status"] != "active":
        raise Problem(f"The meter {meter['id']} is inactive.", param="usage_threshold[meter]")
    if asked["gte"] <= 0:
        raise Problem(
            "This value must be greater than 0.", code="parameter_invalid_integer", param="usage_threshold[gte]"
        )
    filters = _filters(w, asked.get("filters") or [])
    threshold = fields.fitted(KIND, ("usage_threshold",), {**asked, "filters": filters})
    own = {"alert_type": params["alert_type"], "status": "active", "title": params["title"]}
    return w.add(KIND, **own, usage_threshold=threshold)


def activate(w: Work, alert: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/alerts/{id}/activate``: it may trigger again, also for those to whom it was told already."""
    _check_status(alert, "inactive", "activated")
    w.keep("alert", alert["id"], told=[])
    return w.change(alert, status="active")


def deactivate(w: Work, alert: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/alerts/{id}/deactivate``: it triggers no more, until it is activated."""
    _check_status(alert, "active", "deactivated")
    return w.change(alert, status="inactive")


def archive(w: Work, alert: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/alerts/{id}/archive``: for good, and out of the list."""
    if alert["status"] == "archived":
        raise Problem("This alert is archived already.")
    return w.change(alert, status="archived")


def on_usage(w: Work, meter: Doc, customer: str, at: int) -> None:
    """A customer's usage of a meter has changed: ``billing.alert.triggered`` of each alert that it has reached.

    Costs a look into an empty table where there are no alerts.
    """
    alerts = w.find(KIND, {"usage_threshold.meter": meter["id"]}, status="active") if w.tables[KIND].rows else ()
    waiting = [alert for alert in alerts if _is_for(alert, customer) and customer not in _told(w, alert)]
    if not waiting:
        return
    value = ledger.total(w, meter, customer, 0, w.now + usage.FUTURE + 1)
    for alert in waiting:
        if value >= alert["usage_threshold"]["gte"]:
            w.keep("alert", alert["id"], told=[*_told(w, alert), customer])
            w.emit("billing.alert.triggered", _triggered(w, alert, customer, int(value)))


def _triggered(w: Work, alert: Doc, customer: str, value: int) -> Doc:
    """The object of the event, which has no id; ``value`` is the usage in whole units."""
    return {
        "object": "billing.alert_triggered",
        "alert": alert,
        "created": w.now,
        "customer": customer,
        "livemode": False,
        "value": value,
    }


def _told(w: Work, alert: Doc) -> list[str]:
    return list((w.private("alert", alert["id"]) or {}).get("told") or ())


def _is_for(alert: Doc, customer: str) -> bool:
    filters = alert["usage_threshold"]["filters"]
    return not filters or any(each["customer"] == customer for each in filters)


def _filters(w: Work, asked: list[dict[str, Any]]) -> list[Doc]:
    if len(asked) > _MOST_FILTERS:
        raise Problem(f"You can specify up to {_MOST_FILTERS} filter.", param="usage_threshold[filters]")
    for position, each in enumerate(asked):
        where = f"usage_threshold[filters][{position}][customer]"
        if not each.get("customer"):
            raise Problem(f"Missing required param: {where}.", code="parameter_missing", param=where)
        w.need("customer", each["customer"], where)
    return asked


def _check_status(alert: Doc, needed: str, what: str) -> None:
    if alert["status"] != needed:
        raise Problem(f"Only {needed} alerts can be {what}; this one is {alert['status']}.")
