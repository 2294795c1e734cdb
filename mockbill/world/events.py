"""Events: the snapshot of a moment, and what had been there before it."""

from itertools import compress
from operator import is_not

from mockbill.world.table import Doc


def previous_attributes(old: Doc, new: Doc) -> Doc:
    """What ``old`` held where ``new`` differs, by Stripe's rules (recorded; stripe-behaviour.md 3.0).

    Hashes are compared key by key; arrays are given whole; a list object gives its old ``data`` and those of
    ``has_more`` and ``total_count`` that changed; a key that is new appears as null.
    """
    changed: Doc = {}
    names = list(old)
    same_names = names == list(new)  # in the same order, as versions mostly have them
    current = new.values() if same_names else map(new.get, names)
    for key in compress(names, map(is_not, old.values(), current)):  # most are the very same
        was, now = old[key], new.get(key)
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            if was.get("object") == "list":
                changed[key] = {
                    name: was[name] for name in ("data", "has_more", "total_count") if _moved(was, now, name)
                }
            elif "id" in was and was.get("id") != now.get("id"):
                changed[key] = was
            else:
                changed[key] = previous_attributes(was, now)
        else:
            changed[key] = was
    if not same_names:
        changed.update(dict.fromkeys(key for key in new if key not in old))
    return changed


def restored(new: Doc, previous: Doc) -> Doc:
    """What there was before: ``previous_attributes`` backwards.  A key that was not there yet is null."""
    old = dict(new)
    for key, was in previous.items():
        now = new.get(key)
        if not isinstance(was, dict) or not isinstance(now, dict):
            old[key] = was
        elif now.get("object") == "list":
            old[key] = {**now, **was}
        elif "id" in was and was["id"] != now.get("id"):
            old[key] = was
        else:
            old[key] = restored(now, was)
    return old


def _moved(was: Doc, now: Doc, name: str) -> bool:
    return name in was and was[name] != now.get(name)


def event(
    id: str,
    type: str,
    created: int,
    api_version: str,
    doc: Doc,
    before: Doc | None,
    request: Doc,
    account: str | None = None,
) -> Doc:
    """An event in wire shape; ``doc`` is held by reference, which is safe because versions never change."""
    data: Doc = {"object": doc}
    if before is not None:
        data["previous_attributes"] = previous_attributes(before, doc)
    made = {
        "id": id,
        "object": "event",
        "api_version": api_version,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": request,
        "type": type,
    }
    return made if account is None else {"id": id, "object": "event", "account": account, **made}
