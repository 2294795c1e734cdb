"""The verb that waits for events, and test clocks that are waited for: on a real server, without sleeping."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockbill.app import create_app
from mockbill.scenario.runner import run_files
from mockbill.scenario.stage import Stage, Unmet
from mockbill.server import LocalServer
from mockbill.settings import Settings

STORY = """
name: Ada renews
clock: 2026-01-31T10:00:00Z
steps:
  - product: {as: pro, name: Pro}
  - price: {as: monthly, product: $pro, unit_amount: 2900, recurring: {interval: month}}
  - checkout: {as: session, price: $monthly}
  - pay: {session: $session, card: 4242 4242 4242 4242}
  - let: {sub: $session.subscription}
  - wait: invoice.paid
  - advance: {to: next renewal, subscription: $sub}
  - wait: {event: invoice.paid, for: $sub, customer: $sub.customer, count: 2, timeout: 5, status: delivered}
  - wait: {event: customer.subscription.deleted, for: $sub, timeout: 0}
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with LocalServer(create_app(Settings(check_answers=True))) as real:
        yield real.url


def test_a_story_waits_for_events_and_says_what_came_instead(url: str, tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    path.write_text(STORY)
    out = io.StringIO()
    assert run_files([path], url, out) == 1
    assert "failed after 8 steps" in out.getvalue()
    assert "0 of 1 customer.subscription.deleted" in out.getvalue()
    assert "The last events were" in out.getvalue()


def test_a_stage_waits_until_its_test_clock_has_arrived(url: str, account: str) -> None:
    stage = Stage(url, account)
    clock = stage.client.stripe("POST", "/v1/test_helpers/test_clocks", {"frozen_time": 1_769_853_600})
    ada = stage.customer(test_clock=clock["id"])
    for by, at in (("1 month", 1_772_272_800), ("1 day", 1_772_359_200)):
        arrived = stage.advance(by, customer=ada)
        assert (arrived["status"], arrived["frozen_time"]) == ("ready", at)
    assert len(stage.wait("test_helpers.test_clock.ready", about=clock, count=2)) == 2
    with pytest.raises(Unmet, match="2 of 3"):
        stage.wait("test_helpers.test_clock.ready", count=3, timeout=0)
