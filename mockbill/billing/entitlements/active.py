"""Active entitlements: what the running subscriptions of a customer entitle to, brought up to date after each change.

A customer has the features of the products of all items of all subscriptions that are active or trialing; one that is
past due keeps them while it is retried (not established: Stripe's documentation only speaks of active subscriptions).
A feature that several products bring is one entitlement.

An item has the features that its product brought when the item's period began, or when the product came onto the item:
these are kept beside the subscription (``entitled``), so that changes to a product wait for the next period.
"""

from collections.abc import Iterable

from mockbill.billing import subscription_status
from mockbill.world import Doc, Work

GRANTING = frozenset(("active", "trialing", "past_due"))
SHOWN = 10  # entitlements that the summary of an event shows
KIND = "entitlements.active_entitlement"


def bring_up_to_date(w: Work) -> None:
    """At the end of each unit of work: the customers whose subscriptions changed get what these entitle to now.

    Costs a look into an empty table where no product ever had a feature.
    """
    if not w.tables["_product_feature"].rows:
        return
    ids = [id for id, doc in w.changed.items() if doc["object"] == "subscription"]
    changed = [subscription for id in ids if (subscription := w.get("subscription", id)) is not None]
    for subscription in changed:
        _note(w, subscription)
    for customer in dict.fromkeys(subscription["customer"] for subscription in changed):
        _settle(w, customer)


def freeze(w: Work, product_id: str) -> None:
    """Before the features of a product change: its subscriptions keep for this period what it has brought so far."""
    for subscription in w.find("subscription", {"items.data[].price.product": product_id}):
        _note(w, subscription)


def of_customer(w: Work, customer_id: str) -> list[Doc]:
    """A customer's active entitlements, newest first."""
    ids = (w.private("entitlements", customer_id) or {}).get("ids") or ()
    return [w.need(KIND, id) for id in reversed(ids)]


def brought(w: Work, product_id: str) -> list[str]:
    """The ids of the features that a product brings at present, oldest first."""
    ties = (w.get("product_feature", kept["id"]) for kept in w.find("_product_feature", product=product_id))
    return [tie["entitlement_feature"]["id"] for tie in ties if tie is not None]


def _note(w: Work, subscription: Doc) -> None:
    """Keep which features each item has in its present period; what has ended entitles to nothing any more."""
    if subscription["status"] in subscription_status.ENDED:
        return
    before = (w.private("entitled", subscription["id"]) or {}).get("items") or {}
    items = {item["id"]: _of_item(w, item, before.get(item["id"])) for item in subscription["items"]["data"]}
    if items != before:
        w.keep("entitled", subscription["id"], items=items)


def _of_item(w: Work, item: Doc, before: Doc | None) -> Doc:
    product, start = item["price"]["product"], item["current_period_start"]
    if before is not None and before["product"] == product and before["start"] == start:
        return before
    return {"product": product, "start": start, "features": brought(w, product)}


def _settle(w: Work, customer_id: str) -> None:
    """Give and take entitlements, and tell of it right after the change of the subscription that it comes from."""
    before = of_customer(w, customer_id)
    wanted = _entitled(w, customer_id)
    held = {each["feature"]: each for each in reversed(before)}
    if held.keys() == wanted.keys():
        return
    for feature, entitlement in held.items():
        if feature not in wanted:
            w.remove(entitlement)
    kept = [entitlement["id"] for feature, entitlement in held.items() if feature in wanted]
    new = [_granted(w, feature) for feature in wanted if feature not in held]
    w.keep("entitlements", customer_id, ids=[*kept, *new])
    _tell(w, customer_id, before)


def _entitled(w: Work, customer_id: str) -> dict[str, None]:
    """The ids of the features that a customer should have, in the order of subscriptions, items and products."""
    found: dict[str, None] = {}
    for subscription in w.find("subscription", customer=customer_id):
        if subscription["status"] in GRANTING:
            noted = w.private("entitled", subscription["id"]) or {"items": {}}
            found.update(dict.fromkeys(id for item in noted["items"].values() for id in item["features"]))
    return found


def _granted(w: Work, feature_id: str) -> str:
    feature = w.need("entitlements.feature", feature_id)
    return str(w.add(KIND, feature=feature_id, lookup_key=feature["lookup_key"])["id"])


def _tell(w: Work, customer_id: str, before: list[Doc]) -> None:
    """``entitlements.active_entitlement_summary.updated``.

    When Stripe sends it is not established; here it comes right after the last news of the customer's subscriptions.
    """
    mark = len(w.events)
    place = max((at for at, event in enumerate(w.events, 1) if _is_of_subscription(event, customer_id)), default=mark)
    now = of_customer(w, customer_id)
    w.emit(f"{KIND}_summary.updated", _summary(customer_id, now), _summary(customer_id, before))
    w.events[place:place] = w.take_events(mark)


def _is_of_subscription(event: Doc, customer_id: str) -> bool:
    told = event["data"]["object"]
    return bool(told.get("object") == "subscription" and told["customer"] == customer_id)


def _summary(customer_id: str, entitlements: Iterable[Doc]) -> Doc:
    """The object of the event, which has no id."""
    data = list(entitlements)
    return {
        "object": f"{KIND}_summary",
        "customer": customer_id,
        "entitlements": {
            "object": "list",
            "data": data[:SHOWN],
            "has_more": len(data) > SHOWN,
            "url": f"/v1/customer/{customer_id}/entitlements",
        },
        "livemode": False,
    }
