"""Usage records, as integrations of before basil tell of usage: by subscription item and second."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from api.usage import NEXT_MONTH, meter, metered, shown
from api.wire import Wire

OLD = "2024-06-20"
CALLS = "currency=usd&unit_amount=4&product_data[name]=Calls"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def old_price(wire: Wire, more: str = "") -> str:
    """A price of 4 cents a unit, billed by records."""
    asked = f"{CALLS}&recurring[interval]=month&recurring[usage_type]=metered"
    made = wire.post("/v1/prices", asked + more, Stripe_Version=OLD)
    assert made.status_code == 200, made.text
    return str(made.json()["id"])


def subscribed(life: Life, wire: Wire, more: str = "") -> tuple[stripe.Subscription, str]:
    """A subscription to such a price, and the id of its item."""
    price = life.client.v1.prices.retrieve(old_price(wire, more))
    subscription = life.subscribe(life.customer(), price, billing_mode={"type": "classic"})
    return subscription, subscription["items"].data[0].id


def record(wire: Wire, item: str, quantity: int, more: str = "", status: int = 200) -> dict[str, Any]:
    answer = wire.post(f"/v1/subscription_items/{item}/usage_records", f"quantity={quantity}{more}", Stripe_Version=OLD)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told.get("error", told)


def test_a_month_of_records_is_billed_after_it(life: Life, wire: Wire) -> None:
    subscription, item = subscribed(life, wire)
    made = record(wire, item, 10)
    assert made == {
        "id": made["id"],
        "object": "usage_record",
        "livemode": False,
        "quantity": 10,
        "subscription_item": item,
        "timestamp": START,
    }
    record(wire, item, 5, "&action=increment&timestamp=now")  # in the same second: 15
    life.advance(DAY)
    record(wire, item, 100)
    record(wire, item, 7, "&action=set")  # and not 100
    life.advance_to(NEXT_MONTH)
    assert shown(life.subscription(subscription.id).latest_invoice) == [("22 × Calls (at $0.04 / month)", 88)]
    record(wire, item, 1, f"&timestamp={NEXT_MONTH - 1}")  # within five minutes it still counts
    assert life.subscription(subscription.id).latest_invoice.total == 92


@pytest.mark.parametrize(
    ("how", "first", "second"),
    [("sum", 6, 0), ("max", 4, 0), ("last_during_period", 2, 0), ("last_ever", 2, 2)],
)
def test_what_records_come_to(life: Life, wire: Wire, how: str, first: int, second: int) -> None:
    subscription, item = subscribed(life, wire, f"&recurring[aggregate_usage]={how}")
    record(wire, item, 4)
    life.advance(DAY)
    record(wire, item, 2)
    life.advance_to(NEXT_MONTH)
    assert life.subscription(subscription.id).latest_invoice.total == 4 * first
    life.advance(31 * DAY)  # a month in which nothing is told
    assert life.subscription(subscription.id).latest_invoice.total == 4 * second


def test_the_summaries_tell_of_the_period_that_runs_and_of_those_billed(life: Life, wire: Wire) -> None:
    subscription, item = subscribed(life, wire)
    record(wire, item, 10)
    life.advance_to(NEXT_MONTH)
    record(wire, item, 3)
    path = f"/v1/subscription_items/{item}/usage_record_summaries"
    running, billed = wire.get(path, Stripe_Version=OLD).json()["data"]
    assert (running["total_usage"], running["invoice"], running["period"]) == (
        3,
        None,
        {"end": None, "start": NEXT_MONTH},
    )
    invoice = life.subscription(subscription.id).latest_invoice.id
    assert (billed["total_usage"], billed["invoice"], billed["period"]) == (
        10,
        invoice,
        {"end": NEXT_MONTH, "start": START},
    )
    assert wire.get(f"{path}?limit=1", Stripe_Version=OLD).json()["has_more"]


TIERS = (
    "&billing_scheme=tiered&tiers_mode=graduated&tiers[0][up_to]=10&tiers[0][unit_amount]=4&tiers[0][flat_amount]=100"
    "&tiers[1][up_to]=inf&tiers[1][flat_amount]=50"
)


def test_there_is_one_summary_for_each_bill_however_many_tiers_it_has(life: Life, wire: Wire) -> None:
    asked = "currency=usd&product_data[name]=Calls&recurring[interval]=month&recurring[usage_type]=metered"
    price = wire.post("/v1/prices", asked + TIERS, Stripe_Version=OLD).json()["id"]
    subscription = life.subscribe(life.customer(), life.client.v1.prices.retrieve(price))
    item = subscription["items"].data[0].id
    record(wire, item, 25)
    life.advance_to(NEXT_MONTH)
    late = record(wire, item, 5, f"&timestamp={NEXT_MONTH - 1}")
    assert late["quantity"] == 5
    assert len(life.subscription(subscription.id).latest_invoice.lines.data) > 1
    life.advance(40 * DAY)
    told = wire.get(f"/v1/subscription_items/{item}/usage_record_summaries", Stripe_Version=OLD).json()["data"]
    assert [each["total_usage"] for each in told] == [0, 0, 30]
    assert len({each["id"] for each in told}) == 3


def test_the_highest_of_many_records_is_known_whatever_is_set_later(life: Life, wire: Wire) -> None:
    subscription, item = subscribed(life, wire, "&recurring[aggregate_usage]=max")
    for quantity in (3, 9, 5):
        record(wire, item, quantity, "&action=set")
        life.advance(DAY)
    record(wire, item, 4)
    record(wire, item, 4)  # of the same second: 8
    record(wire, item, 2, f"&action=set&timestamp={START + DAY}")  # no longer 9
    life.advance_to(NEXT_MONTH)
    assert shown(life.subscription(subscription.id).latest_invoice) == [("8 × Calls (at $0.04 / month)", 32)]


def test_prices_of_before_tell_how_they_aggregate(wire: Wire) -> None:
    price = old_price(wire, "&recurring[aggregate_usage]=max")
    shown = wire.get(f"/v1/prices/{price}", Stripe_Version=OLD).json()["recurring"]
    assert (shown["aggregate_usage"], shown["usage_type"]) == ("max", "metered")
    assert wire.get(f"/v1/plans/{price}", Stripe_Version=OLD).json()["aggregate_usage"] == "max"
    plan = "amount=4&currency=usd&interval=month&usage_type=metered&aggregate_usage=last_ever&product[name]=P"
    assert wire.post("/v1/plans", plan, Stripe_Version=OLD).json()["aggregate_usage"] == "last_ever"


def test_what_cannot_be_recorded(life: Life, wire: Wire) -> None:
    _, item = subscribed(life, wire)
    assert record(wire, item, 1, f"&timestamp={START + 60}", status=400)["code"] == "timestamp_in_future"
    assert record(wire, item, 1, f"&timestamp={START - 301}", status=400)["code"] == "timestamp_too_far_in_past"
    assert record(wire, item, -1, status=400)["param"] == "quantity"
    licensed = life.subscribe(life.customer(), life.price())["items"].data[0].id
    assert "not metered" in record(wire, licensed, 1, status=400)["message"]
    by_meter = life.subscribe(life.customer(), metered(life, meter(life)))["items"].data[0].id
    assert "backed by a meter" in record(wire, by_meter, 1, status=400)["message"]
    assert record(wire, "si_nobody", 1, status=404)["code"] == "resource_missing"


def test_an_item_with_usage_is_only_removed_with_it(life: Life, wire: Wire) -> None:
    subscription, item = subscribed(life, wire)
    price = life.client.v1.prices.retrieve(old_price(wire))
    life.client.v1.subscription_items.create({"subscription": subscription.id, "price": price.id})
    record(wire, item, 10)
    with pytest.raises(stripe.InvalidRequestError, match="clear_usage=true"):
        life.client.v1.subscription_items.delete(item)
    assert life.client.v1.subscription_items.delete(item, {"clear_usage": True}).deleted


def test_records_reach_thresholds(life: Life, wire: Wire) -> None:
    subscription, item = subscribed(life, wire)
    life.client.v1.subscriptions.update(subscription.id, {"billing_thresholds": {"amount_gte": 100}})
    assert record(wire, item, 25, "&action=set", status=400)["param"] == "action"
    record(wire, item, 24)
    record(wire, item, 1)
    invoice = life.subscription(subscription.id).latest_invoice
    assert (invoice.billing_reason, invoice.total) == ("subscription_threshold", 100)
    life.advance(HOUR)
    assert life.subscription(subscription.id).latest_invoice.amount_paid == 100


def test_today_there_are_none(wire: Wire) -> None:
    today = {"Stripe_Version": "2025-03-31.basil"}
    asked = f"{CALLS}&recurring[interval]=month&recurring[usage_type]=metered"
    assert wire.error(wire.post("/v1/prices", asked, **today), 400)["param"] == "recurring[meter]"
    unknown = wire.post("/v1/prices", f"{asked}&recurring[aggregate_usage]=sum", **today)
    assert wire.error(unknown, 400)["code"] == "parameter_unknown"
    wire.error(wire.post("/v1/subscription_items/si_x/usage_records", "quantity=1", **today), 404)
