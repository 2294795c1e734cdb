"""The ticker: where the clock runs by itself, what falls due happens when its time comes."""

from collections.abc import Callable

import stripe
from control.api import Control


def test_a_renewal_happens_when_the_running_clock_reaches_it(
    control: Control, subscribe: Callable[..., stripe.Subscription]
) -> None:
    subscription = subscribe()
    control.post("clock", now="2026-02-28T09:59:58Z", mode="offset")
    assert control.try_post("events/wait", type="invoice.created", count=2, timeout=0).status == 409
    renewal = control.post("events/wait", type="invoice.created", count=2, timeout=10)["data"][1]
    assert renewal["data"]["object"]["parent"]["subscription_details"]["subscription"] == subscription.id
    assert 1_772_272_800 <= renewal["created"] <= 1_772_272_802


def test_a_frozen_clock_is_left_alone(control: Control, subscribe: Callable[..., stripe.Subscription]) -> None:
    subscribe()
    control.post("clock", now="2026-02-28T09:59:59Z")
    assert control.try_post("events/wait", type="invoice.created", count=2, timeout=1.5).status == 409
