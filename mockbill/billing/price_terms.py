"""What stands beside a price and is not shown on it: its tiers and its amounts in other currencies."""

from mockbill.world import Doc, Work

_ALL = ("aggregate_usage", "dropped", "options", "tiers")


def of(w: Work, price: Doc) -> Doc:
    """The terms of a price, be it a deleted plan whose id another one has by now."""
    kept = w.private("price", price["id"]) or {}
    return next((terms for terms in kept.get("past") or () if terms["created"] == price["created"]), kept)


def leave_to_predecessor(w: Work, id: str) -> dict[str, int]:
    """Another plan takes the id of a deleted one, whose terms stay with its subscribers; members of the new one.

    The two are told apart by when they were made: a plan of the same second is made a second later.
    """
    kept = w.private("price", id) or {}
    if not (gone := kept.get("deleted")):
        return {}
    past = [*(kept.get("past") or ()), {**{name: kept.get(name) for name in _ALL}, "created": gone["created"]}]
    w.keep("price", id, past=past, **dict.fromkeys(_ALL))
    return {"created": max(w.now, gone["created"] + 1)}
