"""Test clocks through the official SDK: what is on them, how they go, when they are deleted, and Stripe's limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life, advance
from control.api import Control

from mockbill.app import Application
from mockbill.server import LocalServer

YEAR = 365 * DAY


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


@pytest.fixture
def life(client: stripe.StripeClient, control: Control) -> Life:
    control.post("clock", now=START, mode="frozen")
    return Life.begin(client)


def refused(call: Callable[[], Any], match: str, status: int = 400, param: str | None = None) -> None:
    with pytest.raises(stripe.StripeError, match=match) as caught:
        call()
    assert (caught.value.http_status, caught.value.error.param if caught.value.error else None) == (status, param)


@contextmanager
def _still_advancing(application: Application, account: str, clock: str) -> Iterator[None]:
    """While the clock's advance has been answered but not begun: as a server that is busy would have it."""
    world = application.worlds.of(account)
    table = world.table("test_helpers.test_clock")
    known = table.fetch(clock)
    assert known is not None
    table.put({**known, "status": "advancing", "status_details": {"advancing": {"target_frozen_time": START + 5}}})
    try:
        yield
    finally:
        table.put(known)


def test_a_year_in_one_step_tells_all_between_advancing_and_ready_in_the_order_of_time(life: Life) -> None:
    life.subscribe(life.customer(), life.price())
    life.events()
    advance(life.client, life.clock.id, START + YEAR)
    events = life.new_events()
    assert events[0].type == "test_helpers.test_clock.advancing"
    assert events[0].data.object.status_details.advancing.target_frozen_time == START + YEAR
    assert events[-1].type == "test_helpers.test_clock.ready"
    assert (events[-1].data.object.status, events[-1].data.object.frozen_time) == ("ready", START + YEAR)
    between = [event.created for event in events[1:-1]]
    assert between == sorted(between)
    assert [event.type for event in events].count("invoice.paid") == 11  # from 28 February to 31 December


def test_everything_of_a_customer_on_a_clock_is_on_it(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    v1 = life.client.v1
    item = v1.invoice_items.create({"customer": customer.id, "amount": 100, "currency": "usd"})
    invoice = v1.invoices.create({"customer": customer.id})
    assert {thing.test_clock for thing in (customer, subscription, subscription.latest_invoice, item, invoice)} == {
        life.clock.id
    }
    refused(
        lambda: v1.customers.update(customer.id, {"test_clock": "clock_x"}), "unknown parameter", param="test_clock"
    )


@pytest.fixture
def attached(life: Life, control: Control) -> tuple[str, str]:
    """A subscriber of the account's own time who was put on a clock afterwards: ids of subscription and clock."""
    card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = life.client.v1.customers.create(card)
    subscription = life.subscribe(customer, life.price())
    clock = life.client.v1.test_helpers.test_clocks.create({"frozen_time": START, "customer": customer.id})
    return subscription.id, clock.id


def test_a_clock_that_is_made_for_a_customer_drives_all_it_has(
    life: Life, control: Control, attached: tuple[str, str]
) -> None:
    subscription, clock = attached
    held = life.subscription(subscription)
    assert held.test_clock == held.latest_invoice.test_clock == clock
    assert control.post("clock/advance", by="29 days")["events"] == []
    life.events()
    advance(life.client, clock, START + 28 * DAY + HOUR)
    assert "invoice.paid" in life.events()


def test_a_customer_stays_on_its_clock(life: Life) -> None:
    customer = life.customer()
    refused(
        lambda: life.client.v1.test_helpers.test_clocks.create({"frozen_time": START, "customer": customer.id}),
        "already attached to a test clock",
        param="customer",
    )


def test_a_clock_is_deleted_thirty_days_after_it_was_made_with_all_that_is_on_it(life: Life, control: Control) -> None:
    life.client.v1.test_helpers.test_clocks.delete(life.clock.id)
    clock = life.client.v1.test_helpers.test_clocks.create({"frozen_time": START + YEAR})
    assert clock.deletes_after == START + 30 * DAY
    customer = life.client.v1.customers.create(
        {
            "test_clock": clock.id,
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    subscription = life.subscribe(customer, life.price())
    assert control.post("clock/advance", to=START + 30 * DAY - 1)["events"] == []
    assert control.post("clock/advance", to=START + 30 * DAY)["events"] == [
        "customer.subscription.deleted",
        "payment_method.detached",
        "customer.updated",  # which had it as the default
        "customer.deleted",
        "test_helpers.test_clock.deleted",
    ]
    ended = life.client.v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", START + YEAR)  # in the time of its clock
    assert life.client.v1.customers.retrieve(customer.id).deleted
    refused(lambda: life.client.v1.test_helpers.test_clocks.retrieve(clock.id), "No such test clock", 404, "id")


@pytest.mark.parametrize("instant", [-1, 10**12])
def test_a_time_that_no_calendar_has_is_refused(life: Life, instant: int) -> None:
    clocks = life.client.v1.test_helpers.test_clocks
    refused(lambda: clocks.create({"frozen_time": instant}), "Invalid timestamp", param="frozen_time")
    refused(lambda: clocks.advance(life.clock.id, {"frozen_time": instant}), "Invalid", param="frozen_time")


def test_time_does_not_go_back_nor_stand(life: Life) -> None:
    clocks = life.client.v1.test_helpers.test_clocks
    for instant in (START, START - 1):
        refused(lambda: clocks.advance(life.clock.id, {"frozen_time": instant}), "must be after", param="frozen_time")  # noqa: B023
    assert life.events() == []


def test_another_clock_and_the_accounts_own_stay_where_they_are(life: Life, control: Control) -> None:
    other = Life(life.client, life.client.v1.test_helpers.test_clocks.create({"frozen_time": START}))
    price = life.price()
    id = other.subscribe(other.customer(), price).id
    before = life.subscription(id).to_dict()
    life.subscribe(life.customer(), price)
    life.advance(YEAR)
    assert life.client.v1.test_helpers.test_clocks.retrieve(other.clock.id).frozen_time == START
    assert control.get("clock")["now"] == "2026-01-31T10:00:00Z"
    assert life.subscription(id).to_dict() == before


class TestStrict:
    """Stripe's limits, where the account asks for them."""

    @pytest.fixture(autouse=True)
    def limits(self, control: Control) -> None:
        control.post("settings", clock_limits="strict")

    def test_a_clock_takes_three_customers(self, life: Life) -> None:
        made = [life.customer() for _ in range(3)]
        refused(life.customer, "at most 3 customers", param="test_clock")
        life.client.v1.customers.delete(made[0].id)
        life.customer()

    def test_a_customer_takes_three_subscriptions(self, life: Life) -> None:
        customer, price = life.customer(), life.price()
        made = [life.subscribe(customer, price) for _ in range(3)]
        refused(lambda: life.subscribe(customer, price), "at most 3 subscriptions", param="customer")
        life.client.v1.subscriptions.cancel(made[0].id)
        life.subscribe(customer, price)

    def test_a_clock_takes_ten_quotes_of_nobody(self, life: Life) -> None:
        quotes = life.client.v1.quotes
        made = [quotes.create({"test_clock": life.clock.id}) for _ in range(10)]
        refused(lambda: quotes.create({"test_clock": life.clock.id}), "at most 10 quotes", param="test_clock")
        quotes.update(made[0].id, {"customer": life.customer().id})
        quotes.create({"test_clock": life.clock.id})
        assert len(quotes.list({"test_clock": life.clock.id, "limit": 100}).data) == 11

    def test_a_step_is_at_most_two_intervals_of_the_shortest_subscription(self, life: Life) -> None:
        customer = life.customer()
        life.subscribe(customer, life.price(interval="year"))
        monthly = life.subscribe(customer, life.price())
        in_two_months = 1_774_951_200  # 2026-03-31T10:00:00Z
        clocks = life.client.v1.test_helpers.test_clocks
        too_far = {"frozen_time": in_two_months + 1}
        refused(lambda: clocks.advance(life.clock.id, too_far), "at most two intervals", param="frozen_time")
        life.advance_to(in_two_months)
        life.client.v1.subscriptions.cancel(monthly.id)
        life.advance(600 * DAY)

    def test_a_clock_without_subscriptions_goes_two_years_at_most(self, life: Life) -> None:
        clocks = life.client.v1.test_helpers.test_clocks
        too_far = {"frozen_time": START + 2 * YEAR + 1}
        refused(lambda: clocks.advance(life.clock.id, too_far), "at most two intervals", param="frozen_time")
        life.advance(2 * YEAR)

    def test_nothing_on_a_clock_is_changed_while_it_advances(
        self, life: Life, application: Application, account: str
    ) -> None:
        customer = life.customer()
        elsewhere = life.client.v1.customers.create({})
        price = life.price()
        with _still_advancing(application, account, life.clock.id):
            words = "Test clock advancement underway - cannot perform modifications: clock_"
            v1 = life.client.v1
            refused(lambda: v1.customers.update(customer.id, {"name": "Grace"}), words, 429)
            refused(lambda: life.subscribe(customer, price), words, 429)
            refused(lambda: v1.test_helpers.test_clocks.delete(life.clock.id), words, 429)
            refused(lambda: v1.test_helpers.test_clocks.advance(life.clock.id, {"frozen_time": START + 9}), words, 429)
            assert v1.customers.retrieve(customer.id).name is None
            assert v1.customers.update(elsewhere.id, {"name": "Grace"}).name == "Grace"
        assert v1.customers.update(customer.id, {"name": "Grace"}).name == "Grace"


def test_without_the_limits_what_is_on_an_advancing_clock_can_be_changed(
    life: Life, application: Application, account: str
) -> None:
    customer = life.customer()
    with _still_advancing(application, account, life.clock.id):
        assert life.client.v1.customers.update(customer.id, {"name": "Grace"}).name == "Grace"
        words = "Test clock advancement underway"
        refused(lambda: life.client.v1.test_helpers.test_clocks.delete(life.clock.id), words, 429)
