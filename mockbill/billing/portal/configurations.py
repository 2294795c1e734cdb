"""Portal configurations: what a portal shows and lets its customers do; the account's own is the default.

Stripe has no default until somebody has saved the portal's settings in the Dashboard.  Here it is as in a sandbox where
that was done once: it comes into being, with its event, when it is first needed or looked for.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import fields, urls
from mockbill.billing.portal import features
from mockbill.world import Doc, Problem, Work

KIND = "billing_portal.configuration"
LOGIN = "portal_login"
_OURS = ("active", "business_profile", "features", "login_page")
_NOBODY: Doc = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
_NO_LOGIN: Doc = {"enabled": False, "url": None}
_TOKEN = 24  # characters of a login page's address


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing_portal/configurations``: ``billing_portal.configuration.created``; ``features`` is required.

    Features that are not named are off.
    """
    if not params.get("features"):
        raise Problem("Missing required param: features.", code="parameter_missing", param="features")
    return _add(w, params, is_default=False)


def update(w: Work, configuration: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../{configuration}``: ``billing_portal.configuration.updated``; sessions go by it from then on."""
    if params.get("active") is False and configuration["is_default"]:
        raise Problem("You cannot deactivate the default portal configuration.", param="active")
    before = products(w, configuration)
    made, listed = _fields(w, params, configuration, before)
    if "active" in params:
        made["active"] = params["active"]
    if listed == before and all(configuration.get(name) == value for name, value in made.items()):
        return configuration
    w.keep(KIND, configuration["id"], products=listed)
    changed = w.change(configuration, **made, updated=w.now)
    _note_login(w, changed)
    w.emit("billing_portal.configuration.updated", changed, configuration)
    return changed


def default(w: Work) -> Doc:
    """The account's own configuration."""
    for found in w.find(KIND, is_default=True):
        return found
    return _add(w, {"features": features.OF_THE_DEFAULT}, is_default=True)


def named(w: Work, id: str | None) -> Doc:
    """The configuration that a session names, or the default one; Problem where it is no longer active."""
    if not id:
        return default(w)
    found = w.need(KIND, id, "configuration")
    if not found["active"]:
        raise Problem(f"The portal configuration `{id}` is not active.", param="configuration")
    return found


def products(w: Work, configuration: Doc) -> list[Doc]:
    """``features.subscription_update.products``, which the configuration shows only where it is expanded."""
    return list((w.private(KIND, configuration["id"]) or {}).get("products") or ())


def with_products(w: Work, configuration: Doc) -> Doc:
    """The features with their products."""
    shown: Doc = configuration["features"]
    update = {**shown["subscription_update"], "products": products(w, configuration)}
    return {**shown, "subscription_update": dict(sorted(update.items()))}


def _add(w: Work, params: Mapping[str, Any], *, is_default: bool) -> Doc:
    made, listed = _fields(w, params, {}, [])
    id = w.id(KIND)
    configuration = w.add(KIND, **made, id=id, active=True, is_default=is_default, updated=w.now)
    w.keep(KIND, id, products=listed)
    _note_login(w, configuration)
    w.emit("billing_portal.configuration.created", configuration)
    return configuration


def _fields(
    w: Work, params: Mapping[str, Any], before: Mapping[str, Any], listed: list[Doc]
) -> tuple[dict[str, Any], list[Doc]]:
    """The fields that the parameters make, and the products beside them."""
    if url := params.get("default_return_url"):
        urls.check(url, "default_return_url")
    made = fields.fields_of(KIND, params, before, but=_OURS)
    made["business_profile"] = _profile(params.get("business_profile") or {}, before.get("business_profile"))
    made["features"], listed = features.of(w, params.get("features") or {}, before.get("features"), listed)
    made["login_page"] = _login_page(w, params.get("login_page"), before.get("login_page") or _NO_LOGIN)
    return made, listed


def _profile(sent: Mapping[str, Any], before: Doc | None) -> Doc:
    for name in ("privacy_policy_url", "terms_of_service_url"):
        if url := sent.get(name):
            urls.check(url, f"business_profile[{name}]")
    return {**(before or _NOBODY), **{name: value or None for name, value in sent.items()}}


def _login_page(w: Work, sent: Doc | None, before: Doc) -> Doc:
    """On, it has an address of its own; one that is switched off never comes back."""
    if not sent or sent["enabled"] == before["enabled"]:
        return before
    return {"enabled": True, "url": f"{w.site_url}/p/login/test_{w.text(_TOKEN)}"} if sent["enabled"] else _NO_LOGIN


def _note_login(w: Work, configuration: Doc) -> None:
    if url := configuration["login_page"]["url"]:
        w.keep(LOGIN, url.rpartition("/")[2], configuration=configuration["id"])


def of_login(w: Work, token: str) -> Doc | None:
    """The configuration whose login page is at this address; None where it is no longer."""
    configuration = w.get(KIND, (w.private(LOGIN, token) or {}).get("configuration"))
    if configuration is None or not configuration["active"]:
        return None
    return configuration if (configuration["login_page"]["url"] or "").endswith(f"/{token}") else None
