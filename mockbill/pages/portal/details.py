"""The customer's details in the portal: one form for all that may be changed, and the tax ids beside it."""

import re
from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from mockbill.billing import tax_ids
from mockbill.billing.portal import details
from mockbill.pages import card_form
from mockbill.pages.blueprint import blueprint
from mockbill.pages.card_form import Refusal, Refused
from mockbill.pages.portal.visit import Visit, check_post, done, visiting
from mockbill.rules.tax_ids import TYPES
from mockbill.world import Doc, Problem

_PLAIN = ("name", "email", "phone")
_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST = 256  # characters


@blueprint.get("/p/session/<token>/details")
def portal_details(token: str) -> ResponseReturnValue:
    """The form, with what is known."""
    with visiting(token) as visit:
        return _form(visit, None, None)


@blueprint.post("/p/session/<token>/details")
def portal_save_details(token: str) -> ResponseReturnValue:
    """Save what was typed, as far as it may be changed: 303 onwards, or the form again, saying why (422)."""
    try:
        with visiting(token) as visit:
            allowed = details.allowed_updates(visit.w, visit.session)
            customer = visit.w.need("customer", visit.session["customer"])
            details.update(visit.w, visit.session, _changes(request.form, allowed, customer))
    except Refused as refused:
        return _form_again(token, refused.refusal)
    except Problem as problem:
        if problem.status == 403:
            raise
        return _form_again(token, card_form.refusal_of(problem))
    return done(token, "details")


@blueprint.post("/p/session/<token>/tax-ids")
def portal_add_tax_id(token: str) -> ResponseReturnValue:
    """Add a tax id: the form again, with it or with what is wrong."""
    type, value = request.form.get("tax_id_type", ""), request.form.get("tax_id", "").strip()
    try:
        with visiting(token) as visit:
            if type not in TYPES or not value:
                raise Refused(Refusal(422, "Enter a tax id.", {"tax_id": "Choose a type and enter the tax id."}))
            details.add_tax_id(visit.w, visit.session, type, value)
    except Refused as refused:
        return _form_again(token, refused.refusal)
    except Problem as problem:
        if problem.status == 403:
            raise
        wrong = {"tax_id": "This is no tax id of its type."}
        return _form_again(token, Refusal(422, "The tax id cannot be added.", wrong, problem.code))
    return done(token, "details")


@blueprint.post("/p/session/<token>/tax-ids/<id>/remove")
def portal_remove_tax_id(token: str, id: str) -> ResponseReturnValue:
    """Take a tax id away."""
    try:
        with visiting(token) as visit:
            details.remove_tax_id(visit.w, visit.session, id)
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, "details")


def _changes(form: Mapping[str, str], allowed: frozenset[str], customer: Doc) -> dict[str, Any]:
    """Parameters of what the form holds and what may be changed; Refused for what cannot be read."""
    typed = {name: value.strip()[:_LONGEST] for name, value in form.items()}
    changes: dict[str, Any] = {name: typed[name] for name in _PLAIN if name in allowed and name in typed}
    wrong = card_form.check_email(changes["email"], needed=bool(customer["email"])) if "email" in changes else {}
    if "address" in allowed:
        changes |= _address(typed, "address", customer["address"], wrong)
    if "shipping" in allowed:
        sent = _address(typed, "shipping", (customer["shipping"] or {}).get("address"), wrong)
        name = typed.get("shipping_name", "")
        if sent.get("shipping") and not name:
            wrong["shipping_name"] = "Enter the name for shipping."
        changes |= {"shipping": sent["shipping"] and {"address": sent["shipping"], "name": name}} if sent else {}
    if wrong:
        raise Refused(Refusal(422, "Some details are missing or cannot be read.", wrong))
    return changes


def _address(typed: Mapping[str, str], prefix: str, known: Doc | None, wrong: dict[str, str]) -> dict[str, Any]:
    """``{prefix: address}``; empty where the form has none and none was known, ``""`` where it was emptied."""
    sent = {name: typed.get(f"{prefix}_{name}", "") for name in _ADDRESS}
    sent["country"] = sent["country"].upper()
    if not any(sent.values()):
        return {prefix: ""} if known else {}
    if sent["country"] and not _COUNTRY.fullmatch(sent["country"]):
        wrong[f"{prefix}_country"] = "Enter the two letters of a country, such as SE."
    return {prefix: {name: value or None for name, value in sent.items()}}


def _form_again(token: str, refusal: Refusal) -> ResponseReturnValue:
    with visiting(token) as visit:
        return _form(visit, refusal, request.form)


def _form(visit: Visit, refusal: Refusal | None, typed: Mapping[str, str] | None) -> ResponseReturnValue:
    customer = visit.w.need("customer", visit.session["customer"])
    shipping = customer["shipping"] or {}
    values = {name: customer[name] or "" for name in _PLAIN}
    values |= {f"address_{name}": (customer["address"] or {}).get(name) or "" for name in _ADDRESS}
    values |= {f"shipping_{name}": (shipping.get("address") or {}).get(name) or "" for name in _ADDRESS}
    values |= {"shipping_name": shipping.get("name") or "", "tax_id": "", "tax_id_type": ""}
    values |= {name: value[:_LONGEST] for name, value in (typed or {}).items() if name in values}
    return visit.page(
        "details",
        refusal.status if refusal else 200,
        refusal=refusal,
        values=values,
        allowed=details.allowed_updates(visit.w, visit.session),
        tax_ids=tax_ids.of_customer(visit.w, customer["id"]),
        tax_id_types=TYPES,
    )
