"""The IBAN on the checkout page."""

from typing import Any

import pytest
import stripe
from pages.shop import Shop, Visitor

GOOD, WRONG = "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01"


@pytest.fixture
def euro(shop: Shop) -> str:
    price = shop.client.v1.prices.create(
        {"currency": "eur", "unit_amount": 2000, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    return price.id


def only_debits(shop: Shop, price: str) -> Any:
    """A session as older versions make one, for debits alone."""
    wanted: dict[str, Any] = {
        "mode": "subscription",
        "line_items": [{"price": price, "quantity": 1}],
        "success_url": f"{shop.site}/thanks",
        "payment_method_types": ["sepa_debit"],
    }
    return shop.client.raw_request("post", "/v1/checkout/sessions", stripe_version="2026-03-25.dahlia", **wanted).data


def test_a_page_in_euro_takes_an_iban_beside_the_card(shop: Shop, visitor: Visitor, euro: str) -> None:
    assert "SEPA debit" in visitor.get(shop.checkout(euro).url).page.words
    assert "SEPA debit" not in visitor.get(shop.checkout().url).page.words


def test_an_iban_starts_the_subscription(shop: Shop, visitor: Visitor, euro: str) -> None:
    session = shop.checkout(euro)
    answer = visitor.post(session.url, by="iban", iban=GOOD, email="ada@example.com", name="Ada Lovelace")
    assert (answer.status, answer.location) == (303, f"{shop.site}/thanks?session={session.id}")
    done = shop.look(session)
    assert isinstance(done.subscription, stripe.Subscription)
    assert (done.status, done.payment_status, done.subscription.status) == ("complete", "unpaid", "active")
    method = shop.client.v1.payment_methods.retrieve(str(done.subscription.default_payment_method))
    assert (method.type, method.billing_details.name) == ("sepa_debit", "Ada Lovelace")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"iban": WRONG, "email": "ada@example.com"}, "The IBAN you provided is invalid."),
        ({"iban": "", "email": "ada@example.com"}, "Enter your IBAN."),
        ({"iban": GOOD, "email": ""}, "Enter your email address."),
    ],
)
def test_what_is_wrong_is_said(shop: Shop, visitor: Visitor, euro: str, sent: dict[str, str], says: str) -> None:
    session = shop.checkout(euro)
    answer = visitor.post(session.url, by="iban", **sent)
    assert answer.status == 422
    assert says in answer.page.words
    assert shop.look(session).status == "open"


def test_a_session_for_debits_alone_has_no_card_form(shop: Shop, visitor: Visitor, euro: str) -> None:
    session = only_debits(shop, euro)
    assert visitor.get(session["url"]).page.card_form() is None
    answer = visitor.post(session["url"], iban=GOOD, email="ada@example.com")
    assert (answer.status, answer.location) == (303, f"{shop.site}/thanks")
