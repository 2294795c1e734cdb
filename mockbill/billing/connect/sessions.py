"""Account sessions: what a page may show of a connected account by embedded components."""

from typing import Any

from mockbill.billing import fields
from mockbill.rules.periods import MINUTE
from mockbill.world import Doc, Problem, Work

_LASTS = 30 * MINUTE  # (memory)
_ON = (  # features that an enabled component has unless it is told otherwise (memory)
    "capture_payments", "dispute_management", "external_account_collection", "refund_management", "standard_payouts",
)  # fmt: skip


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/account_sessions``: a client secret for the components that are asked for; nothing is stored."""
    account = w.need("account", params["account"], "account")
    asked = params["components"] or {}
    if not any(component.get("enabled") for component in asked.values()):
        raise Problem("At least one component must be enabled.", param="components")
    components = {name: {**component, "features": _features(name, component)} for name, component in asked.items()}
    session = w.build(
        "account_session",
        id="",
        account=account["id"],
        client_secret=f"accs_secret__{w.text(46)}",
        expires_at=w.now + _LASTS,
    )
    shown = fields.fields_of("account_session", {"components": components}, session)
    return {name: value for name, value in {**session, **shown}.items() if name != "id"}


def _features(name: str, component: dict[str, Any]) -> dict[str, Any]:
    on = _ON if component.get("enabled") else ()
    return {**dict.fromkeys(on, True), **(component.get("features") or {})}
