"""What is sold by checkout, links, quotes and schedules goes on to a connected account as well."""

from typing import Any

import pytest
import requests
import stripe
from api.connected import held, onboarded
from api.life import DAY, HOUR, Life
from control.api import Control

from mockbill.server import LocalServer

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z, when the first renewal is due
MONTH = 31 * DAY


@pytest.fixture
def farm(client: stripe.StripeClient) -> str:
    return onboarded(client)


@pytest.fixture
def life(client: stripe.StripeClient, farm: str) -> Life:
    return Life.begin(client)


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


def sent(client: stripe.StripeClient) -> list[tuple[int, int | None]]:
    """Transfers, and the fee that came back of each, oldest first."""
    fees = {str(fee.originating_transaction): fee.amount for fee in client.v1.application_fees.list()}
    found = list(client.v1.transfers.list())[::-1]
    return [(each.amount, fees.get(str(each.source_transaction))) for each in found]


def price(client: stripe.StripeClient, amount: int, **params: Any) -> str:
    asked: Any = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Eggs"}, **params}
    return client.v1.prices.create(asked).id


def paid(client: stripe.StripeClient, control: Control, **params: Any) -> Any:
    asked: Any = {"success_url": "https://shop.test/done", **params}
    session = client.v1.checkout.sessions.create(asked)
    control.post(f"checkout/{session.id}/pay", email="ada@example.com", name="Ada", card="4242424242424242")
    return client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent", "subscription"]})


# checkout


def test_a_payment_at_a_checkout_goes_on(client: stripe.StripeClient, control: Control, farm: str) -> None:
    data = {"application_fee_amount": 123, "transfer_data": {"destination": farm}, "on_behalf_of": farm}
    items = [{"price": price(client, 5000), "quantity": 1}]
    session = paid(client, control, mode="payment", line_items=items, payment_intent_data=data)
    assert (session.payment_intent.application_fee_amount, session.payment_intent.on_behalf_of) == (123, farm)
    assert sent(client) == [(5000, 123)]
    with pytest.raises(stripe.InvalidRequestError, match="Can only apply an application_fee_amount"):
        paid(client, control, mode="payment", line_items=items, payment_intent_data={"application_fee_amount": 1})


def test_a_subscription_of_a_checkout_goes_on_from_its_first_payment(
    client: stripe.StripeClient, control: Control, farm: str
) -> None:
    items = [{"price": price(client, 5000, recurring={"interval": "month"}), "quantity": 1}]
    data = {"application_fee_percent": 10, "transfer_data": {"destination": farm}, "on_behalf_of": farm}
    session = paid(client, control, mode="subscription", line_items=items, subscription_data=data)
    assert (session.subscription.application_fee_percent, session.subscription.on_behalf_of) == (10, farm)
    assert sent(client) == [(5000, 500)]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        paid(client, control, mode="subscription", line_items=items, subscription_data={"application_fee_percent": 10})
    assert refusal.value.param == "subscription_data[application_fee_percent]"


# payment links


def visited(control: Control, client: stripe.StripeClient, link: stripe.PaymentLink) -> None:
    requests.get(link.url, timeout=10)
    [session] = client.v1.checkout.sessions.list({"payment_link": link.id}).data
    control.post(f"checkout/{session.id}/pay", email="ada@example.com", name="Ada", card="4242424242424242")


def test_what_a_link_sells_once_goes_on(client: stripe.StripeClient, control: Control, farm: str) -> None:
    asked: Any = {"line_items": [{"price": price(client, 5000), "quantity": 1}], "on_behalf_of": farm}
    link = client.v1.payment_links.create({**asked, "transfer_data": {"destination": farm, "amount": 4000}})
    assert link.transfer_data
    assert link.transfer_data.to_dict() == {"amount": 4000, "destination": farm}
    visited(control, client, link)
    both: Any = {"transfer_data": {"destination": farm}, "application_fee_amount": 200}
    visited(control, client, client.v1.payment_links.create({**asked, **both}))
    assert sent(client) == [(4000, None), (5000, 200)]
    for wrong in ({"application_fee_percent": 5}, {"application_fee_amount": 5}):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.payment_links.create({**asked, **wrong})
        assert refusal.value.param == next(iter(wrong))


def test_what_a_link_sells_again_and_again_goes_on(client: stripe.StripeClient, control: Control, farm: str) -> None:
    items = [{"price": price(client, 5000, recurring={"interval": "month"}), "quantity": 1}]
    asked: Any = {"line_items": items, "transfer_data": {"destination": farm}, "application_fee_percent": 7.5}
    link = client.v1.payment_links.create(asked)
    visited(control, client, link)
    assert sent(client) == [(5000, 375)]
    [subscription] = client.v1.subscriptions.list().data
    assert subscription.application_fee_percent == 7.5
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_links.update(link.id, {"transfer_data": {"destination": farm, "amount": 5}})  # type: ignore[typeddict-item]
    assert refusal.value.param == "application_fee_percent"


# quotes


def accepted(life: Life, item: str, **params: Any) -> stripe.Quote:
    asked: Any = {"customer": life.customer().id, "line_items": [{"price": item}], **params}
    quote = life.client.v1.quotes.create(asked)
    life.client.v1.quotes.finalize_quote(quote.id)
    return life.client.v1.quotes.accept(quote.id)


def test_what_was_quoted_once_goes_on(life: Life, farm: str) -> None:
    terms = {"transfer_data": {"destination": farm}, "application_fee_amount": 99, "on_behalf_of": farm}
    quote = accepted(life, price(life.client, 5000), **terms)
    assert (quote.application_fee_amount, quote.on_behalf_of) == (99, farm)
    invoice = life.client.v1.invoices.pay(str(quote.invoice))
    assert (invoice.on_behalf_of, sent(life.client)) == (farm, [(5000, 99)])


def test_what_was_quoted_to_recur_goes_on(life: Life, farm: str) -> None:
    item = life.price(5000).id
    terms = {"transfer_data": {"destination": farm, "amount_percent": 60}, "on_behalf_of": farm}
    quote = accepted(life, item, **terms)
    subscription = life.client.v1.subscriptions.retrieve(str(quote.subscription))
    assert subscription.transfer_data
    assert subscription.transfer_data.to_dict() == {"amount_percent": 60, "destination": farm}
    life.advance(HOUR)
    assert sent(life.client) == [(3000, None)]
    later = accepted(
        life,
        item,
        application_fee_percent=10,
        transfer_data={"destination": farm},
        subscription_data={"effective_date": MONTH_END},
    )
    schedule = life.client.v1.subscription_schedules.retrieve(str(later.subscription_schedule))
    assert schedule.default_settings.application_fee_percent == 10
    life.advance_to(MONTH_END + HOUR)
    assert sorted(sent(life.client)[1:]) == [(3000, None), (5000, 500)]


@pytest.mark.parametrize(
    ("recurs", "terms", "param"),
    [
        (True, {"application_fee_amount": 5}, "application_fee_amount"),
        (False, {"application_fee_percent": 5}, "application_fee_percent"),
        (True, {"transfer_data": {"amount": 5}}, "transfer_data[amount]"),
        (False, {"transfer_data": {"amount_percent": 5}}, "transfer_data[amount_percent]"),
    ],
)
def test_shares_are_of_what_recurs(life: Life, farm: str, recurs: bool, terms: Any, param: str) -> None:
    item = price(life.client, 5000, **({"recurring": {"interval": "month"}} if recurs else {}))
    data = {"destination": farm, **terms.get("transfer_data", {})}
    with pytest.raises(stripe.InvalidRequestError, match="recurring price") as refusal:
        life.client.v1.quotes.create({"line_items": [{"price": item}], **terms, "transfer_data": data})
    assert refusal.value.param == param


# schedules


def test_each_phase_has_its_terms(life: Life, farm: str) -> None:
    item = life.price(1000).id
    phase: Any = {"items": [{"price": item}], "duration": {"interval": "month", "interval_count": 1}}
    schedule = life.client.v1.subscription_schedules.create(
        {
            "customer": life.customer().id,
            "start_date": "now",
            "end_behavior": "release",
            "default_settings": {"application_fee_percent": 10, "transfer_data": {"destination": farm}},
            "phases": [
                phase,
                {**phase, "application_fee_percent": 20, "on_behalf_of": farm},
                {**phase, "transfer_data": {"destination": farm}, "application_fee_percent": 0},
            ],
        }
    )
    assert [each.application_fee_percent for each in schedule.phases] == [None, 20, 0]
    assert schedule.phases[2].transfer_data
    assert schedule.phases[2].transfer_data.to_dict() == {"amount_percent": None, "destination": farm}
    life.advance(HOUR)
    life.advance_to(MONTH_END + HOUR)
    assert life.subscription(str(schedule.subscription)).on_behalf_of == farm
    life.advance(MONTH)
    assert life.subscription(str(schedule.subscription)).on_behalf_of is None
    life.advance(MONTH)
    assert sent(life.client) == [(1000, 100), (1000, 200), (1000, None), (1000, None)]
    assert held(life.client, farm) == 4000 - 300


def test_a_share_ends_with_its_phase(life: Life, farm: str) -> None:
    item = life.price(1000).id
    phase: Any = {"items": [{"price": item}], "duration": {"interval": "month", "interval_count": 1}}
    half = {"transfer_data": {"destination": farm, "amount_percent": 50}}
    whole = {"transfer_data": {"destination": farm}}
    life.client.v1.subscription_schedules.create(
        {"customer": life.customer().id, "start_date": "now", "phases": [{**phase, **half}, {**phase, **whole}]}
    )
    life.advance(HOUR)
    life.advance_to(MONTH_END + HOUR)
    assert sent(life.client) == [(500, None), (1000, None)]


def test_a_schedule_takes_over_what_its_subscription_has(life: Life, farm: str) -> None:
    terms = {"application_fee_percent": 10, "transfer_data": {"destination": farm}, "on_behalf_of": farm}
    subscription = life.subscribe(life.customer(), life.price(1000), **terms)
    schedule = life.client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    for found in (schedule.phases[0], schedule.default_settings):
        assert (found.application_fee_percent, found.on_behalf_of) == (10, farm)
    life.client.v1.subscriptions.update(subscription.id, {"application_fee_percent": 15})
    now = life.client.v1.subscription_schedules.retrieve(schedule.id)
    assert (now.phases[0].application_fee_percent, now.default_settings.application_fee_percent) == (15, 10)


def test_a_phase_cannot_have_a_fee_of_nobody(life: Life, farm: str) -> None:
    phase: Any = {"items": [{"price": life.price().id}], "application_fee_percent": 10}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.subscription_schedules.create(
            {"customer": life.customer().id, "start_date": "now", "phases": [phase]}
        )
    assert refusal.value.param == "phases[0][application_fee_percent]"
