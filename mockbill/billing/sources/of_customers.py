"""Sources of a customer: cards that came in as tokens, and sources that were attached (stripe-behaviour.md 2.3)."""

from typing import Any

from mockbill.billing import billing_details, detaching, fields, legacy_cards, payment_methods, sublists, tokens
from mockbill.billing.sources import banks, making, states
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import check_known, missing

_OF_CARDS = (
    "address_city", "address_country", "address_line1", "address_line2", "address_state", "address_zip", "exp_month",
    "exp_year", "metadata", "name",
)  # fmt: skip


def take(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``source`` and ``default_source`` of a customer's create and update; returns the customer."""
    if token := params.get("source"):
        return w.change(customer, default_source=create(w, customer, {"source": token})["id"])
    if default := params.get("default_source"):
        return w.change(customer, default_source=_owned(w, customer["id"], default, "default_source")["id"])
    return customer


def create(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/sources``: a token becomes a card of this customer, a source becomes hers."""
    id = tokens.of_source(w, params["source"])
    if states.is_source(id):
        return _attached(w, customer, id, params)
    if banks.is_token(id):
        bank = banks.create(w, customer, id, params.get("metadata") or {})
        _default_where_none(w, customer["id"], bank["id"])
        return bank
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
    _default_where_none(w, customer["id"], method["id"])
    return shown(w, method)


def _attached(w: Work, customer: Doc, id: str, params: dict[str, Any]) -> Doc:
    source = w.need(states.KIND, id, "source")
    if metadata := params.get("metadata"):
        source = w.change(source, metadata=fields.merge(source["metadata"], metadata))
    if source.get("customer") not in (None, customer["id"]):
        raise Problem("The source you provided has already been attached to a customer.", param="source")
    states.check_attachable(w, id)
    method = w.get("payment_method", id)
    if method is not None:
        payment_methods.attach(w, method, {"customer": customer["id"]})
    elif source.get("customer") is None:
        w.emit("customer.source.created", states.given(w, id, customer["id"]) or source)
    _default_where_none(w, customer["id"], id)
    return w.need(states.KIND, id)


def _default_where_none(w: Work, customer: str, id: str) -> None:
    known = w.need("customer", customer)
    if known["default_source"] is None:
        w.change(known, default_source=id)


def retrieve(w: Work, customer: str, id: str) -> Doc:
    owned = _owned(w, customer, id, "id")
    return owned if states.is_source(id) or banks.is_bank(id) else shown(w, owned)


def update(w: Work, customer: str, id: str, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/sources/{id}``: address, name, expiry, metadata; of a source its owner."""
    method = _owned(w, customer, id, "id")
    if banks.is_bank(id):
        return banks.update(w, method, params)
    if states.is_source(id):
        check_known(params, ("metadata", "owner"))
        return making.update(w, method, params)
    check_known(params, _OF_CARDS)
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
    """``DELETE /v1/customers/{customer}/sources/{id}``: another card, if there is one, becomes the default.

    A source is answered as it then is: consumed.
    """
    method = _owned(w, customer, id, "id")
    if banks.is_bank(id):
        return banks.delete(w, method)
    if states.is_source(id):
        return _detached(w, customer, method)
    w.emit("customer.source.deleted", shown(w, method))
    detaching.let_go(w, method)
    return {"id": id, "object": "card", "deleted": True}


def _detached(w: Work, customer: str, source: Doc) -> Doc:
    id = source["id"]
    w.emit("customer.source.deleted", source)
    method = w.get("payment_method", id)
    if method is not None:
        detaching.let_go(w, method)
    else:
        states.given(w, id, None)
        states.consumed(w, id)
        detaching.forget(w, id, customer)
    return w.need(states.KIND, id)


def shown(w: Work, method: Doc) -> Doc:
    """The card object of a payment method, or the source that it is."""
    if states.is_source(method["id"]):
        return w.need(states.KIND, method["id"])
    return legacy_cards.card_object(method, payment_methods.card_facts(w, method["id"])["number"])


def default_of(w: Work, doc: Doc) -> Doc | str | None:
    """``default_source`` of a customer, a subscription or an invoice, when it is expanded."""
    id: str | None = doc["default_source"]
    if id is None or states.is_source(id):
        return w.get(states.KIND, id)
    method = w.get("payment_method", id)
    return shown(w, method) if method is not None and legacy_cards.is_legacy(id) else id


def listed(w: Work, customer: str) -> list[Doc]:
    """All sources of a customer, newest first."""
    methods = (method for method in w.find("payment_method", customer=customer) if legacy_cards.is_legacy(method["id"]))
    found = [*((method["created"], shown(w, method)) for method in methods)]
    found += [(source["created"], source) for source in w.find(states.KIND, customer=customer)]
    found += banks.listed(w, customer)
    return [doc for _, doc in sorted(found, key=lambda pair: pair[0])][::-1]


def of_customer(w: Work, customer: Doc) -> Doc:
    """``customer.sources``, when it is expanded: newest first."""
    found = listed(w, customer["id"])
    return sublists.newest(found, f"/v1/customers/{customer['id']}/sources")


def _owned(w: Work, customer: str, id: str, param: str) -> Doc:
    """A source of the customer, or the payment method that is shown as her card."""
    if banks.is_bank(id):
        return banks.owned(w, customer, id, param)
    if states.is_source(id):
        source = w.get(states.KIND, id)
        if source is None or source.get("customer") != customer:
            raise missing("source", id, param)
        return source
    method = w.get("payment_method", id)
    if method is None or method["customer"] != customer or not legacy_cards.is_legacy(id):
        raise missing("source", id, param)
    return method
