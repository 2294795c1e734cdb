"""Payment methods, and the sources that they have replaced."""

from mockbill.billing.sources import course
from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.plain import NOTED
from mockbill.triggers.registry import fresh
from mockbill.world import Doc, Work

_SOURCES = "POST /v1/sources"


def _attached(c: Cause) -> str:
    method: Doc = c.post("/v1/payment_methods/pm_card_visa/attach", customer=c.customer(None))
    return str(method["id"])


@fresh("payment_method.attached")
def attached(c: Cause) -> None:
    _attached(c)


@fresh("payment_method.detached")
def detached(c: Cause) -> None:
    c.post(f"/v1/payment_methods/{_attached(c)}/detach")


@fresh("payment_method.updated", sets="POST /v1/payment_methods/{payment_method}")
def updated(c: Cause) -> None:
    c.post(f"/v1/payment_methods/{_attached(c)}", NOTED)


@fresh("payment_method.automatically_updated")
def renewed(c: Cause) -> None:
    """The bank has given out a new card in the place of an attached one: it is good for four years more."""
    id = _attached(c)
    with c.work() as w:
        renew_card(w, w.need("payment_method", id))


def renew_card(w: Work, method: Doc) -> Doc:
    """What Stripe learns from the networks: the new expiry of a card that is attached."""
    w.use_clock_of(method["customer"])
    card = {**method["card"], "exp_year": method["card"]["exp_year"] + 4}
    changed = w.change(method, card=card)
    w.emit("payment_method.automatically_updated", changed, method)
    return changed


# sources


@fresh("source.chargeable", "source.transaction.created", sets=_SOURCES)
def received(c: Cause) -> None:
    """A transfer arrives for one that waits for it."""
    source: Doc = c.post(
        "/v1/sources", type="ach_credit_transfer", currency="usd", owner={"email": "amount_1000@example.com"}
    )
    c.fall_due("source", source["id"])


def _redirected(c: Cause) -> str:
    source: Doc = c.post(
        "/v1/sources", type="ideal", amount=2000, currency="eur", redirect={"return_url": "https://example.com/back"}
    )
    return str(source["id"])


@fresh("source.failed", sets=_SOURCES)
def failed(c: Cause) -> None:
    """Its owner declines on the page."""
    id = _redirected(c)
    with c.work() as w:
        course.answer(w, w.need("source", id), authorized=False)


@fresh("source.canceled", sets=_SOURCES)
def canceled(c: Cause) -> None:
    """Its six hours are over, as of now."""
    c.fall_due("source", _redirected(c))
