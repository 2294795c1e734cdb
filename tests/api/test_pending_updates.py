"""Updates that are only made when they are paid, and the other payment behaviors of an update, with their events."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

HALF = 14 * DAY
NOW = START + HALF
FAILS, ASKS = "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"
TRIED = [
    "invoiceitem.created",
    "invoiceitem.created",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
    "charge.failed",
    "payment_intent.payment_failed",
    "invoice.payment_failed",
    "invoice.updated",
    "customer.updated",
]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def subscribed(life: Life, card: str | None = None, **params: Any) -> stripe.Subscription:
    """A subscription at 20.00, in the middle of its first period, with a card that no longer works."""
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), **params)
    if card:
        life.use_card(customer.id, card)
    life.advance(HALF)
    life.events()
    return subscription


def upgrade(
    life: Life, subscription: stripe.Subscription, behavior: str, amount: int = 5000, **params: Any
) -> stripe.Subscription:
    """To 50.00, invoiced at once: -10.00 and +25.00."""
    price = life.price(amount)
    item = subscription["items"].data[0].id
    return life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": item, "price": price.id}],
            "payment_behavior": behavior,
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
            **params,
        },
    )


def price_of(subscription: stripe.Subscription) -> int:
    return subscription["items"].data[0].price.unit_amount


def test_a_pending_update_that_can_be_paid_is_made_at_once(life: Life) -> None:
    changed = upgrade(life, subscribed(life), "pending_if_incomplete")
    assert (price_of(changed), changed.pending_update, changed.latest_invoice.amount_paid) == (5000, None, 1500)
    told = life.events()
    assert told[-1] == "customer.subscription.updated"
    assert "customer.subscription.pending_update_applied" not in told


def test_a_pending_update_waits_for_its_payment(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    waiting = upgrade(life, subscription, "pending_if_incomplete", metadata={"plan": "pro"})
    assert (waiting.status, price_of(waiting), waiting.metadata.to_dict()) == ("active", 2000, {})
    assert (waiting.latest_invoice.status, waiting.latest_invoice.amount_due) == ("open", 1500)
    pending = waiting.pending_update
    assert pending.expires_at == NOW + 23 * HOUR
    assert [item.price.unit_amount for item in pending.subscription_items] == [5000]
    assert (pending.metadata.to_dict(), pending.billing_cycle_anchor) == ({"plan": "pro"}, None)
    events = life.new_events()
    assert [event.type for event in events] == [*TRIED, "customer.subscription.updated"]
    previous = events[-1].data.previous_attributes
    assert previous.to_dict() == {"latest_invoice": subscription.latest_invoice.id, "pending_update": None}


def test_it_is_applied_when_its_invoice_is_paid(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    waiting = upgrade(life, subscription, "pending_if_incomplete")
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(waiting.latest_invoice.id)
    applied = life.subscription(subscription.id)
    assert (price_of(applied), applied.pending_update, applied.status) == (5000, None, "active")
    events = life.new_events()
    assert [event.type for event in events] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.pending_update_applied",
        "customer.subscription.updated",
        "customer.updated",
        "invoice_payment.paid",
    ]
    update = events[-3].data
    assert update.object["items"].data[0].price.unit_amount == 5000
    assert sorted(update.previous_attributes.to_dict()) == ["items", "pending_update", "plan"]
    assert update.previous_attributes["items"].data[0].price.unit_amount == 2000


def test_after_23_hours_it_is_discarded_and_its_invoice_void(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    waiting = upgrade(life, subscription, "pending_if_incomplete")
    life.events()
    assert life.advance(23 * HOUR - 1) == []
    assert life.advance(1) == [
        "invoice.voided",
        "payment_intent.canceled",
        "customer.subscription.pending_update_expired",
    ]
    kept = life.subscription(subscription.id)
    assert (price_of(kept), kept.pending_update, kept.status) == (2000, None, "active")
    assert life.client.v1.invoices.retrieve(waiting.latest_invoice.id).status == "void"


def test_it_ends_with_the_period_where_that_is_sooner(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    life.advance(HALF - HOUR)
    pending = upgrade(life, subscription, "pending_if_incomplete", amount=500_000).pending_update
    assert pending.expires_at == subscription["items"].data[0].current_period_end
    life.events()
    assert life.advance(HOUR)[:4] == [
        "invoice.voided",
        "payment_intent.canceled",
        "customer.subscription.pending_update_expired",
        "customer.subscription.updated",
    ]


def test_voiding_its_invoice_or_another_update_discards_it(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    first = upgrade(life, subscription, "pending_if_incomplete")
    life.client.v1.invoices.void_invoice(first.latest_invoice.id)
    assert life.subscription(subscription.id).pending_update is None
    second = upgrade(life, subscription, "pending_if_incomplete")
    life.events()
    life.client.v1.subscriptions.update(subscription.id, {"metadata": {"seen": "yes"}})
    assert life.subscription(subscription.id).pending_update is not None
    life.events()
    life.client.v1.subscription_items.update(
        subscription["items"].data[0].id, {"quantity": 2, "proration_behavior": "none"}
    )
    assert life.events() == [
        "invoice.voided",
        "payment_intent.canceled",
        "customer.subscription.pending_update_expired",
        "customer.subscription.updated",
    ]
    assert life.client.v1.invoices.retrieve(second.latest_invoice.id).status == "void"
    kept = life.subscription(subscription.id)
    assert (kept.pending_update, kept["items"].data[0].quantity) == (None, 2)


def test_another_failure_changes_nothing(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    waiting = upgrade(life, subscription, "pending_if_incomplete")
    with pytest.raises(stripe.CardError):
        life.client.v1.invoices.pay(waiting.latest_invoice.id)
    again = life.subscription(subscription.id)
    assert (again.status, again.pending_update.to_dict()) == ("active", waiting.pending_update.to_dict())


def test_without_an_invoice_nothing_waits(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    changed = upgrade(life, subscription, "pending_if_incomplete", proration_behavior="create_prorations")
    assert (price_of(changed), changed.pending_update) == (5000, None)


def test_a_new_anchor_waits_too(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    waiting = life.client.v1.subscriptions.update(
        subscription.id,
        {"billing_cycle_anchor": {"type": "now"}, "payment_behavior": "pending_if_incomplete"},
    )
    assert (waiting.billing_cycle_anchor, waiting.pending_update.billing_cycle_anchor) == (START, NOW)
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(waiting.latest_invoice)
    assert life.subscription(subscription.id).billing_cycle_anchor == NOW


@pytest.mark.parametrize(
    "asked", [{"description": "x"}, {"default_payment_method": "pm_x"}, {"collection_method": "send_invoice"}]
)
def test_what_cannot_wait_is_refused(life: Life, asked: dict[str, str]) -> None:
    subscription = subscribed(life)
    [name] = asked
    with pytest.raises(stripe.InvalidRequestError) as refused:
        upgrade(life, subscription, "pending_if_incomplete", **asked)
    assert refused.value.param == name


def test_allow_incomplete_makes_the_change_and_the_subscription_past_due(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    changed = upgrade(life, subscription, "allow_incomplete")
    assert (changed.status, price_of(changed)) == ("past_due", 5000)
    events = life.new_events()
    assert [event.type for event in events] == [*TRIED, "customer.subscription.updated"]
    previous = events[-1].data.previous_attributes.to_dict()
    assert sorted(previous) == ["items", "latest_invoice", "plan", "status"]
    assert previous["status"] == "active"
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(changed.latest_invoice.id)
    assert life.subscription(subscription.id).status == "active"


def test_default_incomplete_leaves_the_payment_to_the_customer(life: Life) -> None:
    subscription = subscribed(life)
    changed = upgrade(life, subscription, "default_incomplete", expand=["latest_invoice.confirmation_secret"])
    invoice = changed.latest_invoice
    assert (changed.status, price_of(changed)) == ("past_due", 5000)
    assert (invoice.status, invoice.attempted, invoice.amount_due) == ("open", False, 1500)
    assert life.events() == [*TRIED[:5], "customer.subscription.updated"]
    intent = invoice.confirmation_secret.client_secret.partition("_secret_")[0]
    life.client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    assert life.subscription(subscription.id).status == "active"


def test_error_if_incomplete_changes_nothing(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    with pytest.raises(stripe.CardError) as declined:
        upgrade(life, subscription, "error_if_incomplete")
    assert declined.value.http_status == 402
    assert life.events() == []
    assert price_of(life.subscription(subscription.id)) == 2000
    assert life.client.v1.invoice_items.list({"customer": subscription.customer}).data == []


def test_a_card_that_asks_for_its_holder_lets_an_update_wait(life: Life) -> None:
    subscription = subscribed(life, ASKS)
    waiting = upgrade(life, subscription, "pending_if_incomplete")
    assert waiting.pending_update is not None
    told = life.events()
    assert "invoice.payment_action_required" in told
    assert "customer.subscription.updated" in told


def test_it_ends_with_its_subscription(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    upgrade(life, subscription, "pending_if_incomplete")
    life.events()
    ended = life.client.v1.subscriptions.cancel(subscription.id)
    assert (ended.status, ended.pending_update) == ("canceled", None)
    assert [type for type in life.events() if "customer.updated" not in type] == [
        "invoice.voided",
        "payment_intent.canceled",
        "customer.subscription.pending_update_expired",
        "customer.subscription.deleted",
    ]


def test_an_item_that_is_added_can_wait(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    added = life.client.v1.subscription_items.create(
        {
            "subscription": subscription.id,
            "price": life.price(3000).id,
            "payment_behavior": "pending_if_incomplete",
            "proration_behavior": "always_invoice",
        }
    )
    waiting = life.subscription(subscription.id)
    assert [item.id for item in waiting["items"].data] == [subscription["items"].data[0].id]
    assert added.id in [item.id for item in waiting.pending_update.subscription_items]
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(waiting.latest_invoice.id)
    assert added.id in [item.id for item in life.subscription(subscription.id)["items"].data]


def test_what_had_waited_before_waits_again_when_it_is_discarded(life: Life) -> None:
    subscription = subscribed(life, FAILS)
    fee = life.client.v1.invoice_items.create({"customer": subscription.customer, "amount": 300, "currency": "usd"})
    waiting = upgrade(life, subscription, "pending_if_incomplete")
    assert [line.amount for line in waiting.latest_invoice.lines.data] == [300, -1000, 2500]
    life.advance(23 * HOUR)
    [again] = life.client.v1.invoice_items.list({"customer": subscription.customer, "pending": True}).data
    assert (again.id, again.invoice) == (fee.id, None)
