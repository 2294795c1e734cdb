"""Account links and login links: the pages on which the owner of a connected account tells what is needed.

An account link opens once: who comes back to it, or comes after its five minutes, is sent to ``refresh_url``.
"""

from typing import Any

from mockbill.billing import accounts, urls
from mockbill.world import Doc, Problem, Work

LASTS = 5 * 60  # seconds (memory)
_LETTERS = {"standard": "s", "express": "e", "custom": "c"}  # of the setup's path
_TOKEN = 20  # characters


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/account_links``: where to send the account's owner; it has no id and cannot be read again."""
    account = w.need("account", params["account"], "account")
    for name in ("refresh_url", "return_url"):
        url = params.get(name)
        if not url:
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
        urls.check(url, name)
    if params["type"] == "account_update" and account["controller"]["requirement_collection"] != "application":
        raise Problem(
            "account_update links are for accounts whose requirements the platform collects (type custom); use "
            "account_onboarding.",
            param="type",
        )
    token = w.text(_TOKEN)
    kept = {name: params[name] for name in ("account", "refresh_url", "return_url")}
    w.keep("account_link", token, **kept, expires_at=w.now + LASTS, visited=False, used=False)
    path = f"setup/{_LETTERS.get(account['type'], 's')}/{account['id']}/{token}"
    link = w.build("account_link", id="", created=w.now, expires_at=w.now + LASTS, url=f"{w.site_url}/{path}")
    return _without_id(link)


def visit(w: Work, token: str) -> Doc | None:
    """The account that this visit of a link is about; None where the link is over."""
    link = w.private("account_link", token) or {}
    if not link or link["visited"] or link["expires_at"] <= w.now:
        return None
    account = w.get("account", link["account"])
    if account is not None:
        w.keep("account_link", token, visited=True)
    return account


def complete(w: Work, token: str, bank_number: str) -> bool:
    """The owner told all that was asked, with the number of a bank account where there was none yet.

    False where that was done by this link before.
    """
    link = w.private("account_link", token) or {}
    account = w.get("account", link.get("account"))
    if account is None or link["used"] or (link["expires_at"] <= w.now and not link["visited"]):
        return False
    w.keep("account_link", token, visited=True, used=True)
    accounts.onboarded(w, account, bank_number)
    return True


def leave(w: Work, token: str) -> str:
    """Where an owner goes who has finished or wants to go on later."""
    return str((w.private("account_link", token) or {})["return_url"])


def again(w: Work, token: str) -> str:
    """Where an owner goes whose link is over: there the platform makes a new one."""
    return str((w.private("account_link", token) or {})["refresh_url"])


def log_in(w: Work, account: Doc) -> Doc:
    """``POST /v1/accounts/{account}/login_links``: into the Express Dashboard, once the account is set up.

    Unlike Stripe's, ours can be opened more than once.
    """
    if account["controller"]["stripe_dashboard"]["type"] != "express":
        raise Problem("Cannot create a login link for an account that does not have the Express Dashboard.")
    if not account["details_submitted"]:
        raise Problem("Cannot create a login link for an account that has not completed onboarding.")
    token = w.text(_TOKEN)
    w.keep("login_link", token, account=account["id"])
    url = f"{w.site_url}/express/{account['id']}/{token}"
    return _without_id(w.build("login_link", id="", created=w.now, url=url))


def _without_id(link: Doc) -> Doc:
    return {name: value for name, value in link.items() if name != "id"}
