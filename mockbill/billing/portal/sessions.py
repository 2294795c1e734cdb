"""Portal sessions: short-lived addresses at which one customer manages their own billing."""

from typing import Any

from mockbill.billing import unmodelled, urls
from mockbill.billing.portal import configurations, flows
from mockbill.world import Doc, Problem, Work

KIND = "billing_portal.session"
VISIT = "portal_visit"
UNTIL_OPENED = 5 * 60  # seconds
IDLE = 60 * 60
_TOKEN = 40  # characters


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing_portal/sessions``: ``billing_portal.session.created``; it cannot be read again.

    Without a configuration the default one counts.  The pages speak English whatever the ``locale`` is.
    """
    unmodelled.refuse(params, ("customer_account",), "portal sessions")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    w.use_clock_of(customer)
    if url := params.get("return_url"):
        urls.check(url, "return_url")
    if account := params.get("on_behalf_of"):
        w.need("account", account, "on_behalf_of")
    configuration = configurations.named(w, params.get("configuration"))
    after = _after_expiration(w, configuration, params.get("after_expiration"))
    flow = flows.made(w, customer, configuration, params["flow_data"]) if params.get("flow_data") else None
    token = f"test_{w.text(_TOKEN)}"
    session = w.add(
        KIND,
        after_expiration=after,
        configuration=configuration["id"],
        customer=customer["id"],
        flow=flow,
        locale=params.get("locale") or None,
        on_behalf_of=params.get("on_behalf_of") or None,
        return_url=params.get("return_url") or configuration["default_return_url"],
        url=f"{w.site_url}/p/session/{token}",
    )
    w.keep(VISIT, token, session=session["id"], ends=w.now + UNTIL_OPENED)
    w.emit("billing_portal.session.created", session)
    return session


def _after_expiration(w: Work, configuration: Doc, sent: dict[str, Any] | None) -> Doc | None:
    """Who comes later may log in again, until ``expires_at``; that needs a login page (not established)."""
    if not sent:
        return None
    if not configuration["login_page"]["enabled"]:
        raise Problem(
            "`after_expiration` needs a portal configuration whose `login_page` is enabled.", param="after_expiration"
        )
    until = (sent.get("customer_login") or {}).get("expires_at")
    if until is not None and until <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="after_expiration[customer_login][expires_at]")
    return {"customer_login": {"expires_at": until}, "type": sent["type"]}


def way_in(w: Work, token: str) -> str | None:
    """The login page at which a session that is over can be had again, where it can."""
    session = of_visit(w, token) or {}
    after = session.get("after_expiration")
    if not after or (after["customer_login"]["expires_at"] or w.now + 1) <= w.now:
        return None
    configuration = w.get(configurations.KIND, session["configuration"]) or {"login_page": {"url": None}}
    url: str | None = configuration["login_page"]["url"]
    return url


def visited(w: Work, token: str) -> Doc | None:
    """The session of a visit, in its customer's time, for another hour; None where it is over.

    An address that nobody opens is over after five minutes, a visit an hour after its last page.
    """
    visit = w.private(VISIT, token) or {}
    session = of_visit(w, token)
    if session is None or w.get("customer", session["customer"]) is None:
        return None
    w.use_clock_of(session["customer"])
    if w.now >= visit["ends"]:
        return None
    w.keep(VISIT, token, ends=w.now + IDLE)
    return session


def of_visit(w: Work, token: str) -> Doc | None:
    """The session behind an address, over or not."""
    return w.get(KIND, (w.private(VISIT, token) or {}).get("session"))


def token_of(session: Doc) -> str:
    """The secret part of a session's address."""
    return str(session["url"]).rpartition("/")[2]


def finish(w: Work, token: str) -> Doc | None:
    """What the customer was led to is done: the flow's ``after_completion``; None where there is no flow any more."""
    session = of_visit(w, token)
    if session is None or session["flow"] is None or flow_done(w, token):
        return None
    w.keep(VISIT, token, flow_done=True)
    after: Doc = session["flow"]["after_completion"]
    return after


def flow_done(w: Work, token: str) -> bool:
    """Whether it was, by this visit."""
    return bool((w.private(VISIT, token) or {}).get("flow_done"))
