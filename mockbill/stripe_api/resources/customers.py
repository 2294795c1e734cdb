"""Customers, and what can be asked for beside their own fields."""

from collections.abc import Callable

from mockbill.billing import customer_deletion, customers, subscription_status
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


@includes("customer", "cash_balance")
def _cash_balance(w: Work, customer: Doc) -> Doc | None:
    kept = w.private("singleton", f"/v1/customers/{customer['id']}/cash_balance")
    return kept["doc"] if kept else None


@includes("customer", "invoice_credit_balance")
def _credit_balance(w: Work, customer: Doc) -> Doc:
    """Credit of the customer by currency; there is one currency to a customer."""
    return {customer["currency"]: customer["balance"]} if customer["currency"] else {}


@includes("customer", "tax")
def _tax(w: Work, customer: Doc) -> Doc:
    """Whether tax could be computed for the customer: with a country it could, but nothing is registered."""
    known = (customer.get("address") or {}).get("country")
    return {
        "automatic_tax": "not_collecting" if known else "unrecognized_location",
        "ip_address": None,
        "location": {"country": known, "source": "billing_address", "state": None} if known else None,
        "provider": "stripe",
    }
