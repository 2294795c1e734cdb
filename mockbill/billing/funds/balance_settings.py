"""Balance settings: when funds become available and when they are paid out, as the account has asked for.

An account that has asked for nothing is on the schedule ``manual``, where Stripe's is ``daily``: nothing moves on its
own, and nothing is told.  From the first time that settings are sent, ``balance.available`` comes at midnight UTC
for what became available that day, and payouts as scheduled.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import amounts, unmodelled
from mockbill.billing.funds import settlements
from mockbill.rules.payouts import MOST_DAYS, WEEKDAYS, Schedule
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

KIND = "balance_settings"
DELAY = 7  # days that funds are pending in test mode (recorded); Stripe documents 2 for the United States
_UNSET: Doc = {
    "debit_negative_balances": False,
    "payouts": {
        "automatic_transfer_rules_by_currency": {},
        "minimum_balance_by_currency": {},
        "schedule": {"interval": "manual"},
        "statement_descriptor": None,
        "status": "enabled",
    },
    "settlement_timing": {"delay_days": DELAY, "start_of_day": None},
}


def of(w: Work) -> Doc:
    """The account's, which may never have been sent."""
    id = w.world.account_id
    return w.get(KIND, id) or {"id": id, "object": KIND, "payments": _UNSET}


def update(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/balance_settings``; ``balance_settings.updated``.

    ``debit_negative_balances`` is only kept: no bank account is ever debited for a balance below zero.
    """
    sent = params.get("payments") or {}
    payouts, timing = sent.get("payouts") or {}, sent.get("settlement_timing") or {}
    unmodelled.refuse(payouts, ("automatic_transfer_rules_by_currency",), "balance settings")
    unmodelled.refuse(timing, ("start_of_day",), "balance settings")
    old = of(w)["payments"]
    kept = settlements.plan(w) or {}
    schedule = _schedule(payouts.get("schedule"), kept, "payments[payouts][schedule]")
    delay = kept.get("delay", DELAY)
    if "delay_days_override" in timing:
        days = timing["delay_days_override"]
        delay = _delay(DELAY if days in (None, "") else days, "payments[settlement_timing][delay_days_override]")
    told = {name: payouts[name] or None for name in ("statement_descriptor",) if name in payouts}
    if "minimum_balance_by_currency" in payouts:
        told["minimum_balance_by_currency"] = _minimums(old, payouts["minimum_balance_by_currency"] or {})
    timed = {"delay_days": delay, **({"delay_days_override": delay} if timing.get("delay_days_override") else {})}
    return _kept(
        w,
        {
            "debit_negative_balances": sent.get("debit_negative_balances", old["debit_negative_balances"]),
            "payouts": {**old["payouts"], **told, "schedule": shown(schedule)},
            "settlement_timing": {**timed, "start_of_day": None},
        },
        schedule,
        delay,
    )


def asked(given: Mapping[str, Any], kept: Mapping[str, Any]) -> tuple[Schedule, int]:
    """What ``settings[payouts][schedule]`` of an account asks for; Problem where it cannot be.

    ``kept`` is what held before.
    """
    inside = "settings[payouts][schedule]"
    told = {name: given[name] for name in ("interval", "weekly_payout_days", "monthly_payout_days") if name in given}
    for name in ("weekly", "monthly"):
        if given.get(f"{name}_anchor"):
            told[f"{name}_payout_days"] = [given[f"{name}_anchor"]]
    delay = given.get("delay_days", kept.get("delay", DELAY))
    return _schedule(told, kept, inside), _delay(DELAY if delay == "minimum" else delay, f"{inside}[delay_days]")


def schedule(w: Work, schedule: Schedule, delay: int, descriptor: str | None) -> Doc:
    """The same as ``update``, for what the account's platform has told."""
    old = of(w)["payments"]
    payouts = {**old["payouts"], "schedule": shown(schedule), "statement_descriptor": descriptor}
    return _kept(
        w,
        {**old, "payouts": payouts, "settlement_timing": {"delay_days": delay, "start_of_day": None}},
        schedule,
        delay,
    )


def shown(schedule: Schedule) -> Doc:
    """A schedule as balance settings show it."""
    days: Doc = {}
    if schedule.interval == "weekly":
        days = {"weekly_payout_days": [each for each in schedule.weekly if each in WEEKDAYS[:5]]}
    elif schedule.interval == "monthly":
        days = {"monthly_payout_days": list(schedule.monthly)}
    return {"interval": schedule.interval, **days}


def of_account(schedule: Schedule, delay: int) -> Doc:
    """A schedule as ``settings.payouts.schedule`` of an account shows it."""
    named = {"delay_days": delay, **shown(schedule)}
    if schedule.interval == "weekly":
        named["weekly_anchor"] = schedule.weekly[0]
    elif schedule.interval == "monthly":
        named["monthly_anchor"] = schedule.monthly[0]
    return dict(sorted(named.items()))


def without_id(settings: Doc) -> Doc:
    """As they are shown: there is one for each account."""
    return {name: value for name, value in settings.items() if name != "id"}


def planned(kept: Mapping[str, Any]) -> Schedule:
    """The schedule of a plan."""
    return Schedule(kept.get("interval", "manual"), tuple(kept.get("weekly", ())), tuple(kept.get("monthly", ())))


def _kept(w: Work, payments: Doc, schedule: Schedule, delay: int) -> Doc:
    id, before = w.world.account_id, of(w)
    plan = settlements.plan(w)
    settles = schedule.interval != "manual"
    if settles and not (plan and plan["settles"]):
        settlements.begin(w)
    w.keep(
        settlements.PLAN,
        id,
        interval=schedule.interval,
        weekly=list(schedule.weekly),
        monthly=list(schedule.monthly),
        delay=delay,
        settles=settles or bool(plan and plan["settles"]),
        last=plan["last"] if plan else w.now - w.now % DAY,
    )
    settings = w.put(KIND, {**before, "payments": payments})
    if settings != before:
        w.emit("balance_settings.updated", without_id(settings), without_id(before))
    return settings


def _schedule(given: Mapping[str, Any] | None, kept: Mapping[str, Any], inside: str) -> Schedule:
    """The schedule that is sent, over the one that held."""
    sent = given or {}
    old = planned(kept)
    new = Schedule(
        sent.get("interval") or old.interval,
        tuple(dict.fromkeys(sent.get("weekly_payout_days") or old.weekly)),
        tuple(dict.fromkeys(sent.get("monthly_payout_days") or old.monthly)),
    )
    if wrong := new.objection():
        raise Problem(wrong[0], param=f"{inside}[{wrong[1]}]")
    return new


def _delay(days: int, param: str) -> int:
    if not 1 <= days <= MOST_DAYS:
        raise Problem(f"Funds can be held for 1 to {MOST_DAYS} days.", param=param)
    return days


def _minimums(old: Doc, sent: Mapping[str, Any]) -> dict[str, int]:
    """What is to stay on the balance, by currency, in minor units; ``""`` takes one off."""
    if not sent:
        return {}
    inside = "payments[payouts][minimum_balance_by_currency]"
    known = dict(old["payouts"]["minimum_balance_by_currency"])
    for code, amount in sent.items():
        param = f"{inside}[{code}]"
        currency = amounts.currency(code, param)
        known.pop(currency, None)
        if amount in (None, ""):
            continue
        if amount < 0:
            raise Problem("A minimum balance cannot be negative.", param=param)
        known[currency] = amount
    return known
