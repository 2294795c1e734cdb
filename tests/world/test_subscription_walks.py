"""Whatever is done to subscriptions, in whatever order: refusals change nothing, events tell all, amounts add up."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.lives import Api
from world.walks import Walk

from mockbill.app import Application, create_app
from mockbill.settings import Settings


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    own = {"clock": "2026-01-31T10:00:00Z", "seed": 1, "request_log": 0, "check_answers": True}
    app = create_app(Settings.load(own, environ={}))
    yield app
    app.close()


@settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(dice=st.randoms(use_true_random=False), policy=st.sampled_from(["3d,5d,7d:cancel", "1d:unpaid", "2d:pause"]))
def test_a_walk_through_the_calls_of_subscriptions_breaks_no_rule(
    application: Application, dice: Any, policy: str
) -> None:
    api = Api(application, "walker")
    application.forget(api.world)
    api.world.configure({"dunning": policy, "sent_invoice_days": 20})
    walk = Walk(api, dice)
    for _ in range(20):
        walk.step()
