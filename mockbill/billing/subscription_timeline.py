"""The dates of a new subscription: where it starts, what its billing cycle is anchored to, and its periods till now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockbill.billing import subscription_items, subscription_trials
from mockbill.rules import periods, proration
from mockbill.world import Doc, Problem, Work

PARAMETERS = ("backdate_start_date", "billing_cycle_anchor", "billing_cycle_anchor_config")
MOST_LINES = 250  # what an invoice of a backdated subscription can hold
_RANGES = {"day_of_month": (1, 31), "month": (1, 12), "hour": (0, 23), "minute": (0, 59), "second": (0, 59)}


@dataclass(frozen=True, slots=True)
class Timeline:
    """The dates, in seconds.  ``free`` says that only whole periods from now on are charged (no prorations)."""

    now: int
    start: int
    anchor: int
    trial: subscription_trials.Trial | None
    flexible: bool
    free: bool

    def periods_of(self, price: Doc) -> list[tuple[int, int]]:
        """The periods of an item since the start; the last one is that in which it is now.

        Classic billing has one stretch of time where flexible billing has one period after the other.
        """
        if self.trial:
            return [(self.start, self.trial.end)]
        end = subscription_items.period_end(self.anchor, price, self.now)
        if self.flexible:
            return periods.natural_periods(self.anchor, *subscription_items.interval_of(price), self.start, end)
        if self.start < self.now == self.anchor:
            return [(self.start, self.now), (self.now, end)]
        return [(self.start, end)]

    def charged(self, items: Sequence[Doc]) -> list[Doc]:
        """The items as the first invoice has them: each in every period that it is charged for."""
        return [each for item in items for each in self._charged(item)]

    def _charged(self, item: Doc) -> list[Doc]:
        *past, current = self.periods_of(item["price"])
        if self.trial or not self.free:
            return [*(subscription_items.moved(item, *each) for each in past), item]
        interval = subscription_items.interval_of(item["price"])
        is_whole = current[0] == self.now and proration.share(self.anchor, *interval, *current) == 1
        return [item] if is_whole else []


def of(w: Work, params: dict[str, Any], picked: Sequence[Doc], *, flexible: bool) -> Timeline:
    """What the parameters of a creation say about dates; Problem where they cannot be."""
    prices = [pick["price"] for pick in picked]
    start = _start(w, params)
    trial = subscription_trials.trial_of(w, params, prices)
    if trial and start < w.now:
        trial = subscription_trials.Trial(start, trial.end)  # the backdated time belongs to the trial
    timeline = Timeline(
        now=w.now,
        start=start,
        anchor=_anchor(w, params, prices, trial),
        trial=trial,
        flexible=flexible,
        free=params.get("proration_behavior") == "none",
    )
    _check_lines(timeline, prices)
    return timeline


def _start(w: Work, params: dict[str, Any]) -> int:
    start = params.get("backdate_start_date")
    if start is not None and start > w.now:
        raise Problem("Invalid timestamp: backdate_start_date must be in the past", param="backdate_start_date")
    return w.now if start is None else int(start)


def _anchor(w: Work, params: dict[str, Any], prices: Sequence[Doc], trial: subscription_trials.Trial | None) -> int:
    """The billing cycle anchor; what the customer pays for first begins at the trial's end, or now.

    With a trial after which the anchor stays ``unchanged`` it is the time of creation (not established at Stripe).
    """
    first = trial.end if trial else w.now
    asked, config = params.get("billing_cycle_anchor"), params.get("billing_cycle_anchor_config")
    if asked and config:
        raise Problem(
            "You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config."
        )
    if config:
        asked = _configured(config, prices, first)
    if asked is None:
        return w.now if trial and subscription_trials.keeps_anchor(params.get("trial_settings")) else first
    if asked < w.now or (asked == w.now and not config):
        raise Problem("Invalid timestamp: must be in the future", param="billing_cycle_anchor")
    subscription_trials.check_anchor(trial, asked)
    latest = max(periods.add(first, *subscription_items.interval_of(price)) for price in prices)
    if asked > latest and not (config and config.get("month") is None):
        raise Problem(
            f"billing_cycle_anchor cannot be later than next natural billing date ({latest}) for plan",
            param="billing_cycle_anchor_config" if config else "billing_cycle_anchor",
        )
    return int(asked)


def _configured(config: dict[str, Any], prices: Sequence[Doc], first: int) -> int:
    if any(price["recurring"]["interval"] not in ("month", "year") for price in prices):
        raise Problem(
            "billing_cycle_anchor_config is only valid with monthly and yearly price intervals.",
            param="billing_cycle_anchor_config",
        )
    for name, (least, most) in _RANGES.items():
        value = config.get(name)
        if value is not None and not least <= value <= most:
            raise Problem(
                f"Invalid {name}: must be between {least} and {most}.", param=f"billing_cycle_anchor_config[{name}]"
            )
    parts = {name: config.get(name) for name in _RANGES if name != "day_of_month"}
    return periods.next_day_of_month(first, config["day_of_month"], **parts)


def _check_lines(timeline: Timeline, prices: Sequence[Doc]) -> None:
    """Problem before many periods are reckoned: an invoice holds 250 lines."""
    intervals = [subscription_items.interval_of(price) for price in prices]
    lines = sum(
        1
        + periods.number(timeline.anchor, *each, timeline.now)
        - periods.number(timeline.anchor, *each, timeline.start)
        for each in intervals
    )
    if timeline.flexible and not timeline.trial and lines > MOST_LINES:
        raise Problem(
            f"Backdating this far would need {lines} invoice line items; an invoice can have up to {MOST_LINES}.",
            param="backdate_start_date",
        )
