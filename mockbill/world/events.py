"""Events: the snapshot of a moment, and what had been there before it."""

from collections.abc import Collection

from mockbill.world.table import Doc


def previous_attributes(old: Doc, new: Doc, changes: Collection[str] | None = None) -> Doc:
    """What ``old`` held where ``new`` differs, by Stripe's rules (recorded; stripe-behaviour.md 3.0).

    Hashes are compared key by key; arrays are given whole; a list object gives its old ``data`` and those of
    ``has_more`` and ``total_count`` that changed; a key that is new appears as null.  ``changes`` are the names of the
    fields that may differ, where they are known.
    """
    changed: Doc = {}
    added = []
    names = _names_of_others(old, new) if changes is None else sorted(changes)
    for key in names:
        if key not in old:
            added.append(key)
            continue
        was, now = old[key], new.get(key)
        if was is now or was == now:
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
    for key in added:
        if key in new:
            changed[key] = None
    return changed


def _names_of_others(old: Doc, new: Doc) -> list[str]:
    """The names of what is not the very same in both, which most is."""
    if list(old) == list(new):  # in the same order, as versions mostly have them
        return [key for (key, was), now in zip(old.items(), new.values(), strict=True) if was is not now]
    return [key for key in {**old, **new} if key not in old or key not in new or old[key] is not new[key]]


def restored(new: Doc, previous: Doc) -> Doc:
    """What there was before: ``previous_attributes`` backwards.  A key that was not there yet is null."""
    old = dict(new)
    for key, was in previous.items():
        now = new.get(key)
        if not isinstance(was, dict) or not isinstance(now, dict):
            old[key] = was
        elif now.get("object") == "list":
            old[key] = {**now, **was}
        elif was.get("id") and was["id"] != now.get("id"):
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
    data: Doc,
    request: Doc,
    account: str | None = None,
) -> Doc:
    """An event in wire shape; ``data`` holds its object by reference, which is safe because versions never change."""
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
