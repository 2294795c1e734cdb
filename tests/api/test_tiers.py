"""Tiered prices through the official SDK: as they are made, and on invoices."""

from typing import Any

import pytest
import stripe
from api.life import START, Life, advance
from api.pricing import NEXT_MONTH, TIERED, lines_of, make, refused


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_tiers_are_shown_when_they_are_asked_for(life: Life) -> None:
    price = make(life, **TIERED)
    assert (price.unit_amount, price.unit_amount_decimal, price.billing_scheme, price.tiers_mode) == (
        None,
        None,
        "tiered",
        "graduated",
    )
    assert "tiers" not in price.to_dict()
    shown = life.client.v1.prices.retrieve(price.id, {"expand": ["tiers"]})
    assert [
        (tier.up_to, tier.unit_amount, str(tier.unit_amount_decimal), tier.flat_amount, str(tier.flat_amount_decimal))
        for tier in shown.tiers or []
    ] == [(5, 700, "700", None, "None"), (10, 650, "650", 100, "100"), (None, 600, "600", None, "None")]
    [listed] = life.client.v1.prices.list({"expand": ["data.tiers"]}).data
    assert len(listed.tiers or []) == 3
    subscription = life.subscribe(life.customer(), price, expand=["items.data.price.tiers"])
    assert len(subscription["items"].data[0].price.tiers) == 3
    per_unit = make(life, unit_amount=5, expand=["tiers"])
    assert "tiers" not in per_unit.to_dict()


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({"tiers": None}, "tiers", "Missing required param: tiers."),
        ({"tiers_mode": None}, "tiers_mode", "Missing required param: tiers_mode."),
        ({"billing_scheme": None}, "tiers", "`tiers` can only be used when `billing_scheme` is set to `tiered`."),
        ({"unit_amount": 5}, "unit_amount", "You may only specify one of these parameters: tiers, unit_amount."),
        (
            {"transform_quantity": {"divide_by": 2, "round": "up"}},
            "transform_quantity",
            "You may only specify one of these parameters: tiers, transform_quantity.",
        ),
        ({"recurring": None}, "recurring", "`billing_scheme=tiered` can only be used with recurring prices."),
        (
            {"tiers": [{"up_to": 5, "unit_amount": 1}]},
            "tiers[0][up_to]",
            "The last tier must have `up_to` set to `inf`.",
        ),
        (
            {"tiers": [{"up_to": "inf", "unit_amount": 1}, {"up_to": "inf", "unit_amount": 1}]},
            "tiers[0][up_to]",
            "Only the last tier can have `up_to` set to `inf`.",
        ),
        (
            {"tiers": [{"up_to": n, "unit_amount": 1} for n in (5, 5, "inf")]},
            "tiers[1][up_to]",
            "The `up_to` of each tier must be greater than that of the tier before it.",
        ),
        (
            {"tiers": [{"up_to": n, "unit_amount": 1} for n in (0, "inf")]},
            "tiers[0][up_to]",
            "This value must be greater than or equal to 1.",
        ),
        (
            {"tiers": [{"up_to": "inf"}]},
            "tiers[0][unit_amount]",
            "Each tier must have at least one of `unit_amount`, `unit_amount_decimal`, `flat_amount` or "
            "`flat_amount_decimal`.",
        ),
        ({"tiers": [{"up_to": "inf", "unit_amount": -1}]}, "tiers[0][unit_amount]", "Invalid non-negative integer"),
        (
            {"tiers": [{"up_to": "inf", "unit_amount": 1, "unit_amount_decimal": "1.5"}]},
            "tiers[0][unit_amount_decimal]",
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
        ),
        (
            {"tiers": [{"up_to": "inf", "flat_amount_decimal": "1.5"}]},
            "tiers[0][flat_amount_decimal]",
            "`flat_amount_decimal` must be an integer in the minor units of the currency.",
        ),
    ],
)
def test_tiers_that_cannot_be_are_refused(life: Life, params: dict[str, Any], param: str, message: str) -> None:
    merged = {name: value for name, value in {**TIERED, **params}.items() if value is not None}
    assert refused(life, **merged) == (param, message)


def test_a_renewal_of_graduated_tiers_has_a_line_for_each(life: Life) -> None:
    price = make(life, **TIERED)
    customer = life.customer()
    subscription = life.subscribe(customer, price, items=[{"price": price.id, "quantity": 12}])
    expected = [
        ("5 × Pro (Tier 1 at $7.00 / month)", 5, 3500, "700"),
        ("5 × Pro (Tier 2 at $6.50 / month)", 5, 3250, "650"),
        ("Pro (Tier 2 flat fee at $1.00 / month)", 1, 100, "100"),
        ("2 × Pro (Tier 3 at $6.00 / month)", 2, 1200, "600"),
    ]
    first: Any = subscription.latest_invoice
    assert (lines_of(first), first.total, first.status) == (expected, 8050, "paid")
    life.events()
    life.advance_to(NEXT_MONTH + 3700)
    renewed: Any = life.subscription(subscription.id).latest_invoice
    assert (renewed.billing_reason, renewed.status, renewed.amount_paid) == ("subscription_cycle", "paid", 8050)
    assert lines_of(renewed) == expected
    assert {line.parent.subscription_item_details.subscription_item for line in renewed.lines.data} == {
        subscription["items"].data[0].id
    }


def test_the_line_of_one_tier_is_changed_at_its_own_rate(life: Life) -> None:
    price = make(life, **TIERED)
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 6}])
    life.advance_to(NEXT_MONTH)
    draft: Any = life.subscription(subscription.id).latest_invoice
    assert (draft.status, draft.total) == ("draft", 4250)
    first = draft.lines.data[0]
    changed = life.client.v1.invoices.update_lines(draft.id, {"lines": [{"id": first.id, "quantity": 4}]})
    assert [(line.quantity, line.amount) for line in changed.lines.data] == [(4, 2800), (1, 650), (1, 100)]
    assert changed.total == 3550


def test_a_renewal_in_tiers_tells_what_every_renewal_tells(life: Life) -> None:
    price = make(life, **TIERED)
    life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 12}])
    life.events()
    advance(life.client, life.clock.id, NEXT_MONTH)
    told = [event for event in life.new_events() if not event.type.startswith("test_helpers.")]
    assert [event.type for event in told] == [
        "invoice.upcoming",
        "customer.subscription.updated",
        "invoice.created",
    ]
    _, updated, created = told
    assert [line["amount"] for line in created.data.object["lines"]["data"]] == [3500, 3250, 100, 1200]
    assert "tiers" not in updated.data.object["items"]["data"][0]["price"]
    assert life.advance(3700) == [
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_volume_tiers_price_the_whole_quantity(life: Life) -> None:
    price = make(life, **{**TIERED, "tiers_mode": "volume"})
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 7}])
    assert lines_of(subscription.latest_invoice) == [
        ("7 × Pro (Tier 2 at $6.50 / month)", 7, 4550, "650"),
        ("Pro (Tier 2 flat fee at $1.00 / month)", 1, 100, "100"),
    ]


def test_a_quantity_of_0_pays_the_first_tiers_flat_amount(life: Life) -> None:
    tiers = [{"up_to": 10, "flat_amount": 2000}, {"up_to": "inf", "unit_amount": 150}]
    price = make(life, **{**TIERED, "tiers": tiers})
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 0}])
    assert lines_of(subscription.latest_invoice) == [("Pro (Tier 1 flat fee at $20.00 / month)", 1, 2000, "2000")]


def test_an_upgrade_between_tiered_prices_is_prorated_on_their_totals(life: Life) -> None:
    small = make(life, **TIERED)  # 6 cost 5 × 7.00 + 6.50 + 1.00 = 42.50
    large = make(life, **{**TIERED, "tiers": [{"up_to": "inf", "unit_amount": 1000, "flat_amount": 500}]})  # 65.00
    subscription = life.subscribe(life.customer(), small, items=[{"price": small.id, "quantity": 6}])
    life.advance_to(START + (NEXT_MONTH - START) // 2)
    life.events()
    updated = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription["items"].data[0].id, "price": large.id, "quantity": 6}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    invoice: Any = updated.latest_invoice
    assert [(line.description, line.amount) for line in invoice.lines.data] == [
        ("Unused time on 6 × Pro after 14 Feb 2026", -2125),  # half of 42.50
        ("Remaining time on 6 × Pro after 14 Feb 2026", 3250),  # half of 65.00
    ]
    assert invoice.amount_paid == 1125
    told = life.new_events()
    assert [event.type for event in told] == [
        "invoiceitem.created",
        "invoiceitem.created",
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
    before = next(event for event in told if event.type == "customer.subscription.updated").data.previous_attributes
    assert before.to_dict()["items"]["data"][0]["price"]["id"] == small.id
