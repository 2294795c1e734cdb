"""Receivers on Flask and Express in each mode of delivery, and with retries on either clock."""

import pytest
from receivers.receiver import Shop


def test_inline_a_call_is_answered_when_the_receiver_has_done_its_work(shop: Shop) -> None:
    shop.control("POST", "settings", webhooks="inline")
    ada = shop.client.v1.customers.create({"name": "Ada"})
    assert shop.receiver.books()["customers"] == {ada.id: "Ada"}
    shop.client.v1.customers.update(ada.id, {"name": "Ada Lovelace"})
    assert shop.receiver.books()["customers"] == {ada.id: "Ada Lovelace"}


def test_by_hand_nothing_comes_until_it_is_pulled(shop: Shop) -> None:
    shop.control("POST", "settings", webhooks="manual")
    ada = shop.client.v1.customers.create({"name": "Ada"})
    shop.client.v1.customers.update(ada.id, {"name": "Ada Lovelace"})
    assert shop.receiver.books()["came"] == []
    [later] = shop.control("POST", "deliveries/pull", type="customer.updated")["data"]
    assert (later["type"], later["status"]) == ("customer.updated", 200)
    assert shop.receiver.books()["customers"] == {ada.id: "Ada Lovelace"}  # the later event is the first that it gets
    [first] = shop.control("POST", "deliveries/pull")["data"]
    assert (first["type"], first["status"]) == ("customer.created", 200)
    assert shop.receiver.books()["mails"] == ["customer.updated", "customer.created"]
    assert shop.receiver.books()["customers"] == {ada.id: "Ada Lovelace"}


def test_retries_wait_for_the_accounts_own_clock(shop: Shop) -> None:
    shop.control("POST", "settings", webhook_retry_clock="world", webhook_retries="1h,1h")
    shop.control("POST", "clock", now="2031-03-01T00:00:00Z", mode="frozen")
    shop.receiver.answers(500, 500)
    shop.client.v1.customers.create({"name": "Ada"})
    shop.control("POST", "clock/advance", by="59 minutes")
    [waiting] = shop.deliveries()
    assert (waiting["state"], waiting["attempt"], waiting["next_retry"]) == ("retrying", 1, "2031-03-01T01:00:00Z")
    shop.control("POST", "clock/advance", by="1 minute")
    assert [came["status"] for came in shop.receiver.books()["came"]] == [500, 500]
    shop.control("POST", "clock/advance", by="1 hour")
    assert [came["status"] for came in shop.receiver.books()["came"]] == [500, 500, 200]
    assert shop.receiver.books()["mails"] == ["customer.created"]


@pytest.mark.parametrize("status", [302, 500])
def test_what_was_given_up_is_sent_again_on_request(shop: Shop, status: int) -> None:
    shop.control("POST", "settings", webhook_retries="none")
    shop.receiver.answers(status)
    ada = shop.client.v1.customers.create({"name": "Ada"})
    [given_up] = shop.drain()
    assert (given_up["state"], given_up["attempt"], given_up["next_retry"]) == ("failed", 1, None)
    shop.control("POST", f"events/{given_up['event']}/resend")
    assert [each["state"] for each in shop.drain()] == ["delivered"]
    assert shop.receiver.books()["customers"] == {ada.id: "Ada"}
