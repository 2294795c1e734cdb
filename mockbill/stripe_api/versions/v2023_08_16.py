"""2023-08-16: intents that say nothing of it take the account's payment methods; before, they took cards."""

from typing import Any

from mockbill.stripe_api.versions.release import Release


def _cards(params: dict[str, Any], version: str) -> dict[str, Any]:
    if version >= RELEASE.version or {"automatic_payment_methods", "payment_method_types"} & params.keys():
        return params
    return {**params, "payment_method_types": ["card"]}


RELEASE = Release(
    version="2023-08-16", upgrades=dict.fromkeys(("POST /v1/payment_intents", "POST /v1/setup_intents"), _cards)
)
