"""The hosted checkout by script: pay, go back, let it expire."""

import pytest
import stripe
from control.api import Control


@pytest.fixture
def session(client: stripe.StripeClient) -> stripe.checkout.Session:
    """An open session for a subscription of 29.00 a month."""
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 2900, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    return client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.example/pricing",
        }
    )


@pytest.mark.parametrize("card", ["4242424242424242", "4242 4242 4242 4242", 4242424242424242, "pm_card_visa", None])
def test_a_card_pays_and_leads_to_the_success_url(
    control: Control, client: stripe.StripeClient, session: stripe.checkout.Session, card: str | int | None
) -> None:
    given = {} if card is None else {"card": card}
    answer = control.post(f"checkout/{session.id}/pay", email="ada@example.com", name="Ada", **given)
    assert answer == {"status": "complete", "redirect_to": f"https://shop.example/thanks?session={session.id}"}
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "customer"]})
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.customer_details is not None
    assert (paid.customer_details.email, paid.customer_details.name) == ("ada@example.com", "Ada")
    assert isinstance(paid.subscription, stripe.Subscription)
    assert paid.subscription.status == "active"


@pytest.mark.parametrize(
    ("card", "decline"),
    [("4000000000009995", "insufficient_funds"), ("pm_card_visa_chargeDeclined", "generic_decline")],
)
def test_a_declined_card_leaves_the_session_open_and_says_why(
    control: Control, client: stripe.StripeClient, session: stripe.checkout.Session, card: str, decline: str
) -> None:
    answer = control.post(f"checkout/{session.id}/pay", card=card)
    assert (answer["status"], answer["redirect_to"]) == ("open", None)
    assert (answer["error"]["code"], answer["error"]["decline_code"]) == ("card_declined", decline)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert "charge.failed" in [event["type"] for event in control.get("events")["data"]]
    assert control.post(f"checkout/{session.id}/pay")["status"] == "complete"


def test_a_wrong_number_is_told_as_a_card_error(control: Control, session: stripe.checkout.Session) -> None:
    answer = control.post(f"checkout/{session.id}/pay", card="4242424242424241")
    assert (answer["status"], answer["error"]["code"]) == ("open", "incorrect_number")


def test_a_card_that_wants_3d_secure_leads_to_its_challenge(control: Control, session: stripe.checkout.Session) -> None:
    answer = control.post(f"checkout/{session.id}/pay", card="4000002760003184")
    assert answer["status"] == "requires_action"
    assert answer["redirect_to"].endswith(f"/c/pay/{session.id}/authenticate")


def test_the_session_is_found_without_naming_its_account(control: Control, session: stripe.checkout.Session) -> None:
    assert control.ask("POST", f"checkout/{session.id}/pay", {}).body["status"] == "complete"


def test_going_back_leaves_the_session_open(
    control: Control, client: stripe.StripeClient, session: stripe.checkout.Session
) -> None:
    answer = control.post(f"checkout/{session.id}/cancel")
    assert answer == {"status": "open", "redirect_to": "https://shop.example/pricing"}
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_an_expired_session_can_be_neither_paid_nor_expired_again(
    control: Control, session: stripe.checkout.Session
) -> None:
    assert control.post(f"checkout/{session.id}/expire")["status"] == "expired"
    for verb in ("pay", "expire"):
        refused = control.try_post(f"checkout/{session.id}/{verb}")
        assert refused.status == 400
        assert "expired" in refused.error["message"]


def test_an_unknown_session_is_missing(control: Control) -> None:
    for body in ({}, {"account": control.account}):
        refused = control.ask("POST", "checkout/cs_none/pay", body)
        assert (refused.status, refused.error["code"]) == (404, "resource_missing")


@pytest.mark.parametrize("card", ["visa", "", True, ["4242"]])
def test_what_is_no_card_is_refused(control: Control, session: stripe.checkout.Session, card: object) -> None:
    refused = control.try_post(f"checkout/{session.id}/pay", card=card)
    assert (refused.status, refused.error["param"]) == (422, "card")
