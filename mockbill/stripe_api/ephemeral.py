"""What an ephemeral key opens: one customer and her payment methods, as Stripe's mobile SDKs ask for them."""

from typing import Any

from mockbill.billing.storefront import ephemeral_keys
from mockbill.world import Problem, Work

_OF_CUSTOMER = {
    "GET /v1/customers/{customer}",
    "POST /v1/customers/{customer}",
    "GET /v1/customers/{customer}/payment_methods",
    "GET /v1/customers/{customer}/payment_methods/{payment_method}",
}
_OF_METHODS = {
    "GET /v1/payment_methods",
    "POST /v1/payment_methods",
    "POST /v1/payment_methods/{payment_method}/attach",
    "POST /v1/payment_methods/{payment_method}/detach",
}


def check(w: Work, secret: str, operation: str, ids: dict[str, str], params: dict[str, Any]) -> None:
    """401 for a key that is over or unknown, 403 for what is not its customer's."""
    customer = ephemeral_keys.customer_of(w, secret)
    if customer is None:
        raise Problem("Expired API Key provided: this ephemeral key is over, deleted or unknown.",
                      code="api_key_expired", status=401)  # fmt: skip
    if operation in _OF_CUSTOMER and ids["customer"] == customer:
        return
    if operation in _OF_METHODS and params.get("customer", customer) == customer and _is_free(w, ids, customer):
        return
    raise Problem(
        f"This ephemeral key opens the customer {customer} and her payment methods, and nothing else.",
        code="mockbill_ephemeral_key_scope",
        status=403,
    )


def _is_free(w: Work, ids: dict[str, str], customer: str) -> bool:
    """Whether the payment method of the path belongs to nobody else."""
    method = w.get("payment_method", ids.get("payment_method"))
    return method is None or method["customer"] in (None, customer)
