"""3-D Secure: cards whose holder has to authenticate, now or when the card is saved."""

import pytest
import stripe
from api.payments import RETURN_URL, chain, finish_challenge, pay, since

from mockbill.server import LocalServer


def test_the_customer_has_to_act(client: stripe.StripeClient, server: LocalServer) -> None:
    intent = pay(
        client, "pm_card_threeDSecure2Required", automatic_payment_methods={"enabled": True}, return_url=RETURN_URL
    )
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    assert intent.next_action.to_dict() == {
        "redirect_to_url": {"return_url": RETURN_URL, "url": f"{server.url}/3ds/{intent.id}"},
        "type": "redirect_to_url",
    }
    assert chain(client) == ["payment_intent.created", "payment_intent.requires_action"]


def test_without_a_return_url_it_is_the_business_of_stripe_js(client: stripe.StripeClient) -> None:
    intent = pay(client, "pm_card_threeDSecure2Required")
    assert intent.next_action.type == "use_stripe_sdk"
    assert intent.next_action.use_stripe_sdk["stripe_js"].endswith(f"/3ds/{intent.id}")


def test_passing_the_challenge_pays(client: stripe.StripeClient, server: LocalServer) -> None:
    intent = pay(client, "pm_card_authenticationRequired")
    seen = chain(client)
    finish_challenge(server, intent.id, succeeded=True)
    intent = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (intent.status, intent.next_action) == ("succeeded", None)
    passed = intent.latest_charge.payment_method_details.card.three_d_secure
    assert (passed.result, passed.authentication_flow) == ("authenticated", "challenge")
    assert since(client, seen) == ["charge.succeeded", "payment_intent.succeeded", "charge.updated"]


def test_failing_it_leaves_no_charge(client: stripe.StripeClient, server: LocalServer) -> None:
    intent = pay(client, "pm_card_authenticationRequired")
    seen = chain(client)
    finish_challenge(server, intent.id, succeeded=False)
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert since(client, seen) == ["payment_intent.payment_failed"]


def test_a_card_may_decline_after_the_challenge(client: stripe.StripeClient, server: LocalServer) -> None:
    intent = pay(client, "pm_card_threeDSecureRequiredChargeDeclined")
    seen = chain(client)
    finish_challenge(server, intent.id, succeeded=True)
    assert client.v1.payment_intents.retrieve(intent.id).last_payment_error.code == "card_declined"
    assert since(client, seen) == ["charge.failed", "payment_intent.payment_failed"]


def test_a_merchant_may_ask_for_the_challenge(client: stripe.StripeClient) -> None:
    asked = {"card": {"request_three_d_secure": "any"}}
    assert pay(client, "pm_card_threeDSecureOptional").status == "succeeded"
    assert pay(client, "pm_card_threeDSecureOptional", payment_method_options=asked).status == "requires_action"


def test_off_session_nobody_can_act(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"payment_method": "pm_card_authenticationRequired"})
    card = client.v1.customers.payment_methods.list(customer.id).data[0].id
    seen = chain(client)
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, card, customer=customer.id, off_session=True)
    error = refusal.value.error
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.payment_intent.status == "requires_payment_method"
    assert since(client, seen) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_error_on_requires_action_declines(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, "pm_card_authenticationRequired", error_on_requires_action=True)
    assert refusal.value.code == "authentication_required"
    assert chain(client) == ["payment_intent.created", "payment_intent.payment_failed"]


def test_a_card_that_was_set_up_passes_off_session(client: stripe.StripeClient, server: LocalServer) -> None:
    customer = client.v1.customers.create()
    intent = client.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    assert intent.status == "requires_action"
    finish_challenge(server, intent.id, succeeded=True)
    card = client.v1.setup_intents.retrieve(intent.id).payment_method
    assert pay(client, card, customer=customer.id, off_session=True).status == "succeeded"
    assert pay(client, card, customer=customer.id).status == "requires_action"


def test_manual_confirmation_is_confirmed_once_more_after_the_challenge(
    client: stripe.StripeClient, server: LocalServer
) -> None:
    intent = pay(client, "pm_card_threeDSecure2Required", confirmation_method="manual")
    finish_challenge(server, intent.id, succeeded=True)
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"
    assert client.v1.payment_intents.confirm(intent.id).status == "succeeded"


@pytest.mark.parametrize("kind", ["payment_intents", "setup_intents"])
def test_another_card_has_to_be_confirmed_anew(client: stripe.StripeClient, kind: str) -> None:
    card = "pm_card_threeDSecure2Required" if kind == "payment_intents" else "pm_card_authenticationRequired"
    never = {"enabled": True, "allow_redirects": "never"}
    params = {"payment_method": card, "confirm": True, "automatic_payment_methods": never}
    paid = {"amount": 1000, "currency": "usd"} if kind == "payment_intents" else {}
    intents = getattr(client.v1, kind)
    waiting = intents.create({**params, **paid})
    assert waiting.status == "requires_action"
    changed = intents.update(waiting.id, {"payment_method": "pm_card_visa"})
    assert (changed.status, changed.next_action) == ("requires_confirmation", None)
    assert changed.payment_method != waiting.payment_method
    assert intents.confirm(waiting.id).status == "succeeded"


def test_a_passed_challenge_is_worth_nothing_for_another_card(client: stripe.StripeClient, server: LocalServer) -> None:
    intent = pay(client, "pm_card_threeDSecure2Required", confirmation_method="manual")
    finish_challenge(server, intent.id, succeeded=True)
    client.v1.payment_intents.update(intent.id, {"payment_method": "pm_card_threeDSecure2Required"})
    assert client.v1.payment_intents.confirm(intent.id).status == "requires_action"


def test_an_intent_that_waits_for_nobody_has_no_challenge(client: stripe.StripeClient, server: LocalServer) -> None:
    intent = pay(client)
    seen = chain(client)
    assert finish_challenge(server, intent.id, succeeded=True) == 410
    assert since(client, seen) == []


# what a browser sees


def test_a_browser_confirms_by_the_client_secret(
    client: stripe.StripeClient, server: LocalServer, account: str
) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    browser = stripe.StripeClient(f"pk_test_{account}", base_addresses={"api": server.url})
    seen = browser.v1.payment_intents.retrieve(intent.id, {"client_secret": intent.client_secret})
    assert seen.status == "requires_payment_method"
    assert "metadata" not in seen
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    confirmed = browser.v1.payment_intents.confirm(
        intent.id,
        {
            "client_secret": intent.client_secret,
            "payment_method_data": {"type": "card", "card": card},
            "return_url": RETURN_URL,
        },
    )
    assert confirmed.status == "succeeded"
    assert client.v1.payment_intents.retrieve(intent.id).amount_received == 1000


def test_a_browser_without_the_secret_is_refused(
    client: stripe.StripeClient, server: LocalServer, account: str
) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    browser = stripe.StripeClient(f"pk_test_{account}", base_addresses={"api": server.url})
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: client_secret"):
        browser.v1.payment_intents.retrieve(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not match") as refusal:
        browser.v1.payment_intents.retrieve(intent.id, {"client_secret": "wrong"})
    assert refusal.value.code == "payment_intent_invalid_parameter"


@pytest.mark.parametrize("kind", ["payment_intents", "setup_intents"])
def test_a_browser_updates_and_cancels_no_intent(
    client: stripe.StripeClient, server: LocalServer, account: str, kind: str
) -> None:
    intent = getattr(client.v1, kind).create({"amount": 1000, "currency": "usd"} if kind == "payment_intents" else {})
    browser = stripe.StripeClient(f"pk_test_{account}", base_addresses={"api": server.url})
    for path in (f"/v1/{kind}/{intent.id}", f"/v1/{kind}/{intent.id}/cancel", f"/v1/{kind}"):
        with pytest.raises(stripe.PermissionError) as refusal:
            browser.raw_request("post", path, description="Mine", client_secret=intent.client_secret)
        assert (refusal.value.http_status, refusal.value.error.code) == (403, "secret_key_required")
    assert getattr(client.v1, kind).retrieve(intent.id).description is None


def test_an_intent_is_not_made_with_a_client_secret(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="client_secret") as refusal:
        client.raw_request("post", "/v1/payment_intents", amount=1000, currency="usd", client_secret="pi_1_secret_2")
    assert refusal.value.code == "parameter_unknown"
