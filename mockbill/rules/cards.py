"""Stripe's test cards, one row each, and what becomes of a payment with each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from mockbill.rules.brands import BRANDS, brand_of, digits, is_card_number, is_luhn
from mockbill.rules.declines import (
    AUTHENTICATION_REQUIRED,
    BLOCKED_AS_FRAUDULENT,
    EXPIRED_CARD,
    GENERIC_DECLINE,
    INCORRECT_CVC,
    INCORRECT_NUMBER,
    INSUFFICIENT_FUNDS,
    INVALID_CVC,
    INVALID_EXPIRY_MONTH,
    INVALID_EXPIRY_YEAR,
    INVALID_NUMBER,
    LOST_CARD,
    PROCESSING_ERROR,
    STOLEN_CARD,
    VELOCITY_EXCEEDED,
    Decline,
)


class ThreeDSecure(StrEnum):
    """When a card wants its holder to authenticate."""

    NOT_SUPPORTED = "not_supported"
    NOT_ENROLLED = "not_enrolled"  # supported, but nobody is ever asked: the ordinary test card
    OPTIONAL = "optional"  # only where the merchant asks for it
    OPTIONAL_BUT_FAILS = "optional_but_fails"  # asking ends in an error; the payment goes on without it
    REQUIRED = "required"  # every time, so that nothing passes off session
    REQUIRED_BUT_FAILS = "required_but_fails"  # the lookup fails, so that nothing passes at all
    REQUIRED_UNLESS_SET_UP = "required_unless_set_up"  # off session it passes once it was set up for that
    REQUIRED_ON_SESSION = "required_on_session"  # counts as set up from the start


@dataclass(frozen=True, slots=True)
class Dispute:
    """The dispute that follows a successful charge."""

    reason: str
    status: str = "needs_response"
    case_type: str = "chargeback"
    times: int = 1


Risk = Literal["normal", "elevated", "highest"]
Check = Literal["pass", "fail", "unavailable"]


@dataclass(frozen=True, slots=True)
class Card:
    """One test card. ``names`` are its ids without ``pm_card_`` and ``tok_``."""

    number: str
    names: tuple[str, ...] = ()
    brand: str = "visa"
    co_brand: str | None = None
    funding: str = "credit"
    country: str | None = "US"
    decline: Decline | None = None  # what the issuer answers, after authentication where there is one
    attaches: bool = True  # whether it can be saved to a customer at all
    three_d_secure: ThreeDSecure = ThreeDSecure.NOT_ENROLLED
    risk: Risk = "normal"
    cvc_check: Check = "pass"
    address_line1_check: Check = "pass"
    address_postal_code_check: Check = "pass"
    dispute: Dispute | None = None
    early_fraud_warning: bool = False
    refund: Literal["succeeds", "pending", "fails"] = "succeeds"  # pending succeeds later; fails does so later
    bypass_pending: bool = False  # funds are available at once

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def display_brand(self) -> str:
        return BRANDS[self.brand].display_brand

    @property
    def brand_title(self) -> str:
        """The legacy card object's spelling: ``Visa``, ``American Express``."""
        return BRANDS[self.brand].title

    @property
    def networks(self) -> tuple[str, ...]:
        """``card.networks.available``."""
        return (self.co_brand, self.brand) if self.co_brand else (self.brand,)

    @property
    def payment_method_ids(self) -> tuple[str, ...]:
        return tuple(f"pm_card_{name}" for name in self.names)

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(f"tok_{name}" for name in self.names)

    def checks(self, *, cvc: bool, line1: bool = False, postal_code: bool = False, used: bool = True) -> dict[str, Any]:
        """``card.checks``: null where that datum was not given, ``unchecked`` until the card was used."""
        given = {"address_line1_check": line1, "address_postal_code_check": postal_code, "cvc_check": cvc}
        return {name: (getattr(self, name) if used else "unchecked") if has else None for name, has in given.items()}


def _card(number: str, *names: str, **facts: Any) -> Card:
    return Card(number, names, brand_of(number).name, **facts)


_SET_UP = ThreeDSecure.REQUIRED_UNLESS_SET_UP
_REQUIRED = ThreeDSecure.REQUIRED

# fmt: off
_CARDS = (
    # Successful payments, by brand.
    _card("4242424242424242", "visa", "us"),
    _card("4000056655665556", "visa_debit", funding="debit"),
    _card("5555555555554444", "mastercard"),
    _card("2223003122003222"),
    _card("5200828282828210", "mastercard_debit", funding="debit"),
    _card("5105105105105100", "mastercard_prepaid", funding="prepaid"),
    _card("378282246310005", "amex", "amex_threeDSecureNotSupported", three_d_secure=ThreeDSecure.NOT_SUPPORTED),
    _card("371449635398431"),
    _card("6011111111111117", "discover"),
    _card("6011000990139424"),
    _card("6011981111111113", funding="debit"),
    _card("3056930009020004", "diners"),
    _card("36227206271667"),
    _card("6555900000604105"),
    _card("3566002020360505", "jcb", country="JP"),
    _card("6200000000000005", "unionpay", country="CN"),
    _card("6200000000000047", funding="debit", country="CN"),
    _card("6205500000000000004", country="CN"),
    _card("4000002500001001", "visa_cartesBancaires", co_brand="cartes_bancaires", country="FR"),
    _card("5555552500001001", "mastercard_cartesBancaires", co_brand="cartes_bancaires", country="FR"),
    _card("4000050360000001", "visa_debit_eftposAuCoBranded",
          co_brand="eftpos_australia", funding="debit", country="AU"),
    _card("5555050360000080", "mastercard_debit_eftposAuCoBranded",
          co_brand="eftpos_australia", funding="debit", country="AU"),
    _card("4000000000000093", "domesticPricing"),

    # Successful payments, by country, where it is not the plain Visa credit card of the list below.
    _card("5200007840000022", "ae_mastercard", country="AE"),
    _card("4000058260000005", "gb_debit", funding="debit", country="GB"),
    _card("5555558265554449", "gb_mastercard", country="GB"),
    _card("3530111333300000", country="JP"),
    _card("4000007640000003", "th", "th_credit", country="TH"),
    _card("4000057640000008", "th_debit", funding="debit", country="TH"),

    # Declines. They cannot be saved to a customer either; the card for renewals that fail is the last one.
    _card("4000000000000002", "visa_chargeDeclined", "chargeDeclined", decline=GENERIC_DECLINE, attaches=False),
    _card("4000000000009995", "visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds",
          decline=INSUFFICIENT_FUNDS, attaches=False),
    _card("4000000000009987", "visa_chargeDeclinedLostCard", "chargeDeclinedLostCard",
          decline=LOST_CARD, attaches=False),
    _card("4000000000009979", "visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard",
          decline=STOLEN_CARD, attaches=False),
    _card("4000000000000069", "visa_chargeDeclinedExpiredCard", "chargeDeclinedExpiredCard",
          decline=EXPIRED_CARD, attaches=False),
    _card("4000000000000127", "visa_chargeDeclinedIncorrectCvc", "chargeDeclinedIncorrectCvc",
          decline=INCORRECT_CVC, attaches=False),
    _card("4000000000000119", "visa_chargeDeclinedProcessingError", "chargeDeclinedProcessingError",
          decline=PROCESSING_ERROR, attaches=False),
    _card("4000000000006975", "visa_chargeDeclinedVelocityLimitExceeded", "chargeDeclinedVelocityLimitExceeded",
          decline=VELOCITY_EXCEEDED, attaches=False),
    _card("4242424242424241", decline=INCORRECT_NUMBER, attaches=False),
    _card("4000000000000341", "chargeCustomerFail", "visa_chargeCustomerFail", decline=GENERIC_DECLINE),

    # Radar and checks. A fresh account's one default rule blocks the highest risk; failed checks pass.
    _card("4100000000000019", "radarBlock", "chargeDeclinedFraudulent", "visa_chargeDeclinedFraudulent",
          decline=BLOCKED_AS_FRAUDULENT, attaches=False, risk="highest"),
    _card("4000000000004954", "riskLevelHighest", decline=BLOCKED_AS_FRAUDULENT, risk="highest"),
    _card("4000000000009235", "riskLevelElevated", risk="elevated"),
    _card("4000000000000101", "cvcCheckFail", cvc_check="fail"),
    _card("4000000000000036", "avsZipFail", address_postal_code_check="fail"),
    _card("4000058400307872", cvc_check="fail", risk="elevated"),
    _card("4000058400306072", address_postal_code_check="fail", risk="elevated"),
    _card("4000000000000028", "avsLine1Fail", address_line1_check="fail"),
    _card("4000000000000010", "avsFail", address_line1_check="fail", address_postal_code_check="fail"),
    _card("4000000000000044", "avsUnchecked", address_line1_check="unavailable",
          address_postal_code_check="unavailable"),

    # Disputes, refunds, balance.
    _card("4000000000000259", "createDispute", dispute=Dispute("fraudulent")),
    _card("4000000000002685", "createDisputeProductNotReceived", dispute=Dispute("product_not_received")),
    _card("4000000000001976", "createDisputeInquiry",
          dispute=Dispute("fraudulent", "warning_needs_response", "inquiry")),
    _card("4000000000005423", "createIssuerFraudRecord", early_fraud_warning=True),
    _card("4000000404000079", "createMultipleDisputes", dispute=Dispute("fraudulent", times=2)),
    _card("4000000404000038", "createCe3EligibleDispute", dispute=Dispute("fraudulent")),
    _card("4000008400000779", "createComplianceDispute", dispute=Dispute("noncompliant", case_type="compliance")),
    _card("4000000000007726", "pendingRefund", refund="pending"),
    _card("4000000000005126", "refundFail", refund="fails"),
    _card("4000000000000077", "bypassPending", bypass_pending=True),
    _card("4000003720000278", "bypassPendingInternational", bypass_pending=True, country="IE"),

    # 3-D Secure.
    _card("4000002500003155", "authenticationRequiredOnSetup", three_d_secure=_SET_UP, country="FR"),
    _card("4000002760003184", "authenticationRequired", three_d_secure=_REQUIRED, country="DE"),
    _card("4000003800000446", "authenticationRequiredSetupForOffSession",
          three_d_secure=ThreeDSecure.REQUIRED_ON_SESSION, country="IT"),
    _card("4000008260003178", "authenticationRequiredChargeDeclinedInsufficientFunds",
          three_d_secure=_SET_UP, decline=INSUFFICIENT_FUNDS, country="GB"),
    _card("4000000000003220", "threeDSecure2Required", three_d_secure=_REQUIRED),
    _card("4000000000003063", "threeDSecureRequired", three_d_secure=_REQUIRED),
    _card("4000008400001629", "threeDSecureRequiredChargeDeclined", three_d_secure=_REQUIRED, decline=GENERIC_DECLINE),
    _card("4000008400001280", "threeDSecureRequiredProcessingError", three_d_secure=ThreeDSecure.REQUIRED_BUT_FAILS),
    _card("4000000000003055", "threeDSecureOptional", three_d_secure=ThreeDSecure.OPTIONAL),
    _card("4000000000003097", "threeDSecureOptionalProcessingError", three_d_secure=ThreeDSecure.OPTIONAL_BUT_FAILS),
    _card("4000000000003238", three_d_secure=_REQUIRED),  # the ways of a phone to ask: outside of one they are alike
    _card("4000000000003246", three_d_secure=_REQUIRED),
    _card("4000000000003253", three_d_secure=_REQUIRED),
    _card("4000582600000094", three_d_secure=_REQUIRED),
    _card("4000582600000045", three_d_secure=_REQUIRED),
    _card("4000582600000102", three_d_secure=_REQUIRED),
    _card("4000582600000110", three_d_secure=_REQUIRED),
)

_BY_COUNTRY = """
    AR 4000000320000021  BR 4000000760000002  CA 4000001240000000  CL 4000001520000001  CO 4000001700000003
    CR 4000001880000005  EC 4000002180000000  MX 4000004840008001  PA 4000005910000000  PY 4000006000000066
    PE 4000006040000068  UY 4000008580000003  AE 4000007840000001  AT 4000000400000008  BE 4000000560000004
    BG 4000001000000000  BY 4000001120000005  HR 4000001910000009  CY 4000001960000008  CZ 4000002030000002
    DK 4000002080000001  EE 4000002330000009  FI 4000002460000001  FR 4000002500000003  DE 4000002760000016
    GI 4000002920000005  GR 4000003000000030  HU 4000003480000005  IE 4000003720000005  IT 4000003800000008
    LV 4000004280000005  LI 4000004380000004  LT 4000004400000000  LU 4000004420000006  MT 4000004700000007
    NL 4000005280000002  NO 4000005780000007  PL 4000006160000005  PT 4000006200000007  RO 4000006420000001
    SA 4000006820000007  SI 4000007050000006  SK 4000007030000001  ES 4000007240000007  SE 4000007520000008
    CH 4000007560000009  GB 4000008260000000  AU 4000000360000006  CN 4000001560000002  HK 4000003440000004
    IN 4000003560000008  JP 4000003920000003  MY 4000004580000002  NZ 4000005540000008  SG 4000007020000003
    TW 4000001580000008
"""
# fmt: on


def _table() -> Iterator[Card]:
    yield from _CARDS
    pairs = _BY_COUNTRY.split()
    for country, number in zip(pairs[::2], pairs[1::2], strict=True):
        yield _card(number, country.lower(), country=country)


CARDS: Mapping[str, Card] = MappingProxyType({card.number: card for card in _table()})
"""Every test card by number."""

_BY_NAME = {name: card for card in CARDS.values() for name in card.names}


@lru_cache(maxsize=1024)  # a payment asks several times
def by_number(number: str) -> Card:
    """The card with this number. One that Stripe does not list is a plain card of its brand, and always succeeds,
    unless its check digit is wrong (``incorrect_number``) or it is no card number at all (``invalid_number``).
    """
    number = digits(number)
    if number in CARDS:
        return CARDS[number]
    if not is_card_number(number):
        return Card(number, brand="unknown", country=None, decline=INVALID_NUMBER, attaches=False)
    if not is_luhn(number):
        return _card(number, decline=INCORRECT_NUMBER, attaches=False)
    return _card(number)


def by_payment_method_id(id: str) -> Card | None:
    """The card behind ``pm_card_visa`` and its like; None for any other id."""
    return _BY_NAME.get(id.removeprefix("pm_card_")) if id.startswith("pm_card_") else None


def by_token(id: str) -> Card | None:
    """The card behind ``tok_visa`` and its like; None for any other id."""
    return _BY_NAME.get(id.removeprefix("tok_")) if id.startswith("tok_") else None


def full_year(year: int, now_year: int) -> int:
    """A two-digit year is the one that lies within fifty years of now, as Stripe reads it."""
    if year > 99:
        return year
    century = now_year - now_year % 100
    return min((century + shift + year for shift in (-100, 0, 100)), key=lambda full: abs(full - now_year))


def check_details(
    number: str, exp_month: int, exp_year: int, cvc: str | None, now_year: int, now_month: int
) -> Decline | None:
    """What is wrong with card details as they are handed over, before any issuer is asked: None when nothing is."""
    card = by_number(number)
    if card.decline in (INVALID_NUMBER, INCORRECT_NUMBER):
        return card.decline
    year = full_year(exp_year, now_year)
    if not 1 <= exp_month <= 12:
        return INVALID_EXPIRY_MONTH
    if not now_year <= year <= now_year + 50:
        return INVALID_EXPIRY_YEAR
    if (year, exp_month) < (now_year, now_month):
        return INVALID_EXPIRY_MONTH
    if cvc is not None and not (cvc.isascii() and cvc.isdigit() and len(cvc) == BRANDS[card.brand].cvc_length):
        return INVALID_CVC
    return None


@dataclass(frozen=True, slots=True)
class Approved:
    pass


@dataclass(frozen=True, slots=True)
class AuthenticationRequired:
    """The holder has to pass 3-D Secure first."""


@dataclass(frozen=True, slots=True)
class Declined:
    decline: Decline


Outcome = Approved | AuthenticationRequired | Declined


def authorize(
    card: Card,
    *,
    off_session: bool,
    authenticated: bool,
    set_up: bool,
    cvc_given: bool,
    three_d_secure_requested: bool = False,
) -> Outcome:
    """What becomes of a payment with this card.

    ``set_up`` says that the card was saved for off-session use with its holder present, ``authenticated`` that the
    holder has just passed 3-D Secure for this payment, ``three_d_secure_requested`` that the merchant asked for it.
    Off session nobody is there to authenticate, so the payment is declined instead (code authentication_required).
    """
    if card.decline is not None and card.decline.blocked:
        return Declined(card.decline)  # Radar looks before anybody is asked to authenticate
    if not authenticated:
        if card.three_d_secure is ThreeDSecure.REQUIRED_BUT_FAILS:
            return Declined(GENERIC_DECLINE)
        if _wants_authentication(card, off_session, set_up, three_d_secure_requested):
            return Declined(AUTHENTICATION_REQUIRED) if off_session else AuthenticationRequired()
    decline = _issuer_answer(card, cvc_given)
    return Declined(decline) if decline else Approved()


def set_up(card: Card, *, authenticated: bool, cvc_given: bool) -> Outcome:
    """What becomes of a SetupIntent, where the holder is present and nothing is charged."""
    if card.attaches and card.three_d_secure is not ThreeDSecure.REQUIRED_BUT_FAILS:
        # Funds play no part here, so a card that declines every charge can still be saved.
        card = replace(card, decline=None)
    return authorize(card, off_session=False, authenticated=authenticated, set_up=False, cvc_given=cvc_given)


def refusal_to_attach(card: Card, *, cvc_given: bool) -> Decline | None:
    """Why the card cannot be saved to a customer; None when it can. Such errors have a ``param``, be it empty."""
    decline = None if card.attaches else _issuer_answer(card, cvc_given)
    return replace(decline, param=decline.param or "") if decline else None


def _wants_authentication(card: Card, off_session: bool, set_up: bool, requested: bool) -> bool:
    match card.three_d_secure:
        case ThreeDSecure.REQUIRED:
            return True
        case ThreeDSecure.REQUIRED_UNLESS_SET_UP:
            return not (off_session and set_up)
        case ThreeDSecure.REQUIRED_ON_SESSION:
            return not off_session
        case ThreeDSecure.OPTIONAL:
            return requested and not off_session
        case _:
            return False


def _issuer_answer(card: Card, cvc_given: bool) -> Decline | None:
    # A CVC that was not given is not checked, so it cannot be wrong.
    return None if card.decline is INCORRECT_CVC and not cvc_given else card.decline
