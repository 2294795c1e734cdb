"""Receivers on Flask and Express, on the real SDKs: what they take, and what follows from what they answer."""

import hashlib
import hmac

import pytest
import requests
from receivers.receiver import Shop


def statuses(shop: Shop) -> list[list[int | None]]:
    return [[attempt["status"] for attempt in delivery["attempts"]] for delivery in shop.drain()]


def test_every_event_of_a_customer_is_verified_and_taken(shop: Shop) -> None:
    ada = shop.client.v1.customers.create({"name": "Ada"})
    shop.client.v1.customers.update(ada.id, {"name": "Ada Lovelace"})
    bob = shop.client.v1.customers.create({"name": "Bob"})
    shop.client.v1.customers.delete(bob.id)
    assert statuses(shop) == [[200], [200], [200], [200]]
    books = shop.receiver.books()
    assert [came["event"] for came in books["came"]] == [each.id for each in shop.client.v1.events.list()][::-1]
    assert {came["version"] for came in books["came"]} == {"2026-10-28.endive"}
    assert books["customers"] == {ada.id: "Ada Lovelace", bob.id: None}
    assert books["mails"] == ["customer.created", "customer.updated", "customer.created", "customer.deleted"]


@pytest.mark.parametrize("status", [302, 307, 400, 404, 500, 503])
def test_what_was_refused_comes_again(shop: Shop, status: int) -> None:
    shop.receiver.answers(status, status)
    ada = shop.client.v1.customers.create({"name": "Ada"})
    assert statuses(shop) == [[status, status, 200]]
    books = shop.receiver.books()
    assert [came["status"] for came in books["came"]] == [status, status, 200]
    assert len({came["event"] for came in books["came"]}) == 1
    assert (books["customers"], books["mails"]) == ({ada.id: "Ada"}, ["customer.created"])


def test_what_was_done_before_it_failed_is_not_done_twice(shop: Shop) -> None:
    shop.receiver.answers("done, but 500")
    shop.client.v1.customers.create({"name": "Ada"})
    assert statuses(shop) == [[500, 200]]
    assert shop.receiver.books()["mails"] == ["customer.created"]


def test_a_receiver_that_never_takes_it_is_given_up(shop: Shop) -> None:
    shop.receiver.answers(500, 500, 500)
    shop.client.v1.customers.create({"name": "Ada"})
    [delivery] = shop.drain()
    assert (delivery["state"], delivery["attempt"]) == ("failed", 3)
    assert shop.receiver.books()["mails"] == []
    shop.control("POST", f"deliveries/{delivery['id']}/resend")
    [again] = shop.drain()
    assert (again["state"], again["attempt"]) == ("delivered", 4)
    assert shop.receiver.books()["mails"] == ["customer.created"]


def test_a_slow_answer_is_waited_for(shop: Shop) -> None:
    shop.receiver.answers("slow")
    ada = shop.client.v1.customers.create({"name": "Ada"})
    shop.receiver.books(1)
    [under_way] = shop.deliveries()
    assert (under_way["state"], under_way["attempts"]) == ("pending", [])
    shop.client.v1.customers.update(ada.id, {"name": "Ada Lovelace"})  # the API goes on meanwhile
    shop.receiver.release()
    assert statuses(shop) == [[200], [200]]
    assert shop.receiver.books()["customers"] == {ada.id: "Ada Lovelace"}


def test_a_body_that_nobody_signed_is_refused(shop: Shop) -> None:
    body = b'{"id": "evt_1", "object": "event", "type": "customer.created"}'
    signed = hmac.new(b"whsec_guessed", b"1893456000." + body, hashlib.sha256).hexdigest()
    for signature in ("", "t=1893456000,v1=00", f"t=1893456000,v1={signed}"):
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        answer = requests.post(shop.receiver.url, data=body, headers=headers, timeout=60)
        assert answer.status_code == 400
    books = shop.receiver.books()
    assert [came["error"] for came in books["came"]] == ["forged"] * 3
    assert books["mails"] == []


def test_an_endpoint_of_an_older_version_is_shown_that(shop: Shop) -> None:
    shop.client.v1.webhook_endpoints.delete(shop.endpoint)
    older = Shop.open(shop.mockbill, shop.account, shop.receiver, api_version="2024-06-20")
    older.client.v1.customers.create({"name": "Ada"})
    assert statuses(older) == [[200]]
    [came] = older.receiver.books()["came"]
    assert came["version"] == "2024-06-20"
