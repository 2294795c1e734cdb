"""Previews of schedules equal what comes of them (stripe-behaviour.md 3.18)."""

from typing import Any

import pytest
import stripe
from api.life import DAY, START, Life

MIDDLE = START + 14 * DAY  # 14 of the 28 days from 31 January to 28 February are left
FEB = START + 28 * DAY
MONTH = {"interval": "month"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def preview(life: Life, **params: Any) -> stripe.Invoice:
    told = life.events()
    shown = life.client.v1.invoices.create_preview(params)
    assert (told, life.events()) == (told, []), "a preview tells nobody"
    return shown


def essence(invoice: stripe.Invoice) -> list[Any]:
    lines = [(line.amount, line.description, line.period.start, line.period.end) for line in invoice.lines.data]
    return [invoice.total, invoice.amount_due, invoice.period_start, invoice.period_end, invoice.created, *lines]


def newest(life: Life, customer: str) -> stripe.Invoice:
    return life.client.v1.invoices.list({"customer": customer, "limit": 1}).data[0]


def phase(price: stripe.Price, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"items": [{"price": price.id, "quantity": quantity}], **more}


def test_of_a_schedule_whose_next_phase_comes_with_the_renewal(life: Life) -> None:
    dear, cheap, customer = life.price(5000), life.price(2000), life.customer()
    subscription = life.subscribe(customer, dear)
    made = life.client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    phases = [phase(dear, start_date=START, end_date=FEB), phase(cheap, duration=MONTH)]
    planned = preview(life, schedule=made.id, schedule_details={"phases": phases})
    assert preview(life, schedule=made.id).total == 5000, "nothing has changed yet"
    life.client.v1.subscription_schedules.update(made.id, {"phases": phases})
    shown = [planned, preview(life, schedule=made.id), preview(life, subscription=subscription.id)]
    shown.append(preview(life, customer=customer.id))
    life.advance_to(FEB)
    assert [essence(each) for each in shown] == [essence(newest(life, customer.id))] * 4
    assert shown[0].total == 2000


def test_of_a_schedule_that_has_not_begun(life: Life) -> None:
    price, customer = life.price(), life.customer()
    asked: Any = {"phases": [phase(price, 3, duration=MONTH, add_invoice_items=[{"price": once(life)}])]}
    planned = preview(
        life, customer=customer.id, schedule_details={"phases": [{**asked["phases"][0], "start_date": FEB}]}
    )
    made = life.client.v1.subscription_schedules.create({"customer": customer.id, "start_date": FEB, **asked})
    shown = [planned, preview(life, schedule=made.id), preview(life, customer=customer.id)]
    life.advance_to(FEB)
    assert [essence(each) for each in shown] == [essence(newest(life, customer.id))] * 3
    assert shown[0].total == 6900


def once(life: Life) -> str:
    return life.client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Setup"}}).id


def test_of_a_change_of_the_current_phase_that_is_charged_at_once(life: Life) -> None:
    price, customer = life.price(), life.customer()
    subscription = life.subscribe(customer, price)
    made = life.client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    life.advance_to(MIDDLE)
    change: Any = {"phases": [phase(price, 3, start_date=START, end_date=FEB)], "proration_behavior": "always_invoice"}
    shown = preview(life, schedule=made.id, schedule_details=change)
    life.client.v1.subscription_schedules.update(made.id, change)
    assert essence(shown) == essence(newest(life, customer.id))
    assert [line.amount for line in shown.lines.data] == [-1000, 3000]


def test_of_a_phase_within_the_period(life: Life) -> None:
    price, customer = life.price(), life.customer()
    larger = phase(price, 3, duration=MONTH, proration_behavior="always_invoice")
    phases: Any = [phase(price, end_date=MIDDLE), larger]
    made = life.client.v1.subscription_schedules.create(
        {"customer": customer.id, "start_date": "now", "phases": phases}
    )
    life.advance(DAY)
    shown = preview(life, schedule=made.id)
    life.advance_to(MIDDLE)
    assert essence(shown) == essence(newest(life, customer.id))
    assert shown.total == 2000


def test_there_is_nothing_to_show_where_the_schedule_ends_the_subscription(life: Life) -> None:
    price, customer = life.price(), life.customer()
    made = life.client.v1.subscription_schedules.create(
        {"customer": customer.id, "start_date": "now", "end_behavior": "cancel", "phases": [phase(price)]}
    )
    life.advance(DAY)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        preview(life, schedule=made.id)
    assert refusal.value.code == "invoice_upcoming_none"
    life.client.v1.subscription_schedules.cancel(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="`canceled` status"):
        preview(life, schedule=made.id)


def test_a_schedule_and_a_subscription_exclude_each_other(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    made = life.client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        preview(life, schedule=made.id, subscription=subscription.id)
    assert refusal.value.code == "parameters_exclusive"


@pytest.mark.parametrize("started", [True, False])
def test_with_a_discount_and_automatic_tax_of_its_own(life: Life, started: bool) -> None:
    price, customer = life.price(), life.customer()
    german: Any = {"country": "DE", "line1": "Weg 1", "city": "Bonn", "postal_code": "53111"}
    life.client.v1.customers.update(customer.id, {"address": german})
    half = life.client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    start: Any = "now" if started else FEB
    phases: Any = [phase(price, duration=MONTH), phase(price, 2, duration=MONTH)]
    made = life.client.v1.subscription_schedules.create(
        {"customer": customer.id, "start_date": start, "phases": phases}
    )
    if started:
        life.advance(7200)  # its first invoice was a draft for an hour
    own: Any = {"discounts": [{"coupon": half}], "automatic_tax": {"enabled": True}}
    shown = preview(life, schedule=made.id, **own)
    # half of 40.00 for the two of the second phase, or of 20.00 for the one of the first; and 19 % on top
    assert (shown.total, shown.total_excluding_tax) == ((2380, 2000) if started else (1190, 1000))
    assert preview(life, schedule=made.id).total == (4000 if started else 2000), "nothing is kept"
    planned = preview(
        life, customer=customer.id, schedule_details={"phases": [{**phases[0], "start_date": FEB}]}, **own
    )
    assert planned.total == 1190
