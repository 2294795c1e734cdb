"""Where a connected account stands: its requirements, capabilities and what is enabled, derived from what is told.

Whatever tells something of an account ends here; ``capability.updated`` and ``account.updated`` say what followed.
"""

from collections.abc import Collection
from typing import Any

from mockbill.billing.connect import beside
from mockbill.rules import onboarding
from mockbill.world import Doc, Work

_SHOWN = 10  # external accounts in the account itself
FACTS = "account_facts"
"""Kept beside an account: when each capability was requested, and what is no field of it (see ``facts``)."""


def facts(w: Work, id: str) -> Doc:
    """``requested`` (seconds by capability), ``completed`` pages, ``rejected`` (a reason), ``paused`` payouts."""
    return {"requested": {}, "completed": False, "rejected": None, "paused": False, **(w.private(FACTS, id) or {})}


def tell(w: Work, account: str, type: str, doc: Doc, before: Doc | None = None) -> None:
    """An event of an account: a connected one's, or one's own."""
    if account == w.world.account_id:
        w.emit(type, doc, before)
    else:
        beside.tell(w, account, type, doc, before)


def bring_up_to_date(w: Work, account: Doc, **values: Any) -> Doc:
    """The account with these values and all that follows from them; one's own lacks nothing and stays as it is."""
    if account["id"] == w.world.account_id:
        return account
    before, requested = w.need("account", account["id"]), facts(w, account["id"])["requested"]
    changed = w.change(before, **with_consequences(w, {**before, **values}))
    for name in sorted({*(before.get("capabilities") or {}), *(changed.get("capabilities") or {})}):
        old, new = (capability(each, requested.get(name), name) for each in (before, changed))
        if new != old:
            beside.tell(w, account["id"], "capability.updated", new, old)
    if changed != before:
        beside.tell(w, account["id"], "account.updated", changed, before)
    return changed


def with_consequences(w: Work, account: Doc) -> Doc:
    """An account's fields as they follow from what is told of it; nothing is stored."""
    kept = facts(w, account["id"])
    banks = external_accounts(w, account["id"])
    persons = w.find("person", account=account["id"])
    asked = account.get("capabilities") or {}
    stands = onboarding.standing(
        onboarding.Told(
            by_platform=account["controller"]["requirement_collection"] == "application",
            country=account["country"],
            says=_says(account, banks, persons),
            completed=kept["completed"],
            verifying=[f"{each['id']}.verification" for each in persons if each["verification"]["status"] == "pending"],
            rejected=onboarding.disabled_reason(kept["rejected"]) if kept["rejected"] else None,
            requested=bool(asked),
            paused=kept["paused"],
        )
    )
    followed = {
        "charges_enabled": stands.charges,
        "details_submitted": stands.submitted,
        "external_accounts": {
            **account["external_accounts"],
            "data": banks[:_SHOWN],
            "has_more": len(banks) > _SHOWN,
            "total_count": len(banks),
        },
        "payouts_enabled": stands.payouts,
        "requirements": requirements(stands.due, stands.verifying, stands.disabled_reason),
    }
    if asked:
        followed["capabilities"] = {
            **dict.fromkeys(asked, stands.capability),
            **_unconditional(asked, kept["rejected"]),
        }
    is_a_person = account.get("business_type") == "individual" and persons
    followed["individual"] = persons[0] if is_a_person else None  # which leaves it out
    return {**account, **followed}


def _unconditional(asked: Collection[str], rejected: str | None) -> dict[str, str]:
    """``legacy_payments``, which accounts had before there were capabilities to be earned, needs nothing to be told."""
    return {"legacy_payments": "active"} if "legacy_payments" in asked and not rejected else {}


def capability(account: Doc, requested_at: int | None, name: str) -> Doc:
    """The capability object: the account's requirements are those of each of its capabilities."""
    status = (account.get("capabilities") or {}).get(name)
    shown = {**account["requirements"], "disabled_reason": None} if status else requirements([])
    if status and status != "active":
        reasons = {"inactive": "requirements.fields_needed", "pending": "pending.review"}
        rejected = str(account["requirements"]["disabled_reason"]).startswith("rejected.")
        shown["disabled_reason"] = "rejected.other" if rejected else reasons[status]
    return {
        "id": name,
        "object": "capability",
        "account": account["id"],
        "future_requirements": requirements([]),
        "requested": status is not None,
        "requested_at": requested_at if status else None,
        "requirements": shown,
        "status": status or "unrequested",
    }


def as_there(w: Work, external: Doc) -> Doc:
    """An external account as it stands in its account's own world, where a payout to it may have failed."""
    if external["account"] == w.world.account_id:
        return external
    return w.world.connected(external["account"]).fetch(external["object"], external["id"]) or external


def external_accounts(w: Work, account: str) -> list[Doc]:
    """All of an account, newest first."""
    found = [as_there(w, each) for kind in ("bank_account", "card") for each in w.find(kind, account=account)]
    order = {each["id"]: (w.private("external_account", each["id"]) or {}).get("order", 0) for each in found}
    return sorted(found, key=lambda each: order[each["id"]], reverse=True)


def requirements(due: list[str], verifying: list[str] | None = None, reason: str | None = None) -> Doc:
    """The hash of requirements; what is due is so at once."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": verifying or [],
    }


def person_says(person: Doc | None) -> Doc:
    """A person as requirements ask for it: numbers are never shown, only that they were told."""
    known = person or {}
    number = known.get("ssn_last_4_provided") or known.get("id_number_provided")
    return {**known, "ssn_last_4": number}


def same_currency(w: Work, external: Doc) -> list[Doc]:
    """The other external accounts of an account in the currency of this one."""
    others = external_accounts(w, external["account"])
    return [each for each in others if each["currency"] == external["currency"] and each["id"] != external["id"]]


def _says(account: Doc, banks: list[Doc], persons: list[Doc]) -> Doc:
    first = next((each for each in persons if each["relationship"]["representative"]), None)
    company = account.get("company") or {}
    return {
        **account,
        "company": {**company, "tax_id": company.get("tax_id_provided")},
        "external_account": bool(banks),
        "individual": person_says(first),
        "representative": person_says(first),
    }
