"""Payment links: each visit opens a checkout of its own, and leads there."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from mockbill.billing.payment_links import visits
from mockbill.pages.blueprint import blueprint, message, site_url, world_of

_KIND = "payment_link"
_OVER = "It has been deactivated. Ask whoever gave it to you for a new one."


@blueprint.get("/b/<id>")
def payment_link_page(id: str) -> ResponseReturnValue:
    """303 to a new checkout session of the link; 410 where it is no longer active."""
    world = world_of(_KIND, id)
    if request.method == "HEAD":  # a preview of the link in a chat is nobody's visit
        return ""
    with world.work(site_url=site_url()) as w:
        link = w.need(_KIND, id)
        if not link["active"]:
            return message(410, "This link is no longer active", link["inactive_message"] or _OVER, tone="over")
        session = visits.start(w, link, visits.Visit.of(request.args))
    return redirect(url_for("pages.checkout_page", id=session["id"]), 303)
