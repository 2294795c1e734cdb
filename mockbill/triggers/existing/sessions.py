"""Checkout sessions that exist: paid at the page by card or by bank, declined, expired."""

from mockbill.billing import checkout_payment, payment_methods
from mockbill.billing.checkout_payment import Payer
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc, Work

KIND = "checkout.session"
_GOOD, _NAME, _EMAIL = "pm_card_visa", "Jenny Rosen", "jenny.rosen@example.com"
_MODES = {  # of sessions that bring an event
    "customer.subscription.created": ("subscription",),
    "invoice.paid": ("subscription",),
    "payment_intent.succeeded": ("payment", "subscription"),
    "charge.succeeded": ("payment", "subscription"),
    "setup_intent.succeeded": ("setup",),
}
_BANKS = {  # by type of payment method: an account that pays, and one that does not
    "us_bank_account": ("pm_usBankAccount_success", "pm_usBankAccount_accountClosed"),
    "sepa_debit": ("pm_success_de", "pm_failed_de"),
    "bacs_debit": ("pm_bacsDebit_success", "pm_bacsDebit_insufficientFunds"),
    "au_becs_debit": ("pm_auBecsDebit_success", "pm_auBecsDebit_accountClosed"),
}


@on(
    KIND,
    *("checkout.session.completed", "customer.subscription.created", "invoice.paid", "payment_intent.succeeded"),
    *("charge.succeeded", "setup_intent.succeeded"),
)
def complete(c: Cause, session: Doc) -> None:
    """The customer pays with a good card."""
    _check_open(c, session)
    modes = _MODES.get(c.type.removeprefix("v1."), (session["mode"],))
    if session["mode"] not in modes:
        raise c.not_now(f"{session['id']} has the mode {session['mode']}, and {c.type} comes of {' and '.join(modes)}.")
    with c.work_on(session) as w:
        _pay(w, session, str(payment_methods.instantiate(w, _GOOD, "card")["id"]))


@on(KIND, "checkout.session.expired")
def expire(c: Cause, session: Doc) -> None:
    _check_open(c, session)
    c.post(f"/v1/checkout/sessions/{session['id']}/expire")


@on(KIND, "payment_intent.payment_failed", "charge.failed")
def decline(c: Cause, session: Doc) -> None:
    """The customer's card is declined, and the page stays open."""
    _check_open(c, session)
    with c.work_on(session) as w:
        _pay(w, session, str(payment_methods.instantiate(w, "pm_card_chargeDeclined", "card")["id"]))


@on(KIND, "checkout.session.async_payment_succeeded")
def pay_by_bank(c: Cause, session: Doc) -> None:
    """The customer has a bank account debited, and the bank pays."""
    _by_bank(c, session, fails=False)


@on(KIND, "checkout.session.async_payment_failed")
def fail_by_bank(c: Cause, session: Doc) -> None:
    """The same of an account that cannot be debited."""
    _by_bank(c, session, fails=True)


def _by_bank(c: Cause, session: Doc, *, fails: bool) -> None:
    if session["status"] == "open":
        with c.work_on(session) as w:
            type = next((each for each in _BANKS if checkout_payment.takes(w, session, each)), None)
            if type is None:
                raise c.not_now(f"{session['id']} takes no bank debits: those are in usd, eur, gbp and aud.")
            account = payment_methods.instantiate(w, _BANKS[type][fails], "payment_method")
            _pay(w, session, str(account["id"]))
    intent = _intent_of(c, session)
    if intent is not None and intent["status"] == "processing":
        c.fall_due("payment_intent", intent["id"])
    elif session["status"] != "open":  # else the bank's second was over already
        raise c.not_now(f"{session['id']} is {session['status']}, and no bank is asked to pay it.")


def _intent_of(c: Cause, session: Doc) -> Doc | None:
    with c.work_on(session) as w:
        return checkout_payment.intent_of(w, w.need(KIND, session["id"]))


def _pay(w: Work, session: Doc, method: str) -> None:
    checkout_payment.pay(w, session, Payer(method, _EMAIL, _NAME))


def _check_open(c: Cause, session: Doc) -> None:
    if session["status"] != "open":
        raise c.not_now(f"{session['id']} is {session['status']}: only an open session can be paid, or expire.")
