"""The customer at a hosted checkout page, for scripts: what the page's buttons do, by the same verbs."""

from typing import Any

from mockbill.billing import checkout
from mockbill.control.asking import Asked, body, world_of
from mockbill.control.blueprint import blueprint

_ASKED = Asked()


@blueprint.post("/checkout/<id>/cancel")
def cancel_checkout(id: str) -> dict[str, Any]:
    """The customer goes back to the shop; the session stays as it is."""
    with world_of(body(_ASKED)).work() as work:
        session = work.need("checkout.session", id)
        return {"status": session["status"], "redirect_to": session["cancel_url"]}


@blueprint.post("/checkout/<id>/expire")
def expire_checkout(id: str) -> dict[str, Any]:
    """Nobody pays until the session expires."""
    with world_of(body(_ASKED)).work() as work:
        session = checkout.expire(work, work.need("checkout.session", id), {})
        return {"status": session["status"], "redirect_to": session["cancel_url"]}
