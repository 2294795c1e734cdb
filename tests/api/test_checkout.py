"""Checkout sessions through the official SDK, paid by the control API as a script would."""

from typing import Any

import pytest
import requests
import stripe
from api.life import Life

from mockbill.server import LocalServer

SUBSCRIBED = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_method.attached",
    "customer.created",
    "customer.updated",
    "payment_intent.succeeded",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
    "checkout.session.completed",
    "invoice_payment.paid",
]


class Shop:
    """A shop with a checkout, and the visitor who pays at it."""

    def __init__(self, client: stripe.StripeClient, server: LocalServer, account: str) -> None:
        self.client, self.url, self.account = client, server.url, account
        self.life = Life.begin(client)

    def session(self, mode: str = "subscription", amount: int = 2000, **params: Any) -> stripe.checkout.Session:
        data: dict[str, Any] = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Pro"}}
        if mode == "subscription":
            data["recurring"] = {"interval": "month"}
        items = {} if mode == "setup" else {"line_items": [{"price_data": data, "quantity": 1}]}
        session = self.client.v1.checkout.sessions.create(
            {
                "mode": mode,
                "success_url": "http://shop.test/ok?s={CHECKOUT_SESSION_ID}",
                "cancel_url": "http://shop.test/no",
                **items,
                **params,
            }
        )
        self.life.events()
        return session

    def act(self, session: str, verb: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/_mockbill/checkout/{session}/{verb}", json={"account": self.account, **body}, timeout=10
        )
        return {"http": answer.status_code, **answer.json()}

    def look(self, session: str, *expand: str) -> stripe.checkout.Session:
        return self.client.v1.checkout.sessions.retrieve(session, {"expand": list(expand)})


@pytest.fixture
def shop(client: stripe.StripeClient, server: LocalServer, account: str) -> Shop:
    return Shop(client, server, account)


def test_nothing_exists_until_a_subscription_is_paid(shop: Shop) -> None:
    session = shop.session()
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 2000)
    assert (session.customer, session.subscription, session.payment_intent) == (None, None, None)
    assert session.url == f"{shop.url}/c/pay/{session.id}"
    assert shop.client.v1.customers.list().data == []


def test_paying_starts_the_subscription(shop: Shop) -> None:
    session = shop.session(subscription_data={"metadata": {"seat": "1"}}, metadata={"cart": "7"})
    paid = shop.act(session.id, "pay", email="ada@example.com", name="Ada")
    assert (paid["status"], paid["redirect_to"]) == ("complete", f"http://shop.test/ok?s={session.id}")
    assert shop.life.events() == SUBSCRIBED
    done = shop.look(session.id, "subscription", "customer", "invoice.payments", "line_items")
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.customer_details.email == "ada@example.com"
    assert done.customer.email == "ada@example.com"
    assert done.metadata.to_dict() == {"cart": "7"}
    assert done.subscription.status == "active"
    assert done.subscription.metadata.to_dict() == {"seat": "1"}
    assert done.subscription.default_payment_method is not None
    assert done.customer.invoice_settings.default_payment_method is None
    assert done.invoice.amount_paid == 2000
    assert done.invoice.payments.data[0].status == "paid"
    assert done.line_items.data[0].amount_total == 2000


def test_a_declined_card_leaves_the_session_open_and_says_why(shop: Shop) -> None:
    session = shop.session()
    declined = shop.act(session.id, "pay", card="4000000000009995", email="ada@example.com")
    assert declined["status"] == "open"
    assert declined["error"]["decline_code"] == "insufficient_funds"
    assert shop.life.events() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    assert shop.client.v1.customers.list().data == []
    shop.act(session.id, "pay", email="ada@example.com")
    assert shop.life.events() == SUBSCRIBED[1:]


def test_an_existing_customer_stays_the_same(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com"})
    session = shop.session(customer=customer.id)
    shop.act(session.id, "pay")
    assert shop.look(session.id).customer == customer.id
    assert "customer.created" not in shop.life.events()


def test_a_checkout_charges_what_its_page_says_and_leaves_the_rest_for_later(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com", "balance": -500})
    shop.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    session = shop.session(customer=customer.id)
    shop.act(session.id, "pay")
    done = shop.look(session.id, "invoice")
    assert (done.invoice.total, done.invoice.amount_due, done.invoice.amount_paid) == (2000, 2000, 2000)
    assert shop.client.v1.payment_intents.list({"customer": customer.id}).data[0].amount == 2000
    assert shop.client.v1.customers.retrieve(customer.id).balance == -500


def test_a_trial_is_set_up_and_costs_nothing_today(shop: Shop) -> None:
    session = shop.session(subscription_data={"trial_period_days": 14})
    assert session.amount_total == 0
    shop.act(session.id, "pay", email="ada@example.com")
    done = shop.look(session.id, "subscription.latest_invoice")
    assert (done.payment_status, done.subscription.status) == ("no_payment_required", "trialing")
    assert done.subscription.latest_invoice.amount_due == 0
    assert shop.life.events() == [
        "setup_intent.created",
        "setup_intent.succeeded",
        "payment_method.attached",
        "customer.created",
        "customer.updated",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.completed",
    ]


def test_payment_mode_makes_a_payment_and_no_customer(shop: Shop) -> None:
    session = shop.session("payment", amount=1200)
    shop.act(session.id, "pay", email="ada@example.com")
    done = shop.look(session.id, "payment_intent.latest_charge")
    assert (done.status, done.payment_status, done.customer) == ("complete", "paid", None)
    assert done.payment_intent.latest_charge.amount == 1200
    assert shop.life.events() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_payment_mode_makes_a_customer_when_asked(shop: Shop) -> None:
    session = shop.session("payment", customer_creation="always")
    shop.act(session.id, "pay", email="ada@example.com")
    assert shop.look(session.id, "customer").customer.email == "ada@example.com"


def test_setup_mode_saves_a_card(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com"})
    session = shop.session("setup", customer=customer.id, currency="usd")
    assert session.setup_intent is not None
    shop.act(session.id, "pay")
    done = shop.look(session.id, "setup_intent")
    assert (done.status, done.payment_status, done.setup_intent.status) == (
        "complete",
        "no_payment_required",
        "succeeded",
    )
    [method] = shop.client.v1.customers.payment_methods.list(customer.id).data
    assert method.id == done.setup_intent.payment_method
    assert shop.life.events() == ["setup_intent.succeeded", "payment_method.attached", "checkout.session.completed"]


def test_a_session_expires_after_a_day_or_when_told(shop: Shop) -> None:
    session = shop.session()
    expired = shop.client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert shop.life.events() == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status in"):
        shop.client.v1.checkout.sessions.expire(session.id)
    late = shop.session()
    requests.post(
        f"{shop.url}/_mockbill/clock/advance", json={"account": shop.account, "by": "24 hours"}, timeout=10
    ).raise_for_status()
    assert shop.look(late.id).status == "expired"
    assert shop.act(late.id, "pay", email="ada@example.com")["http"] == 400


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mode": "payment"}, "passed a recurring price"),
        ({"line_items": []}, "line_items"),
        ({"success_url": "shop.test"}, "Not a valid URL"),
        ({"customer": "cus_nobody"}, "No such customer"),
        ({"expires_at": 1}, "between 30 minutes and 24 hours"),
        ({"customer_creation": "always"}, "`customer_creation` can only be used in `payment` mode"),
        ({"optional_items": [{"price": "x", "quantity": 1}]}, "does not simulate optional_items"),
    ],
)
def test_what_stripe_refuses_is_refused(shop: Shop, changes: dict[str, Any], message: str) -> None:
    price = {"currency": "usd", "unit_amount": 5, "recurring": {"interval": "month"}, "product_data": {"name": "P"}}
    params = {
        "mode": "subscription",
        "success_url": "http://shop.test/ok",
        "line_items": [{"price_data": price, "quantity": 1}],
        **changes,
    }
    with pytest.raises(stripe.StripeError, match=message):
        shop.client.v1.checkout.sessions.create(params)
    assert shop.life.events() == []
