"""Promotion codes: made, switched off and on, found, redeemed by those who may."""

from typing import Any

import pytest
import stripe
from api.discounted import MARCH, coupon, invoices
from api.life import DAY, HOUR, Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, at=MARCH)


def code(life: Life, **params: Any) -> stripe.PromotionCode:
    promotion = {"type": "coupon", "coupon": params.pop("coupon", None) or coupon(life)}
    made = life.client.v1.promotion_codes.create({"promotion": promotion, **params})  # type: ignore[typeddict-item]
    life.events()
    return made


def refusal(life: Life, customer: stripe.Customer, promotion_code: str, amount: int = 2000) -> str:
    price = life.price(amount)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.subscribe(customer, price, discounts=[{"promotion_code": promotion_code}])
    assert refused.value.param == "discounts[0][promotion_code]"
    assert refused.value.http_status == 400
    assert life.events() == []
    return str(refused.value.user_message or refused.value)


def test_a_code_is_made_up_where_none_is_given(life: Life) -> None:
    made = code(life)
    assert made.id.startswith("promo_")
    assert (len(made.code), made.code) == (8, made.code.upper())
    assert made.active
    shown = made.to_dict()
    assert shown["restrictions"] == {
        "first_time_transaction": False,
        "minimum_amount": None,
        "minimum_amount_currency": None,
    }
    assert (shown["customer"], shown["expires_at"], shown["max_redemptions"], shown["times_redeemed"]) == (
        *(None, None, None),
        0,
    )
    assert shown["promotion"]["type"] == "coupon"


def test_a_redeemed_code_is_named_by_its_discount_and_counted(life: Life) -> None:
    name = coupon(life, percent_off=50)
    made = code(life, coupon=name, code="HALF")
    subscription = life.subscribe(
        life.customer(),
        life.price(2000),
        discounts=[{"promotion_code": made.id}],
        expand=["discounts.promotion_code.promotion.coupon"],
    )
    redeemed = subscription.discounts[0].promotion_code
    assert (redeemed.id, redeemed.times_redeemed) == (made.id, 1)
    assert (redeemed.promotion.coupon.id, redeemed.promotion.coupon.times_redeemed) == (name, 1)
    assert invoices(life, subscription.id)[0].total == 1000


def test_a_code_is_unique_in_either_case_among_the_active_ones_of_its_customers(life: Life) -> None:
    first, customer = code(life, code="Summer-26"), life.customer()
    with pytest.raises(stripe.InvalidRequestError, match="An active promotion code with `code: SUMMER-26`") as refused:
        code(life, code="SUMMER-26")
    assert refused.value.param == "code"
    assert code(life, code="SUMMER-26", customer=customer.id).customer == customer.id
    life.client.v1.promotion_codes.update(first.id, {"active": False})
    assert code(life, code="summer-26").active
    with pytest.raises(stripe.InvalidRequestError):
        life.client.v1.promotion_codes.update(first.id, {"active": True})


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"code": "two words"}, "code"),
        ({"expires_at": 1_000_000_000}, "expires_at"),
        ({"max_redemptions": 0}, "max_redemptions"),
        ({"max_redemptions": 6}, "max_redemptions"),  # more than the coupon's
        ({"customer": "cus_nope"}, "customer"),
        ({"coupon": "nope"}, "promotion[coupon]"),
        ({"restrictions": {"minimum_amount": 100}}, "restrictions[minimum_amount_currency]"),
        ({"restrictions": {"minimum_amount_currency": "zzz"}}, "restrictions[minimum_amount_currency]"),
    ],
)  # fmt: skip
def test_a_code_that_cannot_be_is_refused(life: Life, params: Any, param: str) -> None:
    name = coupon(life, max_redemptions=5)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        code(life, **{"coupon": name, **params})
    assert refused.value.param == param
    assert life.client.v1.promotion_codes.list().data == []


def test_birth_and_change_are_told(life: Life) -> None:
    name = coupon(life)
    made = life.client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": name}})
    life.client.v1.promotion_codes.update(made.id, {"active": False, "metadata": {"a": "1"}})
    told = life.new_events()
    assert [event.type for event in told] == ["promotion_code.created", "promotion_code.updated"]
    assert told[1].data.previous_attributes.to_dict() == {"active": True, "metadata": {"a": None}}


def test_codes_are_listed_by_code_coupon_customer_and_activity(life: Life) -> None:
    name, customer = coupon(life), life.customer()
    first, second = code(life, coupon=name, code="ONE"), code(life, code="TWO", customer=customer.id)
    life.client.v1.promotion_codes.update(second.id, {"active": False})

    def listed(**filters: Any) -> list[str]:
        return [each.id for each in life.client.v1.promotion_codes.list(filters).data]  # type: ignore[arg-type]

    assert set(listed()) == {first.id, second.id}
    assert listed(code="one") == [first.id]
    assert listed(coupon=name) == [first.id]
    assert listed(customer=customer.id) == [second.id]
    assert (listed(active=True), listed(active=False)) == ([first.id], [second.id])


def test_an_inactive_code_cannot_be_redeemed(life: Life) -> None:
    made = code(life)
    life.client.v1.promotion_codes.update(made.id, {"active": False})
    life.events()
    assert "inactive" in refusal(life, life.customer(), made.id)


def test_a_code_is_for_its_customer_alone(life: Life) -> None:
    own, other = life.customer(), life.customer()
    made = code(life, customer=own.id)
    assert "another customer" in refusal(life, other, made.id)
    assert life.subscribe(own, life.price(), discounts=[{"promotion_code": made.id}]).discounts


def test_a_code_for_new_customers_refuses_those_who_have_paid(life: Life) -> None:
    customer, made = life.customer(), code(life, restrictions={"first_time_transaction": True})
    assert life.subscribe(customer, life.price(), discounts=[{"promotion_code": made.id}]).discounts
    life.events()
    assert "the associated customer has prior transactions." in refusal(life, customer, made.id)


def test_a_code_with_a_minimum_refuses_less(life: Life) -> None:
    restrictions = {
        "minimum_amount": 5000,
        "minimum_amount_currency": "usd",
        "currency_options": {"eur": {"minimum_amount": 4000}},
    }
    made = code(life, restrictions=restrictions, expand=["restrictions.currency_options"])
    assert made.restrictions.currency_options
    assert made.restrictions.currency_options["eur"].minimum_amount == 4000
    customer = life.customer()
    assert "minimum amount" in refusal(life, customer, made.id, amount=4999)
    assert life.subscribe(customer, life.price(5000), discounts=[{"promotion_code": made.id}]).discounts


def test_the_last_redemption_ends_a_code(life: Life) -> None:
    made = code(life, max_redemptions=1)
    price = life.price()
    life.subscribe(life.customer(), price, discounts=[{"promotion_code": made.id}])
    told = [event for event in life.new_events() if event.type == "promotion_code.updated"]
    assert [event.data.previous_attributes.to_dict() for event in told] == [{"active": True}]
    used = life.client.v1.promotion_codes.retrieve(made.id)
    assert (used.active, used.times_redeemed) == (False, 1)
    assert "maximum number of times" in refusal(life, life.customer(), made.id)
    with pytest.raises(stripe.InvalidRequestError):
        life.client.v1.promotion_codes.update(made.id, {"active": True})


def test_an_expired_code_is_over_on_the_clock_of_its_customer(life: Life) -> None:
    customer = life.customer()
    made = code(life, customer=customer.id, expires_at=MARCH + DAY)
    life.advance(DAY)
    assert not life.client.v1.promotion_codes.retrieve(made.id).active
    assert "has expired" in refusal(life, customer, made.id)


def test_the_end_of_a_coupon_is_the_end_of_its_codes(life: Life) -> None:
    name = coupon(life)
    made = code(life, coupon=name)
    life.client.v1.coupons.delete(name)
    assert life.events() == ["coupon.deleted", "promotion_code.updated"]
    assert not life.client.v1.promotion_codes.retrieve(made.id).active
    life.advance(HOUR)
    assert "inactive" in refusal(life, life.customer(), made.id)
