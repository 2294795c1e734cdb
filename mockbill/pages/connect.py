"""Connect's pages: onboarding, where the owner of a connected account tells all with one click, and the dashboard."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from mockbill.billing.connect import links
from mockbill.pages.blueprint import blueprint, message, site_url, world_of
from mockbill.world.problems import missing

_LINK, _LOGIN = "_account_link", "_login_link"


@blueprint.get("/setup/<kind>/<account>/<token>")
def onboarding_page(kind: str, account: str, token: str) -> ResponseReturnValue:
    """The form, once; whoever comes late or again goes to the platform's ``refresh_url``."""
    world = world_of(_LINK, token)
    if request.method == "HEAD":  # a preview of the link in a chat is nobody's visit
        return ""
    with world.work(site_url=site_url()) as w:
        visited = links.visit(w, token)
        if visited is None:
            return redirect(links.again(w, token), 303)
        name = visited["business_profile"]["name"] or visited["email"] or visited["id"]
        return render_template("onboarding.html", account=visited, name=name, platform=world.name)


@blueprint.post("/setup/<kind>/<account>/<token>")
def answer_onboarding(kind: str, account: str, token: str) -> ResponseReturnValue:
    """All is told (``complete``), or later: back to the platform's ``return_url``, which does not say which."""
    with world_of(_LINK, token).work(site_url=site_url()) as w:
        if request.form.get("onboarding") == "complete" and not links.complete(w, token):
            return redirect(links.again(w, token), 303)
        return redirect(links.leave(w, token), 303)


@blueprint.get("/express/<account>/<token>")
def express_dashboard(account: str, token: str) -> ResponseReturnValue:
    """Where a login link leads."""
    with world_of(_LOGIN, token).work() as w:
        known = w.get("account", (w.private("login_link", token) or {}).get("account"))
        if known is None:
            raise missing("account", account, "id")
        name = known["business_profile"]["name"] or known["email"] or known["id"]
    return message(200, f"Welcome, {name}", "This stands for the Express Dashboard of Stripe.", tone="done")
