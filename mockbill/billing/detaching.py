"""Payment methods that are taken from their customers, and what paid by default with them."""

from typing import Any

from mockbill.billing import legacy_cards, payment_methods
from mockbill.billing.sources import states
from mockbill.world import Doc, Problem, Work


def detach(w: Work, method: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_methods/{id}/detach``: nothing that pays by default uses it any more."""
    if method["customer"] is None:
        raise Problem("The payment method you provided is not attached to a customer so detachment is impossible.")
    w.emit("payment_method.detached", {**method, "customer": None}, method)
    return let_go(w, method)


def let_go(w: Work, method: Doc) -> Doc:
    """Take a payment method from its customer, without its own event; defaults that named it are cleared."""
    gone, id, owner = w.change(method, customer=None), method["id"], method["customer"]
    states.given(w, id, None)
    payment_methods.spend(w, gone)
    forget(w, id, owner)
    return gone


def forget(w: Work, id: str, owner: str) -> None:
    """What paid by default with something that is gone does so no longer."""
    customer = w.get("customer", owner)
    if customer is not None and customer["invoice_settings"]["default_payment_method"] == id:
        settings = {**customer["invoice_settings"], "default_payment_method": None}
        w.emit("customer.updated", w.change(customer, invoice_settings=settings), customer)
    elif customer is not None and customer["default_source"] == id:
        w.emit("customer.updated", w.change(customer, default_source=_next_source(w, owner)), customer)
    for subscription in w.find("subscription", customer=owner, default_payment_method=id):
        changed = w.change(subscription, default_payment_method=None)
        w.emit("customer.subscription.updated", changed, subscription)


def _next_source(w: Work, owner: str) -> str | None:
    """The newest legacy card or source of a customer, which takes the place of a default source that has gone."""
    left = [method["id"] for method in w.find("payment_method", customer=owner)]
    return next((id for id in reversed(left) if legacy_cards.is_legacy(id) or id.startswith(("ba_", "src_"))), None)
