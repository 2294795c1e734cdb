"""Prices through the official SDK: tiers, packages, decimals, other currencies, keys, and what is refused."""

from typing import Any

import pytest
import stripe
from api.life import START, Life, advance

TIERS: list[dict[str, Any]] = [
    {"up_to": 5, "unit_amount": 700},
    {"up_to": 10, "unit_amount": 650, "flat_amount": 100},
    {"up_to": "inf", "unit_amount": 600},
]
TIERED = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS, "recurring": {"interval": "month"}}
PRO = {"currency": "usd", "product_data": {"name": "Pro"}}
NEXT_MONTH = 1_772_272_800  # 2026-02-28T10:00:00Z


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def make(life: Life, **params: Any) -> stripe.Price:
    price = life.client.v1.prices.create({**PRO, **params})  # type: ignore[typeddict-item]
    life.events()
    return price


def refused(life: Life, **params: Any) -> tuple[str | None, str | None]:
    """The parameter and the message of a refused price; nothing has happened."""
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.prices.create({**PRO, **params})  # type: ignore[typeddict-item]
    assert (refusal.value.http_status, life.events()) == (400, [])
    return refusal.value.param, refusal.value.user_message


def lines_of(invoice: Any) -> list[tuple[str, int, int, str]]:
    """Description, quantity, amount and unit amount of each line."""
    return [
        (line.description, line.quantity, line.amount, str(line.pricing.unit_amount_decimal))
        for line in invoice.lines.data
    ]


# tiers


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


# packages and decimals


def test_packages_are_billed_whole(life: Life) -> None:
    packages = {"transform_quantity": {"divide_by": 10, "round": "up"}}
    price = make(life, unit_amount=500, recurring={"interval": "month"}, **packages)
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 25}])
    invoice: Any = subscription.latest_invoice
    assert (invoice.total, invoice.lines.data[0].quantity) == (1500, 25)


def test_twelve_decimals_are_kept_and_the_line_is_rounded_once(life: Life) -> None:
    price = make(life, unit_amount_decimal="0.123456789012", recurring={"interval": "month"})
    assert (price.unit_amount, str(price.unit_amount_decimal)) == (None, "0.123456789012")
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 1000}])
    invoice: Any = subscription.latest_invoice
    assert invoice.total == 123  # 123.456789012
    life.events()
    message = "Invalid decimal: 0.1234567890123"  # thirteen decimals
    assert refused(life, unit_amount_decimal="0.1234567890123")[1] == message


# keys, archives, what never changes


def test_a_lookup_key_is_taken_over_in_this_order(life: Life) -> None:
    monthly = {"recurring": {"interval": "month"}, "unit_amount": 500, "lookup_key": "pro"}
    first = make(life, **monthly)
    product = {"product_data": None, "product": first.product, "transfer_lookup_key": True}
    sent = {name: value for name, value in {**PRO, **monthly, **product}.items() if value}
    second = life.client.v1.prices.create(sent)  # type: ignore[arg-type]
    moved, planned, created = life.new_events()
    assert [event.type for event in (moved, planned, created)] == ["price.updated", "plan.created", "price.created"]
    assert moved.data.object.id == first.id
    assert moved.data.previous_attributes.to_dict() == {"lookup_key": "pro"}
    assert [price.id for price in life.client.v1.prices.list({"lookup_keys": ["pro", "x"]}).data] == [second.id]
    life.client.v1.prices.update(first.id, {"lookup_key": "pro", "transfer_lookup_key": True})
    assert [(event.type, event.data.object.id) for event in life.new_events()] == [
        ("price.updated", second.id),
        ("price.updated", first.id),
    ]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.prices.list({"lookup_keys": [str(n) for n in range(11)]})
    assert refusal.value.param == "lookup_keys"


def test_an_archived_price_gives_its_key_free_and_cannot_come_back_with_it(life: Life) -> None:
    first = make(life, unit_amount=5, lookup_key="pro")
    life.client.v1.prices.update(first.id, {"active": False})
    make(life, unit_amount=6, lookup_key="pro")
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        life.client.v1.prices.update(first.id, {"active": True})


def test_an_archived_price_is_for_nobody_new_but_those_who_have_it_go_on(life: Life) -> None:
    price = life.price()
    customer = life.customer()
    subscription = life.subscribe(customer, price)
    life.events()
    life.client.v1.prices.update(price.id, {"active": False})
    told = life.new_events()
    assert [(event.type, event.data.previous_attributes.to_dict()) for event in told] == [
        ("plan.updated", {"active": True}),
        ("price.updated", {"active": True}),
    ]
    with pytest.raises(stripe.InvalidRequestError, match="only accepts active prices"):
        life.subscribe(customer, price)
    life.advance_to(NEXT_MONTH + 3700)
    renewed: Any = life.subscription(subscription.id).latest_invoice
    assert (renewed.billing_reason, renewed.status) == ("subscription_cycle", "paid")
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: unit_amount"):
        life.client.raw_request("post", f"/v1/prices/{price.id}", unit_amount=1)


def test_the_default_price_of_a_product_is_not_archived(life: Life) -> None:
    product = life.client.v1.products.create(
        {"name": "Pro", "default_price_data": {"currency": "usd", "unit_amount": 1}}
    )
    with pytest.raises(stripe.InvalidRequestError, match="default price of its product"):
        life.client.v1.prices.update(str(product.default_price), {"active": False})


def test_a_tax_behavior_is_chosen_once(life: Life) -> None:
    price = make(life, unit_amount=5)
    assert life.client.v1.prices.update(price.id, {"tax_behavior": "inclusive"}).tax_behavior == "inclusive"
    assert life.client.v1.prices.update(price.id, {"tax_behavior": "inclusive"}).tax_behavior == "inclusive"
    for other in ("exclusive", "unspecified"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot change tax_behavior"):
            life.client.v1.prices.update(price.id, {"tax_behavior": other})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("interval", "most"), [("day", 1095), ("week", 156), ("month", 36), ("year", 3)])
def test_three_years_are_the_longest_interval(life: Life, interval: str, most: int) -> None:
    made = make(life, unit_amount=1, recurring={"interval": interval, "interval_count": most})
    assert made.recurring
    assert made.recurring.interval_count == most
    for count in (0, most + 1):
        param, _ = refused(life, unit_amount=1, recurring={"interval": interval, "interval_count": count})
        assert param == "recurring[interval_count]"


def test_an_inline_price_is_archived_at_once(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Pro"})
    data = {"currency": "usd", "product": product.id, "unit_amount": 900, "recurring": {"interval": "month"}}
    customer = life.customer()
    subscription = life.client.v1.subscriptions.create({"customer": customer.id, "items": [{"price_data": data}]})  # type: ignore[typeddict-item]
    assert subscription["items"].data[0].price.active is False


def test_an_inline_price_is_refused_where_it_stands(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Pro"})
    data = {"currency": "usd", "product": product.id, "unit_amount": -1, "recurring": {"interval": "month"}}
    sent: Any = {"customer": life.customer().id, "items": [{"price_data": data}]}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.subscriptions.create(sent)
    assert refusal.value.param == "items[0][price_data][unit_amount]"
    data |= {"unit_amount": 1, "recurring": {"interval": "year", "interval_count": 4}}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.subscriptions.create(sent)
    assert refusal.value.param == "items[0][price_data][recurring][interval_count]"


def test_a_default_price_may_have_other_currencies_or_leave_the_amount_open(life: Life) -> None:
    monthly = {
        "currency": "usd",
        "unit_amount_decimal": "999.5",
        "recurring": {"interval": "month", "interval_count": 6},
        "tax_behavior": "exclusive",
        "metadata": {"kind": "base"},
        "currency_options": {"eur": {"unit_amount": 900, "tax_behavior": "inclusive"}},
    }
    product = life.client.v1.products.create({"name": "Pro", "default_price_data": monthly})  # type: ignore[typeddict-item]
    price = life.client.v1.prices.retrieve(str(product.default_price), {"expand": ["currency_options"]})
    assert (price.unit_amount, str(price.unit_amount_decimal), price.tax_behavior) == (None, "999.5", "exclusive")
    assert price.metadata.to_dict() == {"kind": "base"}
    eur = price.to_dict()["currency_options"]["eur"]
    assert (eur["unit_amount"], eur["tax_behavior"]) == (900, "inclusive")
    open_amount = {"currency": "usd", "custom_unit_amount": {"enabled": True, "minimum": 100}}
    gift = life.client.v1.products.create({"name": "Gift", "default_price_data": open_amount})  # type: ignore[typeddict-item]
    price = life.client.v1.prices.retrieve(str(gift.default_price))
    assert price.custom_unit_amount
    assert price.custom_unit_amount.minimum == 100


def test_a_product_made_inline_has_the_id_that_was_asked_for(life: Life) -> None:
    asked = {"currency": "usd", "unit_amount": 1, "product_data": {"name": "Gold", "id": "gold"}}
    assert life.client.v1.prices.create(asked).product == "gold"  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError, match="Product already exists"):
        life.client.v1.prices.create(asked)  # type: ignore[arg-type]


# other currencies


def test_currency_options_are_shown_when_they_are_asked_for(life: Life) -> None:
    price = make(life, unit_amount=1000, currency_options={"eur": {"unit_amount": 900}, "jpy": {"unit_amount": 1500}})
    assert "currency_options" not in price.to_dict()
    shown = life.client.v1.prices.retrieve(price.id, {"expand": ["currency_options"]}).to_dict()["currency_options"]
    assert shown["eur"] == {
        "custom_unit_amount": None,
        "tax_behavior": "unspecified",
        "unit_amount": 900,
        "unit_amount_decimal": "900",
    }
    assert {code: option["unit_amount"] for code, option in shown.items()} == {"eur": 900, "jpy": 1500, "usd": 1000}


def test_the_tiers_of_a_currency_are_shown_by_their_own_path(life: Life) -> None:
    tiers = [{"up_to": "inf", "unit_amount": 500}]
    price = make(life, **TIERED, currency_options={"eur": {"tiers": tiers}})
    shown = life.client.v1.prices.retrieve(price.id, {"expand": ["currency_options"]}).to_dict()["currency_options"]
    assert "tiers" not in shown["eur"]
    shown = life.client.v1.prices.retrieve(price.id, {"expand": ["currency_options.eur.tiers"]}).to_dict()[
        "currency_options"
    ]
    assert [tier["unit_amount"] for tier in shown["eur"]["tiers"]] == [500]
    assert "tiers" not in shown["usd"]


def test_currency_options_are_added_changed_and_dropped(life: Life) -> None:
    price = make(life, unit_amount=1000)

    def update(options: Any) -> dict[str, Any]:
        params = {"currency_options": options, "expand": ["currency_options"]}
        shown = life.client.v1.prices.update(price.id, params)  # type: ignore[arg-type]
        return {code: option["unit_amount"] for code, option in shown.to_dict()["currency_options"].items()}

    assert update({"eur": {"unit_amount": 900}}) == {"eur": 900, "usd": 1000}
    assert life.events() == ["price.updated"]
    assert update({"eur": {"unit_amount": 950}, "gbp": {"unit_amount": 800}}) == {"eur": 950, "gbp": 800, "usd": 1000}
    assert update({"eur": {"tax_behavior": "exclusive"}})["eur"] == 950
    with pytest.raises(stripe.InvalidRequestError, match="cannot change tax_behavior"):
        update({"eur": {"tax_behavior": "inclusive"}})
    assert update("") == {"usd": 1000}


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"usd": {"unit_amount": 1}}, "currency_options[usd]"),
        ({"xxx": {"unit_amount": 1}}, "currency_options[xxx]"),
        ({"eur": {"tax_behavior": "exclusive"}}, "currency_options[eur][unit_amount]"),
        ({"eur": {"unit_amount": -1}}, "currency_options[eur][unit_amount]"),
        ({"eur": {"tiers": [{"up_to": "inf", "unit_amount": 1}]}}, "currency_options[eur][tiers]"),
        ({"eur": {"custom_unit_amount": {"enabled": True}}}, "currency_options[eur][custom_unit_amount]"),
    ],
)
def test_currency_options_that_cannot_be_are_refused(life: Life, options: dict[str, Any], param: str) -> None:
    assert refused(life, unit_amount=1000, currency_options=options)[0] == param


def euros(life: Life, **params: Any) -> stripe.Price:
    """A monthly price of $20.00, or 18 euros."""
    options = {"eur": {"unit_amount": 1800}, "jpy": {"unit_amount": 2500}}
    return make(life, unit_amount=2000, **{"recurring": {"interval": "month"}, "currency_options": options, **params})


def test_a_subscription_in_another_currency_is_billed_and_renewed_in_it(life: Life) -> None:
    price = euros(life)
    customer = life.customer()
    subscription = life.subscribe(customer, price, currency="eur")
    first: Any = subscription.latest_invoice
    item = subscription["items"].data[0]
    assert (subscription.currency, first.currency, first.total) == ("eur", "eur", 1800)
    assert (item.price.currency, item.price.unit_amount) == ("usd", 2000), "the item shows the price as it is"
    assert lines_of(first) == [("1 × Pro (at €18.00 / month)", 1, 1800, "1800")]
    life.client.v1.prices.update(price.id, {"currency_options": ""})
    life.advance_to(NEXT_MONTH + 3700)
    renewed: Any = life.subscription(subscription.id).latest_invoice
    assert (renewed.billing_reason, renewed.currency, renewed.amount_paid) == ("subscription_cycle", "eur", 1800)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.subscribe(life.customer(), price, currency="eur")
    assert (refusal.value.param, refusal.value.user_message) == (
        "items[0][price]",
        "The price specified only supports `usd`. This doesn't match the expected currency: `eur`.",
    )


def test_a_customer_stays_in_one_currency_where_the_price_has_it(life: Life) -> None:
    customer = life.customer()
    life.subscribe(customer, euros(life), currency="eur")
    assert life.subscribe(customer, euros(life)).currency == "eur"
    with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
        life.subscribe(customer, life.price())


def test_a_change_in_another_currency_is_prorated_in_it(life: Life) -> None:
    small, large = euros(life), euros(life, currency_options={"eur": {"unit_amount": 3000}})
    subscription = life.subscribe(life.customer(), small, currency="eur")
    life.advance_to(START + (NEXT_MONTH - START) // 2)
    update = {
        "items": [{"id": subscription["items"].data[0].id, "price": large.id}],
        "proration_behavior": "always_invoice",
        "expand": ["latest_invoice"],
    }
    invoice: Any = life.client.v1.subscriptions.update(subscription.id, update).latest_invoice  # type: ignore[arg-type]
    assert (invoice.currency, [line.amount for line in invoice.lines.data]) == ("eur", [-900, 1500])
    with pytest.raises(stripe.InvalidRequestError, match="only supports `usd`"):
        life.client.v1.subscriptions.update(
            subscription.id, {"items": [{"id": subscription["items"].data[0].id, "price": life.price().id}]}
        )


def test_tiers_in_another_currency(life: Life) -> None:
    yen = {"tiers": [{"up_to": 5, "unit_amount": 1000}, {"up_to": "inf", "unit_amount": 900, "flat_amount": 50}]}
    price = make(life, **TIERED, currency_options={"jpy": yen})
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 7}], currency="jpy")
    assert lines_of(subscription.latest_invoice) == [
        ("5 × Pro (Tier 1 at ¥1,000 / month)", 5, 5000, "1000"),
        ("2 × Pro (Tier 2 at ¥900 / month)", 2, 1800, "900"),
        ("Pro (Tier 2 flat fee at ¥50 / month)", 1, 50, "50"),
    ]


def test_an_invoice_item_takes_the_price_in_its_currency(life: Life) -> None:
    price = make(life, unit_amount=2000, currency_options={"eur": {"unit_amount": 1800}})
    customer = life.customer()
    item = life.client.v1.invoice_items.create(
        {"customer": customer.id, "pricing": {"price": price.id}, "currency": "eur", "quantity": 2}
    )
    assert (item.amount, item.currency, str(item.pricing and item.pricing.unit_amount_decimal)) == (3600, "eur", "1800")
    again = life.client.v1.invoice_items.create({"customer": customer.id, "pricing": {"price": price.id}})
    assert (again.amount, again.currency) == (1800, "eur"), "the customer has been billed in euros"


def test_a_checkout_in_another_currency(life: Life) -> None:
    session = life.client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "currency": "eur",
            "line_items": [{"price": euros(life).id, "quantity": 3}],
            "success_url": "https://shop.example/thanks",
        }
    )
    assert (session.currency, session.amount_total) == ("eur", 5400)
    life.client.raw_request("post", f"/_mockbill/checkout/{session.id}/pay")
    paid = life.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "invoice"]})
    assert (paid.subscription.currency, paid.invoice.total) == ("eur", 5400)  # type: ignore[union-attr]
