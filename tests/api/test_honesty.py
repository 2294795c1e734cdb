"""What is not simulated says so: levels, versions, parameters and pages."""

import pytest
import requests
import stripe
from api.wire import Wire

from mockbill.server import LocalServer


def test_an_answer_that_is_only_stored_says_so(wire: Wire) -> None:
    stored = wire.post("/v1/terminal/configurations")
    assert stored.headers["Mockbill-Level"] == "stored"
    assert "Mockbill-Level" not in wire.post("/v1/customers", "name=Ada").headers


def test_a_version_that_is_not_modelled_says_so(wire: Wire) -> None:
    old = wire.get("/v1/customers", **{"Stripe-Version": "2019-12-03"})
    assert old.headers["Mockbill-Notice"] == "2019-12-03 is not modelled: answers have the shape of 2020-03-02"
    assert "Mockbill-Notice" not in wire.get("/v1/customers", **{"Stripe-Version": "2020-03-02"}).headers


def test_links_to_pages_that_are_not_there_yet_lead_to_one_that_says_so(
    client: stripe.StripeClient, server: LocalServer
) -> None:
    saved = client.v1.setup_intents.create(
        {
            "confirm": True,
            "mandate_data": {"customer_acceptance": {"type": "offline"}},
            "payment_method_data": {
                "type": "sepa_debit",
                "sepa_debit": {"iban": "DE89370400440532013000"},
                "billing_details": {"name": "Ada", "email": "ada@example.com"},
            },
            "allowed_payment_method_types": ["sepa_debit"],
            "return_url": "https://example.com/back",
        }
    )
    mandate = client.v1.mandates.retrieve(str(saved.mandate)).payment_method_details.sepa_debit
    assert mandate is not None
    assert mandate.url.startswith(server.url)
    page = requests.get(mandate.url, timeout=10)
    assert (page.status_code, "has no page for this yet" in page.text) == (501, True)


def test_a_customer_that_does_not_exist_has_no_portal(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.billing_portal.sessions.create({"customer": "cus_nobody"})


@pytest.mark.parametrize(
    "asked",
    [
        {"billing_address_collection": "required"},
        {"phone_number_collection": {"enabled": True}},
        {"shipping_address_collection": {"allowed_countries": ["SE"]}},
        {"custom_fields": [{"key": "a", "label": {"type": "custom", "custom": "A"}, "type": "text"}]},
    ],
)
def test_a_checkout_does_not_promise_answers_that_it_never_asks_for(
    client: stripe.StripeClient, asked: dict[str, object]
) -> None:
    [name] = asked
    with pytest.raises(stripe.APIError, match=f"does not simulate {name}"):
        client.v1.checkout.sessions.create(
            {"mode": "setup", "currency": "usd", "success_url": "http://shop.test", **asked}
        )
