"""The invoice that time will bring to a subscription, found by living through its moments in a rehearsal."""

from collections.abc import Iterator
from operator import itemgetter

from mockbill.billing import invoices
from mockbill.world import Doc, Work

_STEPS = 20  # moments of a subscription that are lived through in search of its next invoice


def next_of(w: Work, subscription: Doc) -> Doc | None:
    """The draft that comes next, as ``invoice.created`` will tell of it; None if none comes.  Only in a rehearsal."""
    mark, id, handlers = len(w.events), subscription["id"], w.world.engine.handlers
    for _ in range(_STEPS):
        if (moment := first_moment(w, subscription)) is None:
            return None
        at, verb, doc = moment
        w.stand_at(max(at, w.now))
        handlers[verb](w, doc)
        if (made := created(w, mark, id)) is not None:
            return made
        subscription = w.need("subscription", id)
    return None


def first_moment(w: Work, subscription: Doc) -> tuple[int, str, Doc] | None:
    """What comes first for a subscription, or for what has a say in its next invoice: ``(seconds, verb, doc)``.

    A draft that is finalized before that may use up a discount, or the customer's balance; of a second, that and the
    end of a discount come first.  None where the subscription has nothing coming.
    """
    rules = w.world.engine.rules
    if (own := rules["subscription"](w.world, subscription)) is None:
        return None
    others = [doc for doc in (*_discounts(w, subscription), _draft(w, subscription)) if doc is not None]
    before = [(*moment, doc) for doc in others if (moment := rules[doc["object"]](w.world, doc)) is not None]
    return min([*before, (*own, subscription)], key=itemgetter(0)) if before else (*own, subscription)


def _draft(w: Work, subscription: Doc) -> Doc | None:
    latest = w.get("invoice", subscription["latest_invoice"])
    return latest if latest is not None and latest["status"] == "draft" else None


def _discounts(w: Work, subscription: Doc) -> Iterator[Doc | None]:
    customer = w.need("customer", subscription["customer"])
    for item in subscription["items"]["data"]:
        for id in item["discounts"]:
            yield w.get("discount", id)
    for id in subscription["discounts"]:
        yield w.get("discount", id)
    if customer["discount"]:
        yield w.get("discount", customer["discount"]["id"])


def created(w: Work, mark: int, subscription: str) -> Doc | None:
    """The first invoice of a subscription that the events since ``mark`` tell of, as it was then."""
    for event in w.events[mark:]:
        if event["type"] == "invoice.created":
            invoice: Doc = event["data"]["object"]
            if invoices.subscription_of(invoice) == subscription:
                return invoice
    return None


def shown(invoice: Doc, id: str | None) -> Doc:
    """A draft as a preview of it: not numbered, not going to finalize, its lines under ids that nothing will bear.

    That of ``invoice.upcoming`` has no id.
    """
    lines = [
        {**line, "id": line["id"].replace("il_", "il_tmp_", 1), "invoice": id} for line in invoice["lines"]["data"]
    ]
    preview = {
        **invoice,
        "id": id,
        "automatically_finalizes_at": None,
        "billing_reason": "upcoming",
        "lines": {**invoice["lines"], "data": lines, "url": f"/v1/invoices/{id or 'upcoming'}/lines"},
    }
    if id is None:
        del preview["id"]
    return preview
