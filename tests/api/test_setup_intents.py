"""Setup intents: saving a card without charging it."""

from typing import Any

import pytest
import stripe
from api.payments import RETURN_URL, chain, finish_challenge, since

from mockbill.server import LocalServer

NEVER = {"enabled": True, "allow_redirects": "never"}


def save(client: stripe.StripeClient, card: str = "pm_card_visa", **params: Any) -> stripe.SetupIntent:
    wanted: dict[str, Any] = {
        "payment_method": card, "confirm": True, "automatic_payment_methods": NEVER, **params
    }  # fmt: skip
    return client.v1.setup_intents.create(wanted)


def test_a_card_is_saved_with_the_customer(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    seen = chain(client)
    intent = save(client, customer=customer.id)
    assert (intent.status, intent.usage) == ("succeeded", "off_session")
    assert client.v1.payment_methods.retrieve(intent.payment_method).customer == customer.id
    assert since(client, seen) == ["setup_intent.created", "setup_intent.succeeded", "payment_method.attached"]


def test_each_try_is_recorded(client: stripe.StripeClient) -> None:
    intent = save(client)
    attempt = client.v1.setup_attempts.list({"setup_intent": intent.id}).data[0]
    assert (attempt.id, attempt.status, attempt.payment_method) == (
        intent.latest_attempt,
        "succeeded",
        intent.payment_method,
    )


def test_an_intent_waits_for_a_card_and_takes_it_at_confirmation(client: stripe.StripeClient) -> None:
    intent = client.v1.setup_intents.create()
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        client.v1.setup_intents.confirm(intent.id, {"return_url": RETURN_URL})
    intent = client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "return_url": RETURN_URL})
    assert intent.status == "succeeded"


def test_a_declined_card_is_not_saved(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        save(client, "pm_card_chargeDeclined")
    error = refusal.value.error
    intent = client.v1.setup_intents.retrieve(error.setup_intent.id)
    assert (error.code, intent.status, intent.payment_method) == ("card_declined", "requires_payment_method", None)
    assert intent.last_setup_error.decline_code == "generic_decline"
    assert chain(client) == ["setup_intent.created", "setup_intent.setup_failed"]


def test_the_card_for_failing_renewals_is_saved(client: stripe.StripeClient) -> None:
    assert save(client, "pm_card_chargeCustomerFail").status == "succeeded"


@pytest.mark.parametrize(("succeeded", "ending"), [(True, "succeeded"), (False, "setup_failed")])
def test_the_customer_has_to_act(
    client: stripe.StripeClient, server: LocalServer, succeeded: bool, ending: str
) -> None:
    customer = client.v1.customers.create()
    intent = save(client, "pm_card_threeDSecure2Required", customer=customer.id)
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    seen = chain(client)
    finish_challenge(server, intent.id, succeeded=succeeded)
    intent = client.v1.setup_intents.retrieve(intent.id)
    assert since(client, seen)[0] == f"setup_intent.{ending}"
    if succeeded:
        assert client.v1.payment_methods.retrieve(intent.payment_method).customer == customer.id
    else:
        assert intent.last_setup_error.code == "setup_intent_authentication_failure"
    assert len(client.v1.setup_attempts.list({"setup_intent": intent.id}).data) == 1


def test_methods_that_may_redirect_need_a_return_url(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="return_url") as refusal:
        save(client, automatic_payment_methods={"enabled": True})
    assert refusal.value.param == "return_url"


def test_an_open_intent_can_be_canceled_and_a_closed_one_cannot(client: stripe.StripeClient) -> None:
    intent = client.v1.setup_intents.create()
    canceled = client.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.setup_intents.cancel(save(client).id)
    assert refusal.value.code == "setup_intent_unexpected_state"
    assert refusal.value.error.setup_intent.status == "succeeded"


def test_an_update_has_no_event(client: stripe.StripeClient) -> None:
    intent = client.v1.setup_intents.create()
    assert client.v1.setup_intents.update(intent.id, {"metadata": {"a": "b"}}).metadata.to_dict() == {"a": "b"}
    assert chain(client) == ["setup_intent.created"]
