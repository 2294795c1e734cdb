"""Payment methods in the portal: added with and without 3-D Secure, made the default, removed."""

from typing import Any

import pytest
import stripe
from api.portal import BACK, Portal, Told, subscriber
from pages.shop import Visitor

GOOD, DECLINED, THREE_D_SECURE, OTHER = "4242424242424242", "4000000000000002", "4000002760003184", "5555555555554444"


@pytest.fixture
def portal(client: stripe.StripeClient) -> Portal:
    return Portal.open(client)


@pytest.fixture
def home(portal: Portal) -> str:
    return portal.session(portal.configuration().id).url


def default_of(portal: Portal) -> str | None:
    settings = portal.client.v1.customers.retrieve(portal.customer).invoice_settings
    assert settings is not None
    return str(settings.default_payment_method)


def saved(portal: Portal) -> list[str]:
    """The last digits of the customer's cards, newest first."""
    listed = portal.client.v1.customers.payment_methods.list(portal.customer)
    return [method.card.last4 for method in listed if method.card]


def test_a_new_card_is_set_up_and_pays_from_then_on(portal: Portal, visitor: Visitor, home: str) -> None:
    portal.client.v1.subscriptions.update(portal.subscription.id, {"default_payment_method": default_of(portal) or ""})
    told, before = Told(portal.client), default_of(portal)
    answer = visitor.pay(f"{home}/payment-methods/add", OTHER, default="1")
    assert told.types() == [
        "setup_intent.created", "setup_intent.succeeded", "payment_method.attached", "customer.updated",
        "customer.subscription.updated",
    ]  # fmt: skip
    assert saved(portal) == ["4444", "4242"]
    assert default_of(portal) != before
    assert portal.client.v1.subscriptions.retrieve(portal.subscription.id).default_payment_method is None
    words = visitor.get(answer.location).page.words
    assert "Your payment method is saved." in words
    assert "Mastercard •••• 4444 Default" in words


def test_a_card_can_be_added_without_becoming_the_default(portal: Portal, visitor: Visitor, home: str) -> None:
    before = default_of(portal)
    visitor.pay(f"{home}/payment-methods/add", OTHER)
    assert (saved(portal), default_of(portal)) == (["4444", "4242"], before)


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"test_card": DECLINED}, 402, "Your card was declined."),
        ({"card": "4242424242424241"}, 402, "Your card number is incorrect."),
        ({"card": "", "exp": "soon"}, 422, "Enter the expiry date as MM / YY."),
    ],
)
def test_a_card_that_is_refused_is_not_saved(
    portal: Portal, visitor: Visitor, home: str, sent: dict[str, str], status: int, words: str
) -> None:
    typed = {"card": GOOD, "exp": "12 / 34", "cvc": "123", "name": "Ada", **sent}
    answer = visitor.post(f"{home}/payment-methods/add", **typed)
    assert (answer.status, words in answer.page.words) == (status, True)
    assert saved(portal) == ["4242"]


@pytest.mark.parametrize(("press", "cards"), [("complete", ["3184", "4242"]), ("fail", ["4242"])])
def test_3d_secure_comes_before_a_card_is_saved(
    portal: Portal, visitor: Visitor, home: str, press: str, cards: list[str]
) -> None:
    challenge = visitor.post(f"{home}/payment-methods/add", test_card=THREE_D_SECURE, default="1").location
    assert "/3ds/seti_" in str(challenge)
    back = visitor.post(challenge, challenge=press).location
    assert str(back).startswith(f"{home}/payment-methods/added")
    landed = visitor.get(visitor.get(back).location)
    assert saved(portal) == cards
    said = "Your payment method is saved." if press == "complete" else "We could not authenticate your card."
    assert said in landed.page.words


def test_another_card_becomes_the_default_and_the_old_one_can_go(portal: Portal, visitor: Visitor, home: str) -> None:
    old = default_of(portal)
    visitor.pay(f"{home}/payment-methods/add", OTHER)
    new = portal.client.v1.customers.payment_methods.list(portal.customer).data[0].id
    refused = visitor.post(f"{home}/payment-methods/{old}/remove")
    assert (refused.status, "cannot be removed" in refused.page.words) == (409, True)
    told = Told(portal.client)
    assert visitor.post(f"{home}/payment-methods/{new}/default").status == 303
    assert visitor.post(f"{home}/payment-methods/{old}/remove").status == 303
    assert told.types() == ["customer.updated", "payment_method.detached"]
    assert (saved(portal), default_of(portal)) == (["4444"], new)


def test_cards_of_others_and_portals_without_the_feature_are_closed(
    client: stripe.StripeClient, portal: Portal, visitor: Visitor, home: str
) -> None:
    other = client.v1.customers.payment_methods.list(subscriber(client)).data[0].id
    for verb in ("default", "remove"):
        assert visitor.post(f"{home}/payment-methods/{other}/{verb}").status == 404
    bare: Any = {"features": {"invoice_history": {"enabled": True}}}
    off = portal.session(client.v1.billing_portal.configurations.create(bare).id).url
    assert visitor.get(f"{off}/payment-methods/add").status == 403
    assert visitor.pay(f"{off}/payment-methods/add").status == 403
    assert visitor.post(f"{off}/payment-methods/{default_of(portal)}/remove").status == 403


def test_the_flow_ends_with_a_new_default(portal: Portal, visitor: Visitor) -> None:
    after = {"type": "redirect", "redirect": {"return_url": BACK}}
    flow = {"type": "payment_method_update", "after_completion": after}
    start = visitor.get(portal.session(portal.configuration().id, flow_data=flow).url).location
    before = default_of(portal)
    assert visitor.post(start, test_card=OTHER).location == BACK
    assert default_of(portal) != before
