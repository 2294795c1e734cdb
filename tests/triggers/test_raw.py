"""A raw body is signed and sent byte for byte."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

import pytest
import stripe
from click.testing import CliRunner
from control.api import Control
from webhooks.stage import Mockbill, Receiver, listen

from mockbill.cli.root import root


@pytest.mark.parametrize(
    "body", [b'{"id":  "evt_1",\n "object": "event"}', b"no JSON", "\u00fc\n".encode(), b"\xff\x00", b""]
)
def test_any_body_arrives_byte_for_byte_with_a_good_signature(
    mockbill: Mockbill, receive: Callable[..., Receiver], body: bytes
) -> None:
    receiver = receive()
    endpoint = listen(mockbill.client(), receiver.url, "invoice.paid")
    answer = Control(mockbill.url, "mockbill").post("trigger", raw={"base64": base64.b64encode(body).decode()})
    (got,) = receiver.wait_for(1)
    assert got.body == body
    signed = dict(part.split("=", 1) for part in got.headers["Stripe-Signature"].split(","))
    expected = hmac.new(endpoint.secret.encode(), f"{signed['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert signed["v1"] == expected
    assert [each["state"] for each in answer["deliveries"]] == ["delivered"]
    assert mockbill.client().v1.events.list().data == []  # it is no event


def test_a_raw_body_of_a_type_goes_to_those_who_listen_to_it(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    wanted, other = receive(), receive()
    listen(mockbill.client(), wanted.url, "invoice.paid")
    listen(mockbill.client(), other.url, "invoice.voided")
    answer = Control(mockbill.url, "mockbill").post("trigger", raw="{}", type="invoice.paid", times=2)
    assert [got.body for got in wanted.wait_for(2)] == [b"{}", b"{}"]
    assert [each["url"] for each in answer["deliveries"]] == [wanted.url]
    assert other.got == []


def test_the_command_line_sends_a_file(mockbill: Mockbill, receive: Callable[..., Receiver], tmp_path: Path) -> None:
    receiver = receive()
    endpoint = listen(mockbill.client(), receiver.url)
    file = tmp_path / "event.json"
    file.write_bytes(b'{"id": "evt_mine", "object": "event", "type": "mine"}')
    done = CliRunner().invoke(root, ["trigger", "--raw", str(file), "--server", mockbill.url])
    assert done.exit_code == 0, done.output
    (got,) = receiver.wait_for(1)
    event = stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], endpoint.secret)
    assert event.id == "evt_mine"


def test_nothing_can_be_set_on_a_raw_body(mockbill: Mockbill) -> None:
    refused = Control(mockbill.url, "mockbill").try_post("trigger", raw="{}", set={"a": 1})
    assert (refused.status, refused.error["param"]) == (422, "set")
