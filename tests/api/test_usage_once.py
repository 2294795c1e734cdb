"""Every unit of usage is billed once, and at its own terms: windows, discounts and fractions at the end of a period."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, Life
from api.test_meters import cancel
from api.usage import NEXT_MONTH, meter, metered, report, shown

NOON = NEXT_MONTH + 2 * HOUR  # of the day on which the first period ends at ten


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def latest(life: Life, subscription: stripe.Subscription) -> stripe.Invoice:
    found = life.subscription(subscription.id).latest_invoice
    assert isinstance(found, stripe.Invoice)
    return found


def daily(life: Life, formula: str = "sum") -> tuple[str, stripe.Subscription]:
    """A customer whose usage is told of by whole days, in the last hour of her first period."""
    price, customer = metered(life, meter(life, formula, event_time_window="day")), life.customer()
    subscription = life.subscribe(customer, price)
    life.advance_to(NEXT_MONTH - HOUR)
    return customer.id, subscription


def test_a_day_that_spans_the_end_of_a_period_is_billed_once(life: Life) -> None:
    customer, subscription = daily(life)
    report(life, customer, 100, identifier="morning")
    life.advance_to(NEXT_MONTH + HOUR)
    assert shown(latest(life, subscription)) == [("100 × Calls (at $0.04 / month)", 400)]
    life.advance_to(NOON)
    report(life, customer, 250, identifier="noon")  # all of that day: 150 more than in its morning
    life.advance(HOUR)
    report(life, customer, 300)
    life.advance_to(NEXT_MONTH + 40 * DAY)
    [march] = latest(life, subscription).lines.data
    assert (march.quantity, march.amount) == (200, 800)


def test_while_its_invoice_is_a_draft_the_part_of_a_day_that_it_bills_can_be_corrected(life: Life) -> None:
    customer, subscription = daily(life)
    report(life, customer, 100)
    life.advance_to(NEXT_MONTH)
    report(life, customer, 130)  # of the second in which the next period begins
    assert shown(latest(life, subscription)) == [("100 × Calls (at $0.04 / month)", 400)]
    report(life, customer, 110, timestamp=NEXT_MONTH - 1, identifier="again")  # all of the day, told of later
    assert shown(latest(life, subscription)) == [("110 × Calls (at $0.04 / month)", 440)]
    cancel(life, "again")
    assert shown(latest(life, subscription)) == [("100 × Calls (at $0.04 / month)", 400)]
    life.advance_to(NEXT_MONTH + 40 * DAY)
    assert latest(life, subscription).lines.data[0].quantity == 30


def test_a_window_that_is_counted_is_counted_in_the_period_in_which_it_begins(life: Life) -> None:
    customer, subscription = daily(life, "count")
    report(life, customer, 1)
    life.advance_to(NOON)
    report(life, customer, 1)
    assert shown(latest(life, subscription)) == [("1 × Calls (at $0.04 / month)", 4)]
    life.advance_to(NEXT_MONTH + 40 * DAY)
    assert latest(life, subscription).total == 0


def leaving(life: Life, price: stripe.Price, units: str) -> tuple[stripe.Subscription, stripe.InvoiceItem]:
    """A metered item with half off that leaves its subscription after ten days, and the item that this makes."""
    customer, seat = life.customer(), life.price(2000)
    half = life.client.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    items: Any = [{"price": seat.id}, {"price": price.id, "discounts": [{"coupon": half.id}]}]
    subscription = life.subscribe(customer, seat, items=items)
    report(life, customer.id, units)
    life.advance(10 * DAY)
    gone = next(item.id for item in subscription["items"].data if item.price.id == price.id)
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": gone, "deleted": True}]})
    [waiting] = life.client.v1.invoice_items.list({"customer": customer.id, "pending": True}).data
    return subscription, waiting


def test_usage_that_waits_for_an_invoice_keeps_the_discount_of_its_item(life: Life) -> None:
    subscription, waiting = leaving(life, metered(life, meter(life)), "100")
    assert (waiting.amount, waiting.discountable, len(waiting.discounts or [])) == (400, True, 1)
    life.advance_to(NEXT_MONTH)
    invoice = latest(life, subscription)
    [line] = [line for line in invoice.lines.data if line.amount == 400]
    assert [each.amount for each in line.discount_amounts or []] == [200]
    assert (invoice.subtotal, invoice.total) == (2200, 2200)  # a subtotal is without the discounts of items


def test_usage_that_waits_says_exactly_how_much_it_was(life: Life) -> None:
    subscription, waiting = leaving(life, metered(life, meter(life)), "12.5")
    assert (waiting.quantity, str(waiting.quantity_decimal), waiting.amount) == (12, "12.5", 50)
    life.advance_to(NEXT_MONTH)
    [line] = [line for line in latest(life, subscription).lines.data if line.amount == 50]
    assert (line.quantity, str(line.quantity_decimal)) == (12, "12.5")
    assert line.description == "12.5 × Calls (at $0.04 / month)"


def dearer_from_march(life: Life, mode: Any, subscription: stripe.Subscription, item: Any) -> None:
    """A schedule by which the next period sells something else."""
    schedules = life.client.v1.subscription_schedules
    made = schedules.create({"from_subscription": subscription.id})
    assert made.billing_mode.type == mode
    [now] = made.phases
    first: Any = {"items": [{"price": now.items[0].price}], "start_date": now.start_date, "end_date": now.end_date}  # type: ignore[index]
    schedules.update(made.id, {"phases": [first, {"items": [item], "duration": {"interval": "month"}}]})


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_a_schedule_that_changes_a_metered_price_as_a_period_ends_loses_no_usage(life: Life, mode: Any) -> None:
    calls, customer = meter(life), life.customer()
    cheap, dear = metered(life, calls), metered(life, calls, unit_amount=10)
    subscription = life.subscribe(customer, cheap, billing_mode={"type": mode})
    dearer_from_march(life, mode, subscription, {"price": dear.id})
    report(life, customer.id, 100)
    life.advance_to(NEXT_MONTH - 60)
    report(life, customer.id, 5, timestamp=NEXT_MONTH)  # told of early: the first of the next period
    life.advance_to(NEXT_MONTH)
    invoice = latest(life, subscription)
    assert [line for line in shown(invoice) if line[1]] == [("100 × Calls (at $0.04 / month)", 400)]
    assert {line.period.start for line in invoice.lines.data if line.amount} == {
        subscription["items"].data[0].current_period_start
    }
    life.advance_to(NEXT_MONTH + DAY)
    report(life, customer.id, 20)
    life.advance_to(NEXT_MONTH + 31 * DAY)
    assert [line for line in shown(latest(life, subscription)) if line[1]] == [("25 × Calls (at $0.10 / month)", 250)]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_nor_does_one_that_sells_no_usage_any_more(life: Life, mode: Any) -> None:
    customer, seat = life.customer(), life.price(2000)
    subscription = life.subscribe(customer, metered(life, meter(life)), billing_mode={"type": mode})
    dearer_from_march(life, mode, subscription, {"price": seat.id})
    report(life, customer.id, 100)
    life.advance_to(NEXT_MONTH + HOUR)
    assert sum(invoice.total for invoice in life.client.v1.invoices.list({"customer": customer.id}).data) == 2400


def test_usage_that_is_told_of_after_its_invoice_was_finalized_is_billed_by_none(life: Life) -> None:
    """By Stripe's guide usage can be told of until the finalization."""
    price, customer = metered(life, meter(life)), life.customer()
    subscription = life.subscribe(customer, price)
    report(life, customer.id, 100)
    life.advance_to(NEXT_MONTH + HOUR)
    first = latest(life, subscription)
    report(life, customer.id, 50, timestamp=NEXT_MONTH - 1)
    assert life.client.v1.invoices.retrieve(str(first.id)).to_dict() == first.to_dict()
    report(life, customer.id, 7)
    life.advance_to(NEXT_MONTH + 40 * DAY)
    assert shown(latest(life, subscription)) == [("7 × Calls (at $0.04 / month)", 28)]


def test_canceled_usage_stays_on_a_finalized_invoice_and_comes_off_a_draft(life: Life) -> None:
    """Stripe documents that neither the invoice is updated nor a corrected one issued."""
    price, customer = metered(life, meter(life)), life.customer()
    subscription = life.subscribe(customer, price)
    life.advance_to(NEXT_MONTH - HOUR)
    for name, units in (("right", 100), ("wrong", 60), ("late", 30)):
        report(life, customer.id, units, identifier=name)
    life.advance_to(NEXT_MONTH)
    cancel(life, "wrong")
    assert latest(life, subscription).total == 520
    life.advance(HOUR)
    assert latest(life, subscription).amount_paid == 520
    cancel(life, "late")
    assert latest(life, subscription).amount_paid == 520
    life.advance_to(NEXT_MONTH + 40 * DAY)
    assert [invoice.total for invoice in life.client.v1.invoices.list({"customer": customer.id}).data] == [0, 520]


def test_an_item_that_leaves_and_comes_back_in_a_second_bills_its_usage_once(life: Life) -> None:
    price, customer, seat = metered(life, meter(life)), life.customer(), life.price(2000)
    subscription = life.subscribe(customer, seat, items=[{"price": seat.id}, {"price": price.id}])
    report(life, customer.id, 10)
    items = life.client.v1.subscription_items
    items.delete(next(item.id for item in subscription["items"].data if item.price.id == price.id))
    items.create({"subscription": subscription.id, "price": price.id})
    report(life, customer.id, 3)
    life.advance_to(NEXT_MONTH)
    usage = [line for line in shown(latest(life, subscription)) if "Calls" in str(line[0])]
    assert sorted(usage) == [("10 × Calls (at $0.04 / month)", 40), ("3 × Calls (at $0.04 / month)", 12)]
