"""Subscriptions and invoices whose payments go on to a connected account, and what the platform takes of them."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.connected import held, onboarded, there, told
from api.life import DAY, HOUR, Life

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z, when the first renewal is due


@pytest.fixture
def farm(client: stripe.StripeClient) -> str:
    return onboarded(client)


@pytest.fixture
def life(client: stripe.StripeClient, farm: str) -> Life:
    return Life.begin(client)


def on(farm: str, **params: Any) -> Any:
    return {"on_behalf_of": farm, "transfer_data": {"destination": farm}, "application_fee_percent": 12.5, **params}


def sent(client: stripe.StripeClient) -> list[tuple[int, int | None]]:
    """Transfers, and the fee that came back of each, oldest first."""
    fees = {str(fee.originating_transaction): fee.amount for fee in client.v1.application_fees.list()}
    found = list(client.v1.transfers.list())[::-1]
    return [(each.amount, fees.get(str(each.source_transaction))) for each in found]


def test_a_renewal_sends_its_payment_on_and_takes_its_fee(life: Life, farm: str) -> None:
    chain = Chain(life)
    subscription = life.subscribe(life.customer(), life.price(1999), **on(farm))
    assert (subscription.application_fee_percent, subscription.on_behalf_of) == (12.5, farm)
    assert subscription.transfer_data
    assert subscription.transfer_data.to_dict() == {"amount_percent": None, "destination": farm}
    assert [row[:2] for row in chain.told()] == [
        ("customer.updated", "0"),  # her currency
        ("payment_intent.created", "requires_confirmation 1999"),
        ("transfer.created", "1999"),
        ("application_fee.created", "250 0"),  # 12.5 % of 1,999 are 249.875
        ("charge.succeeded", "1999"),
        ("payment_intent.succeeded", "succeeded 1999"),
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 1999"),
        ("invoice.finalized", "open 1999"),
        ("invoice.paid", "paid 1999"),
        ("invoice.payment_succeeded", "paid 1999"),
        ("invoice_payment.paid", "1999"),
    ]
    chain.after(MONTH_END)
    assert [row[:2] for row in chain.after(MONTH_END + HOUR)] == [
        ("invoice.finalized", "open 1999"),
        ("payment_intent.created", "requires_confirmation 1999"),
        ("transfer.created", "1999"),
        ("application_fee.created", "250 0"),
        ("charge.succeeded", "1999"),
        ("payment_intent.succeeded", "succeeded 1999"),
        ("invoice.updated", "paid 1999"),
        ("invoice.paid", "paid 1999"),
        ("invoice.payment_succeeded", "paid 1999"),
        ("invoice_payment.paid", "1999"),
    ]
    newest = str(life.client.v1.subscriptions.retrieve(subscription.id).latest_invoice)
    invoice: Any = life.client.v1.invoices.retrieve(newest, {"expand": ["payments.data.payment.payment_intent"]})
    intent = invoice.payments.data[0].payment.payment_intent
    assert (invoice.on_behalf_of, intent.on_behalf_of, intent.application_fee_amount) == (farm, farm, 250)
    assert intent.transfer_data.to_dict() == {"destination": farm}
    assert sent(life.client) == [(1999, 250), (1999, 250)]
    assert held(life.client, farm) == 2 * 1749


def test_a_share_goes_on(life: Life, farm: str) -> None:
    shares = {"transfer_data": {"destination": farm, "amount_percent": 33.33}}
    life.subscribe(life.customer(), life.price(1000), **shares)
    assert sent(life.client) == [(333, None)]  # 333.3


def test_upgrades_and_items_go_on_too_and_terms_change(life: Life, farm: str) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(1000), **on(farm))
    life.upgrade(subscription, 3000)
    life.client.v1.subscriptions.update(subscription.id, {"application_fee_percent": 20})
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 500, "currency": "usd"})
    life.advance_to(MONTH_END + HOUR)
    # 12.5 % of 10.00 and of the 20.00 that the upgrade costs more, 20 % of 35.00.
    assert sent(life.client) == [(1000, 125), (2000, 250), (3500, 700)]
    life.client.v1.subscriptions.update(subscription.id, {"application_fee_percent": "", "transfer_data": ""})
    life.advance(31 * DAY + HOUR)
    assert len(sent(life.client)) == 3


def test_credit_of_the_customer_makes_the_fee_smaller(life: Life, farm: str) -> None:
    customer = life.customer()
    life.client.v1.customers.balance_transactions.create(customer.id, {"amount": -600, "currency": "usd"})
    life.subscribe(customer, life.price(1000), **on(farm))
    assert sent(life.client) == [(400, 50)]


def test_a_subscription_of_a_connected_account(client: stripe.StripeClient, farm: str) -> None:
    theirs = there(farm)
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"}, "product_data": {"name": "Eggs"}},
        theirs,
    )
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": MONTH_END}, theirs)
    card: Any = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = client.v1.customers.create({"test_clock": clock.id, **card}, theirs)
    wanted: Any = {"customer": customer.id, "items": [{"price": price.id}], "application_fee_percent": 10}
    client.v1.subscriptions.create(wanted, theirs)
    later: Any = {"frozen_time": MONTH_END + 28 * DAY + HOUR}
    client.v1.test_helpers.test_clocks.advance(clock.id, later, theirs)
    while client.v1.test_helpers.test_clocks.retrieve(clock.id, {}, theirs).status != "ready":
        pass
    assert [fee.amount for fee in client.v1.application_fees.list()] == [100, 100]
    assert [type for type, _ in told(client)] == ["application_fee.created"] * 2
    assert (held(client), held(client, farm)) == (200, 2 * (1000 - 100 - 59))


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"application_fee_percent": 10}, "application_fee_percent"),
        ({"application_fee_percent": 101, "transfer_data": "farm"}, "application_fee_percent"),
        ({"application_fee_percent": 1.234, "transfer_data": "farm"}, "application_fee_percent"),
        ({"transfer_data": {"destination": "acct_none"}}, "transfer_data[destination]"),
        ({"transfer_data": {"destination": "farm", "amount_percent": 100.5}}, "transfer_data[amount_percent]"),
        ({"on_behalf_of": "acct_none"}, "on_behalf_of"),
        (
            {"application_fee_percent": 1, "transfer_data": {"destination": "farm", "amount_percent": 5}},
            "application_fee_percent",
        ),
    ],
)
def test_terms_that_cannot_be(life: Life, farm: str, params: Any, param: str) -> None:
    data = params.get("transfer_data")
    if data == "farm":
        params = {**params, "transfer_data": {"destination": farm}}
    elif data and data["destination"] == "farm":
        params = {**params, "transfer_data": {**data, "destination": farm}}
    customer, price = life.customer(), life.price()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.subscribe(customer, price, **params)
    assert (refusal.value.http_status, refusal.value.param) == (400, param)
    subscription = life.subscribe(customer, price)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.subscriptions.update(subscription.id, params)
    assert refusal.value.param == param


# invoices


def billed(client: stripe.StripeClient, **params: Any) -> stripe.Invoice:
    """A draft over 50.00."""
    card: Any = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = client.v1.customers.create(card).id
    client.v1.invoice_items.create({"customer": customer, "amount": 5000, "currency": "usd"})
    asked: Any = {"customer": customer, "pending_invoice_items_behavior": "include", **params}
    return client.v1.invoices.create(asked)


def test_an_invoice_has_terms_of_its_own(client: stripe.StripeClient, farm: str) -> None:
    first = billed(client, transfer_data={"destination": farm}, application_fee_amount=400, on_behalf_of=farm)
    assert first.on_behalf_of == farm
    client.v1.invoices.pay(first.id)
    part = billed(client, transfer_data={"destination": farm, "amount": 3000})
    client.v1.invoices.pay(part.id)
    updated = billed(client, transfer_data={"destination": farm})
    client.v1.invoices.update(updated.id, {"application_fee_amount": 9000})
    client.v1.invoices.pay(updated.id)  # no more is taken than is paid
    revoked = billed(client, transfer_data={"destination": farm})
    client.v1.invoices.update(revoked.id, {"transfer_data": ""})
    client.v1.invoices.pay(revoked.id)
    assert sent(client) == [(5000, 400), (3000, None), (5000, 5000)]
    with pytest.raises(stripe.InvalidRequestError, match="Can only apply an application_fee_amount"):
        billed(client, application_fee_amount=400)
    with pytest.raises(stripe.InvalidRequestError, match="Can only apply an application_fee_amount"):
        client.v1.invoices.update(billed(client).id, {"application_fee_amount": 1})
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        billed(client, application_fee_amount=400, transfer_data={"destination": farm, "amount": 1})


def test_the_draft_of_a_renewal_takes_other_terms(life: Life, farm: str) -> None:
    subscription = life.subscribe(life.customer(), life.price(1000), **on(farm))
    life.advance_to(MONTH_END)
    draft = str(life.subscription(subscription.id).latest_invoice.id)  # type: ignore[union-attr]
    life.client.v1.invoices.update(draft, {"application_fee_amount": 1})
    life.advance(HOUR)
    assert sent(life.client) == [(1000, 125), (1000, 1)]


def test_a_revision_has_the_terms_of_its_original(client: stripe.StripeClient, farm: str) -> None:
    asked = {"transfer_data": {"destination": farm}, "application_fee_amount": 400, "on_behalf_of": farm}
    original = client.v1.invoices.finalize_invoice(billed(client, **asked).id)
    revision = client.v1.invoices.create({"from_invoice": {"action": "revision", "invoice": original.id}})
    client.v1.invoices.pay(revision.id)
    assert (revision.on_behalf_of, sent(client)) == (farm, [(5000, 400)])


def test_a_preview_says_on_whose_behalf(life: Life, farm: str) -> None:
    subscription = life.subscribe(life.customer(), life.price(1000), on_behalf_of=farm)
    assert life.client.v1.invoices.create_preview({"subscription": subscription.id}).on_behalf_of == farm
    asked: Any = {"subscription": subscription.id, "on_behalf_of": ""}
    assert life.client.v1.invoices.create_preview(asked).on_behalf_of is None


def test_older_versions_show_what_an_invoice_passes_on(life: Life, farm: str) -> None:
    subscription = life.subscribe(life.customer(), life.price(1000), **on(farm))
    older: Any = {"stripe_version": "2024-06-20"}
    found = life.client.raw_request("get", f"/v1/invoices?subscription={subscription.id}", **older).data["data"]
    assert [(each["application_fee_amount"], each["transfer_data"]) for each in found] == [
        (125, {"amount": None, "destination": farm})
    ]
