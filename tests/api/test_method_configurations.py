"""Payment method configurations: what an intent takes that names no payment methods."""

from typing import Any

import pytest
import stripe

ON: Any = {"display_preference": {"preference": "on"}}
OFF: Any = {"display_preference": {"preference": "off"}}
EURO: Any = {"amount": 1000, "currency": "eur"}


def test_an_account_has_a_configuration_from_the_start(client: stripe.StripeClient) -> None:
    (own,) = client.v1.payment_method_configurations.list().data
    assert (own.is_default, own.active, own.name) == (True, True, "Default")
    assert own.card is not None
    assert own.sepa_debit is not None
    assert (own.card.available, own.card.display_preference.to_dict()) == (
        True,
        {"overridable": None, "preference": "none", "value": "on"},
    )
    assert (own.sepa_debit.available, own.sepa_debit.display_preference.value) == (False, "off")
    intent = client.v1.payment_intents.create(EURO)
    assert intent.payment_method_configuration_details is not None
    assert intent.payment_method_configuration_details.id == own.id
    assert intent.payment_method_types == ["card", "link"]


def test_what_it_switches_on_and_off_decides_what_new_intents_take(client: stripe.StripeClient) -> None:
    configurations = client.v1.payment_method_configurations
    (own,) = configurations.list().data
    configurations.update(own.id, {"sepa_debit": ON, "us_bank_account": ON, "link": OFF})
    assert client.v1.payment_intents.create(EURO).payment_method_types == ["card", "sepa_debit"]
    assert client.v1.setup_intents.create({}).payment_method_types == ["card", "sepa_debit", "us_bank_account"]
    configurations.update(own.id, {"sepa_debit": {"display_preference": {"preference": "none"}}})
    assert client.v1.payment_intents.create(EURO).payment_method_types == ["card"]


def test_an_intent_can_name_another_configuration(client: stripe.StripeClient) -> None:
    made = client.v1.payment_method_configurations.create(
        {"name": "Debits", "sepa_debit": ON, "card": OFF, "klarna": ON}
    )
    assert made.klarna is not None
    assert (made.klarna.display_preference.value, made.klarna.available) == ("on", False)  # is not simulated
    intent = client.v1.payment_intents.create({**EURO, "payment_method_configuration": made.id})
    assert intent.payment_method_types == ["link", "sepa_debit"]
    assert intent.payment_method_configuration_details is not None
    assert intent.payment_method_configuration_details.id == made.id
    assert [each.name for each in client.v1.payment_method_configurations.list().data] == ["Debits", "Default"]
    client.v1.payment_method_configurations.update(made.id, {"active": False, "name": "Old"})
    for id in (made.id, "pmc_1"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.create({**EURO, "payment_method_configuration": id})
        assert refused.value.param == "payment_method_configuration"


def test_an_intent_for_which_nothing_is_switched_on_is_refused(client: stripe.StripeClient) -> None:
    asked: Any = {"name": "Debits", "card": OFF, "link": OFF, "sepa_debit": ON}
    made = client.v1.payment_method_configurations.create(asked)
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method_configuration": made.id})
    assert client.v1.payment_intents.list().data == []


def test_the_default_one_stays_active_and_each_has_a_name(client: stripe.StripeClient) -> None:
    (own,) = client.v1.payment_method_configurations.list().data
    for call, param in (
        (lambda: client.v1.payment_method_configurations.update(own.id, {"active": False}), "active"),
        (lambda: client.v1.payment_method_configurations.update(own.id, {"name": ""}), "name"),
        (lambda: client.v1.payment_method_configurations.create({}), "name"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call()
        assert refused.value.param == param
    assert client.v1.payment_method_configurations.retrieve(own.id).active
