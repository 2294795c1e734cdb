"""When a subscription begins and what its billing cycle is anchored to: anchors, their config, backdating, trials."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, Life

OCT_15 = 1_792_022_400  # 2026-10-15T00:00:00Z


def at(month: int, day: int = 1, year: int = 2026, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, OCT_15)


def subscribe(life: Life, amount: int = 3100, *, interval: str = "month", **params: Any) -> stripe.Subscription:
    return life.subscribe(life.customer(), life.price(amount, interval=interval), **params)


def lines(invoice: stripe.Invoice) -> Sequence[tuple[int, int, int]]:
    return [(line.amount, line.period.start, line.period.end) for line in invoice.lines.data]


def period(subscription: stripe.Subscription) -> tuple[int, int]:
    item = subscription["items"].data[0]
    return item.current_period_start, item.current_period_end


def test_an_anchor_ahead_charges_a_part_now_and_then_whole_months(life: Life) -> None:
    # 17 of the 31 days from 15 October to 15 November, of 31 dollars
    subscription = subscribe(life, billing_cycle_anchor=at(11))
    assert lines(subscription.latest_invoice) == [(1700, OCT_15, at(11))]
    line = subscription.latest_invoice.lines.data[0]
    assert line.description == "Time on Pro from 15 Oct 2026 until 1 Nov 2026"
    assert line.parent.subscription_item_details.proration is True
    assert (subscription.billing_cycle_anchor, period(subscription)) == (at(11), (OCT_15, at(11)))
    life.advance_to(at(11) + HOUR)
    renewed = life.subscription(subscription.id)
    assert lines(renewed.latest_invoice) == [(3100, at(11), at(12))]
    assert renewed.billing_cycle_anchor == at(11)


def test_without_prorations_the_time_until_the_anchor_is_free_and_has_no_invoice(life: Life) -> None:
    customer, price = life.customer(), life.price()
    subscription = life.subscribe(customer, price, billing_cycle_anchor=at(11), proration_behavior="none")
    assert (subscription.status, subscription.latest_invoice) == ("active", None)
    assert life.events() == ["customer.updated", "customer.subscription.created"]
    life.advance_to(at(11) + HOUR)
    assert life.subscription(subscription.id).latest_invoice.amount_paid == 2000


@pytest.mark.parametrize(
    ("anchor", "message"),
    [
        (at(10), "must be in the future"),
        (OCT_15, "must be in the future"),
        (at(11, 15) + 1, "cannot be later than next natural billing date"),
    ],
)
def test_an_anchor_lies_in_the_coming_interval(life: Life, anchor: int, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        subscribe(life, billing_cycle_anchor=anchor)
    assert refused.value.param == "billing_cycle_anchor"


def test_an_anchor_config_finds_the_next_such_day(life: Life) -> None:
    subscription = subscribe(life, billing_cycle_anchor_config={"day_of_month": 1, "hour": 12})
    assert subscription.billing_cycle_anchor == at(11, hour=12)
    assert subscription.billing_cycle_anchor_config.to_dict() == {
        "day_of_month": 1,
        "hour": 12,
        "minute": None,
        "month": None,
        "second": None,
    }
    assert subscription.latest_invoice.total == 1750  # 17.5 of 31 days


def test_a_config_of_the_31st_bills_on_the_last_day_of_shorter_months(life: Life) -> None:
    subscription = subscribe(life, billing_cycle_anchor_config={"day_of_month": 31})
    ends = [period(subscription)[1]]
    for _ in range(2):
        life.advance_to(ends[-1])
        ends.append(period(life.subscription(subscription.id))[1])
    assert ends == [at(10, 31), at(11, 30), at(12, 31)]


def test_a_config_with_a_month_anchors_a_year(life: Life) -> None:
    # 78 of 365 days, from 15 October to 1 January
    subscription = subscribe(life, 36500, interval="year", billing_cycle_anchor_config={"day_of_month": 1, "month": 1})
    assert lines(subscription.latest_invoice) == [(7800, OCT_15, at(1, year=2027))]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"billing_cycle_anchor": at(11), "billing_cycle_anchor_config": {"day_of_month": 1}}, "only specify one"),
        ({"billing_cycle_anchor_config": {"day_of_month": 32}}, "between 1 and 31"),
        ({"billing_cycle_anchor_config": {"day_of_month": 1, "hour": 24}}, "between 0 and 23"),
        ({"billing_cycle_anchor_config": {"day_of_month": 1, "month": 2}}, "natural billing date"),
        ({"interval": "week", "billing_cycle_anchor_config": {"day_of_month": 1}}, "monthly and yearly"),
        ({"backdate_start_date": OCT_15 + 1}, "in the past"),
        ({"interval": "day", "backdate_start_date": OCT_15 - 250 * DAY}, "up to 250"),
    ],
)
def test_dates_that_cannot_be_are_refused(life: Life, params: dict[str, Any], message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        subscribe(life, **params)
    assert life.events() == []


def test_a_backdated_subscription_is_charged_for_each_period_since_its_start(life: Life) -> None:
    # Anchored today: a stub of 14 of the 30 days from 1 September, then whole months on the 15th.
    subscription = subscribe(life, 3000, backdate_start_date=at(9))
    assert lines(subscription.latest_invoice) == [
        (1400, at(9), at(9, 15)),
        (3000, at(9, 15), OCT_15),
        (3000, OCT_15, at(11, 15)),
    ]
    assert (subscription.start_date, subscription.billing_cycle_anchor) == (at(9), OCT_15)
    assert period(subscription) == (OCT_15, at(11, 15))


def test_classic_billing_has_one_line_for_all_the_time_since_then(life: Life) -> None:
    # 1 September to 1 October is a month, and 14 of October's 31 days follow: 1 + 14/31 of 31 dollars.
    subscription = subscribe(life, backdate_start_date=at(9), billing_mode={"type": "classic"})
    assert lines(subscription.latest_invoice) == [(4500, at(9), OCT_15), (3100, OCT_15, at(11, 15))]


def test_a_backdated_subscription_keeps_its_next_billing_date(life: Life) -> None:
    subscription = subscribe(life, backdate_start_date=at(9), billing_cycle_anchor=at(11))
    assert lines(subscription.latest_invoice) == [(3100, at(9), at(10)), (3100, at(10), at(11))]
    assert period(subscription) == (at(10), at(11))


def test_backdating_without_prorations_charges_nothing_for_the_past(life: Life) -> None:
    today = subscribe(life, backdate_start_date=at(9), proration_behavior="none")
    assert lines(today.latest_invoice) == [(3100, OCT_15, at(11, 15))]
    later = subscribe(life, backdate_start_date=at(9), billing_cycle_anchor=at(11), proration_behavior="none")
    assert (later.status, later.start_date, later.latest_invoice) == ("active", at(9), None)
    life.advance_to(at(11) + HOUR)
    assert life.subscription(later.id).latest_invoice.amount_paid == 3100


def test_a_trial_before_an_anchor_is_followed_by_a_prorated_period(life: Life) -> None:
    # free until 25 October; then 7 of the 31 days from 25 October to 25 November
    subscription = subscribe(life, trial_end=at(10, 25), billing_cycle_anchor=at(11))
    assert (subscription.status, subscription.latest_invoice.total) == ("trialing", 0)
    assert (period(subscription), subscription.billing_cycle_anchor) == ((OCT_15, at(10, 25)), at(11))
    life.advance_to(at(10, 25) + HOUR)
    converted = life.subscription(subscription.id)
    assert lines(converted.latest_invoice) == [(700, at(10, 25), at(11))]
    life.advance_to(at(11) + HOUR)
    assert lines(life.subscription(subscription.id).latest_invoice) == [(3100, at(11), at(12))]


def test_without_prorations_the_time_between_trial_and_anchor_is_free(life: Life) -> None:
    subscription = subscribe(life, trial_end=at(10, 25), billing_cycle_anchor=at(11), proration_behavior="none")
    trial = subscription.latest_invoice.id
    life.advance_to(at(10, 25))
    converted = life.subscription(subscription.id)
    assert (converted.status, converted.latest_invoice.id, period(converted)) == (
        "active",
        trial,
        (at(10, 25), at(11)),
    )
    life.advance_to(at(11) + HOUR)
    assert lines(life.subscription(subscription.id).latest_invoice) == [(3100, at(11), at(12))]


def test_a_trial_cannot_end_after_the_anchor(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        subscribe(life, trial_end=at(11, 2), billing_cycle_anchor=at(11))
    assert refused.value.code == "subscription_update_trial_after_billing_cycle_anchor"
    subscription = subscribe(life, trial_end=at(10, 25), billing_cycle_anchor=at(11))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.subscriptions.update(subscription.id, {"trial_end": at(11, 2)})
    assert (refused.value.code, refused.value.param) == (
        "subscription_update_trial_after_billing_cycle_anchor",
        "trial_end",
    )


def test_the_anchor_can_stay_unchanged_when_a_trial_ends(life: Life) -> None:
    settings = {"end_behavior": {"billing_cycle_anchor": "unchanged"}}
    subscription = subscribe(life, trial_end=at(10, 25), trial_settings=settings)
    assert subscription.billing_cycle_anchor == OCT_15
    life.advance_to(at(10, 25) + HOUR)
    # 21 of the 31 days from 25 October to 25 November
    assert lines(life.subscription(subscription.id).latest_invoice) == [(2100, at(10, 25), at(11, 15))]


def test_a_price_can_bring_its_own_trial(life: Life) -> None:
    price = life.price(trial_period_days=14)
    customer = life.customer()
    assert life.subscribe(customer, price).status == "active"
    on_trial = life.subscribe(customer, price, trial_from_plan=True)
    assert (on_trial.status, on_trial.trial_end) == ("trialing", OCT_15 + 14 * DAY)
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        life.subscribe(customer, price, trial_from_plan=True, trial_end=at(11))
