"""Every thin event that is no twin of a snapshot: triggered, kept, delivered and read by the official SDK."""

from collections.abc import Callable

import pytest
import stripe
from control.api import Control
from webhooks.stage import Mockbill, Receiver
from webhooks.test_destinations import destination, parsed, secret_of

from mockbill import surface
from mockbill.triggers import recipes
from mockbill.triggers.registry import FRESH

recipes.load()
THIN = sorted(type for type in surface.thin_events() if type.removeprefix("v1.") not in surface.events())


@pytest.mark.parametrize("family", sorted({type.rpartition(".")[0] for type in THIN}))
def test_thin_events_are_delivered_and_fetched(
    family: str, mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client, receiver = mockbill.client(), receive()
    secret = secret_of(destination(client, receiver.url))
    control = Control(mockbill.url, "mockbill")
    asked = {type: control.post("trigger", type=type) for type in THIN if type.rpartition(".")[0] == family}
    assert mockbill.drain(timeout=30)["drained"]
    took = {notice.id: notice for notice in (parsed(client, got, secret) for got in list(receiver.got))}
    for type, answer in asked.items():
        notice = took[answer["event"]]
        assert notice.type == type
        assert answer["synthetic"] is (type not in FRESH)
        assert client.v2.core.events.retrieve(notice.id).type == type
        if surface.thin_events()[type] == "object":
            assert notice.related_object.id
        assert {each["state"] for each in answer["deliveries"]} == {"delivered"}


def test_the_twin_of_a_snapshot_leads_to_the_object_that_was_caused(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client, receiver = mockbill.client(), receive()
    secret = secret_of(destination(client, receiver.url, "v1.invoice.payment_failed"))
    Control(mockbill.url, "mockbill").post("trigger", type="v1.invoice.payment_failed")
    (got,) = receiver.wait_for(1)
    invoice = parsed(client, got, secret).fetch_related_object()
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
