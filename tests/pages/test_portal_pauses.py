"""Pausing in the portal: for a while or without an end, taken up again by hand or by itself."""

from typing import Any

import pytest
import stripe
from api.life import DAY, START, advance
from api.portal import Portal, Told, subscriber
from pages.shop import Visitor


@pytest.fixture
def clock(client: stripe.StripeClient) -> str:
    return client.v1.test_helpers.test_clocks.create({"frozen_time": START}).id


@pytest.fixture
def portal(client: stripe.StripeClient, clock: str) -> Portal:
    """A subscriber on a clock, whose subscription began on 31 January."""
    made = Portal.open(client)
    made.customer = subscriber(client, test_clock=clock)
    asked: Any = {"customer": made.customer, "items": [{"price": made.basic.id}]}
    made.subscription = client.v1.subscriptions.create(asked)
    return made


def page(portal: Portal, verb: str, **feature: Any) -> str:
    configuration = portal.configuration(subscription_pause={"enabled": True, **feature})
    return f"{portal.session(configuration.id).url}/subscriptions/{portal.subscription.id}/{verb}"


def now(portal: Portal) -> stripe.Subscription:
    return portal.client.v1.subscriptions.retrieve(portal.subscription.id)


def test_a_pause_ends_by_itself(client: stripe.StripeClient, portal: Portal, clock: str, visitor: Visitor) -> None:
    options = [{"interval": "week"}, {"interval": "month", "interval_count": 2}]
    url = page(portal, "pause", duration={"type": "interval_options", "interval_options": options})
    shown = visitor.get(url).page.words
    assert "1 week until 7 Feb 2026 2 months until 31 Mar 2026" in shown
    told = Told(client)
    home = visitor.get(visitor.post(url, choice="1").location).page.words
    assert told.types() == ["invoiceitem.created", "customer.subscription.paused", "customer.subscription.updated"]
    assert "Your subscription is paused." in home
    assert "It is paused until 31 Mar 2026." in home
    advance(client, clock, START + 58 * DAY)
    assert now(portal).status == "paused"
    advance(client, clock, START + 60 * DAY)
    assert now(portal).status == "active"


def test_a_pause_without_end_is_ended_by_hand(portal: Portal, visitor: Visitor) -> None:
    url = page(portal, "pause", duration={"type": "indefinite"})
    assert "For how long?" not in visitor.get(url).page.words
    home = visitor.get(visitor.post(url).location)
    assert (now(portal).status, 'data-testid="unpause"' in home.text) == ("paused", True)
    assert visitor.get(url).status == 409
    answer = visitor.post(url.replace("/pause", "/unpause"))
    assert now(portal).status == "active"
    assert "Your subscription goes on." in visitor.get(answer.location).page.words
    assert visitor.post(url.replace("/pause", "/unpause")).status == 409


def test_a_pause_that_was_ended_by_hand_does_not_end_again(
    client: stripe.StripeClient, portal: Portal, clock: str, visitor: Visitor
) -> None:
    url = page(portal, "pause")
    visitor.post(url, choice="0")
    visitor.post(url.replace("/pause", "/unpause"))
    told = Told(client)
    advance(client, clock, START + 27 * DAY)
    assert [type for type in told.types() if "resumed" in type] == []


def test_what_cannot_be_paused_is_refused(portal: Portal, visitor: Visitor) -> None:
    assert visitor.post(page(portal, "pause"), choice="7").status == 409
    off = page(portal, "pause", enabled=False)
    assert (visitor.get(off).status, visitor.post(off).status) == (403, 403)
    assert now(portal).status == "active"
    classic = Portal.open(portal.client, billing_mode={"type": "classic"})
    assert visitor.post(page(classic, "pause")).status == 409


def test_the_flow_leads_to_the_pause(portal: Portal, visitor: Visitor) -> None:
    session = portal.session(portal.configuration().id, flow_data=portal.flow("subscription_pause"))
    start = visitor.get(session.url).location
    assert "Pause your subscription" in visitor.get(start).page.words
    visitor.post(start)
    assert now(portal).status == "paused"
