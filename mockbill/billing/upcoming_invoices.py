"""The invoice that time will bring to a subscription, found by living through its moments in a rehearsal."""

from mockbill.billing import invoices
from mockbill.world import Doc, Work

_STEPS = 12  # moments of a subscription that are lived through in search of its next invoice


def next_of(w: Work, subscription: Doc) -> Doc | None:
    """The draft that comes next, as ``invoice.created`` will tell of it; None if none comes.  Only in a rehearsal."""
    mark, engine = len(w.events), w.world.engine
    for _ in range(_STEPS):
        moment = engine.rules["subscription"](w.world, subscription)
        if moment is None:
            return None
        at, verb = moment
        w.stand_at(max(at, w.now))
        engine.handlers[verb](w, subscription)
        if (made := created(w, mark, subscription["id"])) is not None:
            return made
        subscription = w.need("subscription", subscription["id"])
    return None


def upcoming(w: Work, subscription: Doc) -> Doc | None:
    """The invoice of ``invoice.upcoming``: the next one, without an id."""
    with w.rehearsal():
        invoice = next_of(w, subscription)
    if invoice is None:
        return None
    return {name: value for name, value in shown(invoice, None).items() if name != "id"}


def created(w: Work, mark: int, subscription: str) -> Doc | None:
    """The first invoice of a subscription that the events since ``mark`` tell of, as it was then."""
    for event in w.events[mark:]:
        if event["type"] == "invoice.created":
            invoice: Doc = event["data"]["object"]
            if invoices.subscription_of(invoice) == subscription:
                return invoice
    return None


def shown(invoice: Doc, id: str | None) -> Doc:
    """A draft as a preview of it: not numbered, not going to finalize, its lines under ids that nothing will bear."""
    lines = [
        {**line, "id": line["id"].replace("il_", "il_tmp_", 1), "invoice": id} for line in invoice["lines"]["data"]
    ]
    return {
        **invoice,
        "id": id,
        "automatically_finalizes_at": None,
        "billing_reason": "upcoming",
        "lines": {**invoice["lines"], "data": lines, "url": f"/v1/invoices/{id or 'upcoming'}/lines"},
    }
