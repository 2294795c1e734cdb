"""Customers, and what can be asked for beside their own fields."""

from collections.abc import Callable

from mockbill.billing import automatic_tax, customer_deletion, customers, subscription_status
from mockbill.billing.bank_transfers import cash_balance
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import includes, resource
from mockbill.world import Doc, Work

_EMBEDDED = 10  # objects that a list inside a customer shows

resource(
    "customer",
    "/v1/customers/{customer}",
    create=customers.create,
    update=customers.update,
    delete=customer_deletion.delete,
    filters={"email": "email", "test_clock": "test_clock"},
    on_clocks=True,
)


def _belonging(kind: str, path: str, keep: Callable[[Doc], bool] | None = None) -> Callable[[Work, Doc], Doc]:
    def fill(w: Work, customer: Doc) -> Doc:
        url = f"/v1/customers/{customer['id']}/{path}"
        return lists.page(w, kind, {"limit": _EMBEDDED}, {"customer": customer["id"]}, url, keep)

    return fill


includes("customer", "subscriptions")(
    _belonging("subscription", "subscriptions", lambda doc: doc["status"] not in subscription_status.ENDED)
)
includes("customer", "tax_ids")(_belonging("tax_id", "tax_ids"))


includes("customer", "cash_balance")(cash_balance.shown)


@includes("customer", "invoice_credit_balance")
def _credit_balance(w: Work, customer: Doc) -> Doc:
    """Credit of the customer by currency; there is one currency to a customer."""
    return {customer["currency"]: customer["balance"]} if customer["currency"] else {}


@includes("customer", "tax")
def _tax(w: Work, customer: Doc) -> Doc:
    """Whether tax could be computed for the customer: with a country it could, but nothing is registered."""
    place = automatic_tax.location(customer["address"], customer["shipping"])
    shipped = automatic_tax.location(None, customer["shipping"]) is not None
    source = "shipping_destination" if shipped else "billing_address"
    return {
        "automatic_tax": automatic_tax.support(w, place),
        "ip_address": None,
        "location": {"country": place[0], "source": source, "state": place[1]} if place else None,
        "provider": "stripe",
    }
