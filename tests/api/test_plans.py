"""Plans through the official SDK: the older face of recurring prices, under the same ids."""

from typing import Any

import pytest
import stripe
from api.life import Life

GOLD = {"currency": "usd", "interval": "month", "amount": 2000, "product": {"name": "Gold"}}
NEXT_MONTH = 1_772_272_800  # 2026-02-28T10:00:00Z


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def make(life: Life, **params: Any) -> stripe.Plan:
    return life.client.v1.plans.create({**GOLD, **params})  # type: ignore[typeddict-item]


def test_a_plan_is_also_a_price(life: Life) -> None:
    plan = make(life, id="gold", nickname="Gold monthly", trial_period_days=7, metadata={"a": "1"})
    assert life.events() == ["product.created", "plan.created", "price.created"]
    assert {**plan.to_dict(), "amount_decimal": str(plan.amount_decimal)} == {
        "id": "gold",
        "object": "plan",
        "active": True,
        "amount": 2000,
        "amount_decimal": "2000",
        "billing_scheme": "per_unit",
        "created": plan.created,
        "currency": "usd",
        "interval": "month",
        "interval_count": 1,
        "livemode": False,
        "metadata": {"a": "1"},
        "meter": None,
        "nickname": "Gold monthly",
        "product": plan.product,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": 7,
        "usage_type": "licensed",
    }
    price = life.client.v1.prices.retrieve("gold")
    assert (price.unit_amount, price.nickname, price.product, price.type) == (
        2000,
        "Gold monthly",
        plan.product,
        "recurring",
    )
    assert price.recurring
    assert (price.recurring.interval, price.recurring.trial_period_days) == ("month", 7)


def test_a_recurring_price_is_also_a_plan(life: Life) -> None:
    price = life.price(1500)
    plan = life.client.v1.plans.retrieve(price.id)
    assert (plan.amount, plan.interval, plan.product) == (1500, "month", price.product)
    life.client.v1.prices.create({"currency": "usd", "unit_amount": 5, "product": str(price.product)})
    assert [listed.id for listed in life.client.v1.plans.list().data] == [price.id]
    assert [plan.id for plan in life.client.v1.plans.list({"product": "prod_none"}).data] == []


def test_a_one_time_price_is_no_plan(life: Life) -> None:
    price = life.client.v1.prices.create({"currency": "usd", "unit_amount": 5, "product_data": {"name": "Mug"}})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.plans.retrieve(price.id)
    assert (refusal.value.http_status, refusal.value.user_message) == (404, f"No such plan: '{price.id}'")


def test_plans_are_tiered_and_packaged_by_their_older_names(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Gold"}).id
    tiers = [{"up_to": 1, "flat_amount": 500}, {"up_to": "inf", "unit_amount_decimal": "0.5"}]
    params: Any = {
        "currency": "usd",
        "interval": "week",
        "product": product,
        "billing_scheme": "tiered",
        "tiers_mode": "volume",
        "tiers": tiers,
        "expand": ["tiers"],
    }
    tiered = life.client.v1.plans.create(params)
    assert (tiered.amount, tiered.tiers_mode) == (None, "volume")
    assert [(tier.up_to, tier.flat_amount, tier.unit_amount) for tier in tiered.tiers or []] == [
        (1, 500, None),
        (None, None, None),
    ]
    packaged = make(life, product=product, transform_usage={"divide_by": 10, "round": "down"})
    assert packaged.transform_usage
    assert packaged.transform_usage.divide_by == 10
    price = life.client.v1.prices.retrieve(packaged.id)
    assert price.transform_quantity
    assert price.transform_quantity.round == "down"
    fraction = life.client.v1.plans.create(
        {"currency": "usd", "interval": "day", "product": product, "amount_decimal": "0.25"}  # type: ignore[typeddict-item]
    )
    assert (fraction.amount, str(fraction.amount_decimal)) == (None, "0.25")


def test_an_update_is_told_of_both_faces(life: Life) -> None:
    make(life, id="gold")
    silver = life.client.v1.products.create({"name": "Silver"}).id
    life.events()
    plan = life.client.v1.plans.update("gold", {"nickname": "G", "trial_period_days": 14, "product": silver})
    assert (plan.nickname, plan.trial_period_days, plan.product) == ("G", 14, silver)
    planned, priced = life.new_events()
    assert (planned.type, priced.type) == ("plan.updated", "price.updated")
    assert sorted(planned.data.previous_attributes.to_dict()) == ["nickname", "product", "trial_period_days"]
    assert sorted(priced.data.previous_attributes.to_dict()) == ["nickname", "product", "recurring"]
    life.client.v1.prices.update("gold", {"lookup_key": "gold"})
    assert life.events() == ["price.updated"], "a plan has no lookup key"


def test_a_deleted_plan_is_gone_and_its_subscribers_go_on(life: Life) -> None:
    make(life, id="gold")
    subscription = life.client.v1.subscriptions.create(
        {"customer": life.customer().id, "items": [{"plan": "gold"}]}  # type: ignore[typeddict-item]
    )
    assert subscription["items"].data[0].price.id == subscription["items"].data[0].plan.id == "gold"
    life.events()
    answer = life.client.v1.plans.delete("gold")
    assert answer.to_dict() == {"id": "gold", "object": "plan", "deleted": True}
    assert life.events() == ["plan.deleted", "price.deleted"]
    for gone in (life.client.v1.plans.retrieve, life.client.v1.prices.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            gone("gold")
        assert refusal.value.http_status == 404
    life.advance_to(NEXT_MONTH + 3700)
    renewed: Any = life.subscription(subscription.id).latest_invoice
    assert (renewed.billing_reason, renewed.amount_paid) == ("subscription_cycle", 2000)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"id": "gold"}, "Plan already exists."),
        ({"product": None}, "Missing required param: product."),
        ({"product": "prod_none"}, "No such product: 'prod_none'"),
        ({"interval_count": 37}, "Invalid recurring[interval_count]"),
        ({"amount": None}, "Prices require"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(life: Life, params: dict[str, Any], message: str) -> None:
    make(life, id="gold")
    life.events()
    merged = {name: value for name, value in {**GOLD, **params}.items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.plans.create(merged)  # type: ignore[arg-type]
    assert str(refusal.value.user_message).startswith(message)
    assert life.events() == []


def test_a_deleted_plans_id_can_be_taken_again_while_its_subscribers_keep_their_tiers(life: Life) -> None:
    tiers = [{"up_to": "inf", "unit_amount": 300, "flat_amount": 100}]
    product = life.client.v1.products.create({"name": "Gold"}).id
    tiered: Any = {
        "id": "gold",
        "currency": "usd",
        "interval": "month",
        "product": product,
        "billing_scheme": "tiered",
        "tiers_mode": "volume",
        "tiers": tiers,
    }
    life.client.v1.plans.create(tiered)
    customer = life.customer().id
    subscription = life.client.v1.subscriptions.create(
        {"customer": customer, "items": [{"plan": "gold", "quantity": 2}]}  # type: ignore[typeddict-item]
    )
    life.client.v1.plans.delete("gold")
    item = subscription["items"].data[0].id
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 4}]})
    make(life, id="gold")
    assert "tiers" not in life.client.v1.plans.retrieve("gold", {"expand": ["tiers"]}).to_dict()
    life.advance_to(NEXT_MONTH + 3700)
    renewed: Any = life.subscription(subscription.id).latest_invoice
    assert [line.amount for line in renewed.lines.data] == [-700, 1300, 1200, 100]  # at once: 7.00 back, 13.00 due


def test_another_tiered_plan_of_a_deleted_ones_id_leaves_its_subscribers_their_tiers(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Gold"}).id

    def sell(unit_amount: int) -> str:
        tiered: Any = {
            "id": "gold",
            "currency": "usd",
            "interval": "month",
            "product": product,
            "billing_scheme": "tiered",
            "tiers_mode": "volume",
            "tiers": [{"up_to": "inf", "unit_amount": unit_amount}],
            "expand": ["tiers"],
        }
        [tier] = life.client.v1.plans.create(tiered).tiers or []
        assert tier.unit_amount == unit_amount
        subscription = life.client.v1.subscriptions.create(
            {"customer": life.customer().id, "items": [{"plan": "gold", "quantity": 2}]}  # type: ignore[typeddict-item]
        )
        return subscription.id

    sold = []
    for unit_amount in (300, 500, 700):
        sold.append(sell(unit_amount))
        life.client.v1.plans.delete("gold")
    life.advance_to(NEXT_MONTH + 3700)
    assert [life.subscription(id).latest_invoice.total for id in sold] == [600, 1000, 1400]


def test_a_plan_that_does_not_exist_is_missed_by_that_name(life: Life) -> None:
    customer = life.customer().id
    for item, param in (({"plan": "gold"}, "plan"), ({"price": "gold"}, "price")):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            life.client.v1.subscriptions.create({"customer": customer, "items": [item]})  # type: ignore[typeddict-item]
        assert (refusal.value.param, refusal.value.user_message) == (f"items[0][{param}]", f"No such {param}: 'gold'")
    both: Any = {"customer": customer, "items": [{"plan": "gold", "price": "gold"}]}
    with pytest.raises(stripe.InvalidRequestError, match="only specify one of these parameters: plan, price"):
        life.client.v1.subscriptions.create(both)
