"""Every event that Stripe has a name for: triggered, logged, delivered, verified; the books balance afterwards."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from control.api import Control
from webhooks.stage import Mockbill, Receiver, listen
from world.test_books import (
    assert_it_is_paid_by_what_was_charged,
    assert_lines_make_totals,
    assert_nothing_turns_its_sign,
)

from mockbill import surface
from mockbill.triggers.kinds import kind_of
from mockbill.world.ids import prefix_of

GROUPS = sorted({type.partition(".")[0] for type in surface.events()})
_NO_IDS = {"balance", "balance_settings", "cash_balance", "tax.settings", "entitlements.active_entitlement_summary"}
_OTHER_NAMES = {
    "charge": "ch|py",
    "card": "card|src",
    "price": "price|plan",
    "coupon": "[A-Za-z0-9]+",
    "capability": "[a-z_]+",
}


@pytest.fixture
def received(mockbill: Mockbill, receive: Callable[..., Receiver]) -> Callable[[], dict[str, Any]]:
    """The events that a receiver took and verified, by id."""
    receiver = receive()
    secrets = [
        listen(mockbill.client(), receiver.url).secret,
        listen(mockbill.client(), receiver.url, connect=True).secret,
    ]

    def events() -> dict[str, Any]:
        assert mockbill.drain(timeout=30)["drained"]
        found = {}
        for got in receiver.got:
            verified = _verified(got.body, got.headers["Stripe-Signature"], secrets)
            found[verified.id] = got.event
        return found

    return events


def _verified(body: bytes, signature: str, secrets: list[Any]) -> stripe.Event:
    for secret in secrets:
        try:
            return stripe.Webhook.construct_event(body, signature, secret)
        except stripe.SignatureVerificationError:
            continue
    raise AssertionError("signed with no secret of the receiver's")


@pytest.mark.parametrize("group", GROUPS)
def test_every_event_is_triggered_logged_and_delivered(
    group: str, mockbill: Mockbill, received: Callable[[], dict[str, Any]]
) -> None:
    control = Control(mockbill.url, "mockbill")
    asked: dict[str, Any] = {}
    for type in sorted(surface.events()):
        if type.partition(".")[0] == group:
            asked[type] = control.post("trigger", type=type)
    took = received()
    for type, answer in asked.items():
        event = next(each for each in answer["events"] if each["id"] == answer["event"])
        assert event["type"] == type
        assert surface.check(event) == []
        assert_is_of_its_kind(event)
        assert took[event["id"]]["data"] == event["data"]
        for each in answer["events"]:  # all that it brought about is told as well
            assert each["id"] in took, each["type"]
        assert {each["state"] for each in answer["deliveries"]} == {"delivered"}
        assert answer["synthetic"] == all(each["synthetic"] for each in answer["deliveries"])
    assert_the_books_balance(mockbill)


def assert_is_of_its_kind(event: dict[str, Any]) -> None:
    about = event["data"]["object"]
    kinds = {kind_of(event["type"]), *({"bank_account", "card"} if "source" in event["type"] else ())}
    assert about["object"] in kinds
    if about["object"] in _NO_IDS or event["type"] in ("invoice.upcoming", "billing.alert.triggered"):
        return
    prefix = _OTHER_NAMES.get(about["object"]) or re.escape(prefix_of(about["object"]))
    assert re.match(rf"({prefix})(_|$)", about["id"]), about["id"]


def assert_the_books_balance(mockbill: Mockbill) -> None:
    for world in mockbill.app.worlds.all():
        for invoice in world.table("invoice").select():
            if not invoice["pre_payment_credit_notes_amount"]:  # which lowers what is due, but not the total
                assert_lines_make_totals(world, invoice)
            assert_nothing_turns_its_sign(invoice)
            if not invoice["amount_overpaid"]:
                assert_it_is_paid_by_what_was_charged(world, invoice)
        for customer in world.table("customer").select():
            moved = world.table("customer_balance_transaction").select({"customer": customer["id"]})
            assert sum(each["amount"] for each in moved) == customer["balance"]


def test_what_is_caused_and_what_is_made_up_is_listed(mockbill: Mockbill) -> None:
    listed = {each["type"]: each["caused"] for each in Control(mockbill.url, "mockbill").get("trigger")["data"]}
    assert listed.keys() == surface.events() | surface.thin_events().keys()
    made_up = {type.partition(".")[0] for type in surface.events() if not listed[type]}
    # Whole rooms of Stripe's that billing has no part in, and single events of those that it has.
    assert not made_up & {"coupon", "credit_note", "customer", "payment_intent", "payout", "plan", "price", "product"}
    assert sum(listed[type] for type in surface.events()) >= 161
