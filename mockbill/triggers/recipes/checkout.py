"""Checkout sessions: paid on their page by the same verbs that the page uses, or let go."""

from typing import Any

from mockbill.billing import checkout_payment, payment_methods
from mockbill.billing.checkout_payment import Payer
from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.payments import FAILS, PAYS
from mockbill.triggers.registry import fresh
from mockbill.world import Doc, Work

_CREATE = "POST /v1/checkout/sessions"
_OWNER = {"name": "Jenny Rosen", "email": "jenny.rosen@example.com"}


def session(c: Cause, currency: str = "usd", **params: Any) -> Doc:
    """An open session over two of 15.00; the customer's, where one was asked for."""
    made: Doc = c.post(
        "/v1/checkout/sessions",
        {
            "mode": "payment",
            "line_items": [{"price": c.price(1500, currency, interval=None), "quantity": 2}],
            "success_url": "https://example.com/success",
            "cancel_url": "https://example.com/cancel",
            **c.named_customer(),
            **params,
        },
    )
    return made


def pay(c: Cause, id: str, card: str = "pm_card_visa", iban: str | None = None) -> None:
    """Do what the buttons of its page do."""
    with c.work() as w:
        found = w.need("checkout.session", id)
        w.use_clock_of(found["customer"])
        method = _debited(w, iban) if iban else payment_methods.instantiate(w, card, "card")
        checkout_payment.pay(w, found, Payer(str(method["id"]), _OWNER["email"], _OWNER["name"]))


def _debited(w: Work, iban: str) -> Doc:
    return payment_methods.create(w, {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": _OWNER})


@fresh("checkout.session.completed", sets=_CREATE)
def completed(c: Cause) -> None:
    pay(c, session(c)["id"])


@fresh("checkout.session.async_payment_succeeded", sets=_CREATE)
def paid_later(c: Cause) -> None:
    _debit(c, PAYS)


@fresh("checkout.session.async_payment_failed", sets=_CREATE)
def failed_later(c: Cause) -> None:
    _debit(c, FAILS)


def _debit(c: Cause, iban: str) -> None:
    """Complete with a bank debit, of which the bank's answer comes now."""
    open = session(c, "eur")
    pay(c, open["id"], iban=iban)
    c.fall_due("payment_intent", c.get(f"/v1/checkout/sessions/{open['id']}")["payment_intent"])


@fresh("checkout.session.expired", sets=_CREATE)
def expired(c: Cause) -> None:
    c.post(f"/v1/checkout/sessions/{session(c)['id']}/expire")
