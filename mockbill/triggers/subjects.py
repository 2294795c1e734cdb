"""What an event can be caused on: the object that was named, or what belongs to it, or the newest of a customer's."""

from collections.abc import Collection, Iterator

from mockbill import surface
from mockbill.world import Doc, World

_NEAR = 4  # steps from the object that was named to what belongs to it
_MOST = 25  # objects of one sort that are looked at, the newest ones
_LINKED = (
    "charge", "checkout.session", "credit_note", "dispute", "invoice", "invoice_payment", "invoiceitem",
    "payment_intent", "payout", "promotion_code", "quote", "refund", "setup_intent", "subscription",
    "subscription_schedule",
)  # fmt: skip
"""Kinds over which one comes from one object to what belongs to it; everything belongs to a customer or a product."""
_PATHS = {
    ("subscription", "invoice"): "parent.subscription_details.subscription",
    ("payment_intent", "invoice_payment"): "payment.payment_intent",
}
"""Where a kind names another one in a field that is not called after it."""


def related(world: World, doc: Doc, kinds: Collection[str]) -> list[Doc]:
    """The objects of these kinds that belong to one, nearest first and of those the newest."""
    if "customer" in kinds and isinstance(doc.get("customer"), str):
        owner = world.fetch("customer", doc["customer"])
        return [owner] if owner is not None else []
    found: list[Doc] = []
    seen, ring = {doc.get("id")}, [doc]
    for _ in range(_NEAR):
        near = [other for each in ring for other in _beside(world, each, kinds) if other["id"] not in seen]
        ring = list({other["id"]: other for other in near}.values())
        seen |= {other["id"] for other in ring}
        found += [other for other in ring if other["object"] in kinds]
        if found:
            break
    return found


def of_customer(world: World, customer: Doc, kind: str) -> list[Doc]:
    """A customer's objects of a kind, the newest first."""
    if kind == "customer":
        return [customer]
    if "customer" not in surface.shape(kind) or kind not in world.tables:
        return []
    return world.table(kind).matching({"customer": customer["id"]})[: -_MOST - 1 : -1]


def _beside(world: World, doc: Doc, kinds: Collection[str]) -> Iterator[Doc]:
    """What a document names, and what names it."""
    kind = doc["object"]
    for other in {*_LINKED, *kinds}:
        table = world.tables.get(other)
        if table is None or not table.rows:
            continue
        yield from (found for value in _ids(doc) if (found := table.fetch(value)) is not None)
        path = _PATHS.get((kind, other)) or kind.rpartition(".")[2]
        if path.partition(".")[0] in surface.shape(other) and doc.get("id"):
            yield from table.matching({path: doc["id"]})[: -_MOST - 1 : -1]


def _ids(value: object) -> Iterator[str]:
    """Every text in a document that could be an id."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in ("id", "customer", "product", "metadata"):
                yield from _ids(each)
    elif isinstance(value, str) and "_" in value and len(value) < 100:
        yield value
