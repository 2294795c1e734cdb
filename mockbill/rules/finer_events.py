"""The finer events that one change of an object is besides: a subscription became active, an item was added.

Stripe sends them as thin events alone (``v1.customer.subscription.active``), beside the twin of the snapshot event.
Their names are those that the official SDK lists; what exactly sets them off is not documented: here it is what their
names say of the difference between the object and its ``previous_attributes``.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Doc = Mapping[str, Any]
_STATUSES = ("active", "incomplete", "incomplete_expired", "past_due", "trialing", "unpaid")


def finer(type: str, now: Doc, previous: Doc | None) -> list[str]:
    """Their types without ``v1.``, for a snapshot event of a ``type`` whose object is ``now``."""
    tell = _TELLERS.get(type)
    return list(dict.fromkeys(tell(now, previous or {}))) if tell is not None else []


def _subscription_created(now: Doc, _: Doc) -> Iterator[str]:
    if now["status"] in _STATUSES:
        yield f"customer.subscription.{now['status']}"


def _subscription(now: Doc, previous: Doc) -> Iterator[str]:
    name = "customer.subscription"
    if "status" in previous and now["status"] in _STATUSES:
        yield f"{name}.{now['status']}"
    for field in ("cancel_at", "default_payment_method"):
        if field in previous:
            yield f"{name}.{field}_changed"
    yield from _members(name, "item", _page(previous, "items"), now["items"]["data"], _ITEM)


def _invoice(now: Doc, previous: Doc) -> Iterator[str]:
    if "discounts" in previous:
        yield from _members("invoice", "discount", previous["discounts"] or [], now["discounts"], {})
    yield from _members("invoice", "line_item", _page(previous, "lines"), now["lines"]["data"], _LINE)


def _price(now: Doc, previous: Doc) -> Iterator[str]:
    yield from _switched("price", now, previous)
    for field in ("lookup_key", "tax_behavior"):
        if field in previous:
            yield f"price.{field}_changed"


def _product(now: Doc, previous: Doc) -> Iterator[str]:
    yield from _switched("product", now, previous)
    for field in ("default_price", "tax_code"):
        if field in previous:
            yield f"product.{field}_changed"


def _promotion_code(now: Doc, previous: Doc) -> Iterator[str]:
    # The last redemption is told of by the end of the code (``billing/promotion_codes.py``).
    counted = "times_redeemed" in previous or (previous.get("active") and not now.get("active"))
    if counted and now["times_redeemed"] == now["max_redemptions"]:
        yield "promotion_code.fully_redeemed"


def _schedule(now: Doc, previous: Doc) -> Iterator[str]:
    """Phases have no ids: one that starts when another did is that one."""
    if "phases" in previous:
        name = "subscription_schedule"
        yield from _members(name, "phase", previous["phases"], now["phases"], _PHASE, "start_date")


def _entitlements(now: Doc, previous: Doc) -> Iterator[str]:
    name = "entitlements.active_entitlement_summary"
    yield from _members(name, "entitlement", _page(previous, "entitlements"), now["entitlements"]["data"], {})


def _discount(_: Doc, previous: Doc) -> Iterator[str]:
    if "source" in previous:
        yield "customer.discount.source_changed"


_TELLERS: dict[str, Callable[[Doc, Doc], Iterator[str]]] = {
    "customer.subscription.created": _subscription_created,
    "customer.subscription.updated": _subscription,
    "invoice.updated": _invoice,
    "price.updated": _price,
    "product.updated": _product,
    "promotion_code.updated": _promotion_code,
    "subscription_schedule.updated": _schedule,
    "entitlements.active_entitlement_summary.updated": _entitlements,
    "customer.discount.updated": _discount,
}

# By the end of an event's name, the fields of a member in which it tells a difference.
_ITEM = {"price_changed": "price.id", "quantity_changed": "quantity", "tax_rates_changed": "tax_rates"}
_LINE = {"pricing_changed": "pricing", "quantity_changed": "quantity"}
_PHASE = {
    "default_tax_rates_changed": "default_tax_rates",
    "end_date_changed": "end_date",
    "trial_end_changed": "trial_end",
}


def _switched(name: str, now: Doc, previous: Doc) -> Iterator[str]:
    if "active" in previous:
        yield f"{name}.activated" if now["active"] else f"{name}.deactivated"


def _page(previous: Doc, field: str) -> list[Any] | None:
    """What a list held before; None where it has not changed."""
    data: list[Any] | None = (previous.get(field) or {}).get("data")
    return data


def _members(
    name: str, noun: str, was: list[Any] | None, now: list[Any], fields: Mapping[str, str], key: str = "id"
) -> Iterator[str]:
    if was is None:
        return
    before, after = {_key(each, key): each for each in was}, {_key(each, key): each for each in now}
    if after.keys() - before.keys():
        yield f"{name}.{noun}_added"
    if before.keys() - after.keys():
        yield f"{name}.{noun}_removed"
    for ending, path in fields.items():
        if any(_at(before[id], path) != _at(after[id], path) for id in after if id in before):
            yield f"{name}.{noun}_{ending}"


def _key(member: Any, key: str) -> Any:
    """What a member is known by: an id where it is no more than that."""
    return member[key] if isinstance(member, Mapping) else member


def _at(member: Any, path: str) -> Any:
    for step in path.split("."):
        member = member.get(step) if isinstance(member, Mapping) else None
    return member
