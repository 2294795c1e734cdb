"""What a visit to a payment link opens: a checkout session of its own, with what the link says (2.17, 6.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockbill.billing import checkout, checkout_discounts
from mockbill.billing.connect import terms
from mockbill.rules import emails
from mockbill.world import Doc, Problem, Work

_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,200}")  # of others Stripe says that they are dropped
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?|auto")


@dataclass(frozen=True, slots=True)
class Visit:
    """What the query of the address says, each None where it says nothing."""

    email: str | None = None
    locked_email: str | None = None
    promotion_code: str | None = None
    reference: str | None = None
    locale: str | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Visit":
        """Stripe's names of these; what is no such thing counts as left out."""
        email, locked = query.get("prefilled_email"), query.get("locked_prefilled_email")
        reference, locale = query.get("client_reference_id") or "", query.get("locale") or ""
        return cls(
            email=email if email and emails.can_be_typed(email) else None,
            locked_email=locked if locked and emails.can_be_typed(locked) else None,
            promotion_code=query.get("prefilled_promo_code") or None,
            reference=reference if _REFERENCE.fullmatch(reference) else None,
            locale=locale if _LOCALE.fullmatch(locale) else None,
        )


def start(w: Work, link: Doc, visit: Visit) -> Doc:
    """A new session of the link; a promotion code that cannot be redeemed is left out."""
    session = checkout.create(w, _asked(w, link, visit), link=link["id"])
    if visit.email:
        w.keep("checkout", session["id"], prefilled_email=visit.email)
    if visit.promotion_code and link["allow_promotion_codes"]:
        point = w.savepoint()
        try:
            session = checkout_discounts.enter(w, session, visit.promotion_code)
        except Problem:
            w.back_to(point)
    return session


def items_of(w: Work, link: Doc) -> list[Doc]:
    """The line items of a link, as its sessions begin with them."""
    return list((w.private("payment_link", link["id"]) or {}).get("items") or ())


def mode_of(w: Work, link: Doc) -> str:
    """``payment`` or ``subscription``."""
    return str((w.private("payment_link", link["id"]) or {})["mode"])


def note_completion(w: Work, session: Doc) -> None:
    """Count a completed session of a link; at its limit the link is deactivated and its other open sessions expire.

    ``payment_link.updated`` tells of that alone; that Stripe tells of it so is not established.
    """
    link = w.get("payment_link", session["payment_link"])
    if link is None or not link["restrictions"]:
        return
    done = link["restrictions"]["completed_sessions"]
    counted = {**done, "count": done["count"] + 1}
    over = counted["count"] >= counted["limit"]
    changed = w.change(link, active=link["active"] and not over, restrictions={"completed_sessions": counted})
    if not over:
        return
    w.emit("payment_link.updated", changed, link)
    for other in w.find("checkout.session", payment_link=link["id"], status="open"):
        checkout.expire(w, other, {})


def completed_message(w: Work, session: Doc) -> str | None:
    """What the seller wants to be said to who has paid by a link."""
    link = w.get("payment_link", session["payment_link"]) or {"after_completion": {}}
    said: str | None = (link["after_completion"].get("hosted_confirmation") or {}).get("custom_message")
    return said


def _asked(w: Work, link: Doc, visit: Visit) -> dict[str, Any]:
    """The parameters of a session that the link stands for."""
    mode = mode_of(w, link)
    once, again = (terms.of_one_payment(link), {}) if mode == "payment" else ({}, terms.of_subscription(link))
    redirect = link["after_completion"].get("redirect") or {}
    asked = {
        "allow_promotion_codes": link["allow_promotion_codes"] or None,
        "client_reference_id": visit.reference,
        "currency": link["currency"],
        "custom_text": _said(link["custom_text"]),
        "customer_creation": link["customer_creation"] if mode == "payment" else None,
        "customer_email": visit.locked_email,
        "line_items": [_entry(w, item) for item in items_of(w, link)],
        "locale": visit.locale,
        "metadata": link["metadata"],
        "mode": mode,
        "payment_intent_data": {**_said(link["payment_intent_data"]), **once},
        "payment_method_collection": link["payment_method_collection"] if mode == "subscription" else None,
        "payment_method_types": link["payment_method_types"],
        "submit_type": link["submit_type"] if link["submit_type"] != "auto" else None,
        "subscription_data": {**_said(link["subscription_data"]), **again},
        "success_url": redirect.get("url"),
    }
    return {name: value for name, value in asked.items() if value not in (None, {})}


def _entry(w: Work, item: Doc) -> dict[str, Any]:
    entry = {"price": item["price"]["id"], "quantity": item["quantity"]}
    return {**entry, "adjustable_quantity": item["adjustable_quantity"]} if item["adjustable_quantity"] else entry


def _said(hash: Doc | None) -> Doc:
    """A hash of parameters again, of one that shows what was not said as null or empty."""
    said: Doc = {}
    for name, value in (hash or {}).items():
        kept = _said(value) if isinstance(value, dict) else value
        if kept not in (None, {}, []):
            said[name] = kept
    return said
