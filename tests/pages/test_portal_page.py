"""The portal's pages as plain HTTP sees them: what they say, what their forms do, and what they do not allow."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, advance
from api.portal import BACK, Portal, Told, plan, subscriber
from pages.shop import Visitor

NASTY = "<script>alert(1)</script>\"'&"
REASONS: Any = {"enabled": True, "options": ["too_expensive", "other"]}


@pytest.fixture
def portal(client: stripe.StripeClient) -> Portal:
    return Portal.open(client)


def page(portal: Portal, path: str = "") -> str:
    return f"{portal.session(portal.configuration().id).url}{path}"


def of_subscription(portal: Portal, verb: str, **features: Any) -> str:
    """The page of a verb of the subscription, in a portal with these features."""
    return f"{portal.session(portal.configuration(**features).id).url}/subscriptions/{portal.subscription.id}/{verb}"


def now(portal: Portal) -> stripe.Subscription:
    return portal.client.v1.subscriptions.retrieve(portal.subscription.id)


# Home


def test_home_shows_what_the_customer_has(portal: Portal, visitor: Visitor) -> None:
    answer = visitor.get(page(portal))
    assert answer.status == 200
    words = answer.page.words
    assert "Basic $10.00 per month Active" in words
    assert "Your plan renews on " in words
    assert "Visa •••• 4242 Default" in words
    assert "ada@example.com" in words
    assert "$10.00 Paid" in words
    assert f'href="{BACK}"' in answer.text


def test_home_shows_only_what_the_configuration_switches_on(portal: Portal, visitor: Visitor) -> None:
    bare: Any = {"features": {"customer_update": {"enabled": False}}}
    off = portal.client.v1.billing_portal.configurations.create(bare).id
    text = visitor.get(portal.session(off).url).text
    for control in ("cancel", "resume", "invoices"):
        assert f'data-testid="{control}"' not in text


def test_home_shows_the_words_and_links_of_the_business(client: stripe.StripeClient, visitor: Visitor) -> None:
    portal = Portal.open(client)
    profile: Any = {"headline": "Ada & sons", "privacy_policy_url": "https://shop.example/p"}
    made = client.v1.billing_portal.configurations.create({"features": portal.features(), "business_profile": profile})
    answer = visitor.get(portal.session(made.id).url)
    assert "Ada &amp; sons" in answer.text
    assert 'href="https://shop.example/p"' in answer.text


def test_subscriptions_of_other_customers_and_those_that_are_over_are_not_shown(
    client: stripe.StripeClient, portal: Portal, visitor: Visitor
) -> None:
    other = subscriber(client)
    client.v1.subscriptions.create({"customer": other, "items": [{"price": portal.pro.id}]})
    client.v1.subscriptions.cancel(portal.subscription.id)
    words = visitor.get(page(portal)).page.words
    assert "You have no subscriptions." in words
    assert "Pro" not in words


def test_hostile_names_are_only_text(client: stripe.StripeClient, visitor: Visitor) -> None:
    customer = subscriber(client, name=NASTY)
    nasty = plan(client, NASTY, 100)
    client.v1.subscriptions.create({"customer": customer, "items": [{"price": nasty.id}]})
    asked: Any = {"features": {"subscription_cancel": {"enabled": True}}, "business_profile": {"headline": NASTY}}
    made = client.v1.billing_portal.configurations.create(asked)
    session = client.v1.billing_portal.sessions.create({"customer": customer, "configuration": made.id})
    text = visitor.get(session.url).text
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)") == 3


@pytest.mark.parametrize(
    "path",
    ["cancel", "update", "update/confirm?price={price}&code=%3Cscript%3E", "update/confirm?price={price}", "pause"],
)
def test_hostile_names_are_only_text_on_every_page(
    client: stripe.StripeClient, portal: Portal, visitor: Visitor, path: str
) -> None:
    for price in (portal.basic, portal.pro):
        client.v1.products.update(str(price.product), {"name": NASTY})
    client.v1.customers.update(portal.customer, {"name": NASTY})
    of_it = page(portal, f"/subscriptions/{portal.subscription.id}/{path.format(price=portal.pro.id)}")
    answer = visitor.get(of_it)
    assert answer.status in (200, 422)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


# Whose visit it is, and for how long


def test_a_link_lasts_five_minutes_and_a_visit_an_hour(client: stripe.StripeClient, visitor: Visitor) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    customer = subscriber(client, test_clock=clock.id)
    late, used = (
        client.v1.billing_portal.sessions.create({"customer": customer, "return_url": BACK}).url for _ in range(2)
    )
    advance(client, clock.id, START + 299)
    assert visitor.get(used).status == 200
    advance(client, clock.id, START + 300)
    over = visitor.get(late)
    assert over.status == 410
    assert "expired" in over.text
    assert f'href="{BACK}"' in over.text
    advance(client, clock.id, START + 299 + HOUR - 1)
    assert visitor.get(used).status == 200
    advance(client, clock.id, START + DAY)
    assert visitor.get(used).status == 410


def test_nothing_is_at_an_address_that_was_never_given(portal: Portal, visitor: Visitor) -> None:
    assert visitor.get(page(portal)[:-3] + "xxx").status == 404


# Cancel


def test_canceling_at_the_end_of_the_period_tells_why(portal: Portal, visitor: Visitor) -> None:
    url = of_subscription(portal, "cancel", subscription_cancel={"enabled": True, "cancellation_reason": REASONS})
    shown = visitor.get(url)
    assert "stays active until" in shown.page.words
    assert "It&#39;s too expensive" in shown.text
    told = Told(portal.client)
    answer = visitor.post(url, feedback="too_expensive", comment="  Dear ")
    assert answer.status == 303
    assert told.types() == ["customer.subscription.updated"]
    subscription = now(portal)
    end = subscription["items"].data[0].current_period_end
    assert (subscription.cancel_at, subscription.cancel_at_period_end) == (end, False)
    details = subscription.cancellation_details
    assert details is not None
    assert (details.feedback, details.comment, details.reason) == ("too_expensive", "Dear", "cancellation_requested")
    home = visitor.get(answer.location).page.words
    assert "Your subscription will be canceled at the end of its period." in home
    assert "Cancels on" in home


def test_classic_subscriptions_are_canceled_by_their_flag(client: stripe.StripeClient, visitor: Visitor) -> None:
    portal = Portal.open(client, billing_mode={"type": "classic"})
    visitor.post(of_subscription(portal, "cancel"))
    assert now(portal).cancel_at_period_end


@pytest.mark.parametrize(("behavior", "events"), [("none", []), ("create_prorations", ["invoiceitem.created"])])
def test_canceling_at_once_ends_it(portal: Portal, visitor: Visitor, behavior: str, events: list[str]) -> None:
    feature = {"enabled": True, "mode": "immediately", "proration_behavior": behavior}
    url = of_subscription(portal, "cancel", subscription_cancel=feature)
    assert "ends now" in visitor.get(url).page.words
    told = Told(portal.client)
    answer = visitor.post(url)
    assert told.types() == [*events, "customer.subscription.deleted"]
    assert "Your subscription is canceled." in visitor.get(answer.location).page.words


def test_the_accounts_own_reasons_can_be_chosen(portal: Portal, visitor: Visitor) -> None:
    option = portal.client.v1.billing.feedback_options.create({"description": "Moved <away>"})
    reason = {"enabled": True, "options": "", "feedback_options": [option.id]}
    url = of_subscription(portal, "cancel", subscription_cancel={"enabled": True, "cancellation_reason": reason})
    assert "Moved &lt;away&gt;" in visitor.get(url).text
    visitor.post(url, feedback=option.id)
    details = now(portal).cancellation_details
    assert details is not None
    assert details.to_dict()["feedback_option"] == option.id


def test_what_was_planned_can_be_taken_back(portal: Portal, visitor: Visitor) -> None:
    home = page(portal)
    of_it = f"{home}/subscriptions/{portal.subscription.id}"
    visitor.post(f"{of_it}/cancel")
    assert 'data-testid="resume"' in visitor.get(home).text
    answer = visitor.post(f"{of_it}/resume")
    subscription = now(portal)
    assert (subscription.cancel_at, subscription.canceled_at) == (None, None)
    assert subscription.cancellation_details is not None
    assert set(subscription.cancellation_details.to_dict().values()) == {None}
    assert "Your subscription goes on." in visitor.get(answer.location).page.words
    assert visitor.post(f"{of_it}/resume").status == 409


def test_what_is_not_allowed_or_not_ones_own_is_refused(
    client: stripe.StripeClient, portal: Portal, visitor: Visitor
) -> None:
    off = of_subscription(portal, "cancel", subscription_cancel={"enabled": False})
    assert (visitor.get(off).status, visitor.post(off).status) == (403, 403)
    assert "disabled" in visitor.get(off).page.words
    assert visitor.post(off.replace("/cancel", "/resume")).status == 403
    other = client.v1.subscriptions.create({"customer": subscriber(client), "items": [{"price": portal.pro.id}]})
    foreign = page(portal, f"/subscriptions/{other.id}/cancel")
    assert (visitor.get(foreign).status, visitor.post(foreign).status) == (404, 404)
    mine = of_subscription(portal, "cancel", subscription_cancel={"enabled": True, "cancellation_reason": REASONS})
    assert visitor.post(mine, feedback="unused").status == 409
    assert now(portal).cancel_at is None
    visitor.post(mine)
    assert (visitor.get(mine).status, visitor.post(mine).status) == (409, 409)


# The flow of a cancellation


@pytest.fixture
def offered(portal: Portal) -> str:
    """The address of a flow that offers a discount to who stays."""
    coupon: Any = {"percent_off": 20, "duration": "repeating", "duration_in_months": 3}
    offer = {"coupon": portal.client.v1.coupons.create(coupon).id}
    flow = portal.flow("subscription_cancel", retention={"type": "coupon_offer", "coupon_offer": offer})
    return portal.session(portal.configuration().id, flow_data=flow).url


def test_who_takes_the_offer_stays_with_a_discount(portal: Portal, visitor: Visitor, offered: str) -> None:
    start = visitor.get(offered)
    assert start.status == 303
    assert (start.location or "").endswith(f"/subscriptions/{portal.subscription.id}/cancel")
    assert "20% off for 3 months" in visitor.get(start.location).page.words
    told = Told(portal.client)
    answer = visitor.post(start.location, offer="take")
    assert told.types() == ["customer.discount.created", "customer.subscription.updated"]
    assert "Good that you stay." in visitor.get(answer.location).page.words
    subscription = now(portal)
    assert (len(subscription.discounts), subscription.cancel_at) == (1, None)
    assert visitor.post(start.location, offer="take").status == 409


def test_who_refuses_the_offer_goes_on_to_cancel(portal: Portal, visitor: Visitor, offered: str) -> None:
    start = visitor.get(offered).location
    assert "If you confirm" in visitor.get(f"{start}?offer=no").page.words
    assert visitor.post(start).status == 303
    assert now(portal).cancel_at is not None


@pytest.mark.parametrize("after", ["redirect", "hosted_confirmation", "portal_homepage"])
def test_a_flow_ends_where_it_was_told(portal: Portal, visitor: Visitor, after: str) -> None:
    there = "https://shop.example/canceled"
    hashes: Any = {
        "redirect": {"redirect": {"return_url": there}},
        "hosted_confirmation": {"hosted_confirmation": {"custom_message": "Bye & <thanks>"}},
        "portal_homepage": {},
    }
    flow = {**portal.flow("subscription_cancel"), "after_completion": {"type": after, **hashes[after]}}
    url = portal.session(portal.configuration().id, flow_data=flow).url
    start = visitor.get(url).location
    assert 'data-testid="home"' not in visitor.get(start).text
    location = visitor.post(start).location
    if after == "redirect":
        assert location == there
    elif after == "hosted_confirmation":
        answer = visitor.get(location)
        assert "Bye &amp; &lt;thanks&gt;" in answer.text
        assert f'href="{BACK}"' in answer.text
    else:
        assert "Current subscription" in visitor.get(location).page.words
    assert visitor.get(url).status == 200
