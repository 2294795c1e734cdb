"""Mandates: the permission to debit an account, given with ``mandate_data``, good for one payment or for all that come.

``GET /v1/mandates/{mandate}``, ``mandate.updated``.  A payment with a customer who is not there needs one that is
active; Stripe's error for an intent is ``payment_intent_mandate_invalid``.
"""

import re
from collections.abc import Mapping
from typing import Any

from mockbill.billing import unmodelled
from mockbill.billing.bank_debits import accounts
from mockbill.rules.bank_debits import Failure
from mockbill.world import Doc, Problem, Work

_NAMES = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def agree(w: Work, kind: str, intent: Doc, method: Doc, params: Mapping[str, Any]) -> str:
    """The mandate under which a confirmed intent debits: one that is named, newly given, or given before.

    Problem 400 where there is none.  It is kept beside the intent, for what happens to it later.
    """
    unmodelled.refuse(_options(intent, method), ("target_date",), "bank debits")
    if named := params.get("mandate"):
        mandate = named_one(w, kind, method, named)
    elif data := params.get("mandate_data"):
        mandate = _given(w, intent, method, data)
    else:
        known = standing(w, method)
        if known is None:
            raise _none_found(kind, intent, method)
        mandate = known
    w.keep(kind, intent["id"], mandate=mandate["id"])
    return str(mandate["id"])


def _none_found(kind: str, intent: Doc, method: Doc) -> Problem:
    """In Stripe's words (its page on ACH, and what integrators saw with SEPA)."""
    told: dict[str, Any] = {kind: intent}
    if intent.get("setup_future_usage") == "off_session":
        return Problem(
            f"When confirming a {_NAMES[kind]} with a `{method['type']}` PaymentMethod and `setup_future_usage` value "
            "of off_session, `mandate_data` is required.",
            param="mandate_data",
            **told,
        )
    return Problem(none_found(kind), **told)


def none_found(kind: str) -> str:
    """What is said where nobody has agreed to a debit."""
    return (
        f"This {_NAMES[kind]} requires a mandate, but no existing mandate was found. Collect mandate acceptance from "
        "the customer and try again, providing acceptance data in the mandate_data parameter."
    )


def agree_on_page(w: Work, kind: str, intent: Doc, method: Doc) -> None:
    """The customer accepts it on a hosted page, where she pays or saves the account."""
    online = {"ip_address": "127.0.0.1", "user_agent": "mockbill"}
    agree(w, kind, intent, method, {"mandate_data": {"customer_acceptance": {"type": "online", "online": online}}})


def of_intent(w: Work, intent: Doc, method: Doc) -> Doc | None:
    """What an intent may debit an account by now: its own mandate, or the account's standing one."""
    own = (w.private(intent["object"], intent["id"]) or {}).get("mandate")
    mandate = w.get("mandate", own)
    if mandate is not None and mandate["status"] == "active" and mandate["payment_method"] == method["id"]:
        return mandate
    return standing(w, method)


def standing(w: Work, method: Doc) -> Doc | None:
    """The newest mandate of an account that is active and good for many payments."""
    found = w.find("mandate", payment_method=method["id"], status="active", type="multi_use")
    return found[-1] if found else None


def end(w: Work, mandate: Doc, reason: str | None = None) -> Doc:
    """It can no longer be used: ``mandate.updated``."""
    details = mandate["payment_method_details"]
    if bacs := details.get("bacs_debit"):
        status = "refused" if reason is None else "revoked"
        details = {**details, "bacs_debit": {**bacs, "network_status": status, "revocation_reason": reason}}
    ended = w.change(mandate, payment_method_details=details, status="inactive")
    w.emit("mandate.updated", ended, mandate)
    return ended


def fall(w: Work, id: str | None, failure: Failure) -> None:
    """What a debit that failed means for the mandate that it was made by."""
    mandate = w.get("mandate", id)
    if failure.ends_mandate and mandate is not None and mandate["status"] == "active":
        end(w, mandate, _REVOKED.get(failure.code, "could_not_process"))


_REVOKED = {"debit_not_authorized": "debit_not_authorized", "account_closed": "account_closed"}


def named_one(w: Work, kind: str, method: Doc, id: str) -> Doc:
    """The mandate of this id; Problem for one that does not let this method be debited."""
    mandate = w.need("mandate", id, "mandate")
    if mandate["payment_method"] != method["id"] or mandate["status"] != "active":
        raise Problem(
            f"The mandate {id} cannot be used: it is {mandate['status']} or belongs to another payment method.",
            code=f"{kind}_mandate_invalid",
            param="mandate",
        )
    return mandate


def of_source(w: Work, method: Doc, acceptance: Mapping[str, Any]) -> Doc:
    """The mandate that comes with a SEPA source, for all payments to come: making the source is accepting it."""
    id = w.id("mandate")
    return w.add(
        "mandate",
        id=id,
        customer_acceptance=_acceptance(w, acceptance),
        multi_use={},
        payment_method=method["id"],
        payment_method_details={"type": method["type"], method["type"]: _details(w, method["type"], id, "")},
        status="active",
        type="multi_use",
    )


def _given(w: Work, intent: Doc, method: Doc, data: Mapping[str, Any]) -> Doc:
    single = intent["object"] == "payment_intent" and not saves(intent, method)
    once = {"amount": intent.get("amount"), "currency": intent.get("currency")}
    id = w.id("mandate")
    mandate = w.add(
        "mandate",
        id=id,
        customer_acceptance=_acceptance(w, data.get("customer_acceptance") or {}),
        payment_method=method["id"],
        payment_method_details={
            "type": method["type"],
            method["type"]: _details(w, method["type"], id, _prefix(intent, method)),
        },
        status="active",
        type="single_use" if single else "multi_use",
        **({"single_use": once} if single else {"multi_use": {}}),
    )
    return end(w, mandate) if accounts.account_of(w, method).mandate == "refused" else mandate


def saves(intent: Doc, method: Doc) -> bool:
    """Whether paying an intent keeps the account for later payments."""
    own = _options(intent, method)
    usage = own.get("setup_future_usage") or intent.get("setup_future_usage")
    return usage not in (None, "none") or method["customer"] is not None


def _options(intent: Doc, method: Doc) -> Doc:
    options: Doc = (intent["payment_method_options"] or {}).get(method["type"]) or {}
    return options


def _prefix(intent: Doc, method: Doc) -> str:
    """``reference_prefix`` of SEPA and Bacs mandates: what a shop's own references begin with."""
    prefix = str((_options(intent, method).get("mandate_options") or {}).get("reference_prefix") or "")
    if not re.fullmatch(r"[A-Z0-9 ./_&-]{0,12}", prefix) or prefix.startswith(("DDIC", "STRIPE")):
        raise Problem(
            "The mandate reference prefix must be up to 12 upper-case letters, digits, spaces or / _ - & . and not "
            "begin with DDIC or STRIPE.",
            code="invalid_mandate_reference_prefix_format",
            param=f"payment_method_options[{method['type']}][mandate_options][reference_prefix]",
        )
    return prefix


def _acceptance(w: Work, given: Mapping[str, Any]) -> Doc:
    type = given.get("type") or "online"
    accepted = {"accepted_at": given.get("accepted_at") or w.now}
    if type == "offline":
        return {**accepted, "offline": {}, "type": "offline"}
    online = given.get("online") or {}
    seen = {name: online.get(name) or None for name in ("ip_address", "user_agent")}
    return {**accepted, "online": seen, "type": "online"}


def _details(w: Work, type: str, id: str, prefix: str) -> Doc:
    reference = (prefix + w.world.ids.digest(id, 18).upper())[:18]
    url = f"{w.site_url}/mandates/{id}"
    match type:
        case "sepa_debit":
            return {"reference": reference, "url": url}
        case "bacs_debit":
            return {
                "display_name": None,
                "network_status": "accepted",
                "reference": reference,
                "revocation_reason": None,
                "service_user_number": None,
                "url": url,
            }
        case "au_becs_debit":
            return {"url": url}
    return {}
