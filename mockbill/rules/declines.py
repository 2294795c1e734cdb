"""Why a card says no: each decline with the error, advice and charge outcome that Stripe gives for it."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True, slots=True)
class Decline:
    """One refusal, whole: what the 402 error says and what the failed charge's ``outcome`` says.

    ``blocked`` is a refusal by Radar: the payment never reached the network.
    """

    code: str
    decline_code: str | None
    message: str
    param: str | None = None
    advice_code: str | None = None
    network_advice_code: str | None = None
    network_decline_code: str | None = None
    blocked: bool = False

    @property
    def reason(self) -> str | None:
        """``charge.outcome.reason``: Radar's reason when it blocked, otherwise the issuer's decline code."""
        return "highest_risk_level" if self.blocked else self.decline_code

    @property
    def seller_message(self) -> str:
        """``charge.outcome.seller_message``; the spelling is Stripe's, back-quotes included."""
        if self.blocked:
            return "Stripe blocked this payment as too risky."
        if self.decline_code in (None, "generic_decline"):
            return "The bank did not return any further details with this decline."
        return f"The bank returned the decline code `{self.decline_code}`."

    @property
    def network_status(self) -> str:
        return "not_sent_to_network" if self.blocked else "declined_by_network"

    @property
    def type(self) -> str:
        """``charge.outcome.type``."""
        return "blocked" if self.blocked else "issuer_declined"

    def details(self) -> dict[str, str]:
        """What the error object says besides ``type``, ``code``, ``message`` and ``param``; only what is set."""
        names = ("advice_code", "decline_code", "network_advice_code", "network_decline_code")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def outcome(decline: Decline | None, risk_level: str, risk_score: int) -> dict[str, Any]:
    """``charge.outcome`` in wire order: of a charge that was declined so, or of an authorized one when None."""
    return {
        "advice_code": decline and decline.advice_code,
        "network_advice_code": decline and decline.network_advice_code,
        "network_decline_code": decline and decline.network_decline_code,
        "network_status": decline.network_status if decline else "approved_by_network",
        "reason": decline and decline.reason,
        "risk_level": risk_level,
        "risk_score": risk_score,
        "seller_message": decline.seller_message if decline else "Payment complete.",
        "type": decline.type if decline else "authorized",
    }


# Seen in recorded traffic (API 2026-06-24.dahlia), advice and network codes included.

DECLINED = "Your card was declined."

GENERIC_DECLINE = Decline(
    "card_declined", "generic_decline", DECLINED, advice_code="try_again_later", network_decline_code="01"
)
INSUFFICIENT_FUNDS = Decline(
    "card_declined",
    "insufficient_funds",
    "Your card has insufficient funds.",
    advice_code="try_again_later",
    network_advice_code="02",
    network_decline_code="51",
)
LOST_CARD = Decline(
    "card_declined",
    "lost_card",
    DECLINED,
    advice_code="do_not_try_again",
    network_advice_code="01",
    network_decline_code="41",
)
STOLEN_CARD = replace(LOST_CARD, decline_code="stolen_card", network_decline_code="43")
VELOCITY_EXCEEDED = Decline(
    "card_declined",
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    advice_code="try_again_later",
    network_advice_code="02",
    network_decline_code="61",
)
EXPIRED_CARD = Decline(
    "expired_card",
    "expired_card",
    "Your card has expired.",
    param="exp_month",
    advice_code="confirm_card_data",
    network_advice_code="03",
    network_decline_code="54",
)
INCORRECT_CVC = Decline(
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect.",
    param="cvc",
    advice_code="confirm_card_data",
    network_advice_code="03",
    network_decline_code="N7",
)
PROCESSING_ERROR = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
    advice_code="try_again_later",
    network_decline_code="06",
)

# Known from Stripe's documentation only: no advice or network codes are established for them.

AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
BLOCKED_AS_FRAUDULENT = Decline("card_declined", "fraudulent", DECLINED, blocked=True)

# Refused when card details are read, before any issuer is asked: such an error carries no decline code.

INCORRECT_NUMBER = Decline("incorrect_number", None, "Your card number is incorrect.", param="number")
INVALID_NUMBER = Decline("invalid_number", None, "The card number is not a valid credit card number.", param="number")
INVALID_EXPIRY_MONTH = Decline(
    "invalid_expiry_month", None, "Your card's expiration month is invalid.", param="exp_month"
)
INVALID_EXPIRY_YEAR = Decline("invalid_expiry_year", None, "Your card's expiration year is invalid.", param="exp_year")
INVALID_CVC = Decline("invalid_cvc", None, "Your card's security code is invalid.", param="cvc")

_PARTICULAR = (
    GENERIC_DECLINE, INSUFFICIENT_FUNDS, LOST_CARD, STOLEN_CARD, VELOCITY_EXCEEDED, EXPIRED_CARD, INCORRECT_CVC,
    PROCESSING_ERROR, AUTHENTICATION_REQUIRED, BLOCKED_AS_FRAUDULENT,
)  # fmt: skip

# Errors about the details that an issuer may send back as decline codes too.
_DETAILS = (INCORRECT_NUMBER, INVALID_NUMBER, INVALID_EXPIRY_MONTH, INVALID_EXPIRY_YEAR, INVALID_CVC)

# Every other decline code that Stripe documents: all of them say no more than DECLINED.
_PLAIN = """
    approve_with_id call_issuer card_not_supported currency_not_supported do_not_honor do_not_try_again
    duplicate_transaction incorrect_address incorrect_pin incorrect_zip invalid_account
    invalid_amount invalid_pin issuer_not_available merchant_blacklist mobile_device_authentication_required
    new_account_information_available no_action_taken not_permitted offline_pin_required
    online_or_offline_pin_required pickup_card pin_try_exceeded reenter_transaction restricted_card
    revocation_of_all_authorizations revocation_of_authorization security_violation service_not_allowed
    stop_payment_order testmode_decline transaction_not_allowed try_again_later withdrawal_count_limit_exceeded
"""

DECLINES: dict[str, Decline] = (
    {code: Decline("card_declined", code, DECLINED) for code in _PLAIN.split()}
    | {decline.code: replace(decline, decline_code=decline.code) for decline in _DETAILS}
    | {str(decline.decline_code): decline for decline in _PARTICULAR}
    | {"highest_risk_level": replace(BLOCKED_AS_FRAUDULENT, decline_code="highest_risk_level")}
)


def named(decline_code: str) -> Decline:
    """The decline for one of Stripe's decline codes; ``card_declined`` means the generic one.

    Raises ValueError, naming the nearest code, when there is none.
    """
    if decline_code == "card_declined":
        return GENERIC_DECLINE
    try:
        return DECLINES[decline_code]
    except KeyError:
        near = get_close_matches(decline_code, DECLINES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{decline_code!r} is no decline code{hint}") from None
