"""Capabilities: what a platform asks for its connected accounts to be able to do.

Stripe keeps some that were requested once for good; here each can be given back.
"""

from typing import Any

from mockbill import surface
from mockbill.billing.connect import standing
from mockbill.world import Doc, Problem, Work


def of(w: Work, account: Doc, name: str) -> Doc:
    """``GET /v1/accounts/{account}/capabilities/{capability}``; one that was never asked for is ``unrequested``."""
    field = surface.field_type("account", "capabilities")
    if field is None or not field.nested or name not in field.nested:
        raise Problem(f"No such capability: '{name}'", code="resource_missing", param="capability", status=404)
    return standing.capability(account, standing.facts(w, account["id"])["requested"].get(name), name)


def every(w: Work, account: Doc) -> list[Doc]:
    """Those that are requested, newest first."""
    asked = standing.facts(w, account["id"])["requested"]
    names = sorted(account.get("capabilities") or {}, key=lambda name: (-asked.get(name, 0), name))
    return [of(w, account, name) for name in names]


def update(w: Work, account: Doc, name: str, params: dict[str, Any]) -> Doc:
    """``POST .../capabilities/{capability}`` with ``requested``; ``capability.updated``, then ``account.updated``."""
    of(w, account, name)
    if "requested" in params:
        account = standing.bring_up_to_date(w, account, **asked(w, account, {name: {"requested": params["requested"]}}))
    return of(w, account, name)


def asked(w: Work, account: Doc, wishes: dict[str, Any]) -> dict[str, Any]:
    """The account's ``capabilities`` with these wishes; remembers when each was requested first."""
    known, times = dict(account.get("capabilities") or {}), dict(standing.facts(w, account["id"])["requested"])
    for name, wish in wishes.items():
        wanted = (wish or {}).get("requested")
        if wanted and name not in known:
            known[name], times[name] = "inactive", w.now
        elif wanted is False:
            known.pop(name, None)
            times.pop(name, None)
    w.keep(standing.FACTS, account["id"], requested=times)
    return {"capabilities": known} if known or account.get("capabilities") else {}
