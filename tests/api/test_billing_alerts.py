"""Billing alerts: a customer's usage of a meter reaches a threshold, and that is told once."""

from typing import Any

import pytest
import stripe
from api.life import DAY, START, Life
from api.usage import meter, refused, report


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def alert(life: Life, by: str, gte: int = 100, **params: Any) -> stripe.billing.Alert:
    threshold = {"gte": gte, "meter": by, "recurrence": "one_time", **params.pop("threshold", {})}
    made: Any = {"alert_type": "usage_threshold", "title": "Many calls", "usage_threshold": threshold, **params}
    return life.client.v1.billing.alerts.create(made)


def triggered(life: Life) -> list[tuple[str, int]]:
    """The customers and usages that alerts have told of since the last look."""
    told = [event.data.object for event in life.new_events() if event.type == "billing.alert.triggered"]
    return [(each["customer"], each["value"]) for each in told]


def test_an_alert_says_what_it_waits_for(life: Life) -> None:
    by, customer = meter(life).id, life.customer().id
    made = alert(life, by, threshold={"filters": [{"type": "customer", "customer": customer}]})
    assert made.to_dict() == {
        "id": made.id,
        "object": "billing.alert",
        "alert_type": "usage_threshold",
        "livemode": False,
        "status": "active",
        "title": "Many calls",
        "usage_threshold": {
            "filters": [{"customer": customer, "type": "customer"}],
            "gte": 100,
            "meter": by,
            "recurrence": "one_time",
        },
    }
    assert made.id.startswith("alrt_")
    assert life.client.v1.billing.alerts.retrieve(made.id) == made
    assert life.events() == []


def test_it_triggers_once_for_each_customer(life: Life) -> None:
    by, ada, bea = meter(life).id, life.customer().id, life.customer().id
    made = alert(life, by)
    report(life, ada, 60)
    report(life, bea, 99)
    assert triggered(life) == []
    report(life, ada, 40)
    [event] = life.new_events()
    assert event.data.object.to_dict() == {
        "object": "billing.alert_triggered",
        "alert": made.to_dict(),
        "created": START,
        "customer": ada,
        "livemode": False,
        "value": 100,
    }
    report(life, ada, 1000)
    assert triggered(life) == []
    life.advance(40 * DAY)
    report(life, bea, "1.5")
    assert triggered(life) == [(bea, 100)]


def test_it_may_be_for_one_customer_alone(life: Life) -> None:
    by, ada, bea = meter(life).id, life.customer().id, life.customer().id
    alert(life, by, threshold={"filters": [{"type": "customer", "customer": bea}]})
    report(life, ada, 100)
    report(life, bea, 100)
    assert triggered(life) == [(bea, 100)]


def test_meters_that_count_and_others_that_nobody_watches(life: Life) -> None:
    counting, summing = meter(life, "count", "visits"), meter(life)
    ada = life.customer().id
    alert(life, counting.id, 2)
    for _ in range(2):
        report(life, ada, 1000)
    assert triggered(life) == []
    for _ in range(2):
        report(life, ada, 5, event_name="visits")
    assert triggered(life) == [(ada, 2)]
    assert life.client.v1.billing.alerts.list({"meter": summing.id}).data == []


def test_an_inactive_alert_is_silent_and_triggers_again_when_it_is_activated(life: Life) -> None:
    by, ada = meter(life).id, life.customer().id
    alerts = life.client.v1.billing.alerts
    made = alert(life, by)
    report(life, ada, 100)
    assert triggered(life) == [(ada, 100)]
    assert alerts.deactivate(made.id).status == "inactive"
    report(life, ada, 100)
    assert triggered(life) == []
    assert alerts.activate(made.id).status == "active"
    report(life, ada, 1)
    assert triggered(life) == [(ada, 201)]


def test_an_archived_alert_is_gone_for_good(life: Life) -> None:
    by, ada = meter(life).id, life.customer().id
    alerts = life.client.v1.billing.alerts
    made, other = alert(life, by), alert(life, by, 200)
    assert [each.id for each in alerts.list({"alert_type": "usage_threshold"}).data] == [other.id, made.id]
    assert alerts.archive(made.id).status == "archived"
    assert [each.id for each in alerts.list().data] == [other.id]
    report(life, ada, 100)
    assert triggered(life) == []
    for verb, message in (("activate", "archived"), ("deactivate", "archived"), ("archive", "archived already")):
        refused(lambda verb=verb: getattr(alerts, verb)(made.id), message)
    refused(lambda: alerts.activate(other.id), "Only inactive alerts can be activated; this one is active.")


def test_what_no_alert_can_wait_for(life: Life) -> None:
    by = meter(life).id
    where = "usage_threshold"
    refused(lambda: alert(life, "mtr_none"), "No such billing.meter", param=f"{where}[meter]")
    refused(lambda: alert(life, by, 0), "must be greater than 0", param=f"{where}[gte]")
    refused(lambda: alert(life, by, title="x" * 257), "at most 256 characters", param="title")
    refused(lambda: alert(life, by, usage_threshold=""), "usage_threshold", param=where)
    nobody: Any = {"type": "customer", "customer": "cus_none"}
    refused(
        lambda: alert(life, by, threshold={"filters": [nobody]}),
        "No such customer",
        param=f"{where}[filters][0][customer]",
    )
    refused(
        lambda: alert(life, by, threshold={"filters": [{"type": "customer"}]}),
        "Missing required param",
        param=f"{where}[filters][0][customer]",
    )
    refused(lambda: alert(life, by, threshold={"filters": [nobody] * 2}), "up to 1 filter", param=f"{where}[filters]")
    life.client.v1.billing.meters.deactivate(by)
    refused(lambda: alert(life, by), "is inactive", param=f"{where}[meter]")
