"""Older integrations, each on the SDK that pins its version: stripe-python 5 to 16, installed by ``make sdks``."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from sdks.installed import HERE, ONLY_WHEN_SET, PINNED, TYPED, directory, major, objections

from mockbill.server import LocalServer

SINCE_THIN = [sdk for sdk in PINNED if major(sdk) >= 11]
BEFORE_BASIL = [sdk for sdk in PINNED if major(sdk) < 12]
SINCE_BASIL = [sdk for sdk in PINNED if major(sdk) >= 12]
MONTH = (28, 29, 30, 31)


def session(program: str, sdk: str, url: str, account: str) -> dict[str, Any]:
    """What a program here tells of its session on an SDK."""
    command = [sys.executable, HERE / program, url, f"sk_test_{account}"]
    environ = {**os.environ, "PYTHONPATH": str(directory(sdk)), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("sdk", BEFORE_BASIL)
def test_an_integration_of_before_basil_works_as_it_did(server: LocalServer, account: str, sdk: str) -> None:
    told = session("before_basil.py", sdk, server.url, account)
    assert told.pop("days") in MONTH
    version = told.pop("sdk")
    assert version < "2025-03-31"
    assert told == {
        "secret_of_intent": True,
        "confirmed": "succeeded",
        "intent_of_invoice": True,
        "status": "active",
        "charged": 1000,
        "coupon": [True, 50.0],
        "upcoming": [1000, False, True],
        "upcoming_lines": [["subscription", 2000]],
        "event": [version, True, True],
        "usage": [True, 7, 7, None],
        "previous": "incomplete",
    }


@pytest.mark.parametrize("sdk", SINCE_BASIL)
def test_an_integration_since_basil_works_as_it_did(server: LocalServer, account: str, sdk: str) -> None:
    told = session("since_basil.py", sdk, server.url, account)
    assert told.pop("days") in MONTH
    version = told.pop("sdk")
    assert version >= "2025-03-31"
    assert told == {
        "confirmed": "succeeded",
        "status": "active",
        "mode": "flexible" if version >= "2025-09-30" else "classic",
        "paid_by": True,
        "coupons": [True, True],
        "preview": [1000, True],
        "event": [version, True],
        "previous": "incomplete",
    }


@pytest.mark.parametrize("sdk", PINNED)
def test_what_backends_call_most_works_as_in_its_era(server: LocalServer, account: str, sdk: str) -> None:
    done = session("backend.py", sdk, server.url, account)
    told, answers = done["told"], done["answers"]
    version = told.pop("sdk")
    assert told == {
        "prorated": True,
        "ending": True,
        "listed": True,
        "paid": ["paid", 700, "ada@example.com"],
        "ahead": "usd",
        "refunded": ["succeeded", 100],
        "declined": ["card_declined", "generic_decline", "requires_payment_method", 402],
        "shown": ["open", True],
        "portal": True,
        "event": version,
    }
    assert len(answers) == 34
    if sdk in TYPED:
        wrong = objections(answers, sdk)
        assert {each for each in wrong if not each.endswith(f"{ONLY_WHEN_SET}: missing")} == set()


@pytest.mark.parametrize("sdk", SINCE_THIN)
def test_a_thin_event_is_parsed_by_every_sdk_that_knows_them(server: LocalServer, account: str, sdk: str) -> None:
    told = session("thin.py", sdk, server.url, account)
    assert told == {
        "parsed_by": "parse_thin_event" if major(sdk) < 13 else "parse_event_notification",
        "type": "v1.test_helpers.test_clock.ready",
        "related": ["/v1/test_helpers/test_clocks", True],
        "event": [True, "v1.test_helpers.test_clock.ready", None],
        "from": ["self"] if major(sdk) < 15 else ["@self"],
        "about": ["ready", "advancing", "created"],
        "destinations": True,
    }
