"""Checkout sessions: created, expired (stripe-behaviour.md 2.16, 3.2).  Paying one is ``checkout_payment``'s."""

from typing import Any

from mockbill.billing import (
    amounts,
    checkout_amounts,
    checkout_cycles,
    checkout_discounts,
    checkout_items,
    checkout_taxes,
    fields,
    intent_parameters,
    pending_item_intervals,
    setup_intents,
    subscription_trials,
    subscriptions,
    unmodelled,
    urls,
)
from mockbill.billing.connect import naming, terms
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work, World

_SHORTEST, _LONGEST = 30 * 60, DAY  # seconds ahead that expires_at may lie
_LATER = (
    "after_expiration", "optional_items", "shipping_options", "tax_id_collection",
)  # fmt: skip
_COLLECTED = (
    "billing_address_collection",
    "consent_collection",
    "custom_fields",
    "phone_number_collection",
    "shipping_address_collection",
)
_OURS = (
    "automatic_tax", "customer", "customer_email", "discounts", "expires_at", "invoice_creation", "line_items", "mode",
    "payment_method_types", "tax_id_collection", "ui_mode",
)  # fmt: skip
_BRANDING = {
    "background_color": "#ffffff",
    "border_style": "rounded",
    "button_color": "#0074d4",
    "display_name": "mockbill",
    "font_family": "default",
    "icon": None,
    "logo": None,
}
NO_INVOICE = {
    "enabled": False,
    "invoice_data": {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": None,
        "metadata": {},
        "rendering_options": None,
    },
}
_NO_COLLECTED = {"business_name": None, "individual_name": None, "shipping_details": None}


def create(w: Work, params: dict[str, Any], *, link: str | None = None) -> Doc:
    """``POST /v1/checkout/sessions`` in the modes payment, subscription and setup; ``url`` opens our page.

    ``link`` is the id of the payment link that opens it: what that sells may be archived by now.
    """
    _check(w, params)
    naming.check(w, params.get("payment_intent_data") or {}, None, "checkout sessions")
    mode = params["mode"]
    items = checkout_items.chosen(w, params, agreed=link is not None) if mode != "setup" else []
    trial = subscription_trials.trial_of(w, params.get("subscription_data") or {}) if mode == "subscription" else None
    checkout_discounts.check_items(params, items)
    if mode == "subscription":
        checkout_cycles.check(w, params, items)
    total = checkout_items.due_today(items, on_trial=trial is not None)
    taxed = checkout_taxes.asked(w, params)
    id = w.id("checkout.session")
    ui_mode = params.get("ui_mode") or "hosted_page"
    currency = items[0]["currency"] if items else amounts.currency(params.get("currency") or "usd")
    session = w.add(
        "checkout.session",
        **{
            **fields.fields_of("checkout.session", params, {}, but=_OURS),
            **_by_mode(mode, params),
            "id": id,
            "adaptive_pricing": {"enabled": False},
            "amount_subtotal": total,
            "amount_total": total,
            "automatic_tax": checkout_taxes.told(taxed),
            "branding_settings": {**_BRANDING, "display_name": w.world.name},
            "client_secret": None if ui_mode == "hosted_page" else f"{id}_secret_{w.text(40)}",
            "collected_information": _NO_COLLECTED,
            "currency": currency,
            "customer": params.get("customer"),
            "customer_details": _details(w, params),
            "customer_email": params.get("customer_email"),
            "expires_at": _expiry(w, params),
            "mode": mode,
            "payment_link": link,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": _types(params, currency),
            "phone_number_collection": {"enabled": (params.get("phone_number_collection") or {}).get("enabled", False)},
            "status": "open",
            "ui_mode": ui_mode,
            "url": f"{w.site_url}/c/pay/{id}" if ui_mode == "hosted_page" else None,
        },
    )
    asked = {name: params[name] for name in _KEPT if name in params}
    w.keep("checkout", id, items=items, asked=asked, on_trial=trial is not None, **taxed)
    session = checkout_amounts.reckoned(w, session)
    for entry in params.get("discounts") or ():
        session = checkout_discounts.give(w, session, entry)
    if mode == "setup":
        intent = setup_intents.start(
            w,
            customer=params.get("customer"),
            payment_method_types=session["payment_method_types"],
            usage="off_session",
            **(params.get("setup_intent_data") or {}),
        )
        session = w.change(session, setup_intent=intent["id"])
    return session


_KEPT = (
    "payment_intent_data", "payment_method_collection", "payment_method_types", "subscription_data",
)  # fmt: skip  # needed again when it is paid


def _types(params: dict[str, Any], currency: str) -> list[str]:
    """The types of payment methods, as older versions name them; debits pay in their own currency."""
    types: list[str] = params.get("payment_method_types") or ["card"]
    intent_parameters.check_types(types, currency if params["mode"] != "setup" else None)
    return types


def update(w: Work, session: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/checkout/sessions/{session}``: metadata."""
    unmodelled.refuse(params, [name for name in params if name != "metadata"], "updates of checkout sessions")
    return w.change(session, **fields.fields_of("checkout.session", params, session))


def expire(w: Work, session: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../expire``: only an open session; ``checkout.session.expired``."""
    if session["status"] != "open":
        raise Problem(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}."
        )
    expired = w.change(session, status="expired", url=None)
    w.emit("checkout.session.expired", expired)
    return expired


def due(world: World, session: Doc) -> tuple[int, str] | None:
    """An open session ends at ``expires_at``."""
    return (session["expires_at"], "checkout.expire") if session["status"] == "open" else None


def expire_at_its_time(w: Work, session: Doc) -> None:
    """The page was neither paid nor abandoned in time."""
    expire(w, session, {})


def success_url(session: Doc) -> str | None:
    """Where a paid session leads, with ``{CHECKOUT_SESSION_ID}`` filled in (also where its braces were encoded)."""
    url = session["success_url"] or session.get("return_url")
    for template in ("{CHECKOUT_SESSION_ID}", "%7BCHECKOUT_SESSION_ID%7D"):
        url = url.replace(template, session["id"]) if url else None
    return url


def asked(w: Work, session: Doc) -> dict[str, Any]:
    """What the request that made a session said for its payment intent or subscription."""
    kept = w.private("checkout", session["id"]) or {}
    return dict(kept.get("asked") or {})


def _check(w: Work, params: dict[str, Any]) -> None:
    if not params.get("mode"):
        raise Problem("Missing required param: mode.", code="parameter_missing", param="mode")
    unmodelled.refuse(params, _LATER, "checkout sessions")
    checkout_discounts.check(params)
    unmodelled.refuse(_collected(params), _COLLECTED, "checkout sessions")
    creates = {"invoice_creation[enabled]": (params.get("invoice_creation") or {}).get("enabled")}
    unmodelled.refuse(creates, creates, "checkout sessions")
    data = params.get("subscription_data") or {}
    unmodelled.refuse(
        data,
        subscriptions.LATER,
        "checkout subscription_data",
    )
    terms.check(w, data, where="subscription_data")
    pending_item_intervals.check(data, f"subscription_data[{pending_item_intervals.PARAMETER}]")
    if params.get("customer") and params.get("customer_email"):
        raise Problem("You may only specify one of these parameters: customer, customer_email.")
    if named := params.get("customer"):
        w.use_clock_of(w.need("customer", named, "customer"))
    hosted = (params.get("ui_mode") or "hosted_page") == "hosted_page"
    if hosted and params.get("return_url"):
        raise Problem("`return_url` can only be used with ui_mode `embedded_page` or `elements`.", param="return_url")
    if not hosted and params.get("success_url"):
        raise Problem("`success_url` can only be used with ui_mode `hosted_page`.", param="success_url")
    for name in ("success_url", "cancel_url", "return_url"):
        if url := params.get(name):
            urls.check(url, name)
    if params["mode"] == "setup" and params.get("line_items"):
        raise Problem("`line_items` are not supported in `setup` mode.", param="line_items")
    if params["mode"] != "payment" and params.get("customer_creation"):
        raise Problem("`customer_creation` can only be used in `payment` mode.", param="customer_creation")


def _collected(params: dict[str, Any]) -> dict[str, Any]:
    """What the page would have to ask for, and does not yet: an application counts on the answers."""
    phone, address = params.get("phone_number_collection") or {}, params.get("billing_address_collection")
    return {
        **{name: params.get(name) for name in ("consent_collection", "custom_fields", "shipping_address_collection")},
        "phone_number_collection": phone.get("enabled"),
        "billing_address_collection": address == "required",
    }


def _expiry(w: Work, params: dict[str, Any]) -> int:
    at = params.get("expires_at")
    if at is None:
        return w.now + DAY
    if not w.now + _SHORTEST <= at <= w.now + _LONGEST:
        raise Problem(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return int(at)


def _by_mode(mode: str, params: dict[str, Any]) -> dict[str, Any]:
    """The fields whose defaults hang on the mode."""
    payment = mode == "payment"
    guest = payment and not params.get("customer")
    return {
        "customer_creation": (params.get("customer_creation") or "if_required") if guest else None,
        "invoice_creation": NO_INVOICE if payment else None,
        "payment_method_collection": params.get("payment_method_collection")
        or ("if_required" if payment else "always"),
        "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
        "saved_payment_method_options": None
        if mode == "setup"
        else {
            "allow_redisplay_filters": ["always"],
            "payment_method_remove": "disabled",
            "payment_method_save": None,
        },
        "total_details": None if mode == "setup" else {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }


def _details(w: Work, params: dict[str, Any]) -> Doc | None:
    """Known before the page is filled in: the e-mail of the customer or of the request."""
    customer = w.get("customer", params.get("customer"))
    email = customer["email"] if customer else params.get("customer_email")
    return details(email, None) if email else None


def details(email: str | None, name: str | None, tax_exempt: str | None = "none") -> Doc:
    """``customer_details`` in wire shape."""
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": tax_exempt,
        "tax_ids": [],
    }
