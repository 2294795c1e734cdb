"""``POST /v1/sources``: a source of each type as it begins, and its update.

Those of cards and SEPA accounts are payment methods too, under the same id.  Members of a type that Stripe fills
(``bic``, ``verified_name``) are filled when the owner has authenticated it.
"""

from collections.abc import Mapping
from typing import Any

from mockbill import surface
from mockbill.billing import amounts, billing_details, fields, legacy_cards, payment_methods, unmodelled, urls
from mockbill.billing.bank_debits import accounts, mandates
from mockbill.billing.sources import states
from mockbill.rules import sources
from mockbill.rules.cards import ThreeDSecure
from mockbill.rules.sources import Type
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import check_known

KIND = states.KIND
_LATER = ("source_order",)
_LATER_OF_MANDATES = ("amount", "currency", "interval", "notification_method")
_SHOWN_OF_CARDS = (
    "address_line1_check", "address_zip_check", "brand", "country", "cvc_check", "dynamic_last4", "exp_month",
    "exp_year", "fingerprint", "funding", "last4", "name", "tokenization_method",
)  # fmt: skip
_OURS = ("amount", "currency", "customer", "flow", "owner", "receiver", "redirect", "type", "usage")
_SUPPORT = {
    ThreeDSecure.NOT_SUPPORTED: "not_supported",
    ThreeDSecure.REQUIRED: "required",
    ThreeDSecure.REQUIRED_BUT_FAILS: "required",
    ThreeDSecure.REQUIRED_UNLESS_SET_UP: "recommended",
}


def create(w: Work, params: dict[str, Any]) -> Doc:
    """A new source: chargeable at once, or pending until its owner has authenticated it or sent what it takes."""
    unmodelled.refuse(params, _LATER, "sources")
    unmodelled.refuse(params.get("mandate") or {}, _LATER_OF_MANDATES, "the mandates of sources")
    if params.get("original_source"):
        return _clone(w, params)
    type = _type(params)
    _check_meant(type, params)
    usage = _usage(type, params)
    amount, currency = _worth(type, usage, params)
    told = {name: params[name] for name in params if name not in (*_OURS, type.name)}
    id, secret = w.id(KIND), f"src_client_secret_{w.text(24)}"
    source = w.add(
        KIND,
        **fields.fields_of(KIND, told, {}),
        id=id,
        amount=amount,
        client_secret=secret,
        currency=currency,
        flow=type.flow,
        owner=_owner(_NOBODY, params.get("owner") or {}),
        status="pending",
        type=type.name,
        usage=usage,
        **({"redirect": _redirect(_page(w, id, secret), params)} if type.flow == "redirect" else {}),
    )
    match type.name:
        case "card":
            return _card(w, source, params)
        case "three_d_secure":
            return _three_d_secure(w, source, params)
        case "sepa_debit":
            return _sepa_debit(w, source, params)
    if type.flow == "receiver":
        return _receiver(w, source, params)
    own = fields.fitted(KIND, (type.name,), params.get(type.name) or {}, surface.blank_at(KIND, type.name))
    if type.name == "wechat":
        own = {**own, "qr_code_url": _page(w, id, secret)}
    return w.change(source, **{type.name: own})


def update(w: Work, source: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/sources/{source}``: owner, metadata, and the amount of one that is still pending."""
    unmodelled.refuse(params, (*_LATER, "mandate"), "sources")
    changes: dict[str, Any] = {}
    if "metadata" in params:
        changes["metadata"] = fields.merge(source["metadata"], params["metadata"])
    if "owner" in params:
        changes["owner"] = _owner(source["owner"], params["owner"] or {})
    if "amount" in params:
        if source["amount"] is None:
            raise Problem("This source was made without an amount.", param="amount")
        if source["status"] != "pending":
            raise Problem(
                f"The amount of a source can only be changed while it is pending; this one is {source['status']}.",
                param="amount",
            )
        amounts.check_charge(params["amount"], source["currency"])
        changes["amount"] = params["amount"]
    changed = w.change(source, **changes)
    method = w.get("payment_method", source["id"])
    if method is not None and "owner" in changes:
        w.change(method, billing_details=_billing(changes["owner"]))
    if changed != source and source.get("customer"):
        w.emit("customer.source.updated", changed, source)
    if params.get("owner", {}).get("email") and changed["flow"] == "receiver" and changed["status"] == "pending":
        w.keep(KIND, source["id"], arrives=w.now + sources.SOON)
    return changed


# what all of them have


def _type(params: Mapping[str, Any]) -> Type:
    named = params.get("type")
    if not named:
        raise Problem("Missing required param: type.", code="parameter_missing", param="type")
    if named in sources.UNSIMULATED:
        raise unmodelled.unsupported(f"mockbill does not simulate sources of type {named} yet.", "type")
    type = sources.TYPES.get(named)
    if type is None:
        raise Problem(f"Invalid type: must be one of {', '.join(sorted(sources.TYPES))}", param="type")
    if params.get("flow") not in (None, type.flow):
        raise Problem(f"Invalid flow: sources of type {named} have the flow {type.flow}.", param="flow")
    return type


def _check_meant(type: Type, params: Mapping[str, Any]) -> None:
    """Problem for what sources of another type take; the wording is ours."""
    meant = {
        "customer": type.name == "three_d_secure",
        "mandate": type.name == "sepa_debit",
        "receiver": type.flow == "receiver",
        "redirect": type.flow == "redirect" or type.name == "wechat",
        "token": type.name == "card",
    }
    for name, is_meant in meant.items():
        if params.get(name) and not is_meant:
            raise Problem(f"{name} cannot be used with sources of type {type.name}.", param=name)


def _usage(type: Type, params: Mapping[str, Any]) -> str:
    usage: str = params.get("usage") or type.usage
    if usage not in type.usages:
        raise Problem(f"Sources of type {type.name} cannot be {usage}.", param="usage")
    return usage


def _worth(type: Type, usage: str, params: Mapping[str, Any]) -> tuple[int | None, str | None]:
    """Amount and currency; those that are authenticated for one payment need both."""
    sent = params.get("amount")
    if usage == "single_use" and type.name != "card":
        for name in ("amount", "currency"):
            if params.get(name) in (None, ""):
                raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    currency = amounts.currency(params["currency"]) if params.get("currency") else None
    if currency is None and type.flow == "receiver":
        raise Problem("Missing required param: currency.", code="parameter_missing", param="currency")
    if currency is not None and type.currencies and currency not in type.currencies:
        raise Problem(
            f"The currency provided ({currency}) is invalid for sources of type {type.name}; valid currencies: "
            f"{', '.join(type.currencies)}.",
            param="currency",
        )
    if sent is not None and currency is not None:
        amounts.check_charge(sent, currency)
    elif sent is not None:
        raise Problem("Missing required param: currency.", code="parameter_missing", param="currency")
    return sent, currency


_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_NOBODY = surface.blank_at(KIND, "owner")


def _owner(old: Mapping[str, Any], sent: Mapping[str, Any]) -> Doc:
    told = {name: sent[name] or None for name in ("email", "name", "phone") if name in sent}
    address = sent.get("address")
    if address:
        given = {name: value or None for name, value in address.items()}
        told["address"] = {**(old["address"] or _NO_ADDRESS), **given}
    return {**old, **told}


def _billing(owner: Doc) -> Doc:
    given = {name: owner[name] for name in ("address", "email", "name", "phone") if owner[name]}
    return billing_details.of(given)


def _page(w: Work, id: str, secret: str) -> str:
    """Where the owner authenticates it."""
    return f"{w.site_url}/redirect/authenticate/{id}?client_secret={secret}"


def _redirect(page: str, params: Mapping[str, Any]) -> Doc:
    url = (params.get("redirect") or {}).get("return_url")
    if not url:
        raise Problem(
            "Missing required param: redirect[return_url].", code="parameter_missing", param="redirect[return_url]"
        )
    urls.check(url, "redirect[return_url]")
    return {"failure_reason": None, "return_url": url, "status": "pending", "url": page}


# and each type


def _card(w: Work, source: Doc, params: Mapping[str, Any]) -> Doc:
    """Of a token or of card details; it can be charged at once."""
    given = params.get("card") or {}
    token = params.get("token") or given.get("token")
    billing = _billing(source["owner"])
    if token:
        if not token.startswith("tok_"):
            raise Problem(f"No such token: '{token}'", code="resource_missing", param="token")
        method = payment_methods.of_token(w, token, "token", source["id"])
        if params.get("owner"):
            w.change(method, billing_details=billing)
        else:
            held = method["billing_details"]
            owner = {name: held[name] for name in ("email", "name", "phone")}
            address = held["address"] if any(held["address"].values()) else None
            source = w.change(source, owner={**source["owner"], **owner, "address": address})
    else:
        for name in ("number", "exp_month", "exp_year"):
            if name not in given:
                raise Problem(f"Missing required param: card[{name}].", code="parameter_missing", param=f"card[{name}]")
        details = payment_methods.checked(
            w, given["number"], given["exp_month"], given["exp_year"], given.get("cvc"), billing
        )
        method = payment_methods.made(w, details, id=source["id"])
    return states.chargeable(w, source, card=_card_hash(w, method))


def _card_hash(w: Work, method: Doc) -> Doc:
    card = payment_methods.card_of(w, method)
    shown = legacy_cards.card_object(method, card.number)
    return {
        **{name: shown[name] for name in _SHOWN_OF_CARDS},
        "three_d_secure": _SUPPORT.get(card.three_d_secure, "optional"),
    }


def _three_d_secure(w: Work, source: Doc, params: Mapping[str, Any]) -> Doc:
    """A card whose holder is asked to authenticate; where nobody is enrolled it can be charged without that."""
    named = (params.get("three_d_secure") or {}).get("card")
    if not named:
        raise Problem(
            "Missing required param: three_d_secure[card].", code="parameter_missing", param="three_d_secure[card]"
        )
    asked = (params.get("three_d_secure") or {}).get("customer") or params.get("customer")
    original = payment_methods.instantiate(w, named, "three_d_secure[card]")
    if original["type"] != "card":
        raise Problem(f"{named} is no card.", param="three_d_secure[card]")
    if original["customer"] not in (None, asked):
        raise Problem(
            f"The card {named} belongs to a customer: name it in three_d_secure[customer].",
            param="three_d_secure[customer]",
        )
    payment_methods.check_unspent(w, original)
    method = payment_methods.copied(w, original, source["id"])
    card = payment_methods.card_of(w, method)
    shown = {**_card_hash(w, method), "authenticated": False, "card": named, "customer": asked}
    redirect = source["redirect"]
    source = w.change(source, three_d_secure=dict(sorted(shown.items())))
    match card.three_d_secure:
        case ThreeDSecure.NOT_SUPPORTED | ThreeDSecure.REQUIRED_BUT_FAILS:
            reason = "processing_error"
            return states.failed(w, source, redirect={**redirect, "failure_reason": reason, "status": "failed"})
        case ThreeDSecure.NOT_ENROLLED:
            return states.chargeable(w, source, redirect={**redirect, "status": "not_required"})
    return source


def _sepa_debit(w: Work, source: Doc, params: Mapping[str, Any]) -> Doc:
    """An account in the euro area; making the source is accepting its mandate."""
    if not source["owner"]["name"]:
        raise Problem("Missing required param: owner[name].", code="parameter_missing", param="owner[name]")
    given = params.get("sepa_debit") or {}
    method = accounts.of_source(w, source["id"], given, _billing(source["owner"]))
    accepted = (params.get("mandate") or {}).get("acceptance") or {}
    mandate = mandates.of_source(w, method, accepted)
    details = mandate["payment_method_details"]["sepa_debit"]
    shown = method["sepa_debit"]
    return states.chargeable(
        w,
        source,
        currency=source["currency"] or "eur",
        sepa_debit={
            **{name: shown[name] for name in ("bank_code", "branch_code", "country", "fingerprint", "last4")},
            "mandate_reference": details["reference"],
            "mandate_url": details["url"],
        },
    )


def _receiver(w: Work, source: Doc, params: Mapping[str, Any]) -> Doc:
    """A bank account, or a reference, that is waiting for its owner's transfer."""
    if not source["owner"]["email"]:
        raise Problem("Missing required param: owner[email].", code="parameter_missing", param="owner[email]")
    number = w.world.ids.digest(source["id"], 12).lower()
    blank = surface.blank_at(KIND, source["type"])
    own: Doc
    match source["type"]:
        case "ach_credit_transfer":
            own = {
                "account_number": f"test_{number}",
                "bank_name": "TEST BANK",
                "fingerprint": w.world.ids.digest(number, 16),
                "routing_number": "110000000",
                "swift_code": "TSTEZ122",
            }
            address = f"110000000-test_{number}"
        case "sepa_credit_transfer":
            iban = f"DE89{w.world.ids.digits(source['id'], 18)}"
            own, address = {"bank_name": "TEST BANK", "bic": "TESTDEFFXXX", "iban": iban}, iban
        case _:
            own = {"entity": "12345", "reference": w.world.ids.digits(source["id"], 9)}
            address = f"{own['entity']}-{own['reference']}"
    method = (params.get("receiver") or {}).get("refund_attributes_method") or "email"
    receiver = {
        **surface.blank_at(KIND, "receiver"),
        "address": address,
        "refund_attributes_method": method,
        "refund_attributes_status": "missing",
    }
    w.keep(KIND, source["id"], arrives=w.now + sources.SOON)
    return w.change(source, receiver=receiver, **{source["type"]: {**blank, **own}})


def _clone(w: Work, params: Mapping[str, Any]) -> Doc:
    """``original_source`` of a ``customer``: a source of its own with the same card."""
    check_known(params, ("customer", "metadata", "original_source", "usage"))
    for name in ("customer", "original_source"):
        if not params.get(name):
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    customer = w.need("customer", params["customer"], "customer")
    original = w.need(KIND, params["original_source"], "original_source")
    if original["type"] != "card" or original.get("customer") != customer["id"]:
        raise Problem(
            f"The source {original['id']} is no card of the customer {customer['id']}.", param="original_source"
        )
    usage = params.get("usage") or original["usage"]
    id = w.id(KIND)
    payment_methods.copied(w, w.need("payment_method", original["id"]), id)
    secret = f"src_client_secret_{w.text(24)}"
    free = {name: value for name, value in original.items() if name != "customer"}
    told = {"id": id, "client_secret": secret, "created": w.now, "status": "chargeable", "usage": usage}
    clone = w.put(KIND, {**free, **told, "metadata": fields.merge({}, params.get("metadata") or {})})
    w.emit("source.chargeable", clone)
    return clone
