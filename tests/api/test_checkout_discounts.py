"""A discount at the checkout: given with the session, or typed in as a promotion code; on invoice and renewals too."""

from typing import Any

import pytest
import stripe
from api.discounted import months
from api.life import HOUR, advance
from api.test_checkout import SUBSCRIBED, Shop

from mockbill.server import LocalServer

MARCH = months(0)


@pytest.fixture
def shop(client: stripe.StripeClient, server: LocalServer, account: str) -> Shop:
    return Shop(client, server, account)


def coupon(shop: Shop, **terms: Any) -> str:
    made = shop.client.v1.coupons.create({"duration": "forever", "percent_off": 25, **terms})
    shop.life.events()
    return made.id


def code(shop: Shop, name: str = "SAVE", of: str | None = None, **params: Any) -> str:
    promotion = {"type": "coupon", "coupon": of or coupon(shop)}
    made = shop.client.v1.promotion_codes.create(
        {"promotion": promotion, "code": name, **params}  # type: ignore[typeddict-item]
    )
    shop.life.events()
    return made.id


def amounts(session: stripe.checkout.Session) -> tuple[int | None, int, int | None]:
    assert session.total_details
    return session.amount_subtotal, session.total_details.amount_discount, session.amount_total


def test_a_session_shows_what_its_coupon_takes_off(shop: Shop) -> None:
    name = coupon(shop)
    session = shop.session(discounts=[{"coupon": name}], expand=["discounts.coupon", "line_items"])
    assert amounts(session) == (2000, 500, 1500)
    assert session.discounts
    assert (session.discounts[0].coupon.id, session.discounts[0].promotion_code) == (name, None)
    assert session.line_items
    item = session.line_items.data[0]
    assert (item.amount_subtotal, item.amount_discount, item.amount_total) == (2000, 500, 1500)
    assert shop.client.v1.coupons.retrieve(name).times_redeemed == 0


def test_first_invoice_and_renewals_of_what_was_bought_are_discounted(shop: Shop) -> None:
    clock = shop.client.v1.test_helpers.test_clocks.create({"frozen_time": MARCH})
    customer = shop.client.v1.customers.create({"test_clock": clock.id, "email": "ada@example.com"})
    name = coupon(shop)
    session = shop.session(customer=customer.id, discounts=[{"coupon": name}])
    assert shop.act(session.id, "pay")["status"] == "complete"
    paid = shop.look(session.id, "invoice", "subscription.discounts")
    assert (paid.payment_status, paid.invoice.total, paid.invoice.amount_paid) == ("paid", 1500, 1500)
    discount = paid.subscription.discounts[0]
    assert (discount.checkout_session, discount.subscription) == (session.id, paid.subscription.id)
    assert shop.client.v1.coupons.retrieve(name).times_redeemed == 1
    advance(shop.client, clock.id, months(1) + 2 * HOUR)
    renewed = shop.client.v1.invoices.list({"subscription": paid.subscription.id}).data[0]
    assert (renewed.billing_reason, renewed.total, renewed.status) == ("subscription_cycle", 1500, "paid")


def test_the_discount_is_told_before_its_subscription(shop: Shop) -> None:
    session = shop.session(discounts=[{"coupon": coupon(shop)}])
    shop.act(session.id, "pay", email="ada@example.com")
    expected = list(SUBSCRIBED)
    expected.insert(expected.index("customer.subscription.created"), "customer.discount.created")
    assert shop.life.events() == expected


def test_a_discount_for_once_leaves_the_subscription_with_its_first_invoice(shop: Shop) -> None:
    session = shop.session(discounts=[{"coupon": coupon(shop, duration="once")}])
    shop.act(session.id, "pay", email="ada@example.com")
    told = [type for type in shop.life.events() if "subscription." in type or "discount" in type]
    assert told == [
        "customer.discount.created",
        "customer.subscription.created",
        "customer.discount.deleted",
        "customer.subscription.updated",
    ]
    paid = shop.look(session.id, "invoice", "subscription")
    assert (paid.invoice.total, paid.subscription.discounts) == (1500, [])


def test_a_promotion_code_is_typed_in_and_counts_when_it_is_paid(shop: Shop) -> None:
    id = code(shop, "SAVE")
    session = shop.session(allow_promotion_codes=True)
    assert amounts(session) == (2000, 0, 2000)
    paid = shop.act(session.id, "pay", email="ada@example.com", promotion_code="save")
    assert paid["status"] == "complete"
    done = shop.look(session.id, "invoice")
    assert amounts(done) == (2000, 500, 1500)
    assert done.discounts
    assert (done.discounts[0].coupon, done.discounts[0].promotion_code) == (None, id)
    assert done.invoice.total == 1500
    assert shop.client.v1.promotion_codes.retrieve(id).times_redeemed == 1


def test_a_code_stays_when_the_card_is_declined_and_the_next_card_pays_the_rest(shop: Shop) -> None:
    code(shop, "SAVE")
    session = shop.session("payment", allow_promotion_codes=True)
    shop.act(session.id, "pay", email="ada@example.com", card="4000000000000002")
    assert shop.act(session.id, "pay", email="ada@example.com", card="4000000000000002", promotion_code="SAVE") == {
        "http": 200,
        "status": "open",
        "redirect_to": None,
        "error": {"code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined."},
    }
    shop.act(session.id, "pay", email="ada@example.com")
    done = shop.look(session.id, "payment_intent")
    assert (done.payment_intent.amount, done.payment_intent.amount_received) == (1500, 1500)


def test_everything_off_needs_no_payment(shop: Shop) -> None:
    session = shop.session(discounts=[{"coupon": coupon(shop, percent_off=100)}])
    assert amounts(session) == (2000, 2000, 0)
    assert shop.act(session.id, "pay", email="ada@example.com")["status"] == "complete"
    paid = shop.look(session.id, "invoice", "subscription")
    assert (paid.payment_status, paid.invoice.amount_due, paid.subscription.status) == (
        "no_payment_required",
        0,
        "active",
    )


def test_a_payment_counts_its_coupon_too(shop: Shop) -> None:
    name = coupon(shop, duration="once")
    session = shop.session("payment", discounts=[{"coupon": name}])
    assert shop.act(session.id, "pay", email="ada@example.com")["status"] == "complete"
    assert not [type for type in shop.life.events() if "discount" in type]
    used = shop.client.v1.coupons.retrieve(name)
    assert used.times_redeemed == 1
    done = shop.look(session.id, "payment_intent")
    assert done.payment_intent.amount == 1500


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("NOPE", "This code is invalid."),
        ("OFF", "This code is invalid."),
        ("BIG", "the associated purchase does not meet the minimum amount requirement."),
        ("GONE", "it has expired."),
    ],
)
def test_a_code_that_cannot_be_redeemed_says_why_and_nothing_is_paid(shop: Shop, typed: str, message: str) -> None:
    restrictions = {"minimum_amount": 2001, "minimum_amount_currency": "usd"}
    code(shop, "BIG", restrictions=restrictions)
    shop.client.v1.promotion_codes.update(code(shop, "OFF"), {"active": False})
    clock = shop.client.v1.test_helpers.test_clocks.create({"frozen_time": 1_900_000_000})
    customer = shop.client.v1.customers.create({"test_clock": clock.id, "email": "ada@example.com"})
    code(shop, "GONE", expires_at=1_899_999_999)
    session = shop.session(allow_promotion_codes=True, customer=customer.id)
    refused = shop.act(session.id, "pay", promotion_code=typed)
    assert refused["http"] == 400
    assert message in refused["error"]["message"]
    assert refused["error"]["param"] == "promotion_code"
    assert shop.life.events() == []
    assert shop.look(session.id).status == "open"


def test_a_coupon_for_other_products_is_refused(shop: Shop) -> None:
    other = shop.client.v1.products.create({"name": "Other"}).id
    name = coupon(shop, applies_to={"products": [other]})
    with pytest.raises(stripe.InvalidRequestError, match="is not valid for any of the items"):
        shop.session(discounts=[{"coupon": name}])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"discounts": [{"coupon": "A"}], "allow_promotion_codes": True}, "only specify one of these parameters"),
        ({"discounts": [{"coupon": "A"}, {"coupon": "B"}]}, "up to one discount"),
        ({"discounts": [{"coupon": "NOPE"}]}, "No such coupon: 'NOPE'"),
        ({"discounts": [{"coupon": "A"}], "mode": "setup"}, "can only be used in"),
    ],
)
def test_a_session_has_one_discount_or_a_box_for_codes(shop: Shop, params: Any, message: str) -> None:
    coupon(shop, id="A")
    with pytest.raises(stripe.InvalidRequestError, match=message):
        shop.session(params.pop("mode", "subscription"), **params)


def test_a_session_without_a_box_takes_no_code(shop: Shop) -> None:
    code(shop, "SAVE")
    refused = shop.act(shop.session().id, "pay", email="ada@example.com", promotion_code="SAVE")
    assert (refused["http"], refused["error"]["param"]) == (400, "promotion_code")
