"""Usage as it is kept: whatever is told and taken back, in whatever order, reads as if all events were gone through."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from world.lives import START, Api

from mockbill.app import Application, create_app
from mockbill.settings import Settings
from mockbill.world import Doc

DAY, HOUR = 86_400, 3_600
FORMULAS = ("sum", "count", "last")

seconds = st.integers(-2 * DAY, 2 * DAY) | st.sampled_from([-DAY, -60, -1, 0, 1, 60, HOUR, DAY])
values = st.decimals(-(10**6), 10**6, places=2).map(str)
told = st.lists(st.tuples(seconds, values, st.booleans()), max_size=12)  # when, how much, whether it is taken back

_app: Application = create_app(Settings(seed=7))
_accounts = iter(range(10**9))


class Counter:
    """An account with a meter of each formula, and a customer whose events all of them count."""

    def __init__(self) -> None:
        self.api = Api(_app, f"usage{next(_accounts)}")
        clock = self.api.post("test_helpers/test_clocks", frozen_time=START + 2 * DAY)["id"]
        self.customer = self.api.post("customers", test_clock=clock)["id"]
        self.meters = {formula: self._meter(formula) for formula in FORMULAS}

    def _meter(self, formula: str) -> str:
        asked = {"display_name": formula, "event_name": formula, "default_aggregation": {"formula": formula}}
        return str(self.api.post("billing/meters", **asked)["id"])

    def tell(self, at: int, value: str, identifier: str) -> None:
        payload = {"stripe_customer_id": self.customer, "value": value}
        for formula in FORMULAS:
            told = {"event_name": formula, "payload": payload, "identifier": f"{formula} {identifier}"}
            self.api.post("billing/meter_events", **told, timestamp=START + at)

    def take_back(self, identifier: str) -> None:
        for formula in FORMULAS:
            cancel = {"identifier": f"{formula} {identifier}"}
            self.api.post("billing/meter_event_adjustments", event_name=formula, type="cancel", cancel=cancel)

    def reads(self, formula: str, start: int, end: int, **params: Any) -> list[Doc]:
        span = {"start_time": START + start, "end_time": START + end, "customer": self.customer}
        path = f"billing/meters/{self.meters[formula]}/event_summaries"
        listed: list[Doc] = self.api.call("GET", path, **span, **params)["data"]
        return listed


def gone_through(formula: str, events: Sequence[tuple[int, str]], start: int, end: int) -> Fraction:
    """What a meter reads by going through all events; they stand in the order in which they were told."""
    within = [(at, value) for at, value in events if start <= at < end]
    if formula == "count":
        return Fraction(len(within))
    if formula == "sum":
        return sum((Fraction(Decimal(value)) for _, value in within), Fraction(0))
    latest = max((at for at, _ in within), default=None)
    return next((Fraction(Decimal(value)) for at, value in reversed(within) if at == latest), Fraction(0))


@given(told, st.lists(st.integers(-3 * 1440, 3 * 1440), min_size=2, max_size=4, unique=True).map(sorted))
def test_what_is_kept_reads_as_if_all_events_were_gone_through(
    events: list[tuple[int, str, bool]], cuts: list[int]
) -> None:
    counter = Counter()
    for number, (at, value, _) in enumerate(events):
        counter.tell(at, value, str(number))
    for number, (_, _, wrong) in enumerate(events):
        if wrong:
            counter.take_back(str(number))
    stand = [(at, value) for at, value, wrong in events if not wrong]
    for formula in FORMULAS:
        for first, second in pairwise(cuts):
            [summary] = counter.reads(formula, first * 60, second * 60)
            expected = gone_through(formula, stand, first * 60, second * 60)
            assert summary["aggregated_value"] == float(expected), (formula, first, second)


@given(told)
def test_the_windows_of_a_day_add_up_to_the_day(events: list[tuple[int, str, bool]]) -> None:
    counter = Counter()
    for number, (at, value, _) in enumerate(events):
        counter.tell(at, value, str(number))
    midnight = -START % DAY - DAY
    for formula in ("sum", "count"):
        days = counter.reads(formula, midnight - 2 * DAY, midnight + 4 * DAY, value_grouping_window="day", limit=100)
        hours = counter.reads(formula, midnight, midnight + DAY, value_grouping_window="hour", limit=100)
        [whole] = counter.reads(formula, midnight - 2 * DAY, midnight + 4 * DAY)
        [day] = counter.reads(formula, midnight, midnight + DAY)
        assert round(sum(each["aggregated_value"] for each in days), 2) == round(whole["aggregated_value"], 2)
        assert round(sum(each["aggregated_value"] for each in hours), 2) == round(day["aggregated_value"], 2)
        assert len(hours) == 24
