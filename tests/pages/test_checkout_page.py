"""The hosted checkout as plain HTTP sees it: what the page says, what paying does, and what nothing does."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import stripe
from pages.shop import DECLINED, GOOD, NO_FUNDS, THREE_D_SECURE, Shop, Visitor

from mockbill.scenario.receiver import Receiver

# What it says


def test_the_page_shows_items_quantities_prices_per_interval_and_the_total(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(shop.pro, shop.seat, quantity=3)
    answer = visitor.get(session.url)
    assert answer.status == 200
    words = answer.page.words
    assert "Pro Qty 3 · $20.00 each per month $60.00" in words
    assert "Seat Qty 3 · $12.50 each per month $37.50" in words
    assert "$97.50 per month" in words
    assert "Total due today $97.50" in words


def test_a_trial_says_how_long_it_is_free_and_what_follows(shop: Shop, visitor: Visitor) -> None:
    clock = shop.client.v1.test_helpers.test_clocks.create({"frozen_time": 1_769_853_600})  # 31 Jan 2026
    customer = shop.client.v1.customers.create({"email": "ada@example.com", "test_clock": clock.id})
    session = shop.checkout(customer=customer.id, subscription_data={"trial_period_days": 14})
    words = visitor.get(session.url).page.words
    assert "Free until 14 Feb 2026, then $20.00 per month" in words
    assert "Total due today $0.00" in words
    assert "Start trial" in words


def test_one_time_items_beside_a_subscription_are_paid_today_only(shop: Shop, visitor: Visitor) -> None:
    words = visitor.get(shop.checkout(shop.pro, shop.mug).url).page.words
    assert "$32.00 today, then $20.00 per month" in words
    assert "Total due today $32.00" in words


@pytest.mark.parametrize(
    ("recurring", "pace"),
    [
        ({"interval": "month", "interval_count": 3}, "every 3 months"),
        ({"interval": "year"}, "per year"),
        ({"interval": "week", "interval_count": 2}, "every 2 weeks"),
    ],
)
def test_the_pace_of_a_price_is_in_words(shop: Shop, visitor: Visitor, recurring: Any, pace: str) -> None:
    price = shop.client.v1.prices.create(
        {"currency": "eur", "unit_amount": 999, "recurring": recurring, "product_data": {"name": "Plan"}}
    )
    assert f"€9.99 {pace}" in visitor.get(shop.checkout(price.id).url).page.words


def test_the_button_says_what_it_does(shop: Shop, visitor: Visitor) -> None:
    def words(*prices: str, **params: Any) -> str:
        return visitor.get(shop.checkout(*prices, **params).url).page.words

    assert "Subscribe You allow" in words()
    assert "Save card You allow" in words(mode="setup", currency="usd")
    assert "Pay $12.00 mockbill" in words(shop.mug, mode="payment")
    assert "Donate $12.00 mockbill" in words(shop.mug, mode="payment", submit_type="donate")


def test_the_form_has_what_password_managers_and_scripts_look_for(shop: Shop, visitor: Visitor) -> None:
    answer = visitor.get(shop.checkout().url)
    form = answer.page.card_form()
    assert form is not None
    assert form.fields == dict.fromkeys(("email", "name", "card", "exp", "cvc"), "")
    for token in ("email", "cc-name", "cc-number", "cc-exp", "cc-csc"):
        assert f'autocomplete="{token}"' in answer.text
    assert f"{shop.site}/pricing" in answer.page.links


def test_without_a_cancel_url_there_is_no_way_back(shop: Shop, visitor: Visitor) -> None:
    assert visitor.get(shop.checkout(cancel_url=None).url).page.links == []


def test_names_of_products_cannot_write_html(shop: Shop, visitor: Visitor) -> None:
    evil = '<script>alert(1)</script>"onfocus="x'
    price = shop.client.v1.prices.create({"currency": "usd", "unit_amount": 500, "product_data": {"name": evil}})
    answer = visitor.get(shop.checkout(price.id, mode="payment").url)
    assert "<script" not in answer.text
    assert evil in answer.page.words
    answer = visitor.pay(answer.page.forms[0].action, DECLINED, name=evil, email='"><b>@x.y')
    assert "<script" not in answer.text
    assert "<b>" not in answer.text


def test_every_answer_carries_the_headers_that_keep_it_private(shop: Shop, visitor: Visitor) -> None:
    url = shop.checkout().url
    for answer in (visitor.get(url), visitor.pay(url, DECLINED), visitor.get("/c/pay/cs_test_nobody")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy


# Paying


def test_a_card_that_passes_leads_to_the_shop_with_the_session_filled_in(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    answer = visitor.pay(session.url)
    assert (answer.status, answer.location) == (303, f"{shop.site}/thanks?session={session.id}")
    paid = shop.look(session)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert isinstance(paid.subscription, stripe.Subscription)
    assert paid.subscription.status == "active"
    assert isinstance(paid.invoice, stripe.Invoice)
    assert (paid.invoice.status, paid.invoice.amount_paid) == ("paid", 2000)
    assert isinstance(paid.customer, stripe.Customer)
    assert (paid.customer.email, paid.customer.name) == ("ada@example.com", "Ada Lovelace")
    assert shop.events()[-1] == "invoice_payment.paid"
    event = shop.client.v1.events.list({"type": "checkout.session.completed"}).data[0]
    assert event.request is not None
    assert event.request.id is None  # nobody called the API


def test_an_encoded_placeholder_is_filled_in_as_well(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(success_url=f"{shop.site}/a%20b/%7BCHECKOUT_SESSION_ID%7D?q=1&r=%C3%A9#end")
    assert visitor.pay(session.url).location == f"{shop.site}/a%20b/{session.id}?q=1&r=%C3%A9#end"


def test_looking_never_pays(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    before = shop.events()
    query = f"?test_card={GOOD}&email=ada@example.com&card={GOOD}&exp=12/34&cvc=123&failed=1"
    for url in (f"{session.url}", f"{session.url}{query}", f"{session.url}/authenticate?challenge=complete"):
        assert visitor.get(url).status in (200, 303)
    assert visitor.session.head(session.url or "", timeout=10).status_code == 200
    assert shop.look(session).status == "open"
    assert shop.events() == before


def test_one_click_on_a_test_card_pays_with_nothing_typed(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    assert visitor.post(session.url, test_card=GOOD).status == 303
    paid = shop.look(session)
    assert paid.status == "complete"
    assert paid.customer_details is not None
    assert paid.customer_details.email == "test@example.com"


def test_one_click_keeps_the_email_that_was_typed(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    assert visitor.post(session.url, test_card=GOOD, email="grace@example.com", card="1", exp="x").status == 303
    details = shop.look(session).customer_details
    assert details is not None
    assert details.email == "grace@example.com"


@pytest.mark.parametrize(
    ("card", "message", "code"),
    [
        (DECLINED, "Your card was declined.", "card_declined: generic_decline"),
        (NO_FUNDS, "Your card has insufficient funds.", "card_declined: insufficient_funds"),
    ],
)
def test_a_declined_card_stays_and_says_why(shop: Shop, visitor: Visitor, card: str, message: str, code: str) -> None:
    session = shop.checkout()
    answer = visitor.pay(session.url, card)
    assert answer.status == 402
    assert answer.page.alert == f"{message} {code}"
    form = answer.page.card_form()
    assert form is not None
    kept = {"email": "ada@example.com", "name": "Ada Lovelace", "exp": "12 / 34", "card": "", "cvc": ""}
    assert form.fields == kept
    assert card not in answer.text.replace(f'value="{card}" data-testid="test-card', "")
    assert shop.look(session).status == "open"
    assert shop.events()[-1] == "payment_intent.payment_failed"
    # What was typed is still there for who comes back, and another card pays.
    again = visitor.get(session.url)
    assert again.page.alert == ""
    assert again.page.forms[0].fields["email"] == "ada@example.com"
    assert visitor.pay(session.url).status == 303
    assert shop.look(session).status == "complete"


def test_an_empty_form_is_told_all_that_is_missing_at_once(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    before = shop.events()
    answer = visitor.post(session.url)
    assert answer.status == 422
    assert answer.page.alert
    for name in ("email", "card", "exp", "cvc"):
        assert f'id="{name}-error"' in answer.text
        assert f'aria-describedby="{name}-error"' in answer.text
    assert 'id="name-error"' not in answer.text
    assert shop.events() == before


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"email": ""}, 422, "email"),
        ({"email": "ada"}, 422, "email"),
        ({"email": "ada@" + "x" * 600 + ".com"}, 422, "email"),
        ({"card": "4242424242424241"}, 402, "card"),
        ({"card": "four"}, 402, "card"),
        ({"exp": "01/20"}, 402, "exp"),
        ({"exp": "13/34"}, 402, "exp"),
        ({"exp": "soon"}, 422, "exp"),
        ({"exp": "١٢/٣٤"}, 422, "exp"),
        ({"cvc": ""}, 422, "cvc"),
        ({"cvc": "12"}, 402, "cvc"),
    ],
)
def test_what_cannot_be_right_is_marked_where_it_stands(
    shop: Shop, visitor: Visitor, typed: dict[str, str], status: int, field: str
) -> None:
    session = shop.checkout()
    before = shop.events()
    answer = visitor.pay(session.url, **typed)
    assert answer.status == status
    assert answer.page.alert
    assert answer.text.count('-error" data-testid') == 1
    assert f'id="{field}-error"' in answer.text
    assert shop.look(session).status == "open"
    assert shop.events() == before  # a refused card makes no payment method


@pytest.mark.parametrize("exp", ["12/34", "12 / 34", "12/2034", "1234", "12-34", " 1/34 "])
def test_the_date_may_be_typed_in_the_usual_ways(shop: Shop, visitor: Visitor, exp: str) -> None:
    assert visitor.pay(shop.checkout().url, exp=exp).status == 303


def test_a_number_may_be_typed_with_spaces(shop: Shop, visitor: Visitor) -> None:
    assert visitor.pay(shop.checkout().url, " 4242 4242 4242 4242 ").status == 303


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe=%00&card=%ff",
        b"card=" + b"4" * 5_000,
        b"&&&=&=",
        b"email=a@b.c&card=4242424242424242&exp=99999/99&cvc=\x00",
        b"test_card=",
        b"test_card=nonsense",
        b"email=%F0%9F%92%B3@x.y&card=4242424242424242&exp=00/00&cvc=123",
    ],
)
def test_nonsense_is_refused_and_never_a_crash(shop: Shop, visitor: Visitor, body: bytes) -> None:
    session = shop.checkout()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = visitor.session.post(session.url or "", data=body, headers=headers, allow_redirects=False, timeout=10)
    assert answer.status_code in (402, 422)
    assert shop.look(session).status == "open"


def test_a_body_of_another_type_is_an_empty_form(shop: Shop, visitor: Visitor) -> None:
    answer = visitor.session.post(shop.checkout().url or "", json={"card": GOOD}, allow_redirects=False, timeout=10)
    assert answer.status_code == 422


@pytest.mark.parametrize("known_by", ["customer", "customer_email"])
def test_an_email_that_the_session_knows_is_shown_and_locked(shop: Shop, visitor: Visitor, known_by: str) -> None:
    email = "grace@example.com"
    customer = shop.client.v1.customers.create({"email": email}).id
    session = shop.checkout(**{known_by: customer if known_by == "customer" else email})
    answer = visitor.get(session.url)
    assert answer.page.forms[0].fields["email"] == email
    assert "readonly" in answer.text
    assert visitor.pay(session.url, email="mallory@example.com").status == 303
    paid = shop.look(session)
    assert paid.customer_details is not None
    assert paid.customer_details.email == email
    assert isinstance(paid.customer, stripe.Customer)
    assert paid.customer.email == email


def test_two_clicks_at_once_pay_once(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()

    def click(_: int) -> tuple[int, str | None]:
        with requests.Session() as own:
            own.trust_env = False
            sent = own.post(session.url or "", data={"test_card": GOOD}, allow_redirects=False, timeout=30)
            return sent.status_code, sent.headers.get("Location")

    with ThreadPoolExecutor(4) as clicks:
        answers = set(clicks.map(click, range(4)))
    assert answers == {(303, f"{shop.site}/thanks?session={session.id}")}
    assert len(shop.client.v1.subscriptions.list().data) == 1
    assert shop.events().count("checkout.session.completed") == 1


def test_a_session_is_found_whatever_account_it_is_of(
    shop: Shop, visitor: Visitor, server: object, account: str
) -> None:
    ours = shop.checkout()
    stripe_there = stripe.StripeClient(f"sk_test_{account}b", base_addresses={"api": visitor.server.url})
    price = stripe_there.v1.prices.create({"currency": "usd", "unit_amount": 700, "product_data": {"name": "Tea"}})
    theirs = stripe_there.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [{"price": price.id, "quantity": 1}], "success_url": shop.site}
    )
    assert "Pay $7.00" in visitor.get(theirs.url).page.words
    assert visitor.pay(theirs.url).status == 303
    assert shop.look(ours).status == "open"


def test_the_webhooks_have_arrived_when_the_payer_is_sent_back(shop: Shop, visitor: Visitor) -> None:
    class SlowReceiver(Receiver):
        def take(self, body: bytes, header: str) -> str | None:
            time.sleep(0.05)
            return super().take(body, header)

    with SlowReceiver() as application:
        endpoint = shop.client.v1.webhook_endpoints.create(
            {"url": application.url, "enabled_events": ["checkout.session.completed", "invoice.paid"]}
        )
        application.secret = endpoint.secret or ""
        assert visitor.pay(shop.checkout().url).status == 303
        heard = [(received.event["type"], received.problem) for received in application.received]
    assert heard == [("invoice.paid", None), ("checkout.session.completed", None)]


# The other modes


def test_a_payment_is_paid(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(shop.mug, mode="payment", quantity=2)
    assert visitor.pay(session.url).status == 303
    intent = shop.look(session).payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received) == ("succeeded", 2400)


def test_a_card_is_saved_in_setup_mode(shop: Shop, visitor: Visitor) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com"})
    session = shop.checkout(mode="setup", currency="usd", customer=customer.id)
    assert visitor.pay(session.url, THREE_D_SECURE).location == f"/c/pay/{session.id}/authenticate"
    assert visitor.post(f"/c/pay/{session.id}/authenticate", challenge="complete").status == 303
    assert shop.look(session).status == "complete"
    cards = shop.client.v1.payment_methods.list({"customer": customer.id}).data
    assert [method.card.last4 for method in cards if method.card] == ["3184"]


def test_a_trial_starts_without_a_charge(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(subscription_data={"trial_period_days": 7})
    assert visitor.pay(session.url).status == 303
    paid = shop.look(session)
    assert paid.payment_status == "no_payment_required"
    assert isinstance(paid.subscription, stripe.Subscription)
    assert paid.subscription.status == "trialing"
    assert "charge.succeeded" not in shop.events()


def test_without_a_success_url_our_own_page_confirms(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(shop.mug, mode="payment", success_url=None)
    answer = visitor.pay(session.url)
    assert (answer.status, answer.location) == (303, f"/c/pay/{session.id}")
    confirmed = visitor.get(answer.location)
    assert confirmed.status == 200
    assert "Payment received" in confirmed.page.words
    assert confirmed.page.links == []


# Pages with nothing left to pay


def test_a_session_that_is_complete_says_so_and_leads_on(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    visitor.pay(session.url)
    answer = visitor.get(session.url)
    assert answer.status == 200
    assert "You are subscribed" in answer.page.words
    assert answer.page.forms == []
    assert answer.page.links == [f"{shop.site}/thanks?session={session.id}"]


def test_an_expired_session_says_so_leads_back_and_takes_no_money(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout()
    shop.client.v1.checkout.sessions.expire(session.id)
    before = shop.events()
    for answer in (visitor.get(session.url), visitor.pay(session.url)):
        assert answer.status == 410
        assert "has expired" in answer.page.words
        assert answer.page.forms == []
        assert answer.page.links == [f"{shop.site}/pricing"]
    assert visitor.post(f"{session.url}/authenticate", challenge="complete").status == 303
    assert shop.events() == before


@pytest.mark.parametrize("path", ["/c/pay/cs_test_nobody", "/c/pay/cs_test_nobody/authenticate", "/3ds/pi_nobody"])
def test_an_unknown_id_is_answered_with_a_page(visitor: Visitor, path: str) -> None:
    for answer in (visitor.get(path), visitor.post(path, test_card=GOOD, challenge="complete")):
        assert answer.status == 404
        assert "There is nothing at this link" in answer.page.words
