"""What a source has become: chargeable, consumed, canceled, failed; and whose it is.

Most sources are payment methods too, under the same id (``payment_methods`` tells us what happens to those).
"""

from mockbill.world import Doc, Problem, Work

KIND = "source"
_NOT_CHARGEABLE = "The source you provided is not in a chargeable state."
_CONSUMED = (
    "The reusable source you provided is consumed because it was previously charged without being attached to a "
    "customer or was detached from a customer. To charge a reusable source multiple time you must attach it to a "
    "customer first."
)


def is_source(id: str) -> bool:
    """Whether this is the id of a source."""
    return id.startswith("src_")


def check_chargeable(w: Work, id: str) -> None:
    """Problem for a source that waits for something, or that is over."""
    source = w.get(KIND, id)
    if source is None or source["status"] == "chargeable":
        return
    if source["status"] == "consumed" and source["usage"] == "reusable":
        raise Problem(_CONSUMED)
    raise Problem(_NOT_CHARGEABLE)


def check_attachable(w: Work, id: str) -> None:
    """Problem for a source that cannot become a customer's.  (What is said of those to be used once is memory.)"""
    source = w.get(KIND, id)
    if source is None:
        return
    if source["status"] not in ("chargeable", "pending"):
        raise Problem("The source you provided cannot be attached to the customer. It must be chargeable or pending.")
    if source["usage"] != "reusable":
        raise Problem("Single-use sources cannot be attached to a customer: name the customer when you charge it.")


def chargeable(w: Work, source: Doc, **fields: object) -> Doc:
    """It can be charged from now on: ``source.chargeable``."""
    source = w.change(source, status="chargeable", **fields)
    w.emit("source.chargeable", source)
    return source


def failed(w: Work, source: Doc, **fields: object) -> Doc:
    """Its owner did not authenticate it: ``source.failed``."""
    source = w.change(source, status="failed", **fields)
    w.emit("source.failed", source)
    return source


def canceled(w: Work, source: Doc) -> Doc:
    """Nobody has used it in time: ``source.canceled``."""
    source = w.change(source, status="canceled")
    w.emit("source.canceled", source)
    return source


def consumed(w: Work, id: str) -> None:
    """The payment method of this id cannot be used again: nor can the source.  There is no event."""
    source = w.get(KIND, id)
    if source is not None and source["status"] in ("chargeable", "pending"):
        w.change(source, status="consumed")


def given(w: Work, id: str, customer: str | None) -> Doc | None:
    """The payment method of this id is a customer's, or nobody's any more: so is the source, which is returned."""
    source = w.get(KIND, id)
    return None if source is None else w.change(source, customer=customer)
