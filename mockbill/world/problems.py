"""Problem: what a caller did wrong, or what a card refused, in the terms of Stripe's error object."""

from collections.abc import Collection, Mapping
from typing import Any


class Problem(Exception):
    """An error answer in the making.

    ``extra`` takes the other members of Stripe's error object: ``decline_code``, ``advice_code``,
    ``network_decline_code``, ``charge`` (an id), ``payment_intent``, ``payment_method``, ``setup_intent`` (documents).
    ``keeps`` says that the work done so far stays although the call fails: a declined charge is recorded.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        type: str = "invalid_request_error",
        status: int = 400,
        keeps: bool = False,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.type = type
        self.status = status
        self.keeps = keeps
        self.headers = headers or {}
        self.extra = extra


def check_known(params: Mapping[str, Any], names: Collection[str]) -> None:
    """Problem for parameters that an operation takes, but not for the object it is about."""
    if others := [name for name in params if name not in names]:
        plural = "s" if len(others) > 1 else ""
        raise Problem(
            f"Received unknown parameter{plural}: {', '.join(others)}", code="parameter_unknown", param=others[0]
        )


NOUNS = {
    "billing_portal.configuration": "configuration",
    "invoice_rendering_template": "invoice rendering template",
    "payment_method": "PaymentMethod",
    "setup_intent": "setupintent",
    "tax_code": "tax code",
    "tax.calculation": "tax calculation",
    "tax.calculation_line_item": "line item",
    "tax.transaction": "tax transaction",
    "tax.transaction_line_item": "line item",
    "tax.registration": "tax registration",
    "tax_rate": "tax rate",
    "tax_id": "tax ID",
    "promotion_code": "promotion code",
    "subscription_item": "subscription item",
    "subscription_schedule": "subscription schedule",
    "test_helpers.test_clock": "test clock",
    "webhook_endpoint": "webhook endpoint",
}


def noun(kind: str) -> str:
    """What Stripe's messages call a kind."""
    return NOUNS.get(kind, kind)


def missing(kind: str, id: str, param: str) -> Problem:
    """``No such customer: 'cus_x'``: 404 for the id in the path, 400 for one in a parameter."""
    message = f"No such {noun(kind)}: '{id}'"
    if kind == "payment_method":
        message += (
            "; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should "
            "retry this request on that connected account. Learn more at https://stripe.com/docs/connect/authentication"
        )
    return Problem(message, code="resource_missing", param=param, status=404 if param == "id" else 400)
