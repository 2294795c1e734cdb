"""What pages and apps are given: ephemeral keys, customer sessions, registered domains, shipping rates."""

from typing import Any

import pytest
import stripe
from api.life import HOUR, START, Life, advance


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def app_of(server: Any, secret: str) -> stripe.StripeClient:
    """A mobile app that has nothing but the secret of an ephemeral key."""
    return stripe.StripeClient(secret, base_addresses={"api": server.url}, max_network_retries=0)


# ephemeral keys


def test_an_app_sees_its_customer_and_her_cards_with_an_ephemeral_key(server: Any, life: Life) -> None:
    ada = life.customer()
    key = life.client.v1.ephemeral_keys.create({"customer": ada.id})
    assert key.id.startswith("ephkey_")
    assert key.expires == START + HOUR
    assert key.to_dict()["associated_objects"] == [{"id": ada.id, "type": "customer"}]  # apps read nothing without it
    app = app_of(server, key.secret)
    assert app.v1.customers.retrieve(ada.id).email == "ada@example.com"
    (card,) = app.v1.payment_methods.list({"customer": ada.id}).data
    assert app.v1.payment_methods.detach(card.id).customer is None


def test_an_ephemeral_key_opens_nothing_else(server: Any, life: Life) -> None:
    ada, eve = life.customer(), life.customer()
    (hers,) = life.client.v1.payment_methods.list({"customer": eve.id}).data
    app = app_of(server, life.client.v1.ephemeral_keys.create({"customer": ada.id}).secret)
    for call in (
        lambda: app.v1.customers.retrieve(eve.id),
        lambda: app.v1.payment_methods.list({"customer": eve.id}),
        lambda: app.v1.payment_methods.detach(hers.id),
        lambda: app.v1.customers.list(),
        lambda: app.v1.subscriptions.list({"customer": ada.id}),
        lambda: app.v1.customers.update(ada.id, {"balance": -5000}),
        lambda: app.v1.payment_methods.create({"customer": ada.id, "payment_method": hers.id}),
    ):
        with pytest.raises(stripe.PermissionError, match="opens one customer"):
            call()


def test_a_list_by_an_ephemeral_key_shows_its_customers_cards_alone(server: Any, life: Life) -> None:
    ada, _ = life.customer(), life.customer()
    app = app_of(server, life.client.v1.ephemeral_keys.create({"customer": ada.id}).secret)
    for params in ({}, {"type": "card"}):
        assert {method.customer for method in app.v1.payment_methods.list(params).data} == {ada.id}
    assert app.v1.customers.update(ada.id, {"shipping": {"name": "Ada", "address": {"line1": "x"}}}).id == ada.id


def test_an_answer_that_the_shop_got_is_not_told_again_to_an_app(server: Any, life: Life) -> None:
    ada = life.customer()
    life.client.v1.customers.create({"name": "Eve"}, {"idempotency_key": "k"})
    app = app_of(server, life.client.v1.ephemeral_keys.create({"customer": ada.id}).secret)
    with pytest.raises(stripe.PermissionError):
        app.v1.customers.create({"name": "Eve"}, {"idempotency_key": "k"})


def test_an_ephemeral_key_is_over_after_an_hour_or_when_it_is_deleted(server: Any, life: Life) -> None:
    ada = life.customer()
    first, second = (life.client.v1.ephemeral_keys.create({"customer": ada.id}) for _ in range(2))
    life.client.v1.ephemeral_keys.delete(first.id)
    with pytest.raises(stripe.AuthenticationError):
        app_of(server, first.secret).v1.customers.retrieve(ada.id)
    app = app_of(server, second.secret)
    assert app.v1.customers.retrieve(ada.id).id == ada.id
    advance(life.client, life.clock.id, START + HOUR)
    with pytest.raises(stripe.AuthenticationError, match="is over"):
        app.v1.customers.retrieve(ada.id)


@pytest.mark.parametrize("secret", ["ek_test_nonsense", "ek_test_YWNjdF9ub2JvZHksYQ==", "ek_test_===="])
def test_a_made_up_ephemeral_key_is_an_invalid_key(server: Any, life: Life, secret: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        app_of(server, secret).v1.customers.retrieve("cus_1")


def test_ephemeral_keys_of_what_is_not_a_customer_are_refused(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        life.client.v1.ephemeral_keys.create({})
    assert (missing.value.code, missing.value.param) == ("parameter_missing", "customer")
    with pytest.raises(stripe.InvalidRequestError) as nobody:
        life.client.v1.ephemeral_keys.create({"customer": "cus_nobody"})
    assert nobody.value.param == "customer"


# customer sessions


def test_a_customer_session_says_what_each_component_may_do(life: Life) -> None:
    ada = life.customer()
    session = life.client.v1.customer_sessions.create(
        {
            "customer": ada.id,
            "components": {
                "pricing_table": {"enabled": True},
                "payment_element": {"enabled": True, "features": {"payment_method_redisplay": "enabled"}},
            },
        }
    )
    assert session.client_secret.startswith("cuss_secret_")
    assert (session.customer, session.expires_at) == (ada.id, session.created + 1_800)
    assert session.components is not None
    assert (session.components.pricing_table.enabled, session.components.buy_button.enabled) == (True, False)
    assert session.components.payment_element.features is not None
    assert session.components.payment_element.features.to_dict() == {
        "payment_method_allow_redisplay_filters": ["always"],
        "payment_method_redisplay": "enabled",
        "payment_method_redisplay_limit": 3,
        "payment_method_remove": "disabled",
        "payment_method_save": "disabled",
        "payment_method_save_usage": None,
    }
    assert session.components.customer_sheet.features is None


@pytest.mark.parametrize(
    ("components", "param"),
    [
        ({"pricing_table": {"enabled": False}}, "components"),
        (
            {
                "buy_button": {"enabled": True},
                "payment_element": {"enabled": False, "features": {"payment_method_save": "enabled"}},
            },
            "components[payment_element][features]",
        ),
        (
            {"payment_element": {"enabled": True, "features": {"payment_method_redisplay_limit": 11}}},
            "components[payment_element][features][payment_method_redisplay_limit]",
        ),
    ],
)
def test_a_session_that_shows_nothing_sensible_is_refused(life: Life, components: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.customer_sessions.create({"customer": life.customer().id, "components": components})
    assert refused.value.param == param


# domains


def test_a_domain_is_registered_once_switched_off_and_validated(client: stripe.StripeClient) -> None:
    domains = client.v1.payment_method_domains
    shop = domains.create({"domain_name": "Shop.Example.com"})
    assert (shop.domain_name, shop.enabled, shop.apple_pay.status) == ("shop.example.com", True, "active")
    assert domains.update(shop.id, {"enabled": False}).enabled is False
    assert domains.validate(shop.id).google_pay.status == "active"
    assert [each.id for each in domains.list({"enabled": False}).data] == [shop.id]
    assert domains.list({"domain_name": "other.example.com"}).data == []
    again = domains.create({"domain_name": "shop.example.com", "enabled": True})
    assert (again.id, again.enabled) == (shop.id, True)


@pytest.mark.parametrize(
    "name", ["", "https://example.com", "example.com/shop", "localhost", "-a.com", "a" * 300 + ".com"]
)
def test_what_is_no_domain_is_not_registered(client: stripe.StripeClient, name: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_method_domains.create({"domain_name": name})
    assert refused.value.param == "domain_name"
    assert client.v1.payment_method_domains.list().data == []


def test_the_older_call_registers_a_domain_for_apple_pay(client: stripe.StripeClient) -> None:
    domain = client.v1.apple_pay_domains.create({"domain_name": "example.com"})
    assert [each.id for each in client.v1.apple_pay_domains.list().data] == [domain.id]
    assert client.v1.apple_pay_domains.delete(domain.id).deleted is True
    assert client.v1.apple_pay_domains.list().data == []


# shipping rates


def test_a_shipping_rate_keeps_its_amount_and_gains_currencies(client: stripe.StripeClient) -> None:
    rates = client.v1.shipping_rates
    rate = rates.create(
        {
            "display_name": "Ground",
            "fixed_amount": {"amount": 500, "currency": "USD"},
            "delivery_estimate": {"maximum": {"unit": "business_day", "value": 7}},
        }
    )
    assert (rate.active, rate.type, rate.tax_behavior) == (True, "fixed_amount", "unspecified")
    assert rate.fixed_amount is not None
    assert rate.fixed_amount.to_dict() == {"amount": 500, "currency": "usd"}
    assert rate.delivery_estimate is not None
    assert rate.delivery_estimate.to_dict() == {"maximum": {"unit": "business_day", "value": 7}, "minimum": None}
    wider = rates.update(rate.id, {"fixed_amount": {"currency_options": {"eur": {"amount": 450}}}})
    assert wider.fixed_amount is not None
    assert wider.fixed_amount.amount == 500
    assert wider.fixed_amount.currency_options is not None
    assert wider.fixed_amount.currency_options["eur"].to_dict() == {"amount": 450, "tax_behavior": "unspecified"}
    rates.update(rate.id, {"active": False, "tax_behavior": "exclusive"})
    assert [each.id for each in rates.list({"active": False, "currency": "usd"}).data] == [rate.id]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        rates.update(rate.id, {"tax_behavior": "inclusive"})
    assert refused.value.param == "tax_behavior"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"display_name": "", "fixed_amount": {"amount": 1, "currency": "usd"}}, "display_name"),
        ({"display_name": "Ground"}, "fixed_amount"),
        ({"display_name": "Ground", "fixed_amount": {"amount": -1, "currency": "usd"}}, "fixed_amount[amount]"),
        ({"display_name": "Ground", "fixed_amount": {"amount": 10**9, "currency": "usd"}}, "fixed_amount[amount]"),
        ({"display_name": "Ground", "fixed_amount": {"amount": 1, "currency": "abc"}}, "fixed_amount[currency]"),
        (
            {
                "display_name": "Ground",
                "fixed_amount": {"amount": 1, "currency": "usd", "currency_options": {"eur": ""}},
            },
            "fixed_amount[currency_options][eur]",
        ),
        (
            {
                "display_name": "Ground",
                "fixed_amount": {"amount": 1, "currency": "usd"},
                "delivery_estimate": {"minimum": {"unit": "day", "value": 0}},
            },
            "delivery_estimate[minimum][value]",
        ),
    ],
)
def test_a_shipping_rate_that_makes_no_sense_is_refused(client: stripe.StripeClient, params: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.shipping_rates.create(params)
    assert refused.value.param == param
    assert client.v1.shipping_rates.list().data == []
