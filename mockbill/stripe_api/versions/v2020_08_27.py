"""2020-08-27: customers show what they have only where it is expanded; prorations have a behavior, not a switch."""

from typing import Any

from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.registry import INCLUDES
from mockbill.stripe_api.versions.release import Release
from mockbill.surface import BOOLEAN
from mockbill.world import Doc, Work

_PRORATED = (
    "POST /v1/subscriptions",
    "POST /v1/subscriptions/{subscription_exposed_id}",
    "POST /v1/subscription_items",
    "POST /v1/subscription_items/{item}",
    "DELETE /v1/subscription_items/{item}",
)


def _behaving(params: dict[str, Any], version: str) -> dict[str, Any]:
    """``prorate`` as a ``proration_behavior``."""
    if "prorate" not in params:
        return params
    behavior = "create_prorations" if params["prorate"] else "none"
    return {"proration_behavior": behavior, **{name: value for name, value in params.items() if name != "prorate"}}


def _legacy(params: dict[str, Any]) -> dict[str, Any]:
    """An account of which nothing is said at all could receive transfers before there were capabilities.

    With the defaults of today it would be refused them.
    """
    if {"capabilities", "controller", "type"} & params.keys():
        return params
    return {**params, "capabilities": {"legacy_payments": {"requested": True}}}


def _included(name: str, *kinds: str) -> Older:
    def fill(w: Work, customer: Doc) -> Doc:
        page: Doc = customer.get(name) or INCLUDES["customer", name](w, customer)
        return page

    return Older(fill, kinds, listed=True)


RELEASE = Release(
    version="2020-08-27",
    accepts={key: {"prorate": BOOLEAN} for key in _PRORATED},
    upgrades=dict.fromkeys(_PRORATED, _behaving),
    unnamed={"POST /v1/accounts": _legacy},
    renamed={key: [("proration_behavior", "prorate")] for key in _PRORATED},
    fields={
        "customer": {
            "sources": _included("sources", "card", "bank_account", "source"),
            "subscriptions": _included("subscriptions", "subscription"),
            "tax_ids": _included("tax_ids", "tax_id"),
        }
    },
)
