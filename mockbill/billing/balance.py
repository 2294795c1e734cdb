"""The account's balance: a transaction for everything that moves it, and totals that are kept as they come in."""

from collections.abc import Iterator
from typing import Any

from mockbill.billing import defaults
from mockbill.billing.funds import settlements
from mockbill.rules import disputes, money
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Work

_DAYS_PENDING = 7  # in test mode funds are available at midnight UTC a week later (recorded)


def earn(
    w: Work,
    charge: Doc,
    amount: int,
    *,
    at_once: bool = False,
    fee: int | None = None,
    type: str = "charge",
    platform_fee: Doc | None = None,
) -> Doc:
    """The transaction of a captured charge, less Stripe's fee; ``at_once`` skips the days that funds are pending.

    ``type`` is ``payment`` for what was not paid by card, which has another ``fee``.  ``platform_fee`` is what the
    platform takes of it, as ``fee_details`` has it.
    """
    fee = money.processing_fee(amount) if fee is None else fee
    details = [_stripe_fee(fee, charge["currency"], "Stripe processing fees")]
    if platform_fee is not None:
        fee, details = fee + platform_fee["amount"], [platform_fee, *details]
    return _move(
        w,
        charge,
        amount=amount,
        fee=fee,
        fee_details=details,
        description=charge["description"],
        reporting_category="charge",
        type=type,
        available_on=w.now if at_once else _available(w),
    )


def give_back(w: Work, refund: Doc) -> Doc:
    """The transaction of a refund; the fee of its charge is not returned."""
    return _move(
        w,
        refund,
        amount=-refund["amount"],
        description="REFUND FOR CHARGE",
        reporting_category="refund",
        type="refund",
        available_on=_available(w),
    )


def take_back(w: Work, refund: Doc) -> Doc:
    """The transaction of a refund that failed: its amount comes back."""
    return _move(
        w,
        refund,
        amount=refund["amount"],
        description="REFUND FAILURE",
        reporting_category="refund_failure",
        type="refund_failure",
        available_on=w.now,
    )


def dispute(w: Work, dispute: Doc) -> Doc:
    """The transaction of a dispute: its amount is withdrawn at once, and its fee with it."""
    fee = disputes.fee(dispute["currency"])
    return _move(
        w,
        dispute,
        amount=-dispute["amount"],
        fee=fee,
        fee_details=[_stripe_fee(fee, dispute["currency"], "Dispute fee")],
        description=f"Chargeback withdrawal for {dispute['charge']}",
        reporting_category="dispute",
        type="adjustment",
        available_on=w.now,
    )


def dispute_won(w: Work, dispute: Doc) -> Doc:
    """The transaction of a dispute that is won: its amount comes back, its fee does not."""
    return _move(
        w,
        dispute,
        amount=dispute["amount"],
        description=f"Chargeback reversal for {dispute['charge']}",
        reporting_category="dispute_reversal",
        type="adjustment",
        available_on=w.now,
    )


def paid_out(w: Work, payout: Doc) -> Doc:
    """The transaction of a payout: it leaves at once; one below zero comes back."""
    return _move(
        w,
        payout,
        amount=-payout["amount"],
        description=payout["description"] or "STRIPE PAYOUT",
        reporting_category="payout" if payout["amount"] > 0 else "payout_reversal",
        type="payout",
        available_on=w.now if payout["amount"] > 0 else payout["arrival_date"],
    )


def payout_returned(w: Work, payout: Doc) -> Doc:
    """The transaction of a payout that is canceled."""
    return _move(
        w,
        payout,
        amount=payout["amount"],
        description="STRIPE PAYOUT CANCELED",
        reporting_category="payout_reversal",
        type="payout_cancel",
        available_on=w.now,
    )


def payout_failed(w: Work, payout: Doc) -> Doc:
    """The transaction of a payout that the bank has sent back."""
    return _move(
        w,
        payout,
        amount=payout["amount"],
        description="STRIPE PAYOUT FAILURE",
        reporting_category="payout_reversal",
        type="payout_failure",
        available_on=w.now,
    )


def topped_up(w: Work, topup: Doc) -> Doc:
    """The transaction of a top-up that came through."""
    return _move(
        w,
        topup,
        amount=topup["amount"],
        description=topup["description"] or "Top-up",
        reporting_category="topup",
        type="topup",
        available_on=w.now,
    )


def transferred(w: Work, transfer: Doc, available_on: int) -> Doc:
    """The transaction of a transfer to a connected account: it leaves."""
    return _move(
        w,
        transfer,
        amount=-transfer["amount"],
        description=transfer["description"],
        reporting_category="transfer",
        type="transfer",
        available_on=available_on,
    )


def transfer_reversed(w: Work, reversal: Doc) -> Doc:
    """The transaction of a reversal: its amount comes back at once."""
    return _move(
        w,
        reversal,
        amount=reversal["amount"],
        reporting_category="transfer_reversal",
        type="transfer_refund",
        available_on=w.now,
    )


def received(w: Work, payment: Doc, available_on: int, platform_fee: Doc | None = None) -> Doc:
    """The transaction of what a platform's transfer is in the connected account: it has no fee but the platform's."""
    return _move(
        w,
        payment,
        amount=payment["amount"],
        fee=platform_fee["amount"] if platform_fee else 0,
        fee_details=[platform_fee] if platform_fee else [],
        reporting_category="charge",
        type="payment",
        available_on=max(w.now, available_on),
    )


def returned(w: Work, refund: Doc) -> Doc:
    """The transaction of what a platform has taken back of a transfer."""
    return _move(
        w,
        refund,
        amount=-refund["amount"],
        reporting_category="refund",
        type="payment_refund",
        available_on=w.now,
    )


def fee_earned(w: Work, fee: Doc, description: str, available_on: int) -> Doc:
    """The transaction of an application fee on the platform (recorded)."""
    return _move(
        w,
        fee,
        amount=fee["amount"],
        description=description,
        reporting_category="platform_earning",
        type="application_fee",
        available_on=max(w.now, available_on),
    )


def fee_refunded(w: Work, refund: Doc) -> Doc:
    """The transaction of an application fee that the platform gives back."""
    return _move(
        w,
        refund,
        amount=-refund["amount"],
        reporting_category="platform_earning_refund",
        type="application_fee_refund",
        available_on=w.now,
    )


def fee_given_back(w: Work, refund: Doc, charge: str) -> Doc:
    """The transaction of the same in the connected account (its type is not established)."""
    return _move(
        w,
        refund,
        amount=refund["amount"],
        description=f"Application fee refund for {charge}",
        reporting_category="other_adjustment",
        type="adjustment",
        available_on=w.now,
    )


def fee_kept_back(w: Work, charge: Doc, platform_fee: Doc) -> Doc:
    """The transaction of an application fee that is taken after the funds of its charge have come."""
    return _move(
        w,
        charge,
        amount=0,
        fee=platform_fee["amount"],
        fee_details=[platform_fee],
        reporting_category="charge",
        type="adjustment",
        available_on=_available(w),
    )


def of_today(w: Work, transaction: Doc) -> Doc:
    """A transaction as it is now: pending until ``available_on``."""
    status = "available" if transaction["available_on"] <= w.now else "pending"
    return transaction if transaction["status"] == status else {**transaction, "status": status}


def balance(w: Work) -> Doc:
    """``GET /v1/balance``: what is available and what is pending, by currency."""
    available, pending = [], []
    for currency, ready, waiting in _totals(w):
        available.append(_amount(currency, ready))
        pending.append(_amount(currency, waiting))
    return {
        "object": "balance",
        "available": available or [_amount("usd", 0)],
        "livemode": False,
        "pending": pending or [_amount("usd", 0)],
    }


def currencies(w: Work) -> list[str]:
    """Those in which there ever was a balance."""
    return [kept["id"] for kept in w.find("_balance")]


def available(w: Work, currency: str) -> int:
    """What can be paid out now in a currency, in minor units."""
    return next((ready for known, ready, _ in _totals(w) if known == currency), 0)


def _stripe_fee(amount: int, currency: str, description: str) -> Doc:
    return {
        "amount": amount,
        "application": None,
        "currency": currency,
        "description": description,
        "type": "stripe_fee",
    }


def _amount(currency: str, amount: int) -> Doc:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def _move(w: Work, source: Doc, /, **fields: Any) -> Doc:
    fee = fields.setdefault("fee", 0)
    told = {
        "id": w.id("balance_transaction", like=source["id"]),
        "balance_type": "payments",
        "currency": source["currency"],
        "fee_details": [],
        "net": fields["amount"] - fee,
        "source": source["id"],
        "status": "available" if fields["available_on"] <= w.now else "pending",
        **fields,
    }
    transaction = w.put("balance_transaction", w.build_on(defaults.blank("balance_transaction"), told))
    _count(w, transaction)
    settlements.note(w, transaction)
    return transaction


def _available(w: Work) -> int:
    plan = settlements.plan(w)
    return w.now - w.now % DAY + (plan["delay"] if plan else _DAYS_PENDING) * DAY


def _count(w: Work, transaction: Doc) -> None:
    """Add to the total of the currency: kept by the second it becomes available, so that reading never scans.

    What waits ripens by the account's own time: a test clock that is ahead does not bring the funds of others.  What
    is available at once on its own clock is so for the account.
    """
    now = w.world.time(None)
    currency, at = transaction["currency"], str(transaction["available_on"])
    kept = w.private("balance", currency) or {"ready": 0, "waiting": {}}
    ready, rest = kept["ready"], {}
    for due, net in kept["waiting"].items():
        if int(due) <= now:
            ready += net
        else:
            rest[due] = net
    if transaction["status"] == "available":
        ready += transaction["net"]
    else:
        rest[at] = rest.get(at, 0) + transaction["net"]
    w.keep("balance", currency, ready=ready, waiting=rest)


def _totals(w: Work) -> Iterator[tuple[str, int, int]]:
    """Currency, available, pending."""
    now = w.world.time(None)
    for kept in w.find("_balance"):
        ripe = sum(net for due, net in kept["waiting"].items() if int(due) <= now)
        yield kept["id"], kept["ready"] + ripe, sum(kept["waiting"].values()) - ripe
