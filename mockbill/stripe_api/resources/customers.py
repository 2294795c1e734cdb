"""Customers."""

from mockbill.billing import customer_deletion, customers
from mockbill.stripe_api.registry import resource

resource(
    "customer",
    "/v1/customers/{customer}",
    create=customers.create,
    update=customers.update,
    delete=customer_deletion.delete,
    filters={"email": "email", "test_clock": "test_clock"},
    on_clocks=True,
)
