"""2022-08-01: a checkout for a payment makes a customer only where it has to; before, it always did.

Not modelled: before, such a session had its payment intent from the start.
"""

from typing import Any

from mockbill.stripe_api.versions.release import Release


def _always(params: dict[str, Any], version: str) -> dict[str, Any]:
    named = params.get("customer") or params.get("customer_creation")
    if version >= RELEASE.version or params.get("mode") != "payment" or named:
        return params
    return {**params, "customer_creation": "always"}


RELEASE = Release(version="2022-08-01", upgrades={"POST /v1/checkout/sessions": _always})
