"""Items that wait for a subscription are invoiced at an interval of their own (``pending_invoice_item_interval``)."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from api.test_checkout import Shop

from mockbill.server import LocalServer

WEEKLY = {"interval": "week"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def weekly(life: Life, **params: Any) -> stripe.Subscription:
    """A subscription by the month, on 31 January, whose waiting items are billed by the week."""
    subscription = life.subscribe(life.customer(), life.price(2000), pending_invoice_item_interval=WEEKLY, **params)
    life.events()
    return subscription


def overage(life: Life, subscription: stripe.Subscription, amount: int = 300) -> str:
    item = life.client.v1.invoice_items.create(
        {
            "customer": str(subscription.customer),
            "subscription": subscription.id,
            "amount": amount,
            "currency": "usd",
            "description": "Overage",
        }
    )
    life.events()
    return item.id


def test_the_interval_is_shown_with_its_next_moment(life: Life) -> None:
    subscription = weekly(life)
    assert subscription.pending_invoice_item_interval.to_dict() == {"interval": "week", "interval_count": 1}
    assert subscription.next_pending_invoice_item_invoice == START + 7 * DAY
    none = life.client.v1.subscriptions.update(subscription.id, {"pending_invoice_item_interval": ""})
    assert (none.pending_invoice_item_interval, none.next_pending_invoice_item_invoice) == (None, None)


def test_what_waits_is_invoiced_when_the_interval_is_over(life: Life) -> None:
    subscription = weekly(life)
    overage(life, subscription)
    told = life.advance_to(START + 7 * DAY + 2 * HOUR)
    assert told == [
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]
    invoice = life.subscription(subscription.id).latest_invoice
    assert (invoice.billing_reason, invoice.amount_paid) == ("automatic_pending_invoice_item_invoice", 300)
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert [line.description for line in invoice.lines.data] == ["Overage"]


def test_its_update_tells_what_was_there_before(life: Life) -> None:
    subscription = weekly(life)
    overage(life, subscription)
    life.advance_to(START + 7 * DAY)
    updated = next(
        event for event in life.client.v1.events.list({"limit": 10, "type": "customer.subscription.updated"}).data
    )
    assert updated.data["previous_attributes"].to_dict() == {
        "latest_invoice": subscription.latest_invoice.id,
        "next_pending_invoice_item_invoice": START + 7 * DAY,
    }


def test_where_nothing_waits_the_moment_moves_on_without_an_invoice(life: Life) -> None:
    subscription = weekly(life)
    assert life.advance_to(START + 7 * DAY + HOUR) == ["customer.subscription.updated"]
    assert life.subscription(subscription.id).next_pending_invoice_item_invoice == START + 14 * DAY


def test_what_waits_for_no_subscription_waits_for_the_renewal(life: Life) -> None:
    subscription = weekly(life)
    life.client.v1.invoice_items.create({"customer": str(subscription.customer), "amount": 50, "currency": "usd"})
    life.events()
    assert life.advance_to(START + 7 * DAY + HOUR) == ["customer.subscription.updated"]


def test_a_renewal_of_the_same_second_takes_what_waits_along(life: Life) -> None:
    subscription = weekly(life)
    life.advance_to(START + 27 * DAY)
    overage(life, subscription)
    life.advance_to(START + 28 * DAY + 2 * HOUR)  # 28 February: four weeks, and the end of the month's period
    invoice = life.subscription(subscription.id).latest_invoice
    assert (invoice.billing_reason, invoice.total) == ("subscription_cycle", 2300)


def test_prorations_of_a_change_do_not_wait_for_the_renewal(life: Life) -> None:
    subscription = weekly(life)
    item = subscription["items"].data[0].id
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 3}]})
    life.advance_to(START + 7 * DAY + 2 * HOUR)
    # changed in the first second: -20.00 for one of which nothing is used, +60.00 for three
    assert life.subscription(subscription.id).latest_invoice.amount_paid == 4000


def test_a_preview_is_the_invoice_of_the_interval(life: Life) -> None:
    subscription = weekly(life)
    overage(life, subscription)
    preview = life.client.v1.invoices.create_preview({"subscription": subscription.id})
    life.advance_to(START + 7 * DAY + 2 * HOUR)
    invoice = life.subscription(subscription.id).latest_invoice
    assert (preview.total, preview.created) == (invoice.total, invoice.created) == (300, START + 7 * DAY)


def test_one_that_cannot_be_paid_makes_the_subscription_past_due(life: Life) -> None:
    subscription = weekly(life)
    overage(life, subscription)
    life.use_card(str(subscription.customer), "pm_card_chargeCustomerFail")
    life.advance_to(START + 7 * DAY + 2 * HOUR)
    assert life.subscription(subscription.id).status == "past_due"


def test_while_collection_pauses_it_is_put_aside(life: Life) -> None:
    subscription = weekly(life)
    overage(life, subscription)
    life.client.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    life.advance_to(START + 7 * DAY)
    assert life.subscription(subscription.id).latest_invoice.status == "void"


@pytest.mark.parametrize(("interval", "count"), [("week", 53), ("month", 13), ("year", 2), ("day", 0)])
def test_an_interval_is_a_year_at_most(life: Life, interval: Any, count: int) -> None:
    asked: Any = {"interval": interval, "interval_count": count}
    with pytest.raises(stripe.InvalidRequestError, match="interval_count") as refused:
        life.subscribe(life.customer(), life.price(2000), pending_invoice_item_interval=asked)
    assert refused.value.param == "pending_invoice_item_interval[interval_count]"


def test_the_warning_of_a_renewal_leaves_out_what_is_billed_before_it(life: Life) -> None:
    subscription = weekly(life)
    life.advance_to(START + 20 * DAY)
    overage(life, subscription)
    life.advance_to(START + 21 * DAY)  # seven days before the renewal; the third week is over
    [warning] = life.client.v1.events.list({"type": "invoice.upcoming"}).data
    assert (warning.data.object["total"], warning.data.object["next_payment_attempt"]) == (
        2000,
        START + 28 * DAY + HOUR,
    )
    assert life.subscription(subscription.id).latest_invoice.total == 300


def test_a_checkout_begins_one(life: Life, server: LocalServer, account: str) -> None:
    shop = Shop(life.client, server, account)
    customer = life.customer(None).id
    session = shop.session(customer=customer, subscription_data={"pending_invoice_item_interval": WEEKLY})
    assert shop.act(session.id, "pay")["status"] == "complete"
    [begun] = life.client.v1.subscriptions.list({"customer": customer}).data
    assert begun.pending_invoice_item_interval.interval == "week"


@pytest.mark.parametrize("sent", [{}, {"pending_invoice_item_interval": WEEKLY}])
def test_a_new_anchor_is_where_the_interval_counts_from(life: Life, sent: Any) -> None:
    subscription = weekly(life)
    life.advance(3 * DAY)
    anchor: Any = {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    moved = life.client.v1.subscriptions.update(subscription.id, {**anchor, **sent})
    assert moved.billing_cycle_anchor == START + 3 * DAY
    assert moved.next_pending_invoice_item_invoice == START + 10 * DAY
