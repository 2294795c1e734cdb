"""What is set reaches the principal call of every recipe, and a customer that exists takes part in every one it can."""

import json
from datetime import datetime

import pytest
import stripe
from control.api import Control

from mockbill import surface
from mockbill.triggers import recipes
from mockbill.triggers.registry import FRESH

recipes.load()
# Its card gets the metadata after its event was told.
_TOLD_BEFORE = {"customer.source.created"}
# A fresh customer of its own: the address of one that exists stays as it is.
_FRESH_CUSTOMER = {"customer.created", "invoice.finalization_failed"}


def _takes_notes(type: str) -> bool:
    sets = FRESH[type].sets
    return sets is not None and "metadata" in surface.parameters(sets) and type not in _TOLD_BEFORE


@pytest.mark.parametrize("type", sorted(filter(_takes_notes, FRESH)))
def test_metadata_is_set_on_what_the_principal_call_makes(control: Control, type: str) -> None:
    answer = control.post("trigger", type=type, set={"metadata.told_by": "the test"})
    assert '"told_by": "the test"' in json.dumps(answer["events"])


@pytest.mark.parametrize("type", sorted(FRESH.keys() - {"v2.core.event_destination.ping"}))
def test_a_customer_on_a_clock_takes_part(control: Control, client: stripe.StripeClient, type: str) -> None:
    now = control.get("clock")["now"]
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": _seconds(now)})
    customer = client.v1.customers.create({"test_clock": clock.id, "email": "ada@example.com"}).id
    answer = control.post("trigger", type=type, customer=customer)
    if type not in _FRESH_CUSTOMER:
        assert "customer.created" not in [event["type"] for event in answer["events"]]


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
