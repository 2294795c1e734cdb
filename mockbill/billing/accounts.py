"""Accounts: the caller's own one, and those that it connects (recorded for type standard)."""

from typing import Any

from mockbill.billing import amounts, fields
from mockbill.billing.connect import beside
from mockbill.world import Doc, Work

_EURO = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
_CURRENCIES = {
    **dict.fromkeys(_EURO.split(), "eur"),
    "AE": "aed", "AU": "aud", "BR": "brl", "CA": "cad", "CH": "chf", "CZ": "czk", "DK": "dkk", "GB": "gbp",
    "HK": "hkd", "HU": "huf", "IN": "inr", "JP": "jpy", "LI": "chf", "MX": "mxn", "MY": "myr", "NO": "nok",
    "NZ": "nzd", "PL": "pln", "RO": "ron", "SE": "sek", "SG": "sgd", "TH": "thb",
}  # fmt: skip
_WANTED = [
    "business_profile.product_description",
    "business_profile.support_phone",
    "business_profile.url",
    "external_account",
    "tos_acceptance.date",
    "tos_acceptance.ip",
]
_CONTROLLERS = {  # who pays Stripe's fees, bears losses, collects requirements, and which dashboard there is
    "standard": ("account", "stripe", "stripe", "full"),
    "express": ("application_express", "application", "stripe", "express"),
    "custom": ("application_custom", "application", "application", "none"),
}
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_OURS = ("capabilities", "company", "country", "external_account", "individual", "settings", "type")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/accounts``: a connected account that still has everything to tell."""
    natural = _fields(w, w.id("account"), params.get("type", "standard"), params.get("country", "US").upper())
    return w.add("account", **{**natural, **_sent(params, natural)})


def update(w: Work, account: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/accounts/{account}``; ``account.updated``, which is an event of the connected account."""
    return _changed(w, account, **_sent(params, account))


def onboarded(w: Work, account: Doc) -> Doc:
    """Its owner has told all that was asked: it can charge and be paid out; ``account.updated``.

    Capabilities become active: those that were requested, else cards and transfers.  Stripe tells of each of them, of
    the bank account and of persons as well (``capability.updated`` and others); here there is this one event.
    """
    wanted = account.get("capabilities") or {"card_payments": "inactive", "transfers": "inactive"}
    return _changed(
        w,
        account,
        capabilities=dict.fromkeys(wanted, "active"),
        charges_enabled=True,
        details_submitted=True,
        payouts_enabled=True,
        requirements=_requirements([]),
    )


def _changed(w: Work, account: Doc, **values: Any) -> Doc:
    changed = w.change(account, **values)
    if changed != account:
        beside.tell(w, account["id"], "account.updated", changed, account)
    return changed


def delete(w: Work, account: Doc) -> Doc:
    """``DELETE /v1/accounts/{account}``."""
    return w.remove(account)


def own(w: Work) -> Doc:
    """``GET /v1/account``: the account of the key, which lacks nothing."""
    id = w.world.account_id
    kept = w.private("own_account", id) or w.keep("own_account", id, created=w.now)
    account = w.build("account", **_fields(w, id, "standard", "US"))
    return {
        **{name: value for name, value in account.items() if name != "controller"},
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "created": kept["created"],
        "details_submitted": True,
        "payouts_enabled": True,
        "requirements": _requirements([]),
        "settings": _settings(w.world.name),
    }


def _sent(params: dict[str, Any], old: Doc) -> dict[str, Any]:
    sent = fields.fields_of("account", params, old, but=_OURS)
    if code := params.get("default_currency"):
        sent["default_currency"] = amounts.currency(code, "default_currency")
    if asked := params.get("capabilities"):
        asked = {name: "inactive" for name, wish in asked.items() if (wish or {}).get("requested")}
        sent["capabilities"] = {**(old.get("capabilities") or {}), **asked}
    return sent


def _fields(w: Work, id: str, type: str, country: str) -> dict[str, Any]:
    currency = _CURRENCIES.get(country, "usd")
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
        "future_requirements": _requirements([]),
        "requirements": {**_requirements(_WANTED), "disabled_reason": "requirements.past_due"},
        "settings": _settings(None),
        "type": type,
    }


def _requirements(wanted: list[str]) -> Doc:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": wanted,
        "disabled_reason": None,
        "errors": [],
        "eventually_due": wanted,
        "past_due": wanted,
        "pending_verification": [],
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
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
