"""The portal's login page, and what comes after a session has expired."""

from typing import Any

import pytest
import stripe
from api.life import START, advance
from api.portal import BACK, Portal, subscriber
from pages.shop import Visitor


@pytest.fixture
def configuration(client: stripe.StripeClient) -> stripe.billing_portal.Configuration:
    return client.v1.billing_portal.configurations.create(
        {"features": {"invoice_history": {"enabled": True}}, "login_page": {"enabled": True}}
    )


def test_a_customer_gets_in_by_email(
    client: stripe.StripeClient, configuration: stripe.billing_portal.Configuration, visitor: Visitor
) -> None:
    portal = Portal.open(client)
    url = configuration.login_page.url
    assert "Manage your billing" in visitor.get(url).page.words
    answer = visitor.post(url, email="ada@example.com")
    (link,) = answer.page.links
    assert link.startswith(f"{visitor.server.url}/p/session/test_")
    assert "Basic $10.00 per month" in visitor.get(link).page.words
    assert portal.customer in {event.data.to_dict()["object"].get("customer") for event in client.v1.events.list()}


def test_nobody_else_gets_in(configuration: stripe.billing_portal.Configuration, visitor: Visitor) -> None:
    unknown = visitor.post(configuration.login_page.url, email="<eve>@example.com")
    assert (unknown.status, unknown.page.links) == (200, [])
    assert "&lt;eve&gt;" in unknown.text
    assert visitor.post(configuration.login_page.url, email="").status == 422


def test_a_login_page_that_was_switched_off_is_closed(
    client: stripe.StripeClient, configuration: stripe.billing_portal.Configuration, visitor: Visitor
) -> None:
    client.v1.billing_portal.configurations.update(configuration.id, {"login_page": {"enabled": False}})
    assert visitor.get(configuration.login_page.url).status == 410
    assert visitor.post(configuration.login_page.url, email="ada@example.com").status == 410
    assert visitor.get("/p/login/test_none").status == 404


@pytest.mark.parametrize(("lasts", "again"), [(None, True), (START + 400, True), (START + 200, False)])
def test_who_comes_too_late_may_log_in_again(
    client: stripe.StripeClient,
    configuration: stripe.billing_portal.Configuration,
    visitor: Visitor,
    lasts: int | None,
    again: bool,
) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START}).id
    login = {} if lasts is None else {"expires_at": lasts}
    asked: Any = {
        "customer": subscriber(client, test_clock=clock),
        "configuration": configuration.id,
        "return_url": BACK,
        "after_expiration": {"type": "customer_login", "customer_login": login},
    }
    session = client.v1.billing_portal.sessions.create(asked)
    assert session.after_expiration is not None
    assert session.after_expiration.to_dict() == {"customer_login": {"expires_at": lasts}, "type": "customer_login"}
    advance(client, clock, START + 300)
    answer = visitor.get(session.url)
    assert (answer.status, answer.page.links) == (410, [configuration.login_page.url if again else BACK])


def test_it_needs_a_login_page(client: stripe.StripeClient) -> None:
    asked: Any = {"customer": subscriber(client), "after_expiration": {"type": "customer_login"}}
    with pytest.raises(stripe.InvalidRequestError, match="`login_page` is enabled"):
        client.v1.billing_portal.sessions.create(asked)
