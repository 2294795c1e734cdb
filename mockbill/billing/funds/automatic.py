"""Automatic payouts: each midnight (UTC) of an account that asked for it, what became available is told and paid out.

A payout takes all that is available in its currency, less the minimum balance; where one was set with funds waiting,
the transactions of that first payout are more than its amount.
"""

from datetime import UTC, datetime

from mockbill.billing import balance
from mockbill.billing.funds import balance_settings, banks, payouts, settlements
from mockbill.rules.payouts import days_between
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Work, World


def due(world: World, settings: Doc) -> tuple[int, str] | None:
    """The next midnight."""
    kept = world.fetch(f"_{settlements.PLAN}", settings["id"])
    return (kept["last"] + DAY, "balance.day") if kept else None


def day(w: Work, settings: Doc) -> None:
    """It is midnight, or later where nothing was running then: ``balance.available``, then each payout's events."""
    plan = settlements.plan(w)
    assert plan is not None  # it is kept with the settings
    midnights = days_between(plan["last"], w.now)
    w.keep(settlements.PLAN, settings["id"], last=w.now - w.now % DAY)
    if any(_became_available(w, midnight) for midnight in midnights):
        w.emit("balance.available", balance.balance(w))
    schedule = balance_settings.planned(plan)
    if schedule.interval != "manual" and any(schedule.pays_on(_date(each)) for each in midnights):
        for currency in balance.currencies(w):
            _pay_out(w, settings["payments"]["payouts"], currency)


def _pay_out(w: Work, settings: Doc, currency: str) -> None:
    amount = balance.available(w, currency) - settings["minimum_balance_by_currency"].get(currency, 0)
    bank = banks.for_schedule(w, currency) if amount > 0 else None
    if bank is None:
        return
    transactions = settlements.waiting(w, currency)
    payout = payouts.automatic(w, amount, bank, settings["statement_descriptor"])
    settlements.settle(w, transactions, payout)
    payouts.reconcile(w, payout)


def _became_available(w: Work, midnight: int) -> bool:
    """Whether funds that were pending ended to be so at this midnight."""
    ended = w.find("balance_transaction", available_on=midnight)
    return any(each["status"] == "pending" and each["net"] > 0 for each in ended)


def _date(midnight: int) -> datetime:
    return datetime.fromtimestamp(midnight, UTC)
