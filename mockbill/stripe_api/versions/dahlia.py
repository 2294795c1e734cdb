"""2026-03-25.dahlia: a checkout session's ui_mode has new values, and so has the events_from of event destinations.

The latter are new in one of the SDKs after stripe-python 13, it is not established in which.
"""

from typing import Any

from mockbill.stripe_api.versions.release import Release
from mockbill.surface import one_of
from mockbill.world import Doc

_NEW = {"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}
_SCOPES = {"@self": "self", "@accounts": "other_accounts"}
_OLD = {new: old for old, new in _NEW.items()}


def _rename(params: dict[str, Any], version: str) -> dict[str, Any]:
    mode = params.get("ui_mode")
    return {**params, "ui_mode": _NEW.get(mode, mode)} if mode is not None else params


def _old_name(session: Doc) -> Doc:
    if "ui_mode" not in session:
        return session
    return {**session, "ui_mode": _OLD.get(session["ui_mode"], session["ui_mode"])}


def _old_scopes(destination: Doc) -> Doc:
    named = [_SCOPES.get(scope, scope) for scope in destination["events_from"]]
    return {**destination, "events_from": named}


RELEASE = Release(
    version="2026-03-25.dahlia",
    accepts={"POST /v1/checkout/sessions": {"ui_mode": one_of(*_NEW, *_OLD, "form")}},
    upgrades={"POST /v1/checkout/sessions": _rename},
    downgrades={"checkout.session": _old_name, "v2.core.event_destination": _old_scopes},
)
