"""Coupons: what they may say, what can change, when they are valid, and what is told of them."""

from typing import Any

import pytest
import requests
import stripe
from api.discounted import MARCH, OLD, coupon
from api.life import DAY, Life

from mockbill.server import LocalServer

YEAR = 365 * DAY


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, at=MARCH)


def test_a_coupon_is_for_one_invoice_unless_it_says_otherwise(client: stripe.StripeClient) -> None:
    made = client.v1.coupons.create({"percent_off": 12.5})
    assert len(made.id) == 8
    assert made.to_dict() == {
        "id": made.id,
        "object": "coupon",
        "amount_off": None,
        "created": made.created,
        "currency": None,
        "duration": "once",
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": None,
        "percent_off": 12.5,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
    }


@pytest.mark.parametrize(
    ("terms", "message", "param"),
    [
        ({}, "You must pass either `percent_off` or `amount_off`.", None),
        ({"percent_off": 10, "amount_off": 100, "currency": "usd"}, "only specify one of these parameters", None),
        ({"percent_off": 0}, "greater than 0", "percent_off"),
        ({"percent_off": 100.01}, "at most 100", "percent_off"),
        ({"amount_off": 100}, "Missing required param: currency.", "currency"),
        ({"amount_off": 0, "currency": "usd"}, "greater than or equal to 1", "amount_off"),
        ({"amount_off": 100, "currency": "zzz"}, "Invalid currency: zzz", "currency"),
        ({"percent_off": 10, "duration": "repeating"}, "`duration_in_months`", "duration_in_months"),
        ({"percent_off": 10, "duration": "forever", "duration_in_months": 2}, "repeating", "duration_in_months"),
        ({"percent_off": 9, "duration": "repeating", "duration_in_months": 0}, "or equal to 1", "duration_in_months"),
        ({"percent_off": 10, "max_redemptions": 0}, "greater than or equal to 1", "max_redemptions"),
        ({"percent_off": 10, "redeem_by": 1_000_000_000}, "must be in the future", "redeem_by"),
        ({"percent_off": 10, "redeem_by": 4_000_000_000}, "five years", "redeem_by"),
        ({"percent_off": 9, "applies_to": {"products": ["nope"]}}, "No such product", "applies_to[products][0]"),
        ({"percent_off": 10, "currency_options": {"eur": {"amount_off": 1}}}, "`amount_off`", "currency_options"),
        (
            {"amount_off": 100, "currency": "usd", "currency_options": {"usd": {"amount_off": 1}}},
            "own currency",
            "currency_options[usd]",
        ),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused(
    client: stripe.StripeClient, terms: Any, message: str, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.coupons.create(terms)
    assert message in str(refused.value)
    assert refused.value.param == param
    assert client.v1.coupons.list().data == []


def test_an_id_of_ones_own_can_be_had_once(client: stripe.StripeClient) -> None:
    assert client.v1.coupons.create({"id": "SUMMER", "percent_off": 10}).id == "SUMMER"
    with pytest.raises(stripe.InvalidRequestError, match=r"Coupon already exists\.") as refused:
        client.v1.coupons.create({"id": "SUMMER", "percent_off": 20})
    assert (refused.value.code, refused.value.param) == ("resource_already_exists", "id")


def test_what_it_is_for_and_its_other_currencies_are_shown_when_asked_for(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Pro"}).id
    coupons = life.client.v1.coupons
    made = coupons.create(
        {
            "amount_off": 500,
            "currency": "USD",
            "currency_options": {"eur": {"amount_off": 400}},
            "applies_to": {"products": [product]},
        }
    )
    assert {"applies_to", "currency_options"}.isdisjoint(made.to_dict())
    changed = coupons.update(made.id, {"currency_options": {"gbp": {"amount_off": 300}}})
    assert "currency_options" not in changed.to_dict()
    shown = coupons.retrieve(made.id, {"expand": ["applies_to", "currency_options"]}).to_dict()
    assert shown["currency"] == "usd"
    assert shown["applies_to"] == {"products": [product]}
    assert shown["currency_options"] == {
        "usd": {"amount_off": 500},
        "eur": {"amount_off": 400},
        "gbp": {"amount_off": 300},
    }
    plain = coupons.create({"percent_off": 10, "expand": ["applies_to", "currency_options"]}).to_dict()
    assert {"applies_to", "currency_options"}.isdisjoint(plain)


def test_another_currency_has_an_amount_of_its_own(life: Life) -> None:
    coupons = life.client.v1.coupons
    name = coupons.create(
        {
            "amount_off": 500,
            "currency": "usd",
            "currency_options": {"eur": {"amount_off": 400}},
        }
    ).id
    price = life.client.v1.prices.create(
        {
            "currency": "eur",
            "unit_amount": 2000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"},
        }
    )
    subscription = life.subscribe(life.customer(), price, discounts=[{"coupon": name}])
    assert life.subscription(subscription.id).latest_invoice.total == 1600


def test_only_name_metadata_and_currencies_can_change(client: stripe.StripeClient) -> None:
    made = client.v1.coupons.create({"percent_off": 10, "name": "Summer"})
    changed = client.v1.coupons.update(made.id, {"name": "Autumn", "metadata": {"a": "1"}})
    assert (changed.name, changed.metadata.to_dict()) == ("Autumn", {"a": "1"})
    for terms in ({"percent_off": 20}, {"duration": "forever"}, {"redeem_by": 4_000_000_000}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.coupons.update(made.id, terms)  # type: ignore[arg-type]
        assert refused.value.code == "parameter_unknown"


def test_birth_change_and_end_are_told(life: Life) -> None:
    made = life.client.v1.coupons.create({"percent_off": 10})
    life.client.v1.coupons.update(made.id, {"name": "Autumn"})
    gone = life.client.v1.coupons.delete(made.id)
    assert gone.to_dict() == {"id": made.id, "object": "coupon", "deleted": True}
    told = life.new_events()
    assert [event.type for event in told] == ["coupon.created", "coupon.updated", "coupon.deleted"]
    assert told[1].data.previous_attributes.to_dict() == {"name": None}
    assert told[2].data.object.name == "Autumn"
    with pytest.raises(stripe.InvalidRequestError, match=f"No such coupon: '{made.id}'") as missing:
        life.client.v1.coupons.retrieve(made.id)
    assert missing.value.http_status == 404


def test_each_discount_counts_and_the_last_one_makes_it_invalid(life: Life) -> None:
    name = coupon(life, max_redemptions=2)
    for times in (1, 2):
        life.client.v1.customers.create({"coupon": name}, OLD)  # type: ignore[typeddict-unknown-key]
        used = life.client.v1.coupons.retrieve(name)
        assert (used.times_redeemed, used.valid) == (times, times < 2)
    with pytest.raises(stripe.InvalidRequestError, match="is used up and cannot be applied") as refused:
        life.client.v1.customers.create({"coupon": name}, OLD)  # type: ignore[typeddict-unknown-key]
    assert (refused.value.code, refused.value.param) == ("coupon_expired", "coupon")
    assert life.client.v1.coupons.retrieve(name).times_redeemed == 2


def test_it_is_valid_up_to_its_last_second(client: stripe.StripeClient, server: LocalServer, account: str) -> None:
    def go_to(instant: int) -> None:
        asked = {"account": account, "to": instant}
        requests.post(f"{server.url}/_mockbill/clock/advance", json=asked, timeout=10).raise_for_status()

    now = client.v1.coupons.create({"percent_off": 1}).created
    name = client.v1.coupons.create({"percent_off": 10, "redeem_by": now + YEAR}).id
    go_to(now + YEAR)
    assert client.v1.coupons.retrieve(name).valid
    client.v1.customers.create({"coupon": name}, OLD)  # type: ignore[typeddict-unknown-key]
    go_to(now + YEAR + 1)
    assert not client.v1.coupons.retrieve(name).valid
    with pytest.raises(stripe.InvalidRequestError, match=f"Coupon expired: {name}"):
        client.v1.customers.create({"coupon": name}, OLD)  # type: ignore[typeddict-unknown-key]
