"""Portal sessions: for whom, with which configuration, and the flows that they lead through."""

from typing import Any

import pytest
import stripe
from api.portal import BACK, Portal, Told, plan, subscriber

from mockbill.server import LocalServer


@pytest.fixture
def portal(client: stripe.StripeClient) -> Portal:
    return Portal.open(client)


def refused(portal: Portal, message: str, **params: Any) -> str | None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as caught:
        portal.session(**params)
    return caught.value.param


def test_a_session_opens_a_page_of_ours(client: stripe.StripeClient, portal: Portal, server: LocalServer) -> None:
    configuration = portal.configuration()
    chain = Told(client)
    session = portal.session(configuration.id, locale="sv")
    assert session.to_dict() == {
        "after_expiration": None,
        "configuration": configuration.id,
        "created": session.created,
        "customer": portal.customer,
        "customer_account": None,
        "flow": None,
        "id": session.id,
        "livemode": False,
        "locale": "sv",
        "object": "billing_portal.session",
        "on_behalf_of": None,
        "return_url": BACK,
        "url": session.url,
    }
    assert session.url.startswith(f"{server.url}/p/session/test_")
    assert chain.types() == ["billing_portal.session.created"]


def test_it_returns_to_where_the_configuration_says_unless_told_otherwise(portal: Portal) -> None:
    home = "https://shop.example/home"
    made = portal.client.v1.billing_portal.configurations.create(
        {"features": portal.features(), "default_return_url": home}
    )
    assert portal.session(made.id, return_url=None).return_url == home
    assert portal.session(made.id).return_url == BACK


def test_what_a_session_needs(portal: Portal) -> None:
    assert refused(portal, "Missing required param: customer", customer=None) == "customer"
    assert refused(portal, "No such customer: 'cus_none'", customer="cus_none") == "customer"
    assert refused(portal, "No such configuration: 'bpc_none'", configuration="bpc_none") == "configuration"
    assert refused(portal, "Not a valid URL", return_url="javascript:alert(1)") == "return_url"
    off = portal.configuration()
    portal.client.v1.billing_portal.configurations.update(off.id, {"active": False})
    assert refused(portal, "is not active", configuration=off.id) == "configuration"


def test_every_flow_is_shown_as_it_was_asked_for(client: stripe.StripeClient, portal: Portal) -> None:
    configuration = portal.configuration().id
    home = {"hosted_confirmation": None, "redirect": None, "type": "portal_homepage"}
    coupon = client.v1.coupons.create({"percent_off": 20, "duration": "once"}).id
    of_it = {"subscription": portal.subscription.id}

    def flow(**asked: Any) -> Any:
        shown = portal.session(configuration, flow_data=asked).to_dict()["flow"]
        return {name: value for name, value in shown.items() if value is not None}

    assert flow(type="payment_method_update") == {"after_completion": home, "type": "payment_method_update"}
    assert flow(type="customer_update") == {"after_completion": home, "customer_update": {}, "type": "customer_update"}
    for type in ("subscription_update", "subscription_pause"):
        assert flow(**portal.flow(type)) == {"after_completion": home, type: of_it, "type": type}
    retention = {"type": "coupon_offer", "coupon_offer": {"coupon": coupon}}
    assert flow(**portal.flow("subscription_cancel", retention=retention))["subscription_cancel"] == {
        "retention": retention,
        **of_it,
    }
    item = {"id": portal.item, "price": portal.pro.id, "quantity": 3}
    confirmed = flow(**portal.flow("subscription_update_confirm", items=[item], discounts=[{"coupon": coupon}]))
    assert confirmed["subscription_update_confirm"] == {
        "discounts": [{"coupon": coupon, "promotion_code": None}],
        "items": [item],
        **of_it,
    }
    thanks = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Bye"}}
    said = flow(**portal.flow("subscription_cancel"), after_completion=thanks)["after_completion"]
    assert said == {**home, **thanks}
    back = {"type": "redirect", "redirect": {"return_url": BACK}}
    assert flow(type="payment_method_update", after_completion=back)["after_completion"] == {**home, **back}


def test_a_flow_has_to_be_whole(portal: Portal) -> None:
    missing = r"Missing required param: flow_data\[subscription_cancel\]"
    assert refused(portal, missing, flow_data={"type": "subscription_cancel"}) == "flow_data[subscription_cancel]"
    wrong = {**portal.flow("subscription_update"), "type": "payment_method_update"}
    refused(portal, "can only be used when", flow_data=wrong)
    after = {"type": "redirect", "redirect": {"return_url": "javascript:alert(1)"}}
    refused(portal, "Not a valid URL", flow_data={"type": "payment_method_update", "after_completion": after})


@pytest.mark.parametrize(
    ("type", "words"),
    [
        ("customer_update", "customer update"),
        ("payment_method_update", "payment method update"),
        ("subscription_cancel", "subscription cancellation"),
        ("subscription_pause", "subscription pause"),
        ("subscription_update", "subscription update"),
    ],
)
def test_a_feature_that_is_off_has_no_flow(client: stripe.StripeClient, portal: Portal, type: str, words: str) -> None:
    bare: Any = {"features": {"invoice_history": {"enabled": True}}}
    off = client.v1.billing_portal.configurations.create(bare).id
    flow = portal.flow(type) if type.startswith("subscription") else {"type": type}
    message = f"because the {words} feature in the portal configuration is disabled"
    refused(portal, message, configuration=off, flow_data=flow)


def test_a_subscription_of_somebody_else_has_no_flow(client: stripe.StripeClient, portal: Portal) -> None:
    other = subscriber(client)
    refused(portal, "does not belong to the customer", customer=other, flow_data=portal.flow("subscription_cancel"))
    nobody = portal.flow("subscription_cancel", subscription="sub_none")
    refused(portal, "No such subscription: 'sub_none'", flow_data=nobody)


def test_what_ends_already_cannot_be_canceled(client: stripe.StripeClient, portal: Portal) -> None:
    flow = portal.flow("subscription_cancel")
    client.v1.subscriptions.update(portal.subscription.id, {"cancel_at_period_end": True})
    refused(portal, f"{portal.subscription.id} is already set to be canceled at period end", flow_data=flow)
    client.v1.subscriptions.cancel(portal.subscription.id)
    refused(portal, "cannot be canceled because it has the status `canceled`", flow_data=flow)


@pytest.mark.parametrize(
    ("subscribed", "why"),
    [
        ({"items": "two"}, "multiple items"),
        ({"collection_method": "send_invoice", "days_until_due": 7}, "by invoices that are sent"),
        ({"schedule": True}, "scheduled by a subscription schedule"),
    ],
)
def test_what_the_portal_can_only_cancel_cannot_be_updated(
    client: stripe.StripeClient, subscribed: dict[str, Any], why: str
) -> None:
    if subscribed.pop("items", None):
        prices = [plan(client, name, 100) for name in ("One", "Two")]
        subscribed["items"] = [{"price": price.id} for price in prices]
    scheduled = subscribed.pop("schedule", False)
    portal = Portal.open(client, **subscribed)
    if scheduled:
        client.v1.subscription_schedules.create({"from_subscription": portal.subscription.id})
    configuration = portal.configuration().id
    refused(portal, why, configuration=configuration, flow_data=portal.flow("subscription_update"))


def confirm(portal: Portal, message: str, *, updates: Any = None, discounts: Any = None, **item: Any) -> None:
    configuration = portal.configuration(subscription_update=portal.updates(**(updates or {}))).id
    hash: Any = {"items": [{"id": portal.item, **item}]}
    if discounts:
        hash["discounts"] = discounts
    flow = portal.flow("subscription_update_confirm", **hash)
    refused(portal, message, configuration=configuration, flow_data=flow)


def test_a_confirmation_has_to_change_something_that_is_offered(client: stripe.StripeClient, portal: Portal) -> None:
    other = plan(client, "Other", 100).id
    confirm(portal, "because there are no changes to confirm")
    confirm(portal, "because there are no changes to confirm", price=portal.basic.id, quantity=1)
    confirm(portal, rf"`{portal.item}` cannot be updated to price `{other}` because the configuration", price=other)
    confirm(portal, "does not include `price`", updates={"default_allowed_updates": ["quantity"]}, price=portal.pro.id)
    confirm(portal, "does not include `quantity`", updates={"default_allowed_updates": ["price"]}, quantity=2)
    coupon: Any = [{"coupon": client.v1.coupons.create({"percent_off": 20, "duration": "once"}).id}]
    confirm(
        portal, "does not include `promotion_code`", updates={"default_allowed_updates": ["price"]}, discounts=coupon
    )
    confirm(portal, "No such coupon: 'none'", discounts=[{"coupon": "none"}])
    confirm(portal, "does not belong to the subscription", id="si_none", price=portal.pro.id)
    products = portal.updates()["products"]
    few = [{**products[0], "adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 3}}]
    confirm(portal, "at least 1 and at most 3", updates={"products": few}, quantity=4)
    fixed = [{**products[0], "adjustable_quantity": {"enabled": False}}]
    confirm(portal, "cannot be adjusted", updates={"products": fixed}, quantity=2)
    flow = portal.flow("subscription_update_confirm", items=[{"id": portal.item, "quantity": 2}] * 2)
    refused(portal, "at most one of `items`", configuration=portal.configuration().id, flow_data=flow)


def test_a_price_in_another_currency_is_none_of_the_subscriptions(client: stripe.StripeClient, portal: Portal) -> None:
    euro: Any = {"currency": "eur", "unit_amount": 5, "product_data": {"name": "E"}, "recurring": {"interval": "month"}}
    made = client.v1.prices.create(euro)
    listed = [{"product": str(made.product), "prices": [made.id]}]
    confirm(portal, "not available in the currency", updates={"products": listed}, price=made.id)
