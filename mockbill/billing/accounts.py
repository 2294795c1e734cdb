"""Accounts: the caller's own one, and those that it connects (recorded for type standard)."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import amounts, fields, unmodelled
from mockbill.billing.connect import beside, capabilities, countries, external_accounts, persons, standing
from mockbill.billing.funds import balance_settings, settlements
from mockbill.rules.payouts import GOOD_NUMBER, ROUTING_NUMBER, Schedule
from mockbill.world import Doc, Problem, Work

_CONTROLLERS = {  # who pays Stripe's fees, bears losses, collects requirements, and which dashboard there is
    "standard": ("account", "stripe", "stripe", "full"),
    "express": ("application_express", "application", "stripe", "express"),
    "custom": ("application_custom", "application", "application", "none"),
}
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_OURS = ("capabilities", "company", "country", "external_account", "individual", "settings", "type")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/accounts``: a connected account, with what it tells at once; the rest is in its requirements."""
    if params.get("controller") and params.get("type"):
        raise Problem(
            "You may not provide the `type` parameter and `controller` parameters together. They are mutually "
            "exclusive.",
            param="type",
        )
    natural = _fields(w, w.id("account"), params.get("type", "standard"), params.get("country", "US").upper())
    account = w.add("account", **natural)
    values = {**account, **_sent(w, params, account)}
    _tell_of_parts(w, values, params)
    _schedule_payouts(w, values, params)
    return w.change(account, **standing.with_consequences(w, values))


def update(w: Work, account: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/accounts/{account}``; ``account.updated``, which is an event of the connected account."""
    values = _sent(w, params, account)
    _tell_of_parts(w, {**account, **values}, params)
    _schedule_payouts(w, {**account, **values}, params)
    return standing.bring_up_to_date(w, account, **values)


def onboarded(w: Work, account: Doc, bank_number: str = GOOD_NUMBER) -> Doc:
    """Its owner has told all that was asked: it can charge and be paid out.

    Capabilities become active: those that were requested, else cards and transfers.  An account without an external
    account gets one; of persons and of what else was told nothing is made up.
    """
    if not account.get("capabilities"):
        wished = {name: {"requested": True} for name in ("card_payments", "transfers")}
        account = {**account, **capabilities.asked(w, account, wished)}
    w.keep(standing.FACTS, account["id"], completed=True)
    if not standing.external_accounts(w, account["id"]):
        bank = {"object": "bank_account", "account_number": bank_number, "country": account["country"]}
        external_accounts.add(w, account, {**bank, "routing_number": ROUTING_NUMBER})
    return standing.bring_up_to_date(w, account, **_of(account, ("capabilities",)))


def reject(w: Work, account: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../reject`` for a ``reason``: nothing can be charged any more, nor paid out unless that is asked for."""
    if account["controller"]["losses"]["payments"] != "application":
        raise Problem("Only accounts whose negative balances the platform is liable for can be rejected.")
    if standing.facts(w, account["id"])["rejected"]:
        raise Problem(f"The account {account['id']} has already been rejected.")
    paused = params.get("payouts_action", "pause") == "pause"
    w.keep(standing.FACTS, account["id"], rejected=params["reason"], paused=paused)
    return standing.bring_up_to_date(w, account)


def unreject(w: Work, account: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../unreject``: as it would stand had it not been rejected."""
    if not standing.facts(w, account["id"])["rejected"]:
        raise Problem(f"The account {account['id']} has not been rejected.")
    w.keep(standing.FACTS, account["id"], rejected=None, paused=False)
    return standing.bring_up_to_date(w, account)


def delete(w: Work, account: Doc) -> Doc:
    """``DELETE /v1/accounts/{account}``, and what it has told: ``account.application.deauthorized``, its own event.

    That this is how a platform loses one is the Stripe CLI's word (stripe-behaviour.md 5.5).
    """
    if account["id"] != w.world.account_id:
        beside.tell(w, account["id"], "account.application.deauthorized", beside.application(w))
    for part in (*standing.external_accounts(w, account["id"]), *w.find("person", account=account["id"])):
        w.remove(part)
    return w.remove(account)


def own(w: Work) -> Doc:
    """``GET /v1/account``: the account of the key, which lacks nothing; or the connected one that is acted for."""
    id = w.world.account_id
    if w.world.platform is not None and (connected := w.world.platform.fetch("account", id)) is not None:
        return shown(w, connected)
    kept = w.private("own_account", id) or w.keep("own_account", id, created=w.now)
    account = w.build("account", **_fields(w, id, "standard", "US"))
    return {
        **{name: value for name, value in account.items() if name != "controller"},
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "created": kept["created"],
        "details_submitted": True,
        "payouts_enabled": True,
        "requirements": standing.requirements([]),
        "settings": with_schedule(_settings(w.world.name), settlements.plan(w) or {}),
    }


def shown(w: Work, account: Doc) -> Doc:
    """A connected account with what its own world knows better: its schedule, and where payouts have failed."""
    id = account["id"]
    there = w.world if id == w.world.account_id else w.world.connected(id)
    known = account["external_accounts"]
    banks = [there.fetch(each["object"], each["id"]) or each for each in known["data"]]
    plan = there.fetch(f"_{settlements.PLAN}", id) or {}
    return {
        **account,
        "external_accounts": {**known, "data": banks},
        "settings": with_schedule(account["settings"], plan),
    }


def with_schedule(settings: Doc, plan: Mapping[str, Any]) -> Doc:
    """Settings with the schedule of payouts that a plan says."""
    schedule = balance_settings.of_account(balance_settings.planned(plan), plan.get("delay", balance_settings.DELAY))
    return {**settings, "payouts": {**settings["payouts"], "schedule": schedule}}


def _sent(w: Work, params: dict[str, Any], old: Doc) -> dict[str, Any]:
    unmodelled.refuse(params, ("account_token", "documents"), "accounts")
    sent = fields.fields_of("account", params, old, but=_OURS)
    if code := params.get("default_currency"):
        sent["default_currency"] = amounts.currency(code, "default_currency")
    if told := params.get("company"):
        sent["company"] = {**fields.fitted("account", ("company",), told, old["company"]), **_numbers(told)}
    if told := params.get("settings"):
        sent["settings"] = _told_settings(w, told, old)
    if asked := params.get("capabilities"):
        sent |= capabilities.asked(w, old, asked)
    return sent


def _told_settings(w: Work, told: dict[str, Any], old: Doc) -> Doc:
    payouts = told.get("payouts") or {}
    plain = {**told, "payouts": {name: value for name, value in payouts.items() if name != "schedule"}}
    settings: Doc = fields.fitted("account", ("settings",), plain, old["settings"])
    asked = _asked_schedule(w, told, old["id"])
    if asked is None:
        return settings
    return {**settings, "payouts": {**settings["payouts"], "schedule": balance_settings.of_account(*asked)}}


def _asked_schedule(w: Work, told: dict[str, Any], id: str) -> tuple[Schedule, int] | None:
    """The schedule of payouts that settings ask for, over what the account's own balance settings say."""
    given = (told.get("payouts") or {}).get("schedule")
    if not given:
        return None
    return balance_settings.asked(given, w.world.connected(id).fetch(f"_{settlements.PLAN}", id) or {})


def _schedule_payouts(w: Work, account: Doc, params: dict[str, Any]) -> None:
    """What is asked for is kept by the account itself, which pays out on its own clock."""
    asked = _asked_schedule(w, params.get("settings") or {}, account["id"])
    if asked is not None:
        descriptor = account["settings"]["payouts"]["statement_descriptor"]
        beside.afterwards(w, account["id"], lambda there: balance_settings.schedule(there, *asked, descriptor))


def _numbers(company: dict[str, Any]) -> dict[str, bool]:
    """Numbers of a company are not shown, only that they were told."""
    return {f"{name}_provided": bool(company[name]) for name in ("tax_id", "vat_id") if name in company}


def _tell_of_parts(w: Work, account: Doc, params: dict[str, Any]) -> None:
    """The objects of their own that an account's parameters hold: its individual and an external account."""
    if told := params.get("individual"):
        told = {**told, "relationship": {**(told.get("relationship") or {}), "representative": True}}
        known = w.find("person", account=account["id"])
        if known:
            persons.change(w, account, known[0], told)
        else:
            persons.add(w, account, told)
    if given := params.get("external_account"):
        external_accounts.add(w, account, given, replaces=True)


def _of(doc: Doc, names: tuple[str, ...]) -> Doc:
    return {name: doc[name] for name in names if name in doc}


def _fields(w: Work, id: str, type: str, country: str) -> dict[str, Any]:
    currency = countries.CURRENCIES.get(country, "usd")
    payer, losses, collector, dashboard = _CONTROLLERS.get(type, _CONTROLLERS["standard"])
    return {
        "id": id,
        "business_profile": _BUSINESS_PROFILE,
        "company": {
            "address": {**_NO_ADDRESS, "country": country},
            "directors_provided": False,
            "executives_provided": False,
            "name": None,
            "owners_provided": False,
            "tax_id_provided": False,
            "verification": {"document": {"back": None, "details": None, "details_code": None, "front": None}},
        },
        "controller": {
            "fees": {"payer": payer},
            "is_controller": True,
            "losses": {"payments": losses},
            "requirement_collection": collector,
            "stripe_dashboard": {"type": dashboard},
            "type": "application",
        },
        "country": country,
        "default_currency": currency,
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/accounts/{id}/external_accounts",
        },
        "future_requirements": standing.requirements([]),
        "requirements": standing.requirements([]),
        "settings": _settings(None),
        "type": type,
    }


_BUSINESS_PROFILE = dict.fromkeys(
    (
        "annual_revenue", "estimated_worker_count", "mcc", "minority_owned_business_designation", "name",
        "product_description", "specified_commercial_transactions_act_url", "support_address", "support_email",
        "support_phone", "support_url", "url",
    )
)  # fmt: skip


def _settings(display_name: str | None) -> Doc:
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": display_name, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": balance_settings.DELAY, "interval": "manual"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
