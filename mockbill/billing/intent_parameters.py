"""What payment and setup intents have in common: the payment methods that they take, and how one is named."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from mockbill import surface
from mockbill.billing import fields, intent_lines, payment_methods, unmodelled
from mockbill.billing.connect import naming
from mockbill.billing.payment_methods import CASH
from mockbill.billing.storefront import method_configurations
from mockbill.billing.tax import associations
from mockbill.rules import bank_transfers
from mockbill.rules.bank_debits import SCHEMES
from mockbill.world import Doc, Problem, Work

_TYPES = ("card", "link")  # that a fresh account has switched on
_CARD = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
_DEBITS: Mapping[str, Doc] = {
    **{type: {} for type in SCHEMES},
    "us_bank_account": {"verification_method": "automatic"},
}
_OPTIONS: Mapping[str, Mapping[str, Doc]] = {
    "payment_intent": {
        "card": {"installments": None, **_CARD},
        "link": {"persistent_token": None},
        CASH: {"funding_type": None},
        **_DEBITS,
    },
    "setup_intent": {
        "card": _CARD,
        "link": {"persistent_token": None},
        **{type: _DEBITS[type] for type in _DEBITS if type != "au_becs_debit"},
    },
}
_LATER_OF_SETUPS = ("attach_to_self", "flow_directions", "single_use")
OURS = ("automatic_payment_methods", "customer", "payment_method", "payment_method_options", "payment_method_types")
NAMES = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}


def methods_taken(
    w: Work, kind: str, params: Mapping[str, Any], method: Doc | None = None, currency: str | None = None
) -> dict[str, Any]:
    """The fields of a new intent that say which payment methods it takes.

    Requests of older versions name ``payment_method_types``; the others take what the account has switched on: cards
    and Link are shown, debits of bank accounts where ``allowed_payment_method_types`` or a ``method`` ask for them.
    """
    types, automatic = params.get("payment_method_types"), params.get("automatic_payment_methods") or {}
    if types and automatic.get("enabled"):
        raise Problem(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            code="parameters_exclusive",
        )
    if types or automatic.get("enabled") is False:
        types, automatic_fields = types or ["card"], None
        check_types(types, currency)
    else:
        types = _switched_on(w, params, method, currency)
        if not types:
            raise Problem(
                f"No valid payment method types for this {NAMES[kind]}. Please ensure that you have activated payment "
                "methods compatible with your chosen currency in your dashboard."
            )
        automatic_fields = {"allow_redirects": automatic.get("allow_redirects", "always"), "enabled": True}
    return {
        "automatic_payment_methods": automatic_fields,
        "payment_method_configuration_details": _configuration(w, params) if automatic_fields else None,
        "payment_method_options": options(kind, types, params.get("payment_method_options"), None),
        "payment_method_types": types,
    }


def _switched_on(w: Work, params: Mapping[str, Any], method: Doc | None, currency: str | None) -> list[str]:
    allowed = params.get("allowed_payment_method_types")
    excluded = params.get("excluded_payment_method_types") or ()
    all_of_them = (*_TYPES, *_others_of(currency))
    on = method_configurations.switched_on(w, params.get(method_configurations.KIND))
    known = [type for type in all_of_them if type in on] if allowed is None else all_of_them
    types = [type for type in known if type not in excluded and (allowed is None or type in allowed)]
    if method is not None and allowed is None and method["type"] not in (*types, *excluded):
        types += [type for type in _others_of(currency) if type == method["type"]]
    return types


def _others_of(currency: str | None) -> list[str]:
    """The debits and transfers that pay in a currency; where nothing is paid yet, all debits."""
    cash = [CASH] if currency in bank_transfers.TYPES else []
    return [type for type, scheme in SCHEMES.items() if currency in (None, scheme.currency)] + cash


def check_types(types: Sequence[str], currency: str | None) -> None:
    """Problem for a name that no payment method has, or one that does not pay in the currency."""
    field = surface.field_type("payment_method", "type")
    for type in types:
        if field is not None and type not in field.values:
            raise Problem(
                f"The payment method type provided: {type} is invalid. Payment method types are "
                f"{', '.join(field.values)}.",
                param="payment_method_types",
            )
        check_currency(type, currency)


def check_currency(type: str, currency: str | None) -> None:
    """Problem for a debit in a currency that it does not pay in."""
    scheme = SCHEMES.get(type)
    known = [scheme.currency] if scheme else list(bank_transfers.TYPES) if type == CASH else None
    if known is not None and currency is not None and currency not in known:
        raise Problem(
            f"The currency provided ({currency}) is invalid. Payments with {type} support the following currencies: "
            f"{', '.join(known)}.",
            param="currency",
        )


def refuse_later(kind: str, params: Mapping[str, Any]) -> None:
    """What is not acted on yet."""
    if kind == "setup_intent":
        unmodelled.refuse(params, _LATER_OF_SETUPS, "setup intents")


def changes(w: Work, kind: str, intent: Doc, params: Mapping[str, Any]) -> dict[str, Any]:
    """What an update or a confirmation changes, before anything is tried.

    Another payment method has to be confirmed, also where the customer was about to authenticate the one before.
    """
    refuse_later(kind, params)
    associations.check(w, params)
    naming.check(w, params, params.get("amount", intent.get("amount")), f"{NAMES[kind]}s", known=intent)
    changed = fields.fields_of(kind, params, intent, but=OURS)
    if kind == "payment_intent":
        changed |= intent_lines.told(w, intent["id"], params, params.get("amount", intent["amount"]), intent)
    if customer := params.get("customer"):
        changed["customer"] = w.need("customer", customer, "customer")["id"]
    if "payment_method_types" in params:
        check_types(params["payment_method_types"] or (), params.get("currency") or intent.get("currency"))
        changed["payment_method_types"] = params["payment_method_types"]
    if "payment_method_options" in params:
        types = {**intent, **changed}["payment_method_types"]
        changed["payment_method_options"] = options(
            kind, types, params["payment_method_options"], intent["payment_method_options"]
        )
    method = method_of(w, kind, params, changed.get("customer", intent["customer"]))
    if method is not None:
        changed |= _opened_for(w, kind, {**intent, **changed}, method)
        check_takes(kind, {**intent, **changed}, method)
        changed |= {"next_action": None, "payment_method": method["id"], "status": "requires_confirmation"}
        if method["id"] != intent["payment_method"]:
            w.keep(kind, intent["id"], authenticated=False)  # that was for the other card
    elif "customer" in changed and (kept := w.get("payment_method", intent["payment_method"])):
        _check_owner(kind, kept, changed["customer"])
    return changed


def _opened_for(w: Work, kind: str, intent: Doc, method: Doc) -> dict[str, Any]:
    """An intent that takes what the account has switched on takes a bank account that pays in its currency.

    So does that of an invoice that does not say which types it takes.
    """
    types, type = intent["payment_method_types"], method["type"]
    if type in types or type not in _others_of(intent.get("currency")):
        return {}
    if intent["automatic_payment_methods"] is None and not _is_open_invoice(w, intent):
        return {}
    if intent["allowed_payment_method_types"] or type in (intent["excluded_payment_method_types"] or ()):
        return {}
    types = [*types, type]
    return {
        "payment_method_options": options(kind, types, None, intent["payment_method_options"]),
        "payment_method_types": types,
    }


def of_invoice(invoice: Doc) -> dict[str, Any]:
    """The payment methods that the intent of an invoice takes and their options, where the invoice says so."""
    types = invoice["payment_settings"]["payment_method_types"]
    if not types:
        return {}
    asked = invoice["payment_settings"]["payment_method_options"]
    return {
        "payment_method_options": options("payment_intent", types, asked, None),
        "payment_method_types": types,
    }


def invoice_of(w: Work, intent: Doc) -> Doc | None:
    """The invoice that has made an intent, if any; one that an intent was attached to has not."""
    for payment in w.find("invoice_payment", {"payment.payment_intent": intent["id"]}):
        if payment["is_default"]:
            return w.get("invoice", payment["invoice"])
    return None


def _is_open_invoice(w: Work, intent: Doc) -> bool:
    invoice = invoice_of(w, intent)
    return invoice is not None and not invoice["payment_settings"]["payment_method_types"]


def options(kind: str, types: Sequence[str], sent: Mapping[str, Any] | None, old: Doc | None) -> Doc:
    """``payment_method_options``: one entry for each type that has any, with what was sent."""
    return _options(kind, types, sent or {}, old or {}) if sent or old else _untouched(kind, tuple(types))


@lru_cache(maxsize=256)  # one for all intents: documents never change
def _untouched(kind: str, types: tuple[str, ...]) -> Doc:
    return _options(kind, types, {}, {})


def _options(kind: str, types: Sequence[str], asked: Mapping[str, Any], old: Doc) -> Doc:
    merged = {}
    for type in sorted({*types, *old, *asked}):
        default = _OPTIONS[kind].get(type)
        given = asked.get(type) or {}
        if default is not None or given:
            known = {**(default or {}), **(old.get(type) or {})}
            merged[type] = fields.fitted(kind, ("payment_method_options", type), given, known)
    return merged


def _configuration(w: Work, params: Mapping[str, Any]) -> Doc:
    named = params.get(method_configurations.KIND)
    return {"id": named or method_configurations.default_id(w), "parent": None}


def method_of(w: Work, kind: str, params: Mapping[str, Any], customer: str | None) -> Doc | None:
    """The payment method that a request names, makes (``payment_method_data``) or owns; None when there is none."""
    if data := params.get("payment_method_data"):
        return payment_methods.of_params(w, data, "payment_method_data")
    id = params.get("payment_method") or None
    if id is None:
        return None
    if id.startswith("tok_"):
        raise Problem(
            "A token may not be passed in as a PaymentMethod. Instead, use payment_method_data with type=card and "
            f"card[token]={id}.",
            param="payment_method",
        )
    method = payment_methods.instantiate(w, id, "payment_method")
    _check_owner(kind, method, customer)
    payment_methods.check_unspent(w, method)
    return method


def _check_owner(kind: str, method: Doc, customer: str | None) -> None:
    owner = method["customer"]
    if owner is None or owner == customer:
        return
    if customer is None:
        raise Problem(
            f"The `payment_method` parameter supplied {method['id']} belongs to the Customer {owner}. Please include "
            f"the Customer in the `customer` parameter on the {NAMES[kind]}.",
            param="payment_method",
        )
    raise Problem(
        f"The customer does not have a payment method with the ID {method['id']}. The payment method must be attached "
        "to the customer.",
        code="resource_missing",
        param="payment_method",
    )


def check_takes(kind: str, intent: Doc, method: Doc) -> None:
    """Problem where a payment method is of a type that the intent does not take."""
    check_currency(method["type"], intent.get("currency"))
    if method["type"] in (*SCHEMES, CASH) and intent.get("capture_method") == "manual":
        raise Problem(
            f"The payment method type {method['type']} cannot be captured later: use another `capture_method`.",
            param="capture_method",
        )
    if method["type"] == payment_methods.LINK and intent.get("capture_method") == "manual":
        raise unmodelled.unsupported("mockbill captures payments with link at once.", "capture_method")
    if method["type"] not in intent["payment_method_types"]:
        raise Problem(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this {NAMES[kind]}. Please attach a "
            "PaymentMethod of one of the following types: "
            f"{', '.join(intent['payment_method_types'])}.",
            param="payment_method",
        )


def check_return_url(kind: str, intent: Doc, params: Mapping[str, Any]) -> None:
    """Problem where a payment method might send the customer away and there is no URL to come back to."""
    automatic = intent["automatic_payment_methods"]
    redirects = automatic is not None and automatic["enabled"] and automatic["allow_redirects"] == "always"
    if redirects and not (params.get("return_url") or params.get("use_stripe_sdk")):
        raise Problem(
            f"This {NAMES[kind]} is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`. If "
            "you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to "
            "`true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents.",
            param="return_url" if kind == "setup_intent" else None,
        )


def unexpected(kind: str, intent: Doc, message: str) -> Problem:
    """``payment_intent_unexpected_state`` or ``setup_intent_unexpected_state``, with the intent as it is."""
    told: dict[str, Any] = {kind: intent}
    return Problem(message, code=f"{kind}_unexpected_state", **told)
