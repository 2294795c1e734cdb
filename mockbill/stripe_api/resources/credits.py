"""Billing credits: grants, their balance transactions, and what a customer has of them."""

from mockbill.billing import unmodelled
from mockbill.billing.credits import grants, summary, transactions
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc, Problem

resource(
    transactions.GRANT,
    "/v1/billing/credit_grants/{id}",
    create=grants.create,
    update=grants.update,
    actions={"expire": grants.expire, "void": grants.void},
    filters={"customer": "customer", "customer_account": "customer_account"},
)


@handles("GET /v1/billing/credit_balance_transactions")
def _list(call: Call) -> Doc:
    """Those of a customer, or of one of the customer's grants."""
    w, params = call.work, call.params
    unmodelled.refuse(params, ["customer_account"], "lists of credit balance transactions")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    ids = frozenset(grant["id"] for grant in w.find(transactions.GRANT, customer=customer["id"]))
    if named := params.get("credit_grant"):
        w.need(transactions.GRANT, named, "credit_grant")
        ids &= {named}
    return lists.page(w, transactions.KIND, params, {"credit_grant": ids}, call.path)


@handles("GET /v1/billing/credit_balance_transactions/{id}")
def _retrieve(call: Call) -> Doc:
    return call.work.need(transactions.KIND, call.id)


@handles("GET /v1/billing/credit_balance_summary")
def _summary(call: Call) -> Doc:
    return summary.of(call.work, call.params)
