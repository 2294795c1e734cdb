"""Legacy sources of a customer: cards that came in as tokens (stripe-behaviour.md 2.3)."""

from typing import Any

from mockbill.billing import billing_details, fields, legacy_cards, payment_methods, tokens
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing


def take(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``source`` and ``default_source`` of a customer's create and update; returns the customer."""
    if token := params.get("source"):
        return w.change(customer, default_source=create(w, customer, {"source": token})["id"])
    if default := params.get("default_source"):
        return w.change(customer, default_source=_method(w, customer["id"], default, "default_source")["id"])
    return customer


def create(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/sources``: a token becomes a card of this customer."""
    id = params["source"]
    if id.startswith("pm_"):
        raise Problem(
            "You cannot use a PaymentMethod as a source for Customers. Instead, use the PaymentMethods API to Attach a "
            "Customer to a PaymentMethod. See https://stripe.com/docs/api/payment_methods/attach"
        )
    if not id.startswith("tok_"):
        raise missing("token", id, "source")
    method = payment_methods.attach_named(w, id, customer["id"], "source")
    if metadata := params.get("metadata"):
        method = w.change(method, metadata=fields.merge({}, metadata))
    if w.need("customer", customer["id"])["default_source"] is None:
        w.change(w.need("customer", customer["id"]), default_source=method["id"])
    return shown(w, method)


def retrieve(w: Work, customer: str, id: str) -> Doc:
    return shown(w, _method(w, customer, id, "id"))


def update(w: Work, customer: str, id: str, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/sources/{id}``: address, name, expiry, metadata."""
    method = _method(w, customer, id, "id")
    expiry: dict[str, Any] = {name: tokens.whole(params[name]) for name in ("exp_month", "exp_year") if name in params}
    changed = w.change(
        method,
        billing_details=billing_details.updated(method["billing_details"], tokens.billing_of(params)),
        card=payment_methods.updated_card(w, method, expiry) if expiry else method["card"],
        metadata=fields.merge(method["metadata"], params.get("metadata") or {}),
    )
    if changed != method:
        w.emit("customer.source.updated", shown(w, changed), shown(w, method))
    return shown(w, changed)


def delete(w: Work, customer: str, id: str) -> Doc:
    """``DELETE /v1/customers/{customer}/sources/{id}``: another card, if there is one, becomes the default."""
    method = _method(w, customer, id, "id")
    w.emit("customer.source.deleted", shown(w, method))
    payment_methods.let_go(w, method)
    return {"id": id, "object": "card", "deleted": True}


def shown(w: Work, method: Doc) -> Doc:
    """The card object of a payment method."""
    return legacy_cards.card_object(method, payment_methods.card_facts(w, method["id"])["number"])


def of_customer(w: Work, customer: Doc) -> Doc:
    """``customer.sources``, when it is expanded: newest first."""
    found = [
        shown(w, method)
        for method in reversed(w.find("payment_method", customer=customer["id"]))
        if legacy_cards.is_legacy(method["id"])
    ]
    return {
        "object": "list",
        "data": found[:10],
        "has_more": len(found) > 10,
        "total_count": len(found),
        "url": f"/v1/customers/{customer['id']}/sources",
    }


def _method(w: Work, customer: str, id: str, param: str) -> Doc:
    method = w.get("payment_method", id)
    if method is None or method["customer"] != customer or not legacy_cards.is_legacy(id):
        raise missing("source", id, param)
    return method
