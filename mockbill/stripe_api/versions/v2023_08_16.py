"""2023-08-16: intents that say nothing of it take the account's payment methods; before, they took cards."""

from typing import Any

from mockbill.stripe_api.versions.release import Release

_INTENTS = ("POST /v1/payment_intents", "POST /v1/setup_intents")
_TYPED = {"automatic_payment_methods", "payment_method_types"}
_CHOSEN = {"allowed_payment_method_types", "excluded_payment_method_types", "payment_method_configuration", *_TYPED}


def _cards(params: dict[str, Any], version: str) -> dict[str, Any]:
    if version >= RELEASE.version or _TYPED & params.keys():
        return params
    return {**params, "payment_method_types": ["card"]}


def _without_return_url(params: dict[str, Any]) -> dict[str, Any]:
    """Confirmed as it is made, with nowhere to come back to from a redirect: cards alone, as before this release.

    As a request of today it would be refused.
    """
    returns = params.get("return_url") or params.get("use_stripe_sdk")
    if not params.get("confirm") or returns or _CHOSEN & params.keys():
        return params
    return {**params, "payment_method_types": ["card"]}


RELEASE = Release(
    version="2023-08-16",
    upgrades=dict.fromkeys(_INTENTS, _cards),
    unnamed=dict.fromkeys(_INTENTS, _without_return_url),
)
