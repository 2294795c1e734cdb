"""How quotes end without being accepted: canceled by hand, in time, or with their customer."""

from mockbill.world import Doc, Work, World

PENDING = ("draft", "open")


def cancel(w: Work, quote: Doc) -> Doc:
    """Canceled now: ``quote.canceled``."""
    transitions = {**quote["status_transitions"], "canceled_at": w.now}
    canceled = w.change(quote, status="canceled", status_transitions=transitions)
    w.emit("quote.canceled", canceled)
    return canceled


def cancel_all_of(w: Work, customer: Doc) -> None:
    """The customer goes, and nobody is left to accept (that Stripe cancels them then is not established)."""
    for status in PENDING:
        for quote in w.find("quote", customer=customer["id"], status=status):
            cancel(w, quote)


def cancel_all_on(w: Work, clock: Doc) -> None:
    """A test clock goes, and with it what is nobody's yet."""
    for status in PENDING:
        for quote in w.find("quote", test_clock=clock["id"], status=status):
            cancel(w, quote)


def due(world: World, quote: Doc) -> tuple[int, str] | None:
    """What was not accepted in time is canceled, as Stripe documents: at ``expires_at``."""
    return (quote["expires_at"], "quote.expire") if quote["status"] in PENDING else None


def expire(w: Work, quote: Doc) -> None:
    """Its time is over."""
    cancel(w, quote)
