"""Prices in several currencies through the official SDK."""

from typing import Any

import pytest
import stripe
from api.life import START, Life
from api.pricing import NEXT_MONTH, TIERED, lines_of, make, refused


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


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
