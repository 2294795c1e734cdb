"""Changes that move the billing cycle: another interval, an anchor that is set anew, in both billing modes."""

import pytest
import stripe
from api.life import DAY, START, Life
from api.wire import Wire

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z, 28 days after the start
YEAR_END = 1_801_389_600  # 2027-01-31T10:00:00Z, 365 days after the start
HALF = 14 * DAY
NOW = START + HALF
PAID = [
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
CLASSIC = {"billing_mode": {"type": "classic"}}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def change(life: Life, subscription: stripe.Subscription, price: stripe.Price, **params: object) -> stripe.Subscription:
    item = subscription["items"].data[0].id
    return life.client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": price.id}], "expand": ["latest_invoice"], **params}
    )


def amounts(invoice: stripe.Invoice) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def period(subscription: stripe.Subscription) -> tuple[int, int]:
    item = subscription["items"].data[0]
    return item.current_period_start, item.current_period_end


def test_flexible_to_a_year_at_once_keeps_the_anchor_as_recorded(life: Life) -> None:
    monthly, yearly = life.price(2500), life.price(25000, interval="year")
    subscription = life.subscribe(life.customer(), monthly)
    life.events()
    changed = change(life, subscription, yearly, proration_behavior="always_invoice")
    assert amounts(changed.latest_invoice) == [-2500, 25000]
    assert changed.billing_cycle_anchor == START
    assert period(changed) == (START, YEAR_END)
    assert life.events() == ["invoiceitem.created", "invoiceitem.created", *PAID]


def test_flexible_to_a_year_in_mid_month_charges_what_is_left_of_the_year(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2500))
    life.advance(HALF)
    changed = change(life, subscription, life.price(25000, interval="year"), proration_behavior="always_invoice")
    # Half of 2500 back; 351 of 365 days of 25000 are 24041.1.
    assert amounts(changed.latest_invoice) == [-1250, 24041]
    assert (changed.billing_cycle_anchor, *period(changed)) == (START, START, YEAR_END)
    life.events()
    assert life.advance_to(MONTH_END) == []


def test_classic_to_a_year_starts_a_cycle_now(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2500), **CLASSIC)
    life.advance(HALF)
    changed = change(life, subscription, life.price(25000, interval="year"))
    assert amounts(changed.latest_invoice) == [-1250, 25000]
    assert (changed.latest_invoice.billing_reason, changed.latest_invoice.amount_paid) == ("subscription_update", 23750)
    assert changed.billing_cycle_anchor == NOW
    assert period(changed) == (NOW, YEAR_END + HALF)
    assert life.events() == ["invoiceitem.created", *PAID]


def test_classic_from_a_free_price_starts_a_cycle_now_and_flexible_charges_the_rest(life: Life) -> None:
    free, paid = life.price(0), life.price(2000)
    classic = life.subscribe(life.customer(), free, **CLASSIC)
    flexible = life.subscribe(life.customer(), free)
    life.advance(HALF)
    reset = change(life, classic, paid)
    assert amounts(reset.latest_invoice) == [0, 2000]
    assert reset.billing_cycle_anchor == NOW
    kept = change(life, flexible, paid, proration_behavior="always_invoice")
    assert amounts(kept.latest_invoice) == [0, 1000]
    assert kept.billing_cycle_anchor == START


def test_an_anchor_of_now_charges_a_new_period_and_gives_back_the_old_one(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    changed = life.client.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}, "expand": ["latest_invoice"]}
    )
    assert amounts(changed.latest_invoice) == [-1000, 2000]
    # 14 Feb to 14 Mar.
    assert (changed.billing_cycle_anchor, *period(changed)) == (NOW, NOW, NOW + 28 * DAY)
    events = life.new_events()
    assert [event.type for event in events] == ["invoiceitem.created", *PAID]
    old = subscription["items"].data[0].to_dict()
    previous = events[-1].data.previous_attributes
    assert previous.to_dict() == {
        "billing_cycle_anchor": START,
        "items": {"data": [old]},
        "latest_invoice": subscription.latest_invoice.id,
    }


def test_an_anchor_of_now_without_proration_gives_nothing_back(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none", "expand": ["latest_invoice"]},
    )
    assert amounts(changed.latest_invoice) == [2000]
    assert life.events() == PAID


def test_an_unchanged_anchor_is_what_there_is_anyway(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.events()
    life.client.v1.subscriptions.update(subscription.id, {"billing_cycle_anchor": {"type": "unchanged"}})
    assert life.events() == []


def test_older_versions_send_the_anchor_as_a_word(life: Life, wire: Wire) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    path = f"/v1/subscriptions/{subscription.id}"
    life.advance(HALF)
    old = wire.post(path, "billing_cycle_anchor=now", **{"Stripe-Version": "2026-08-26.dahlia"})
    assert old.json()["billing_cycle_anchor"] == NOW
    new = wire.post(path, "billing_cycle_anchor=now", **{"Stripe-Version": "2026-10-28.endive"})
    assert (new.status_code, new.json()["error"]["param"]) == (400, "billing_cycle_anchor")
