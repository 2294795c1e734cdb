"""Connect's pages: onboarding, where the owner of a connected account tells all with one click, and the dashboard."""

from datetime import UTC, datetime

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from mockbill.billing import accounts, balance
from mockbill.billing.connect import links
from mockbill.pages.blueprint import blueprint, site_url, world_of
from mockbill.rules.money import format_amount
from mockbill.rules.onboarding import words
from mockbill.rules.payouts import GOOD_NUMBER, OUTCOMES
from mockbill.world import Doc, Work
from mockbill.world.problems import missing

_LINK, _LOGIN = "_account_link", "_login_link"
_NEWEST = 5  # payouts on the dashboard


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
        due = visited["requirements"]["currently_due"]
        return render_template(
            "onboarding.html",
            account=visited,
            banks=visited["external_accounts"]["data"],
            choices=list(OUTCOMES.items()),
            kind=f"{visited['type']} account".capitalize() if visited.get("type") else "Account",
            name=_name(visited),
            needed=words(due),
            platform=world.name,
        )


@blueprint.post("/setup/<kind>/<account>/<token>")
def answer_onboarding(kind: str, account: str, token: str) -> ResponseReturnValue:
    """All is told (``complete``), or later: back to the platform's ``return_url``, which does not say which."""
    bank = request.form.get("bank", GOOD_NUMBER)
    with world_of(_LINK, token).work(site_url=site_url()) as w:
        chosen = bank if bank in OUTCOMES else GOOD_NUMBER
        if request.form.get("onboarding") == "complete" and not links.complete(w, token, chosen):
            return redirect(links.again(w, token), 303)
        return redirect(links.leave(w, token), 303)


@blueprint.get("/express/<account>/<token>")
def express_dashboard(account: str, token: str) -> ResponseReturnValue:
    """Where a login link leads: what the account has, and its payouts."""
    world = world_of(_LOGIN, token)
    with world.work() as w:
        kept = w.get("account", (w.private("login_link", token) or {}).get("account"))
        if kept is None:
            raise missing("account", account, "id")
        known = accounts.shown(w, kept)
        there = world.connected(kept["id"])
    with there.work() as own:
        return render_template("express.html", **_dashboard(own, known), name=_name(known), platform=world.name)


def _dashboard(own: Work, account: Doc) -> Doc:
    """What the page shows of the account's own world."""
    funds = balance.balance(own)
    pairs = list(zip(funds["available"], funds["pending"], strict=True))
    several = len(pairs) > 1
    payouts = own.find("payout")[-_NEWEST:][::-1]
    banks = account["external_accounts"]["data"]
    interval = account["settings"]["payouts"]["schedule"]["interval"]
    return {
        "balances": [
            {"available": _money(ready), "pending": _money(waiting),
             "where": f" in {ready['currency'].upper()}" if several else ""}
            for ready, waiting in pairs
        ],
        "bank": next((each for each in banks if each["default_for_currency"]), None),
        "payouts": [{"amount": _money(each), "arrives": _day(each["arrival_date"]),
                     "status": each["status"].replace("_", " ")} for each in payouts],
        "schedule": "by hand" if interval == "manual" else interval,
    }  # fmt: skip


def _money(amount: Doc) -> str:
    return format_amount(amount["amount"], amount["currency"])


def _day(at: int) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%b %Y}"


def _name(account: Doc) -> str:
    return str(account["business_profile"]["name"] or account["email"] or account["id"])
