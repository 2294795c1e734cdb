"""The sample application: it believes what is signed as Stripe signs, and nothing else."""

import hashlib
import hmac
import json

import pytest

from mockbill.scenario.client import Client
from mockbill.scenario.receiver import Receiver, signature_problem

BODY = b'{\n  "id": "evt_1"\n}'
SECRET = "whsec_test"
NOW = 1_770_000_000


def signed(body: bytes = BODY, secret: str = SECRET, stamp: int = NOW) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "header",
    [
        f"t={NOW},v1={signed()}",
        f"t={NOW},v1={signed()},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39",
        f"t={NOW},v1={signed(secret='whsec_rolled')},v1={signed()}",
        f"t={NOW - 300},v1={signed(stamp=NOW - 300)}",
    ],
)
def test_a_signature_holds_whatever_else_is_in_the_header(header: str) -> None:
    assert signature_problem(BODY, header, SECRET, NOW) is None


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("", "has no t and v1"),
        ("nonsense", "has no t and v1"),
        (f"t=soon,v1={signed()}", "has no t and v1"),
        (f"t={NOW}", "has no t and v1"),
        (f"t={NOW},v0={signed()}", "has no t and v1"),
        (f"t={NOW},v1={signed(body=b'{}')}", "no v1 signature matches"),
        (f"t={NOW},v1={signed(secret='whsec_other')}", "no v1 signature matches"),
        (f"t={NOW + 1},v1={signed()}", "no v1 signature matches"),
        (f"t={NOW},v1=é", "no v1 signature matches"),
        (f"t={NOW - 301},v1={signed(stamp=NOW - 301)}", "the signature is 301 seconds old"),
        (f"t={NOW + 301},v1={signed(stamp=NOW + 301)}", "the signature is -301 seconds old"),
    ],
)
def test_a_signature_that_does_not_hold_is_told_why(header: str, problem: str) -> None:
    assert problem in str(signature_problem(BODY, header, SECRET, NOW))


def test_the_receiver_keeps_what_it_got_and_refuses_a_stranger(receiver: Receiver) -> None:
    receiver.secret = SECRET
    stranger = Client(receiver.url.removesuffix("/webhook"), "stranger")
    answer = stranger.page("/webhook", {"id": "evt_1"})
    assert (answer.status, answer.text) == (400, "the body is not JSON\n")
    assert receiver.received == []
    assert "has no t and v1" in str(receiver.take(json.dumps({"id": "evt_2"}).encode(), ""))
    assert [(delivery.event["id"], bool(delivery.problem)) for delivery in receiver.received] == [("evt_2", True)]


def test_the_receiver_tells_a_browser_what_it_is(receiver: Receiver) -> None:
    answer = Client(receiver.url, "anyone").page("/webhook")
    assert (answer.status, answer.text) == (200, "mockbill's sample application; it has received 0 webhooks\n")


def test_a_receiver_for_a_container_listens_everywhere_under_the_advertised_name() -> None:
    with Receiver(advertised="host.docker.internal") as receiver:
        assert receiver.url.startswith("http://host.docker.internal:")
        port = receiver.url.split(":")[2].split("/")[0]
        assert Client(f"http://127.0.0.1:{port}", "anyone").page("/").status == 200
