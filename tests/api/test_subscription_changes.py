"""Changes to a subscription's items: prorations to the cent, and their events."""

import pytest
import stripe
from api.life import DAY, Life

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z, 28 days after the start
HALF = 14 * DAY


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def change(life: Life, subscription: stripe.Subscription, price: stripe.Price, **params: object) -> stripe.Subscription:
    item = subscription["items"].data[0].id
    return life.client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": price.id}], "expand": ["latest_invoice"], **params}
    )


def test_an_upgrade_is_settled_on_the_next_invoice(life: Life) -> None:
    customer, basic, pro = life.customer(), life.price(2000), life.price(5000)
    subscription = life.subscribe(customer, basic)
    life.advance(HALF)
    changed = change(life, subscription, pro)
    assert changed["items"].data[0].price.id == pro.id
    assert changed["items"].data[0].current_period_end == MONTH_END
    assert life.events() == ["invoiceitem.created", "invoiceitem.created", "customer.subscription.updated"]
    debit, credit = life.client.v1.invoice_items.list({"customer": customer.id}).data
    assert (credit.amount, credit.description) == (-1000, "Unused time on Pro after 14 Feb 2026")
    assert (debit.amount, debit.description) == (2500, "Remaining time on Pro after 14 Feb 2026")
    assert credit.proration
    assert not credit.discountable
    life.advance_to(MONTH_END)
    renewal = life.subscription(subscription.id).latest_invoice
    assert [line.amount for line in renewal.lines.data] == [-1000, 2500, 5000]
    assert renewal.lines.data[0].parent.subscription_item_details.proration
    assert renewal.total == 6500


def test_always_invoice_charges_the_difference_now(life: Life) -> None:
    customer, basic, pro = life.customer(), life.price(2000), life.price(5000)
    subscription = life.subscribe(customer, basic)
    life.advance(HALF)
    changed = change(life, subscription, pro, proration_behavior="always_invoice")
    assert (changed.latest_invoice.status, changed.latest_invoice.amount_paid) == ("paid", 1500)
    assert changed.latest_invoice.billing_reason == "subscription_update"
    assert life.events() == [
        "invoiceitem.created",
        "invoiceitem.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "customer.subscription.updated",
    ]


def test_a_downgrade_leaves_credit(life: Life) -> None:
    customer, basic, pro = life.customer(), life.price(2000), life.price(5000)
    subscription = life.subscribe(customer, pro)
    life.advance(HALF)
    changed = change(life, subscription, basic, proration_behavior="always_invoice")
    assert (changed.latest_invoice.total, changed.latest_invoice.amount_due) == (-1500, 0)
    assert changed.latest_invoice.status == "paid"
    assert life.client.v1.customers.retrieve(customer.id).balance == -1500


def test_a_failing_card_makes_an_immediate_change_past_due_or_refuses_it(life: Life) -> None:
    customer, basic, pro = life.customer(), life.price(2000), life.price(5000)
    subscription = life.subscribe(customer, basic)
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance(HALF)
    with pytest.raises(stripe.CardError):
        change(life, subscription, pro, proration_behavior="always_invoice", payment_behavior="error_if_incomplete")
    assert life.events() == []
    assert life.subscription(subscription.id)["items"].data[0].price.id == basic.id
    changed = change(life, subscription, pro, proration_behavior="always_invoice")
    assert (changed.status, changed["items"].data[0].price.id) == ("past_due", pro.id)


def test_quantities_items_and_none(life: Life) -> None:
    customer, seat, extra = life.customer(), life.price(1000), life.price(300)
    subscription = life.subscribe(customer, seat)
    life.advance(HALF)
    life.client.v1.subscription_items.update(
        subscription["items"].data[0].id, {"quantity": 3, "proration_behavior": "none"}
    )
    assert life.events() == ["customer.subscription.updated"]
    added = life.client.v1.subscription_items.create({"subscription": subscription.id, "price": extra.id})
    assert life.events() == ["invoiceitem.created", "customer.subscription.updated"]
    current = life.subscription(subscription.id)
    assert [(item.price.id, item.quantity) for item in current["items"].data] == [(seat.id, 3), (extra.id, 1)]
    assert life.client.v1.subscription_items.delete(added.id).deleted
    assert life.events() == ["invoiceitem.created", "customer.subscription.updated"]
    life.advance_to(MONTH_END)
    assert life.subscription(subscription.id).latest_invoice.total == 150 - 150 + 3000
    with pytest.raises(stripe.InvalidRequestError, match="at least one active item"):
        life.client.v1.subscription_items.delete(subscription["items"].data[0].id)


def test_a_trial_is_changed_for_nothing(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), trial_period_days=10)
    life.events()
    change(life, subscription, life.price(5000))
    assert life.events() == ["customer.subscription.updated"]
    assert life.client.v1.invoice_items.list().data == []


def test_an_item_of_another_subscription_is_refused(life: Life) -> None:
    customer, price = life.customer(), life.price()
    subscription = life.subscribe(customer, price)
    life.events()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": "si_other", "price": price.id}]})
    assert refused.value.param == "items[0][id]"
    assert life.events() == []


def test_another_currency_is_refused(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(1000))
    euro = life.client.v1.prices.create(
        {
            "currency": "eur",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"},
        }
    )
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="only supports `eur`"):
        change(life, subscription, euro)
    assert life.events() == []


def test_canceling_now_drops_what_a_change_would_have_cost(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.advance(HALF)
    change(life, subscription, life.price(5000))
    life.events()
    life.client.v1.subscriptions.cancel(subscription.id)
    assert sorted(life.events()) == ["customer.subscription.deleted", "invoiceitem.deleted", "invoiceitem.deleted"]
    assert life.client.v1.invoice_items.list({"customer": customer.id}).data == []


def test_at_the_end_of_the_period_a_last_invoice_collects_it(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    change(life, subscription, life.price(5000), cancel_at_period_end=True)
    life.events()
    assert life.advance_to(MONTH_END) == ["invoice.created", "customer.subscription.deleted"]
    told = life.advance(3600)
    assert told[0] == "invoice.finalized"
    assert "invoice.paid" in told
    [last, first] = life.client.v1.invoices.list({"subscription": subscription.id}).data
    assert (last.total, last.status, first.total) == (1500, "paid", 2000)
