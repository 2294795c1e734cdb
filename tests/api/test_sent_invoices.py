"""Subscriptions and invoices that are sent instead of charged: due dates, reminders, lateness, payment."""

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

PAID_BY_HAND = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def subscribe(life: Life, customer: stripe.Customer, days: int = 10) -> stripe.Subscription:
    return life.subscribe(customer, life.price(), collection_method="send_invoice", days_until_due=days)


def changes(life: Life, type: str) -> list[dict[str, object]]:
    """The ``previous_attributes`` of the newest event of a type."""
    return life.client.v1.events.list({"type": type, "limit": 1}).data[0].data.previous_attributes.to_dict()


def test_the_first_invoice_is_a_draft_for_an_hour(life: Life) -> None:
    subscription = subscribe(life, life.customer(card=None))
    draft = subscription.latest_invoice
    assert (subscription.status, subscription.days_until_due) == ("active", 10)
    assert (draft.status, draft.collection_method, draft.next_payment_attempt) == ("draft", "send_invoice", None)
    assert draft.automatically_finalizes_at == START + HOUR
    assert life.events() == ["customer.updated", "customer.subscription.created", "invoice.created"]
    assert life.advance(HOUR) == ["invoice.finalized", "invoice.sent"]
    sent = life.subscription(subscription.id).latest_invoice
    assert (sent.status, sent.due_date, sent.attempted) == ("open", START + HOUR + 10 * DAY, False)
    assert life.client.v1.payment_intents.list({"customer": sent.customer}).data == [], "nobody is charged"


def test_a_reminder_then_past_due_then_overdue(life: Life) -> None:
    subscription = subscribe(life, life.customer(card=None))
    life.advance(HOUR)
    assert life.advance(7 * DAY - 1) == []
    assert life.advance(1) == ["invoice.will_be_due"]
    assert life.advance(3 * DAY) == ["customer.subscription.updated", "customer.updated"]
    assert changes(life, "customer.subscription.updated") == {"status": "active"}
    assert changes(life, "customer.updated") == {"delinquent": False}
    assert life.subscription(subscription.id).status == "past_due"
    assert life.advance(DAY) == ["invoice.overdue"]


def test_who_pays_late_is_active_again(life: Life) -> None:
    customer = life.customer()
    subscription = subscribe(life, customer)
    life.advance(HOUR + 12 * DAY)
    paid = life.client.v1.invoices.pay(life.subscription(subscription.id).latest_invoice.id)
    assert (paid.status, paid.amount_paid) == ("paid", 2000)
    assert life.events() == [
        *PAID_BY_HAND,
        "customer.subscription.updated",
        "customer.updated",
        "invoice_payment.paid",
    ]
    assert changes(life, "customer.subscription.updated") == {"status": "past_due"}
    assert changes(life, "customer.updated") == {"delinquent": True}
    assert life.subscription(subscription.id).status == "active"


def test_who_pays_in_time_is_never_reminded(life: Life) -> None:
    subscription = subscribe(life, life.customer(card=None))
    life.advance(HOUR)
    life.client.v1.invoices.pay(subscription.latest_invoice.id, {"paid_out_of_band": True})
    assert life.events() == ["invoice.updated", "invoice.paid"]
    assert life.advance(20 * DAY) == []


def test_too_few_days_for_a_reminder(life: Life) -> None:
    subscribe(life, life.customer(card=None), days=1)
    life.advance(HOUR)
    assert life.advance(DAY) == ["customer.subscription.updated", "customer.updated"]


def test_renewals_are_sent_without_a_warning(life: Life) -> None:
    subscription = subscribe(life, life.customer(card=None), days=60)
    life.advance(HOUR)
    end = subscription["items"].data[0].current_period_end
    assert life.advance_to(end) == ["customer.subscription.updated", "invoice.created"]
    assert life.advance(HOUR) == ["invoice.finalized", "invoice.sent"]
    renewal = life.subscription(subscription.id).latest_invoice
    assert (renewal.status, renewal.due_date) == ("open", end + HOUR + 60 * DAY)


def test_a_trial_sends_an_invoice_over_nothing(life: Life) -> None:
    trial = life.subscribe(
        life.customer(card=None), life.price(), collection_method="send_invoice", days_until_due=5, trial_period_days=14
    )
    assert (trial.status, trial.latest_invoice.status) == ("trialing", "draft")
    life.events()
    assert life.advance(HOUR) == [
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]


def test_from_charged_to_sent_and_back(life: Life) -> None:
    update = life.client.v1.subscriptions.update
    subscription = life.subscribe(life.customer(), life.price())
    with pytest.raises(stripe.InvalidRequestError, match="days_until_due"):
        update(subscription.id, {"collection_method": "send_invoice"})
    life.events()
    sent = update(subscription.id, {"collection_method": "send_invoice", "days_until_due": 7})
    assert (sent.collection_method, sent.days_until_due) == ("send_invoice", 7)
    assert life.events() == ["customer.subscription.updated"]
    assert changes(life, "customer.subscription.updated") == {
        "collection_method": "charge_automatically",
        "days_until_due": None,
    }
    assert update(subscription.id, {"days_until_due": 14}).days_until_due == 14
    charged = update(subscription.id, {"collection_method": "charge_automatically"})
    assert (charged.collection_method, charged.days_until_due) == ("charge_automatically", None)
    life.events()
    life.advance_to(subscription["items"].data[0].current_period_end + HOUR)
    assert life.subscription(subscription.id).latest_invoice.status == "paid"


def test_days_belong_to_sent_invoices(life: Life) -> None:
    customer, price = life.customer(), life.price()
    with pytest.raises(stripe.InvalidRequestError, match="days_until_due") as missing:
        life.subscribe(customer, price, collection_method="send_invoice")
    assert missing.value.code == "parameter_missing"
    with pytest.raises(stripe.InvalidRequestError, match="send_invoice") as odd:
        life.subscribe(customer, price, days_until_due=3)
    assert odd.value.param == "days_until_due"


def test_a_change_that_is_invoiced_now_is_sent(life: Life) -> None:
    subscription = subscribe(life, life.customer(card=None))
    life.advance(HOUR)
    item, dearer = subscription["items"].data[0].id, life.price(5000)
    life.client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": dearer.id}], "proration_behavior": "always_invoice"}
    )
    assert life.events() == [
        "invoiceitem.created",
        "invoiceitem.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.sent",
        "customer.subscription.updated",
    ]
    changed = life.subscription(subscription.id)
    assert (changed.status, changed.latest_invoice.status) == ("active", "open")
    assert changed.latest_invoice.due_date == START + HOUR + 10 * DAY


def test_an_invoice_by_hand_that_is_late(life: Life) -> None:
    customer = life.customer(card=None)
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 1500, "currency": "usd"})
    invoice = life.client.v1.invoices.create(
        {
            "customer": customer.id,
            "collection_method": "send_invoice",
            "days_until_due": 7,
            "pending_invoice_items_behavior": "include",
            "auto_advance": True,
        }
    )
    life.events()
    assert life.advance(HOUR) == ["invoice.finalized", "invoice.sent"]
    assert life.advance(7 * DAY) == ["invoice.will_be_due", "customer.updated"]
    assert life.client.v1.customers.retrieve(customer.id).delinquent
    assert life.advance(DAY) == ["invoice.overdue"]
    life.client.v1.invoices.void_invoice(invoice.id)
    assert not life.client.v1.customers.retrieve(customer.id).delinquent


def test_voiding_looks_back_at_the_invoice_before(life: Life) -> None:
    subscription = subscribe(life, life.customer(card=None), days=20)
    end = subscription["items"].data[0].current_period_end
    life.advance_to(end + HOUR + 21 * DAY)
    renewal = life.subscription(subscription.id)
    assert renewal.status == "past_due"
    life.client.v1.invoices.void_invoice(renewal.latest_invoice.id)
    assert life.subscription(subscription.id).status == "past_due", "the first invoice is late as well"
    life.client.v1.invoices.pay(subscription.latest_invoice.id, {"paid_out_of_band": True})
    assert life.subscription(subscription.id).status == "active"
