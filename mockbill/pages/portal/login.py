"""The portal's login page: customers find their way in by their email address.

Stripe sends them a link; nothing is ever sent here, so the page that says so shows the link at once.
"""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mockbill.billing.portal import configurations, sessions
from mockbill.pages import card_form
from mockbill.pages.blueprint import blueprint, message, site_url, world_of
from mockbill.pages.card_form import Refusal
from mockbill.world import Doc, Work


@blueprint.get("/p/login/<token>")
def portal_login(token: str) -> ResponseReturnValue:
    """The form."""
    with world_of(f"_{configurations.LOGIN}", token).work() as w:
        configuration = configurations.of_login(w, token)
        return _form(w, configuration, "", None) if configuration else _closed()


@blueprint.post("/p/login/<token>")
def portal_log_in(token: str) -> ResponseReturnValue:
    """The link that the customer would get; nobody learns here whether there is one."""
    email = request.form.get("email", "").strip()
    with world_of(f"_{configurations.LOGIN}", token).work(site_url=site_url()) as w:
        configuration = configurations.of_login(w, token)
        if configuration is None:
            return _closed()
        if wrong := card_form.check_email(email, needed=True):
            return _form(w, configuration, email, Refusal(422, wrong["email"], wrong))
        link = _link(w, configuration, email)
    text = f"If {email} is known here, Stripe would send a link to it. mockbill sends nothing"
    text += ": here it is." if link else ", and knows no customer with this address."
    return message(200, "Check your email", text, tone="done", link=link, link_text="Open the portal")


def _link(w: Work, configuration: Doc, email: str) -> str | None:
    """A new session for the newest customer with this address."""
    found = w.find("customer", email=email)
    if not found:
        return None
    session = sessions.create(w, {"configuration": configuration["id"], "customer": found[-1]["id"]})
    return str(session["url"])


def _form(w: Work, configuration: Doc, email: str, refusal: Refusal | None) -> ResponseReturnValue:
    headline = configuration["business_profile"]["headline"]
    page = render_template("portal/login.html", merchant=w.world.name, headline=headline, email=email, refusal=refusal)
    return page, refusal.status if refusal else 200


def _closed() -> ResponseReturnValue:
    text = "Ask whoever gave you the link for another one."
    return message(410, "This login page is closed", text, tone="over")
