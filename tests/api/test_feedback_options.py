"""Feedback options: reasons of the account's own for which subscriptions are canceled."""

import pytest
import stripe
from api.life import START, Life
from api.usage import refused


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_an_option_is_made_renamed_listed_and_deactivated(life: Life) -> None:
    options = life.client.v1.billing.feedback_options
    made = options.create({"description": "Too many bugs"})
    assert made.to_dict() == {
        "id": made.id,
        "object": "billing.feedback_option",
        "description": "Too many bugs",
        "livemode": False,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
    }
    assert options.update(made.id, {"description": "Bugs"}).description == "Bugs"
    other = options.create({"description": "Moved away"})
    ended = options.deactivate(made.id)
    assert (ended.status, ended.status_transitions.deactivated_at is not None) == ("inactive", True)
    assert [each.id for each in options.list().data] == [other.id, made.id]
    assert [each.id for each in options.list({"status": "active"}).data] == [other.id]
    assert life.events() == []
    refused(lambda: options.deactivate(made.id), "deactivated already")
    refused(lambda: options.create({"description": " "}), "empty string", param="description")


def test_a_cancellation_names_one(life: Life) -> None:
    options, subscriptions = life.client.v1.billing.feedback_options, life.client.v1.subscriptions
    subscription = life.subscribe(life.customer(), life.price()).id
    made, gone = options.create({"description": "Bugs"}).id, options.create({"description": "Moved"}).id
    options.deactivate(gone)
    param = "cancellation_details[feedback_option]"
    for call in (subscriptions.update, subscriptions.cancel):
        refused(
            lambda call=call: call(subscription, {"cancellation_details": {"feedback_option": "bfo_none"}}),
            "No such billing.feedback_option",
            param=param,
        )
        refused(
            lambda call=call: call(subscription, {"cancellation_details": {"feedback_option": gone}}),
            "is deactivated",
            param=param,
        )
    ended = subscriptions.cancel(subscription, {"cancellation_details": {"feedback_option": made}})
    assert (ended.status, ended.ended_at) == ("canceled", START)
    assert ended.cancellation_details is not None
    assert ended.cancellation_details.feedback_option == made
