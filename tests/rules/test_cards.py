"""The test cards: who they are, what they refuse, and when they ask for authentication."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules import cards
from mockbill.rules.brands import brand_of, is_luhn
from mockbill.rules.cards import Approved, AuthenticationRequired, Card, Declined, Outcome, ThreeDSecure
from mockbill.rules.declines import (
    AUTHENTICATION_REQUIRED,
    GENERIC_DECLINE,
    INCORRECT_CVC,
    INCORRECT_NUMBER,
    INSUFFICIENT_FUNDS,
    INVALID_NUMBER,
    outcome,
)

every_card = pytest.mark.parametrize("card", cards.CARDS.values(), ids=lambda card: card.number)


def pay(card: Card, **circumstances: bool) -> Outcome:
    usual = {"off_session": False, "authenticated": False, "set_up": False, "cvc_given": True}
    return cards.authorize(card, **(usual | circumstances))


@every_card
def test_every_number_passes_the_check_digit_but_the_one_that_is_meant_not_to(card):
    assert is_luhn(card.number) == (card.number != "4242424242424241")


@every_card
def test_every_card_is_found_by_its_number_and_by_each_of_its_ids(card):
    assert cards.by_number(card.number) is card
    assert all(cards.by_payment_method_id(id) is card for id in card.payment_method_ids)
    assert all(cards.by_token(id) is card for id in card.tokens)
    assert card.brand == brand_of(card.number).name != "unknown"


def test_no_two_cards_share_a_name_or_a_number():
    names = [name for card in cards.CARDS.values() for name in card.names]
    assert len(names) == len(set(names))
    assert len(cards.CARDS) == len(list(cards._table()))


@pytest.mark.parametrize(
    ("id", "number", "brand", "funding", "country"),
    [
        ("visa", "4242424242424242", "visa", "credit", "US"),
        ("us", "4242424242424242", "visa", "credit", "US"),
        ("visa_debit", "4000056655665556", "visa", "debit", "US"),
        ("mastercard_prepaid", "5105105105105100", "mastercard", "prepaid", "US"),
        ("amex", "378282246310005", "amex", "credit", "US"),
        ("discover", "6011111111111117", "discover", "credit", "US"),
        ("diners", "3056930009020004", "diners", "credit", "US"),
        ("jcb", "3566002020360505", "jcb", "credit", "JP"),
        ("unionpay", "6200000000000005", "unionpay", "credit", "CN"),
        ("br", "4000000760000002", "visa", "credit", "BR"),
        ("gb_debit", "4000058260000005", "visa", "debit", "GB"),
        ("gb_mastercard", "5555558265554449", "mastercard", "credit", "GB"),
        ("chargeCustomerFail", "4000000000000341", "visa", "credit", "US"),
    ],
)
def test_stripes_ids_name_the_cards_of_its_documentation(id, number, brand, funding, country):
    for card in (cards.by_payment_method_id(f"pm_card_{id}"), cards.by_token(f"tok_{id}")):
        assert (card.number, card.brand, card.funding, card.country) == (number, brand, funding, country)


@pytest.mark.parametrize("id", ["pm_card_", "pm_card_nobody", "pm_1NvZ", "visa", "PM_CARD_VISA", ""])
def test_other_ids_name_no_card(id):
    assert cards.by_payment_method_id(id) is None
    assert cards.by_token(id.lower().replace("pm_card_", "tok_ ")) is None
    assert cards.by_payment_method_id("tok_visa") is cards.by_token("pm_card_visa") is None


def test_a_number_may_be_typed_with_spaces_or_dashes():
    assert cards.by_number("4242 4242-4242 4242") is cards.by_number("4242424242424242")


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4111111111111111", "visa"),
        ("2221000000000009", "mastercard"),
        ("341111111111111", "amex"),
        ("6441111111111117", "discover"),
        ("38520000023237", "diners"),
        ("3530111333300000", "jcb"),
        ("8171999900000000021", "unionpay"),
        ("9999999999999995", "unknown"),
    ],
)
def test_a_number_that_stripe_does_not_list_is_a_plain_card_of_its_brand(number, brand):
    card = cards.by_number(number)
    assert (card.brand, card.last4, card.decline) == (brand, number[-4:], None)
    assert pay(card) == Approved()


@given(st.text(alphabet="0123456789", min_size=12, max_size=19))
def test_every_number_is_a_card_and_a_wrong_check_digit_declines(number):
    card = cards.by_number(number)
    assert card.number == number
    if number not in cards.CARDS:
        assert card.decline == (None if is_luhn(number) else INCORRECT_NUMBER)


@given(st.text(max_size=30))
def test_any_text_at_all_gets_an_answer(text):
    card = cards.by_number(text)
    assert card.decline in (INVALID_NUMBER, INCORRECT_NUMBER) or is_luhn(card.number)


# What recorded traffic (API 2026-06-24.dahlia) says of each declining card.
RECORDED = {
    "0002": ("card_declined", "generic_decline", "Your card was declined.", None, "try_again_later", None, "01"),
    "9995": (
        "card_declined", "insufficient_funds", "Your card has insufficient funds.", None, "try_again_later", "02", "51"
    ),
    "9987": ("card_declined", "lost_card", "Your card was declined.", None, "do_not_try_again", "01", "41"),
    "9979": ("card_declined", "stolen_card", "Your card was declined.", None, "do_not_try_again", "01", "43"),
    "0069": (
        "expired_card", "expired_card", "Your card has expired.", "exp_month", "confirm_card_data", "03", "54"
    ),
    "0127": (
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "cvc",
        "confirm_card_data", "03", "N7",
    ),
    "0119": (
        "processing_error", "processing_error",
        "An error occurred while processing your card. Try again in a little bit.", None, "try_again_later", None, "06",
    ),
    "6975": (
        "card_declined", "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.", None,
        "try_again_later", "02", "61",
    ),
}  # fmt: skip


@pytest.mark.parametrize("last4", RECORDED)
def test_a_declining_card_answers_as_recorded_and_cannot_be_attached(last4):
    card = cards.by_number("400000000000" + last4)
    decline = pay(card).decline
    assert RECORDED[last4] == (
        decline.code, decline.decline_code, decline.message, decline.param,
        decline.advice_code, decline.network_advice_code, decline.network_decline_code,
    )  # fmt: skip
    refusal = cards.refusal_to_attach(card, cvc_given=True)
    assert (refusal.code, refusal.param) == (decline.code, decline.param or "")


def test_the_card_for_dunning_can_be_attached_and_set_up_but_never_charged():
    card = cards.by_payment_method_id("pm_card_chargeCustomerFail")
    assert cards.refusal_to_attach(card, cvc_given=True) is None
    assert cards.set_up(card, authenticated=False, cvc_given=True) == Approved()
    assert pay(card) == pay(card, off_session=True, set_up=True) == Declined(GENERIC_DECLINE)


def test_a_card_that_declines_cannot_be_set_up_either():
    card = cards.by_payment_method_id("pm_card_visa_chargeDeclinedInsufficientFunds")
    assert cards.set_up(card, authenticated=False, cvc_given=True) == Declined(INSUFFICIENT_FUNDS)


def test_a_cvc_that_is_not_given_cannot_be_incorrect():
    card = cards.by_number("4000000000000127")
    assert pay(card) == Declined(INCORRECT_CVC)
    assert pay(card, cvc_given=False) == Approved()
    assert cards.refusal_to_attach(card, cvc_given=False) is None


@pytest.mark.parametrize("name", ["radarBlock", "riskLevelHighest"])
def test_a_payment_that_radar_blocks_never_reaches_the_network(name):
    card = cards.by_token(f"tok_{name}")
    decline = pay(card).decline
    assert (decline.code, decline.decline_code) == ("card_declined", "fraudulent")
    told = outcome(decline, card.risk, 80)
    assert (told["type"], told["network_status"]) == ("blocked", "not_sent_to_network")
    assert (told["reason"], told["risk_level"]) == ("highest_risk_level", "highest")


CHALLENGE, APPROVED, REFUSED = AuthenticationRequired(), Approved(), Declined(AUTHENTICATION_REQUIRED)
NO_FUNDS = Declined(INSUFFICIENT_FUNDS)


@pytest.mark.parametrize(
    ("name", "on_session", "authenticated", "off_session", "off_session_set_up"),
    [
        ("visa", APPROVED, APPROVED, APPROVED, APPROVED),
        ("authenticationRequiredOnSetup", CHALLENGE, APPROVED, REFUSED, APPROVED),
        ("authenticationRequired", CHALLENGE, APPROVED, REFUSED, REFUSED),
        ("authenticationRequiredSetupForOffSession", CHALLENGE, APPROVED, APPROVED, APPROVED),
        ("authenticationRequiredChargeDeclinedInsufficientFunds", CHALLENGE, NO_FUNDS, REFUSED, NO_FUNDS),
        ("threeDSecure2Required", CHALLENGE, APPROVED, REFUSED, REFUSED),
        ("threeDSecureRequired", CHALLENGE, APPROVED, REFUSED, REFUSED),
        ("threeDSecureRequiredChargeDeclined", CHALLENGE, Declined(GENERIC_DECLINE), REFUSED, REFUSED),
        ("threeDSecureOptional", APPROVED, APPROVED, APPROVED, APPROVED),
        ("threeDSecureOptionalProcessingError", APPROVED, APPROVED, APPROVED, APPROVED),
        ("amex_threeDSecureNotSupported", APPROVED, APPROVED, APPROVED, APPROVED),
    ],
)
def test_authentication_is_asked_for_on_session_and_declines_off_session(
    name, on_session, authenticated, off_session, off_session_set_up
):
    card = cards.by_payment_method_id(f"pm_card_{name}")
    assert pay(card) == pay(card, set_up=True) == on_session
    assert pay(card, authenticated=True) == authenticated
    assert pay(card, off_session=True) == off_session
    assert pay(card, off_session=True, set_up=True) == off_session_set_up


def test_a_card_whose_lookup_fails_is_declined_without_asking():
    card = cards.by_token("tok_threeDSecureRequiredProcessingError")
    assert pay(card) == pay(card, off_session=True) == Declined(GENERIC_DECLINE)
    assert cards.set_up(card, authenticated=False, cvc_given=True) == Declined(GENERIC_DECLINE)


def test_an_optional_card_authenticates_when_the_merchant_asks():
    card = cards.by_number("4000000000003055")
    assert pay(card, three_d_secure_requested=True) == AuthenticationRequired()
    assert pay(card, three_d_secure_requested=True, authenticated=True) == Approved()
    assert pay(card, three_d_secure_requested=True, off_session=True) == Approved()
    assert pay(cards.by_token("tok_visa"), three_d_secure_requested=True) == Approved()


def test_setting_a_card_up_asks_its_holder_and_ignores_its_funds():
    card = cards.by_number("4000008260003178")
    assert cards.set_up(card, authenticated=False, cvc_given=True) == AuthenticationRequired()
    assert cards.set_up(card, authenticated=True, cvc_given=True) == Approved()


@every_card
def test_nothing_asks_for_authentication_twice_or_off_session(card):
    assert pay(card, authenticated=True) != AuthenticationRequired()
    for set_up in (False, True):
        assert pay(card, off_session=True, set_up=set_up) != AuthenticationRequired()


@every_card
def test_a_card_without_a_decline_or_a_challenge_is_charged(card):
    if card.decline is None and card.three_d_secure in (ThreeDSecure.NOT_ENROLLED, ThreeDSecure.NOT_SUPPORTED):
        assert pay(card) == Approved()


def test_checks_say_only_what_was_given():
    card = cards.by_token("tok_avsFail")
    assert card.checks(cvc=True) == {
        "address_line1_check": None,
        "address_postal_code_check": None,
        "cvc_check": "pass",
    }
    assert card.checks(cvc=False, line1=True, postal_code=True) == {
        "address_line1_check": "fail",
        "address_postal_code_check": "fail",
        "cvc_check": None,
    }
    assert card.checks(cvc=True, used=False)["cvc_check"] == "unchecked"
    assert cards.by_token("tok_cvcCheckFail").checks(cvc=True)["cvc_check"] == "fail"


def test_a_brand_is_spelled_in_three_ways():
    card = cards.by_token("tok_amex")
    assert (card.brand, card.display_brand, card.brand_title) == ("amex", "american_express", "American Express")


def test_a_co_branded_card_offers_both_networks():
    assert cards.by_token("tok_visa_cartesBancaires").networks == ("cartes_bancaires", "visa")
    assert cards.by_token("tok_visa").networks == ("visa",)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("pendingRefund", "refund", "pending"),
        ("refundFail", "refund", "fails"),
        ("visa", "refund", "succeeds"),
        ("bypassPending", "bypass_pending", True),
        ("createIssuerFraudRecord", "early_fraud_warning", True),
        ("riskLevelElevated", "risk", "elevated"),
    ],
)
def test_what_follows_a_charge(name, field, value):
    card = cards.by_payment_method_id(f"pm_card_{name}")
    assert pay(card) == Approved()
    assert getattr(card, field) == value


@pytest.mark.parametrize(
    ("name", "reason", "status", "case_type", "times"),
    [
        ("createDispute", "fraudulent", "needs_response", "chargeback", 1),
        ("createDisputeProductNotReceived", "product_not_received", "needs_response", "chargeback", 1),
        ("createDisputeInquiry", "fraudulent", "warning_needs_response", "inquiry", 1),
        ("createMultipleDisputes", "fraudulent", "needs_response", "chargeback", 2),
    ],
)
def test_a_charge_is_disputed(name, reason, status, case_type, times):
    dispute = cards.by_payment_method_id(f"pm_card_{name}").dispute
    assert (dispute.reason, dispute.status, dispute.case_type, dispute.times) == (reason, status, case_type, times)


@pytest.mark.parametrize(
    ("details", "code", "param"),
    [
        (("4242424242424242", 12, 2030, "123"), None, None),
        (("4242424242424242", 11, 2026, "123"), None, None),  # the month it expires in still counts
        (("4242424242424242", 12, 30, None), None, None),
        (("378282246310005", 12, 2030, "1234"), None, None),
        (("4000000000000002", 12, 2030, "123"), None, None),  # that one declines later, when it is charged
        (("4242424242424241", 12, 2030, "123"), "incorrect_number", "number"),
        (("4111111111111112", 12, 2030, "123"), "incorrect_number", "number"),
        (("4242", 12, 2030, "123"), "invalid_number", "number"),
        (("abcd efgh ijkl mnop", 12, 2030, "123"), "invalid_number", "number"),
        (("", 12, 2030, "123"), "invalid_number", "number"),
        (("4242424242424242", 13, 2030, "123"), "invalid_expiry_month", "exp_month"),
        (("4242424242424242", 0, 2030, "123"), "invalid_expiry_month", "exp_month"),
        (("4242424242424242", 10, 2026, "123"), "invalid_expiry_month", "exp_month"),
        (("4242424242424242", 12, 2025, "123"), "invalid_expiry_year", "exp_year"),
        (("4242424242424242", 12, 95, "123"), "invalid_expiry_year", "exp_year"),
        (("4242424242424242", 12, 2077, "123"), "invalid_expiry_year", "exp_year"),
        (("4242424242424242", 12, 2030, "99"), "invalid_cvc", "cvc"),
        (("4242424242424242", 12, 2030, "1234"), "invalid_cvc", "cvc"),
        (("4242424242424242", 12, 2030, ""), "invalid_cvc", "cvc"),
        (("378282246310005", 12, 2030, "123"), "invalid_cvc", "cvc"),
        (("4242424242424242", 12, 2030, "١٢٣"), "invalid_cvc", "cvc"),
    ],
)
def test_details_are_checked_before_any_issuer_is_asked(details, code, param):
    decline = cards.check_details(*details, now_year=2026, now_month=11)
    assert (decline and decline.code, decline and decline.param) == (code, param)
