"""Payment intents: created, confirmed, captured, canceled (stripe-behaviour.md 2.5, 3.1)."""

from typing import Any

from mockbill.billing import amounts, captures, charges, defaults, fields, intent_lines, intent_parameters, refunds
from mockbill.billing.bank_debits import accounts, mandates, payments
from mockbill.billing.bank_transfers import cash_balance
from mockbill.billing.bank_transfers import payments as transfers
from mockbill.billing.connect import beside, naming
from mockbill.billing.payment_attempts import attempt, canceled, decline_problem, tell
from mockbill.billing.storefront import confirmation_tokens
from mockbill.billing.tax import associations
from mockbill.world import Doc, Problem, Work, World

KIND = "payment_intent"
_CARDS = ["card"]
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")
_OF_THE_INVOICE = ("amount", "currency", "customer")  # which an intent that pays an invoice does not change by itself
_ALWAYS_CHANGEABLE = {"description", "metadata", "payment_details", "receipt_email", "shipping", "transfer_group"}


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_intents``, with ``confirm`` as well; Problem 402 for a card that is declined."""
    currency = amounts.currency(params["currency"])
    amounts.check_charge(params["amount"], currency)
    associations.check(w, params)
    naming.check(w, params, params["amount"], "payment intents")
    _check_confirms(params)
    params = confirmation_tokens.applied(w, params)
    _check_together(params)
    customer = params.get("customer") or None
    owner = w.need("customer", customer, "customer") if customer else None
    w.use_clock_of(owner)
    method = intent_parameters.method_of(w, KIND, params, customer)
    method_id = method["id"] if method else None
    if params.get("confirm") and method_id is None and owner is not None:
        method_id = owner["default_source"]
    id = w.id(KIND)
    intent = start(
        w,
        **{
            "capture_method": "automatic_async",
            **fields.fields_of(KIND, params, {}, but=intent_parameters.OURS),
            **intent_lines.told(w, id, params, params["amount"]),
            **intent_parameters.methods_taken(w, KIND, params, method, currency),
            "id": id,
            "currency": currency,
            "customer": customer,
            "payment_method": method_id,
        },
    )
    if method is not None:
        intent_parameters.check_takes(KIND, intent, method)
    return _pay(w, intent, params) if params.get("confirm") else intent


def start(w: Work, /, **values: Any) -> Doc:
    """Make an intent with these fields, as invoices and checkout do; ``payment_intent.created``."""
    id = values.pop("id", None) or w.id(KIND)
    types = values.get("payment_method_types") or _CARDS
    told = {
        "payment_method_options": intent_parameters.options(KIND, types, None, None),
        "payment_method_types": types,
        **beside.made_by(w),
        **values,
        "id": id,
        "client_secret": f"{id}_secret_{w.text(25)}",
        "status": "requires_confirmation" if values.get("payment_method") else "requires_payment_method",
    }
    also = ("payment_details",) if values.get("payment_details") else ()
    intent = w.put(KIND, w.build_on(defaults.blank(KIND, *also), told))
    w.emit("payment_intent.created", intent)
    return intent


def update(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_intents/{intent}``.  There is no event for it."""
    if intent["status"] not in CONFIRMABLE and (frozen := params.keys() - _ALWAYS_CHANGEABLE):
        name = min(frozen)
        raise intent_parameters.unexpected(
            KIND,
            intent,
            f"This PaymentIntent's {name} could not be updated because it has a status of {intent['status']}. You may "
            f"only update the {name} of a PaymentIntent with one of the following statuses: "
            f"{', '.join(CONFIRMABLE)}.",
        )
    for name in _OF_THE_INVOICE:
        if name in params and (invoice := intent_parameters.invoice_of(w, intent)) is not None:
            raise _fixed(name, invoice)
    _check_named(w, intent, params)
    _check_funded(w, intent, params)
    changes = intent_parameters.changes(w, KIND, intent, params)
    if "amount" in params or "currency" in params:
        asked = {**intent, **params}
        changes["currency"] = amounts.currency(asked["currency"])
        amounts.check_charge(asked["amount"], changes["currency"])
    changed = w.change(intent, **changes)
    if params.keys().isdisjoint(("amount", "customer")):
        return changed
    repriced = transfers.repriced(w, changed)
    return tell(w, repriced) if repriced["status"] == "succeeded" else repriced


def _check_named(w: Work, intent: Doc, params: dict[str, Any]) -> None:
    """The intent of an invoice bears its id."""
    if "payment_details" not in params:
        return
    details = params["payment_details"] or {"order_reference": None}
    if "order_reference" not in details:
        return
    invoice = intent_parameters.invoice_of(w, intent)
    if invoice is not None and details["order_reference"] != invoice["id"]:
        raise _fixed("payment_details[order_reference]", invoice)


def _fixed(name: str, invoice: Doc) -> Problem:
    return Problem(
        f"You cannot change the {name} of this PaymentIntent because it was created by the invoice {invoice['id']}.",
        param=name,
    )


def _check_funded(w: Work, intent: Doc, params: dict[str, Any]) -> None:
    """Cash that was put towards an intent is one customer's, in one currency."""
    funded = cash_balance.funded(w, intent) if intent["status"] in CONFIRMABLE else 0
    if not funded:
        return
    for name in ("currency", "customer"):
        if name in params and params[name] != intent[name]:
            raise Problem(f"The {name} of a PaymentIntent that is partially funded cannot be changed.", param=name)
    if params.get("amount", funded) < funded:
        raise Problem(
            f"The amount cannot be less than what the PaymentIntent has been funded with ({funded}).",
            code="parameter_invalid_integer",
            param="amount",
        )


def confirm(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../confirm``: try to pay; Problem 402 for a card that is declined."""
    if intent["status"] == "succeeded":
        raise intent_parameters.unexpected(
            KIND,
            intent,
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        )
    if intent["status"] not in CONFIRMABLE:
        raise intent_parameters.unexpected(
            KIND,
            intent,
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "
            "requires_action.",
        )
    params = confirmation_tokens.applied(w, params)
    _check_together(params)
    if params.get("amount_to_confirm", intent["amount"]) != intent["amount"]:
        raise Problem(
            f"The amount_to_confirm does not match the amount of the PaymentIntent ({intent['amount']}).",
            param="amount_to_confirm",
        )
    if "destination" not in (params.get("transfer_data") or {}):
        naming.check_still(w, intent)
    return _pay(w, w.change(intent, **intent_parameters.changes(w, KIND, intent, params)), params)


def _pay(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    confirmation_tokens.use(w, params, intent)
    if intent["payment_method"] is None:
        raise intent_parameters.unexpected(
            KIND,
            intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
        )
    intent_parameters.check_return_url(KIND, intent, params)
    if return_url := params.get("return_url"):
        w.keep(KIND, intent["id"], return_url=return_url)
    method = w.need("payment_method", intent["payment_method"], "payment_method")
    if accounts.is_bank_account(method):
        mandates.agree(w, KIND, intent, method, params)
    elif method["type"] == transfers.TYPE:
        transfers.check(intent)
    intent = attempt(
        w,
        intent,
        method_id=intent["payment_method"],
        off_session=bool(params.get("off_session")),
        fails_on_action=bool(params.get("error_on_requires_action")),
        emit_charge_updated=False,
    )
    intent = tell(w, intent)
    if intent["status"] == "requires_payment_method":
        raise decline_problem(intent)
    return intent


def cancel(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``: an authorization that it holds is released."""
    if intent["status"] not in _CANCELABLE:
        raise intent_parameters.unexpected(
            KIND,
            intent,
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            f"with one of the following statuses may be canceled: {', '.join(_CANCELABLE)}.",
        )
    if (invoice := intent_parameters.invoice_of(w, intent)) is not None:
        raise intent_parameters.unexpected(
            KIND,
            intent,
            f"You cannot cancel this PaymentIntent because it was created by the invoice {invoice['id']}. "
            "Void the invoice instead.",
        )
    return tell(w, drop(w, intent, params.get("cancellation_reason")))


def drop(w: Work, intent: Doc, reason: str | None) -> Doc:
    """Cancel, whoever asked for it; invoices do so with ``void_invoice`` and ``failed_invoice``."""
    if intent["status"] == "requires_capture" and intent["amount_received"]:
        return captures.close(w, intent)
    if intent["status"] == "requires_capture":
        refunds.release(w, w.need("charge", intent["latest_charge"], "charge"))
    elif intent["status"] == "processing":
        payments.call_off(w, intent)
    cash_balance.give_back(w, intent)
    return canceled(w, intent, reason)


def due(world: World, intent: Doc) -> tuple[int, str] | None:
    """An authorization that nobody captures expires after seven days; what is processing comes to its end."""
    if intent["status"] == "processing":
        return payments.due(world, intent)
    if intent["status"] != "requires_capture":
        return None
    charge = world.fetch("charge", intent["latest_charge"])
    return (charges.held_until(charge), "payment_intent.expire") if charge else None


def expire(w: Work, intent: Doc) -> None:
    """Nobody has captured it in time: ``charge.expired``, ``payment_intent.canceled``."""
    if intent["amount_received"]:
        tell(w, captures.close(w, intent))
        return
    charge = w.need("charge", intent["latest_charge"], "charge")
    w.emit("charge.expired", w.change(charge, amount_refunded=charge["amount"], refunded=True))
    tell(w, canceled(w, intent, "automatic"))


def _check_together(params: dict[str, Any]) -> None:
    if params.get("off_session") and params.get("setup_future_usage"):
        raise Problem("You may only specify one of these parameters: off_session, setup_future_usage.")


def _check_confirms(params: dict[str, Any]) -> None:
    confirmation_tokens.check_confirms(params)
    if not params.get("confirm"):
        for name in ("off_session", "return_url", "error_on_requires_action"):
            if params.get(name):
                raise Problem(f"You can only use `{name}` when confirming: set `confirm` to `true`.", param=name)
