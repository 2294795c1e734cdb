"""Features: what a product can entitle its customers to.  Stripe sends no events of them."""

from typing import Any

from mockbill.billing import fields
from mockbill.world import Doc, Problem, Work

LONGEST = 80  # characters of a name, and of a lookup key

_KIND = "entitlements.feature"


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/entitlements/features``: ``name``, and a ``lookup_key`` of its own that stays for ever.

    The wording of the refusals is not established.
    """
    key = params["lookup_key"]
    for name in ("lookup_key", "name"):
        _check_text(name, params[name])
    if w.find(_KIND, lookup_key=key):
        raise Problem(
            f"A feature with the lookup key '{key}' exists already.", code="resource_already_exists", param="lookup_key"
        )
    return w.add(_KIND, **{**fields.fields_of(_KIND, params, {}), "active": True})


def update(w: Work, feature: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/entitlements/features/{id}``: name and metadata; ``active=false`` archives it.

    An archived feature can be put on no further product, but stays with those that have it, and with their customers.
    """
    if "name" in params:
        _check_text("name", params["name"])
    changed = w.change(feature, **fields.fields_of(_KIND, params, feature))
    for tie in w.find("product_feature", {"entitlement_feature.id": feature["id"]}):
        w.change(tie, entitlement_feature=changed)
    return changed


def _check_text(name: str, text: str) -> None:
    if not text.strip():
        raise Problem(f"You passed an empty string for '{name}'.", code="parameter_invalid_empty", param=name)
    if len(text) > LONGEST:
        raise Problem(f"Invalid string: {text[:9]}...{text[-9:]}; must be at most {LONGEST} characters", param=name)
