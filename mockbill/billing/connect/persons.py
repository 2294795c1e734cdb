"""Persons: who stands behind a connected account, as far as it has to tell.

A person is verified as soon as all is told; with Stripe's test date of birth 1901-01-01 a minute later.  The test
values that fail (numbers, addresses, documents) are not simulated.
"""

from typing import Any

from mockbill.billing import fields, unmodelled
from mockbill.billing.connect import standing
from mockbill.rules import onboarding
from mockbill.rules.periods import MINUTE
from mockbill.world import Doc, Problem, Work, World
from mockbill.world.problems import missing

KIND = "person"
_KEPT = "verifying"
_RELATIONSHIP = {
    "authorizer": False,
    "director": False,
    "executive": False,
    "legal_guardian": False,
    "owner": False,
    "percent_ownership": None,
    "representative": False,
    "title": None,
}
_NO_DOCUMENT = {"back": None, "details": None, "details_code": None, "front": None}
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_UNBORN = {"day": None, "month": None, "year": None}
_VERIFYING = MINUTE


def create(w: Work, account: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/accounts/{account}/persons``; ``person.created``, then what follows for the account."""
    made = add(w, account, params)
    standing.bring_up_to_date(w, account)
    return made


def add(w: Work, account: Doc, params: dict[str, Any]) -> Doc:
    """A new one, told of; the caller brings the account up to date."""
    blank = {
        "account": account["id"],
        "address": {**_NO_ADDRESS, "country": account["country"]},
        "dob": _UNBORN,
        "future_requirements": _requirements([], None),
        "id_number_provided": False,
        "metadata": {},
        "relationship": _RELATIONSHIP,
        "ssn_last_4_provided": False,
        "verification": {
            "additional_document": _NO_DOCUMENT,
            "details": None,
            "details_code": None,
            "document": _NO_DOCUMENT,
            "status": "unverified",
        },
    }
    person = w.build(KIND, **blank)
    person = w.put(KIND, _verified(w, account, {**person, **_sent(params, person)}))
    standing.tell(w, account["id"], "person.created", person)
    return person


def update(w: Work, account: Doc, person: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../persons/{person}``; ``person.updated``, then what follows for the account."""
    changed = change(w, account, person, params)
    standing.bring_up_to_date(w, account)
    return changed


def change(w: Work, account: Doc, person: Doc, params: dict[str, Any]) -> Doc:
    """The same, for a caller who brings the account up to date."""
    return _changed(w, account, person, _sent(params, person))


def delete(w: Work, account: Doc, person: Doc) -> Doc:
    """``DELETE .../persons/{person}``; ``person.deleted``.  Not the one whom an individual's account is about."""
    if account.get("business_type") == "individual" and person["relationship"]["representative"]:
        raise Problem(f"You cannot delete the person {person['id']}: the account is theirs.", param="person")
    answer = w.remove(person)
    standing.tell(w, account["id"], "person.deleted", person)
    standing.bring_up_to_date(w, account)
    return answer


def of(w: Work, account: Doc, id: str) -> Doc:
    """The one in a path; 404 where it is none of this account's."""
    person = w.get(KIND, id)
    if person is None or person["account"] != account["id"]:
        raise missing(KIND, id, "id")
    return person


def due(world: World, person: Doc) -> tuple[int, str] | None:
    """When a verification ends that takes a moment."""
    kept = world.fetch(f"_{_KEPT}", person["id"]) if person["verification"]["status"] == "pending" else None
    return (kept["until"], "person.verify") if kept else None


def verify(w: Work, person: Doc) -> None:
    """It has ended well: ``person.updated``, and the account's capabilities become active."""
    account = w.get("account", person["account"])
    if account is None:
        return
    changed = w.change(person, verification={**person["verification"], "status": "verified"},
                       requirements=_requirements([], None))  # fmt: skip
    standing.tell(w, account["id"], "person.updated", changed, person)
    standing.bring_up_to_date(w, account)


def _sent(params: dict[str, Any], old: Doc) -> Doc:
    unmodelled.refuse(params, ("documents", "person_token"), "persons")
    sent = fields.fields_of(KIND, params, old)
    for name, unset in (("dob", _UNBORN), ("full_name_aliases", [])):
        if name in sent and sent[name] is None:
            sent[name] = unset
    for number in ("id_number", "id_number_secondary", "ssn_last_4"):
        if number in params:
            sent[f"{number}_provided"] = bool(params[number])
    if (last := params.get("ssn_last_4")) and not (len(last) == 4 and last.isdigit()):
        raise Problem("The last four digits of the SSN must be four digits.", param="ssn_last_4")
    born = sent.get("dob")
    if born and any(born[name] is not None and not 1 <= born[name] <= most
                    for name, most in (("day", 31), ("month", 12), ("year", 9999))):  # fmt: skip
        raise Problem("Invalid date of birth.", code="invalid_dob", param="dob")
    owned = (sent.get("relationship") or {}).get("percent_ownership")
    if owned is not None and not 0 <= float(owned) <= 100:
        raise Problem("percent_ownership must be between 0 and 100.", param="relationship[percent_ownership]")
    return sent


def _changed(w: Work, account: Doc, person: Doc, sent: Doc) -> Doc:
    new = _verified(w, account, {**person, **sent})
    if new == person:
        return person
    changed = w.change(person, **new)
    standing.tell(w, account["id"], "person.updated", changed, person)
    return changed


def _verified(w: Work, account: Doc, person: Doc) -> Doc:
    """With its requirements and the status of its verification, as they follow from what is told."""
    needed = onboarding.due_of_person(standing.person_says(person), account["country"])
    status = person["verification"]["status"]
    if needed:
        status = "unverified"
    elif status == "unverified":
        status = "verified"
        if onboarding.is_verified_later(person["dob"]):
            status = "pending"
            w.keep(_KEPT, person["id"], until=w.now + _VERIFYING)
    return {
        **person,
        "requirements": _requirements(needed, status),
        "verification": {**person["verification"], "status": status},
    }


def _requirements(due: list[str], status: str | None) -> Doc:
    return {
        "alternatives": [],
        "currently_due": due,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": ["verification"] if status == "pending" else [],
    }
