"""The account's balance: payouts, top-ups, and when funds become available."""

from typing import Any

from mockbill.billing import balance
from mockbill.billing.funds import banks, payouts
from mockbill.rules.payouts import GOOD_NUMBER, OUTCOMES
from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.plain import NOTED
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_PAYOUT, _TOPUP = "POST /v1/payouts", "POST /v1/topups"


def earn(c: Cause, amount: int = 5000, currency: str = "usd") -> None:
    """A payment whose funds are available at once."""
    c.post("/v1/charges", amount=amount, currency=currency, source="tok_bypassPending")


def paid_out(c: Cause, **params: Any) -> str:
    """A payout that is pending: of 11.00, or what was set, which is earned first however far the balance is down."""
    amount, currency = int(c.asked("amount", 1100)), c.asked("currency", "usd")
    with c.work() as w:
        lacking = max(0, amount - balance.available(w, currency))
    earn(c, max(5000, 2 * lacking), currency)  # of which a fee is kept
    made: Doc = c.post("/v1/payouts", {"amount": 1100, "currency": "usd", **params})
    return str(made["id"])


@fresh("balance.available")
def available(c: Cause) -> None:
    """Told of a payment whose funds are available at once."""
    earn(c)


@fresh("balance_settings.updated", sets="POST /v1/balance_settings")
def settings_updated(c: Cause) -> None:
    known: Doc = c.get("/v1/balance_settings")
    other = "weekly" if known["payments"]["payouts"]["schedule"]["interval"] == "daily" else "daily"
    days = {"weekly_payout_days": ["friday"]} if other == "weekly" else {}
    c.post("/v1/balance_settings", payments={"payouts": {"schedule": {"interval": other, **days}}})


@fresh("payout.created", sets=_PAYOUT)
def payout_created(c: Cause) -> None:
    paid_out(c)


@fresh("payout.updated", sets="POST /v1/payouts/{payout}")
def payout_updated(c: Cause) -> None:
    c.post(f"/v1/payouts/{paid_out(c)}", NOTED)


@fresh("payout.canceled")
def payout_canceled(c: Cause) -> None:
    c.post(f"/v1/payouts/{paid_out(c)}/cancel")


@fresh("payout.paid", sets=_PAYOUT)
def payout_paid(c: Cause) -> None:
    """An instant one: it arrives now."""
    c.fall_due("payout", paid_out(c, method="instant"))


@fresh("payout.failed")
def payout_failed(c: Cause) -> None:
    """Its bank sends it back, which the account's first bank account is made to do for this once."""
    id = paid_out(c, method="instant")
    bad = next(number for number in OUTCOMES if number != GOOD_NUMBER)
    with c.work() as w:
        payout = w.need("payout", id)
        kept = w.private("external_account", payout["destination"]) or {}
        w.keep("external_account", payout["destination"], number=bad)
        payouts.arrive(w, payout)
        w.keep("external_account", payout["destination"], number=kept.get("number", GOOD_NUMBER))


@fresh("payout.reconciliation_completed")
def reconciled(c: Cause) -> None:
    """An automatic payout of what is available, as a schedule makes."""
    earn(c)
    with c.work() as w:
        bank = banks.for_payout(w, "usd", None)
        payout = payouts.automatic(w, balance.available(w, "usd"), bank, None)
        payouts.reconcile(w, payout)


@fresh("topup.created", sets=_TOPUP)
def topup_created(c: Cause) -> None:
    _top_up(c)


@fresh("topup.succeeded", sets=_TOPUP)
def topup_succeeded(c: Cause) -> None:
    c.fall_due("topup", _top_up(c))


@fresh("topup.canceled")
def topup_canceled(c: Cause) -> None:
    c.post(f"/v1/topups/{_top_up(c)}/cancel")


def _top_up(c: Cause) -> str:
    made: Doc = c.post("/v1/topups", amount=2000, currency="usd")
    return str(made["id"])
