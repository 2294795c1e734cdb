"""The 3-D Secure page of intents that were confirmed over the API."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from pages.shop import Shop, Visitor


def intent_that_waits(shop: Shop, **params: Any) -> stripe.PaymentIntent:
    asked: Any = {
        "amount": 1500,
        "currency": "usd",
        "confirm": True,
        "payment_method": "pm_card_authenticationRequired",
        "return_url": f"{shop.site}/back?order=7#top",
    }
    sent: Any = {name: value for name, value in {**asked, **params}.items() if value is not None}
    return shop.client.v1.payment_intents.create(sent)


def challenge_url(intent: stripe.PaymentIntent | stripe.SetupIntent) -> str:
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.url is not None
    return intent.next_action.redirect_to_url.url


@pytest.mark.parametrize(
    ("button", "result", "status"),
    [("complete", "succeeded", "succeeded"), ("fail", "failed", "requires_payment_method")],
)
def test_the_challenge_leads_back_with_its_result(
    shop: Shop, visitor: Visitor, button: str, result: str, status: str
) -> None:
    intent = intent_that_waits(shop)
    url = challenge_url(intent)
    page = visitor.get(url)
    assert page.status == 200
    assert "Amount $15.00 Card •••• 3184" in page.page.words
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    answer = visitor.post(url, challenge=button)
    assert answer.status == 303
    back = urlsplit(answer.location or "")
    assert (f"{back.scheme}://{back.netloc}{back.path}", back.fragment) == (f"{shop.site}/back", "top")
    assert parse_qs(back.query) == {
        "order": ["7"],
        "payment_intent": [intent.id],
        "payment_intent_client_secret": [intent.client_secret],
        "redirect_status": [result],
    }
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == status


def test_without_a_return_url_the_page_says_how_it_went(shop: Shop, visitor: Visitor) -> None:
    intent = intent_that_waits(shop, return_url=None, use_stripe_sdk=True)
    answer = visitor.post(f"/3ds/{intent.id}", challenge="complete")
    assert answer.status == 200
    assert "Authentication complete" in answer.page.words
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_an_intent_that_waits_for_nothing_is_left_alone(shop: Shop, visitor: Visitor) -> None:
    intent = intent_that_waits(shop)
    visitor.post(challenge_url(intent), challenge="complete")
    before = shop.events()
    for answer in (visitor.get(challenge_url(intent)), visitor.post(challenge_url(intent), challenge="fail")):
        assert answer.status == 410
        assert answer.page.links == [f"{shop.site}/back?order=7#top"]
    assert shop.events() == before


def test_a_setup_intent_is_authenticated_too(shop: Shop, visitor: Visitor) -> None:
    intent = shop.client.v1.setup_intents.create(
        {"confirm": True, "payment_method": "pm_card_authenticationRequired", "return_url": f"{shop.site}/back"}
    )
    url = challenge_url(intent)
    assert "asks your bank to confirm this card" in visitor.get(url).page.words
    answer = visitor.post(url, challenge="complete")
    sent = parse_qs(urlsplit(answer.location or "").query)
    assert sent["setup_intent"] == [intent.id]
    assert sent["redirect_status"] == ["succeeded"]
    assert shop.client.v1.setup_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize("mode", ["payment", "setup"])
def test_the_intent_of_a_checkout_is_authenticated_on_the_checkout_page(
    shop: Shop, visitor: Visitor, mode: str
) -> None:
    session = shop.checkout(shop.mug, mode=mode, currency="usd" if mode == "setup" else None)
    visitor.pay(session.url, "4000002760003184")
    intents: Any = shop.client.v1.payment_intents if mode == "payment" else shop.client.v1.setup_intents
    intent = intents.list().data[0]
    for answer in (visitor.get(f"/3ds/{intent.id}"), visitor.post(f"/3ds/{intent.id}", challenge="complete")):
        assert answer.location == f"/c/pay/{session.id}/authenticate"
    assert shop.look(session).status == "open"
    assert visitor.post(f"/c/pay/{session.id}/authenticate", challenge="complete").status == 303
    assert shop.look(session).status == "complete"
