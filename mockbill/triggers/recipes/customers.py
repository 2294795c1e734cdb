"""Customers: created, updated, deleted."""

from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import fresh, on
from mockbill.world import Doc

_CREATE, _UPDATE = "POST /v1/customers", "POST /v1/customers/{customer}"


@fresh("customer.created", sets=_CREATE)
def created(c: Cause) -> None:
    c.post("/v1/customers", name="Jenny Rosen", email="jenny.rosen@example.com")


@fresh("customer.updated", sets=_UPDATE)
def updated(c: Cause) -> None:
    c.post(f"/v1/customers/{c.customer()}", metadata={"foo": "bar"})


@on("customer", "customer.updated", sets=_UPDATE)
def update(c: Cause, customer: Doc) -> None:
    c.post(f"/v1/customers/{customer['id']}", metadata={"foo": "bar"})


@fresh("customer.deleted")
def deleted(c: Cause) -> None:
    c.delete(f"/v1/customers/{c.customer()}")
