"""Calls that later releases took out of the API, as integrations of those days still make them."""

from typing import Any

import pytest
import stripe
from api.life import Life
from api.wire import Wire

OLD, ACACIA, BASIL = "2024-06-20", "2025-02-24.acacia", "2025-03-31.basil"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def preview(life: Life, **params: Any) -> dict[str, Any]:
    return life.client.v1.invoices.create_preview(params).to_dict()


def lines(invoice: dict[str, Any]) -> list[tuple[int, str]]:
    return [(line["amount"], line["description"]) for line in invoice["lines"]["data"]]


@pytest.mark.parametrize("version", ["2022-11-15", OLD, ACACIA, None])
def test_the_upcoming_invoice_is_the_preview_of_today(life: Life, wire: Wire, version: str | None) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    for query in (f"subscription={subscription.id}", f"customer={subscription.customer}"):
        upcoming = wire.get(f"/v1/invoices/upcoming?{query}", Stripe_Version=version)
        assert upcoming.status_code == 200, upcoming.text
        today = preview(life, subscription=subscription.id)
        told = upcoming.json()
        assert (told["amount_due"], told["next_payment_attempt"]) == (2000, today["next_payment_attempt"])
        assert lines(told) == lines(today)


def test_a_change_is_previewed_by_flat_parameters(life: Life, wire: Wire) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    dearer = life.price(5000)
    item = subscription["items"].data[0].id
    life.advance(10 * 86_400)
    half = life.client.v1.coupons.create({"percent_off": 50})
    today = preview(
        life,
        subscription=subscription.id,
        discounts=[{"coupon": half.id}],
        subscription_details={
            "items": [{"id": item, "price": dearer.id}],
            "proration_behavior": "always_invoice",
        },
    )
    asked = (
        f"subscription={subscription.id}&subscription_items[0][id]={item}&subscription_items[0][plan]={dearer.id}"
        f"&subscription_proration_behavior=always_invoice&coupon={half.id}"
    )
    upcoming = wire.get(f"/v1/invoices/upcoming?{asked}", Stripe_Version=OLD).json()
    assert (upcoming["total"], upcoming["subtotal"]) == (today["total"], today["subtotal"])
    assert lines(upcoming) == lines(today)
    page = wire.get(f"/v1/invoices/upcoming/lines?{asked}&limit=1", Stripe_Version=OLD).json()
    assert [line["amount"] for line in page["data"]] == [today["lines"]["data"][0]["amount"]]
    assert (page["has_more"], page["url"]) == (True, "/v1/invoices/upcoming/lines")


def test_a_subscription_that_is_not_there_yet_is_previewed_in_classic_mode(life: Life, wire: Wire) -> None:
    customer, price = life.customer().id, life.price(1500).id
    asked = f"customer={customer}&subscription_items[0][price]={price}&subscription_items[0][quantity]=2"
    assert wire.get(f"/v1/invoices/upcoming?{asked}", Stripe_Version=OLD).json()["total"] == 3000
    assert life.client.v1.subscriptions.list({"customer": customer}).data == []


def test_where_nothing_comes_the_answer_is_stripes(wire: Wire) -> None:
    customer = wire.post("/v1/customers").json()["id"]
    error = wire.error(wire.get(f"/v1/invoices/upcoming?customer={customer}", Stripe_Version=OLD), 404)
    assert (error["code"], error["message"]) == (
        "invoice_upcoming_none",
        f"No upcoming invoices for customer: {customer}",
    )


def test_what_is_not_acted_on_is_refused(life: Life, wire: Wire) -> None:
    subscription = life.subscribe(life.customer(), life.price()).id
    asked = f"/v1/invoices/upcoming?subscription={subscription}"
    refused = wire.get(f"{asked}&issuer[type]=account", Stripe_Version=OLD)
    assert wire.error(refused, 501)["param"] == "issuer"
    assert wire.error(wire.get(f"{asked}&nonsense=1", Stripe_Version=OLD), 400)["code"] == "parameter_unknown"


@pytest.mark.parametrize("version", [BASIL, "2026-10-28.endive"])
@pytest.mark.parametrize("path", ["upcoming", "upcoming/lines"])
def test_newer_versions_do_not_find_them(wire: Wire, version: str, path: str) -> None:
    error = wire.error(wire.get(f"/v1/invoices/{path}", Stripe_Version=version), 404)
    assert error["message"].startswith(f"Unrecognized request URL (GET: /v1/invoices/{path}).")
    assert "2025-03-31.basil" in error["message"]
