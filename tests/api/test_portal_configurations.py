"""Portal configurations: what they say, which there cannot be, the default one."""

from typing import Any

import pytest
import stripe
from api.portal import Portal, Told

CANCEL: Any = {"features": {"subscription_cancel": {"enabled": True}}}
REASONS = [
    "too_expensive", "missing_features", "switched_service", "unused", "customer_service", "too_complex",
    "low_quality", "other",
]  # fmt: skip


@pytest.fixture
def portal(client: stripe.StripeClient) -> Portal:
    return Portal.open(client)


def refused(client: stripe.StripeClient, message: str, **features: Any) -> str | None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as caught:
        client.v1.billing_portal.configurations.create({"features": features})  # type: ignore[typeddict-item]
    return caught.value.param


def test_a_configuration_is_off_where_it_says_nothing(client: stripe.StripeClient) -> None:
    made = client.v1.billing_portal.configurations.create({"features": {"invoice_history": {"enabled": True}}})
    shown = made.to_dict()
    assert shown["features"] == {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": False, "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "feedback_options": None, "options": REASONS},
            "enabled": False,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_pause": {
            "duration": {"interval_options": [{"interval": "month", "interval_count": 1}], "type": "interval_options"},
            "enabled": False,
        },
        "subscription_update": {
            "billing_cycle_anchor": None,
            "default_allowed_updates": [],
            "enabled": False,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    }
    assert (shown["active"], shown["is_default"], shown["login_page"]) == (True, False, {"enabled": False, "url": None})
    (event,) = client.v1.events.list().data
    assert event.type == "billing_portal.configuration.created"
    assert event.data.to_dict()["object"] == shown


def test_products_are_shown_where_they_are_expanded(client: stripe.StripeClient, portal: Portal) -> None:
    made = portal.configuration()
    assert "products" not in made.to_dict()["features"]["subscription_update"]
    path = "features.subscription_update.products"
    read = client.v1.billing_portal.configurations.retrieve(made.id, {"expand": [path]})
    free = {"enabled": True, "maximum": None, "minimum": 1}
    assert read.to_dict()["features"]["subscription_update"]["products"] == [
        {
            "adjustable_quantity": free,
            "prices": [portal.basic.id, portal.yearly.id],
            "product": portal.basic.product,
        },
        {"adjustable_quantity": free, "prices": [portal.pro.id], "product": portal.pro.product},
    ]
    session = portal.session(made.id, expand=[f"configuration.{path}"])
    assert isinstance(session.configuration, stripe.billing_portal.Configuration)
    assert len(session.configuration.to_dict()["features"]["subscription_update"]["products"]) == 2


def test_an_update_changes_what_it_names_and_tells_of_it(client: stripe.StripeClient) -> None:
    made = client.v1.billing_portal.configurations.create({**CANCEL, "name": "For all", "metadata": {"a": "1"}})
    chain = Told(client)
    changed = client.v1.billing_portal.configurations.update(
        made.id,
        {
            "active": False,
            "business_profile": {"headline": "Ada's shop", "privacy_policy_url": "https://shop.example/privacy"},
            "default_return_url": "https://shop.example",
            "features": {"subscription_cancel": {"mode": "immediately", "proration_behavior": "create_prorations"}},
            "metadata": {"b": "2"},
            "name": "",
        },
    )
    (event,) = chain.events()
    assert event.type == "billing_portal.configuration.updated"
    before = event.data.to_dict()["previous_attributes"]
    before.pop("updated", None)
    assert before == {
        "active": True,
        "business_profile": {"headline": None, "privacy_policy_url": None},
        "default_return_url": None,
        "features": {"subscription_cancel": {"mode": "at_period_end", "proration_behavior": "none"}},
        "metadata": {"b": None},
        "name": "For all",
    }
    assert changed.features.subscription_cancel.enabled
    assert changed.to_dict()["metadata"] == {"a": "1", "b": "2"}
    assert client.v1.billing_portal.configurations.update(made.id, {"active": False}) == changed
    assert chain.types() == []


def test_a_list_is_by_active_and_default(client: stripe.StripeClient) -> None:
    configurations = client.v1.billing_portal.configurations
    on, off = configurations.create(CANCEL), configurations.create(CANCEL)
    configurations.update(off.id, {"active": False})
    (own,) = configurations.list({"is_default": True}).data
    assert {each.id for each in configurations.list({"active": True})} == {on.id, own.id}
    assert [each.id for each in configurations.list({"active": False})] == [off.id]
    assert {each.id for each in configurations.list({"is_default": False})} == {on.id, off.id}
    assert own.features.subscription_cancel.enabled
    assert not own.features.subscription_update.enabled
    with pytest.raises(stripe.InvalidRequestError, match="cannot deactivate the default"):
        configurations.update(own.id, {"active": False})


def test_the_default_comes_with_the_first_session_that_needs_it(client: stripe.StripeClient, portal: Portal) -> None:
    chain = Told(client)
    session = portal.session()
    assert chain.types() == ["billing_portal.configuration.created", "billing_portal.session.created"]
    assert portal.session().configuration == session.configuration
    assert chain.types() == ["billing_portal.session.created"]


def test_the_login_page_has_an_address_while_it_is_on(client: stripe.StripeClient, server: Any) -> None:
    configurations = client.v1.billing_portal.configurations
    made = configurations.create({**CANCEL, "login_page": {"enabled": True}})
    assert (made.login_page.url or "").startswith(f"{server.url}/p/login/test_")
    assert configurations.update(made.id, {"login_page": {"enabled": False}}).login_page.url is None
    again = configurations.update(made.id, {"login_page": {"enabled": True}})
    assert again.login_page.url not in (None, made.login_page.url)


def test_what_cannot_be_is_refused(client: stripe.StripeClient, portal: Portal) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: features"):
        client.v1.billing_portal.configurations.create({})  # type: ignore[typeddict-item]
    updates = portal.updates()
    assert (
        refused(
            client, "Cannot enable subscription updates while payment method update is", subscription_update=updates
        )
        == "features[subscription_update][enabled]"
    )
    on = {"payment_method_update": {"enabled": True}}
    missing = r"Missing required param: features\[subscription_update\]\[products\]"
    refused(client, missing, **on, subscription_update={"enabled": True, "default_allowed_updates": ["price"]})
    refused(client, "always_invoice", subscription_cancel={"enabled": True, "proration_behavior": "always_invoice"})
    refused(
        client,
        "only possible with a `mode` of `immediately`",
        subscription_cancel={"enabled": True, "proration_behavior": "create_prorations"},
    )
    asked = {"enabled": True, "options": ""}
    refused(client, "Missing required param", subscription_cancel={"enabled": True, "cancellation_reason": asked})
    years = {"type": "interval_options", "interval_options": [{"interval": "year", "interval_count": 4}]}
    refused(client, "at most three years", subscription_pause={"enabled": True, "duration": years})
    nothing = {"enabled": True, "payment_method_configuration": "pmc_none"}
    refused(client, "No such payment_method_configuration", payment_method_update=nothing)
    with pytest.raises(stripe.InvalidRequestError, match="Not a valid URL"):
        client.v1.billing_portal.configurations.create({**CANCEL, "default_return_url": "javascript:alert(1)"})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"prices": ["price_none"]}, "No such price: 'price_none'"),
        ({"prices": ["of another product"]}, "does not belong to the product"),
        ({"prices": ["once"]}, "is not recurring"),
        (
            {"prices": ["basic", "twin"]},
            "can't define multiple prices with the same `product` and `recurring.interval`",
        ),
        ({"product": "prod_none"}, "No such product: 'prod_none'"),
        ({"adjustable_quantity": {"enabled": True, "minimum": 5, "maximum": 2}}, "the maximum not below it"),
    ],
)
def test_products_that_no_portal_can_offer_are_refused(
    client: stripe.StripeClient, portal: Portal, asked: dict[str, Any], message: str
) -> None:
    product = str(portal.basic.product)
    other: Any = {"product": product, "currency": "usd", "unit_amount": 1}
    ids = {
        "basic": portal.basic.id,
        "of another product": portal.pro.id,
        "once": client.v1.prices.create(other).id,
        "twin": client.v1.prices.create({**other, "recurring": {"interval": "month"}}).id,
    }
    entry = {"product": product, "prices": ["basic"], **asked}
    entry["prices"] = [ids.get(id, id) for id in entry["prices"]]
    with pytest.raises(stripe.InvalidRequestError, match=message):
        portal.configuration(subscription_update=portal.updates(products=[entry]))


def test_eleven_products_are_too_many(portal: Portal) -> None:
    (entry,) = portal.updates()["products"][1:]
    with pytest.raises(stripe.InvalidRequestError, match="up to 10 products"):
        portal.configuration(subscription_update=portal.updates(products=[entry] * 11))
