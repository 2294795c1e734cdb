"""Declines: what a charge's outcome says of them, and how a test asks for one by name."""

import pytest

from mockbill.rules.declines import DECLINES, GENERIC_DECLINE, INSUFFICIENT_FUNDS, named, outcome

KEYS = [
    "advice_code", "network_advice_code", "network_decline_code", "network_status", "reason",
    "risk_level", "risk_score", "seller_message", "type",
]  # fmt: skip


def test_an_authorized_charge_has_the_recorded_outcome():
    assert outcome(None, "normal", 6) == {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 6,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def test_a_declined_charge_names_the_issuers_reason():
    told = outcome(INSUFFICIENT_FUNDS, "normal", 25)
    assert (told["type"], told["network_status"]) == ("issuer_declined", "declined_by_network")
    assert told["reason"] == "insufficient_funds"
    assert told["seller_message"] == "The bank returned the decline code `insufficient_funds`."
    assert (told["advice_code"], told["network_decline_code"]) == ("try_again_later", "51")


def test_a_generic_decline_gives_no_details():
    message = "The bank did not return any further details with this decline."
    assert outcome(GENERIC_DECLINE, "normal", 1)["seller_message"] == message


@pytest.mark.parametrize("code", DECLINES)
def test_every_decline_code_can_be_asked_for_and_makes_a_whole_outcome(code):
    decline = named(code)
    assert decline.decline_code == code
    assert decline.details()["decline_code"] == code
    assert decline.message
    assert list(outcome(decline, "normal", 1)) == KEYS


def test_the_error_says_only_what_is_known():
    assert GENERIC_DECLINE.details() == {
        "advice_code": "try_again_later",
        "decline_code": "generic_decline",
        "network_decline_code": "01",
    }
    assert named("pickup_card").details() == {"decline_code": "pickup_card"}


def test_card_declined_means_the_generic_decline():
    assert named("card_declined") is GENERIC_DECLINE


def test_an_unknown_code_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean insufficient_funds"):
        named("insuficient_funds")
    with pytest.raises(ValueError, match=r"'xyz' is no decline code$"):
        named("xyz")
