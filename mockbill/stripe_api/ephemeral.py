"""What an ephemeral key opens: one customer and her payment methods, as Stripe's mobile SDKs ask for them."""

from typing import Any

from mockbill.billing.storefront import ephemeral_keys
from mockbill.world import Problem, Work

_UPDATE = "POST /v1/customers/{customer}"
_UPDATED = {"default_source", "expand", "shipping", "source"}  # what those SDKs let a customer change of herself
_OF_CUSTOMER = {
    _UPDATE,
    "GET /v1/customers/{customer}",
    "GET /v1/customers/{customer}/payment_methods",
    "GET /v1/customers/{customer}/payment_methods/{payment_method}",
}
_OF_METHODS = {
    "GET /v1/payment_methods",
    "POST /v1/payment_methods",
    "POST /v1/payment_methods/{payment_method}/attach",
    "POST /v1/payment_methods/{payment_method}/detach",
}


def check_operation(secret: str, operation: str) -> None:
    """403 for what no ephemeral key may call, before anything else is looked at."""
    if secret.startswith(ephemeral_keys.PREFIX) and operation not in _OF_CUSTOMER | _OF_METHODS:
        raise _refused()


def check(w: Work, secret: str, operation: str, ids: dict[str, str], params: dict[str, Any]) -> None:
    """401 for a key that is over or unknown, 403 for what is not its customer's; lists are narrowed to her own."""
    customer = ephemeral_keys.customer_of(w, secret)
    if customer is None:
        raise Problem("Expired API Key provided: this ephemeral key is over, deleted or unknown.",
                      code="api_key_expired", status=401)  # fmt: skip
    owner = ids.get("customer") or params.get("customer") or customer
    named = [ids.get("payment_method"), params.get("payment_method")]  # in the path, or to be copied
    if owner != customer or not all(_is_free(w, id, customer) for id in named):
        raise _refused()
    if operation == _UPDATE and not params.keys() <= _UPDATED:
        raise _refused()
    if operation == "GET /v1/payment_methods":
        params["customer"] = customer


def _is_free(w: Work, id: Any, customer: str) -> bool:
    """Whether a payment method belongs to nobody else."""
    method = w.get("payment_method", id) if isinstance(id, str) else None
    return method is None or method["customer"] in (None, customer)


def _refused() -> Problem:
    return Problem(
        "This ephemeral key opens one customer and her payment methods, and nothing else.",
        code="mockbill_ephemeral_key_scope",
        status=403,
    )
