"""What billing itself notes on a customer: its currency, balance and delinquency."""

from typing import Any

from mockbill.world import Doc, Problem, Work


def announce(w: Work, customer: Doc, before: Doc) -> None:
    """``customer.updated``, where anything has changed."""
    if customer != before:
        w.emit("customer.updated", customer, before)


def note(w: Work, id: str, /, **changes: Any) -> Doc:
    """Fields that billing itself sets on a customer: currency, balance, delinquent."""
    customer = w.need("customer", id, "customer")
    if all(customer.get(name) == value for name, value in changes.items()):
        return customer
    changed = w.change(customer, **changes)
    announce(w, changed, customer)
    return changed


def balance_in(customer: Doc, currency: str) -> int:
    """The balance as far as invoices in a currency go: an empty one in another currency has nothing to do with it."""
    return int(customer["balance"]) if customer["currency"] == currency else 0


def check_currency(customer: Doc, currency: str) -> None:
    """A customer is billed in one currency."""
    if customer["currency"] not in (None, currency):
        raise Problem(
            "You cannot combine currencies on a single customer. This customer has an active subscription, "
            "subscription schedule, discount, quote, or invoice item with currency "
            f"{customer['currency']}",
            param="customer",
        )
