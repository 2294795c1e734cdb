"""Receivers on Flask and Express through every rule of a delivery script: what meets them, and what their books say.

One that is idempotent and asks for the present state has the same books in every weather; ``came`` tells of the script.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from receivers.receiver import Receiver, Shop

from mockbill.server import LocalServer

OLD = "2024-06-20"


@pytest.fixture
def frozen(server: LocalServer, account: str, receiver: Receiver) -> Shop:
    """An account whose own clock stands still until it is advanced."""
    shop = Shop.open(server.url, account, receiver)
    shop.control("POST", "clock", now="2031-03-01T00:00:00Z", mode="frozen")
    return shop


def rule(shop: Shop, times: int | None = None, match: dict[str, Any] | None = None, **do: Any) -> str:
    """A new rule; its id."""
    said = {"match": match or {}, "do": do} | ({} if times is None else {"times": times})
    id: str = shop.control("POST", "scripts", **said)["script"]["id"]
    return id


def came(shop: Shop, count: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.receiver.books(count)["came"]
    return found


def types(shop: Shop) -> list[str]:
    return [each["type"].removeprefix("customer.") for each in came(shop)]


def life(shop: Shop) -> str:
    """A customer who is created, renamed and deleted; the id."""
    made = shop.client.v1.customers.create({"name": "Ada"})
    shop.client.v1.customers.update(made.id, {"name": "Ada Lovelace"})
    shop.client.v1.customers.delete(made.id)
    return made.id


def attempts(delivery: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(attempt["occasion"], attempt["status"]) for attempt in delivery["attempts"]]


def touched(delivery: dict[str, Any]) -> list[str]:
    """The rules that had a hand in a delivery."""
    return [each["id"] for each in delivery["scripts"]]


def test_delayed_by_the_accounts_clock_it_comes_when_that_is_advanced(frozen: Shop) -> None:
    id = rule(frozen, delay={"seconds": 3600, "clock": "world"})
    ada = frozen.client.v1.customers.create({"name": "Ada"})
    frozen.control("POST", "clock/advance", by="59 minutes")
    assert came(frozen) == []
    frozen.control("POST", "clock/advance", by="1 minute")
    [delivery] = frozen.drain()
    assert (touched(delivery), delivery["state"]) == ([id], "delivered")
    assert frozen.receiver.books()["customers"] == {ada.id: "Ada"}


def test_delayed_in_real_time_it_is_overtaken(shop: Shop) -> None:
    rule(shop, times=1, delay=0.5)
    ada = shop.client.v1.customers.create({"name": "Ada", "payment_method": "pm_card_visa"})  # two events at once
    shop.drain()
    assert types(shop) == ["created", "payment_method.attached"]
    assert shop.receiver.books()["customers"] == {ada.id: "Ada"}


def test_a_duplicate_is_taken_and_done_once(shop: Shop) -> None:
    id = rule(shop, duplicate=2)
    ada = shop.client.v1.customers.create({"name": "Ada"})
    [delivery] = shop.drain()
    assert touched(delivery) == [id]
    assert attempts(delivery) == [("first", 200), ("copy", 200), ("copy", 200)]
    assert len({each["event"] for each in came(shop, 3)}) == 1
    books = shop.receiver.books()
    assert (books["customers"], books["mails"]) == ({ada.id: "Ada"}, ["customer.created"])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_window_in_another_order_ends_in_the_same_books(shop: Shop, seed: int) -> None:
    rule(shop, match={"seed": seed}, reorder={"window": 3, "order": "shuffle", "within": 60})
    ada = life(shop)
    shop.drain()
    assert sorted(types(shop)) == ["created", "deleted", "updated"]
    assert types(shop) != ["created", "updated", "deleted"]
    assert shop.receiver.books()["customers"] == {ada: None}


def test_a_window_reversed(shop: Shop) -> None:
    rule(shop, reorder={"window": 3, "within": 60})
    ada = life(shop)
    shop.drain()
    assert types(shop) == ["deleted", "updated", "created"]
    assert shop.receiver.books()["customers"] == {ada: None}


def test_what_is_dropped_is_in_the_log_and_missed_by_nobody_who_asks_again(shop: Shop) -> None:
    id = rule(shop, match={"type": "customer.created"}, drop=True)
    ada = shop.client.v1.customers.create({"name": "Ada"})
    shop.client.v1.customers.update(ada.id, {"name": "Ada Lovelace"})
    dropped, taken = shop.drain()
    assert (dropped["state"], dropped["attempts"], touched(dropped)) == ("dropped", [], [id])
    assert (taken["state"], touched(taken)) == ("delivered", [])
    assert types(shop) == ["updated"]
    assert shop.receiver.books()["customers"] == {ada.id: "Ada Lovelace"}


def test_what_is_held_comes_when_it_is_released(shop: Shop) -> None:
    id = rule(shop, match={"type": "customer.created"}, hold=True)
    ada = life(shop)
    shop.control("POST", "deliveries/wait", type="customer.deleted")
    assert types(shop) == ["updated", "deleted"]
    shop.control("POST", f"scripts/{id}/release")
    assert touched(shop.drain()[0]) == [id]
    assert types(shop) == ["updated", "deleted", "created"]
    assert shop.receiver.books()["customers"] == {ada: None}


@pytest.mark.parametrize(
    ("do", "error"),
    [
        ({"corrupt": "signature"}, "forged"),
        ({"corrupt": "body"}, "forged"),
        ({"wrong_secret": True}, "forged"),
        ({"stale": 301}, "stale"),
        ({"stale": 86_400}, "stale"),
    ],
    ids=str,
)
def test_what_is_not_signed_rightly_and_now_is_refused_and_its_retry_taken(
    shop: Shop, do: dict[str, Any], error: str
) -> None:
    id = rule(shop, **do)
    ada = shop.client.v1.customers.create({"name": "Ada"})
    [delivery] = shop.drain()
    assert attempts(delivery) == [("first", 400), ("retry", 200)]
    assert [attempt["scripts"] for attempt in delivery["attempts"]] == [[id], []]
    refused, taken = came(shop)
    assert (refused, taken["status"]) == ({"status": 400, "error": error}, 200)
    books = shop.receiver.books()
    assert (books["customers"], books["mails"]) == ({ada.id: "Ada"}, ["customer.created"])


def test_with_its_retries_it_is_given_up(shop: Shop) -> None:
    rule(shop, wrong_secret=True, retries=True)
    shop.client.v1.customers.create({"name": "Ada"})
    [delivery] = shop.drain()
    assert (delivery["state"], [status for _, status in attempts(delivery)]) == ("failed", [400, 400, 400])
    assert shop.receiver.books()["mails"] == []


def test_a_time_that_is_old_but_not_too_old_is_taken(shop: Shop) -> None:
    rule(shop, stale=240)
    shop.client.v1.customers.create({"name": "Ada"})
    assert [attempts(delivery) for delivery in shop.drain()] == [[("first", 200)]]


def test_an_older_version_is_read_as_well(shop: Shop) -> None:
    rule(shop, times=1, api_version=OLD)
    ada = life(shop)
    shop.drain()
    assert [each["version"] for each in came(shop)] == [OLD, "2026-10-28.endive", "2026-10-28.endive"]
    assert shop.receiver.books()["customers"] == {ada: None}


def test_a_body_in_pieces_is_whole_in_the_end(shop: Shop) -> None:
    id = rule(shop, slow={"chunks": 7, "pause": 0.01})
    ada = shop.client.v1.customers.create({"name": "Ada"})
    [delivery] = shop.drain()
    assert (attempts(delivery), touched(delivery)) == ([("first", 200)], [id])
    assert shop.receiver.books()["customers"] == {ada.id: "Ada"}


@pytest.mark.parametrize("after", [0, 1, 400])
def test_when_the_connection_is_cut_the_retry_comes(shop: Shop, after: int) -> None:
    rule(shop, cut=after)
    ada = shop.client.v1.customers.create({"name": "Ada"})
    [delivery] = shop.drain()
    assert attempts(delivery) == [("first", None), ("retry", 200)]
    cut, taken = came(shop, 2)
    assert (cut, taken["status"]) == ({"status": 400, "error": "cut"}, 200)
    books = shop.receiver.books()
    assert (books["customers"], books["mails"]) == ({ada.id: "Ada"}, ["customer.created"])


def test_an_earlier_event_comes_once_more_and_is_done_once(shop: Shop) -> None:
    id = rule(shop, match={"type": "customer.deleted"}, replay={"when": "after", "type": "customer.created"})
    ada = life(shop)
    created, _, deleted = shop.drain()
    assert types(shop) == ["created", "updated", "deleted", "created"]
    assert attempts(created) == [("first", 200), ("replay", 200)]
    assert (created["attempts"][1]["scripts"], touched(deleted)) == ([id], [id])
    books = shop.receiver.books()
    assert books["customers"] == {ada: None}
    assert books["mails"] == ["customer.created", "customer.updated", "customer.deleted"]


def test_an_event_may_come_before_its_caller_knows_the_id(shop: Shop) -> None:
    rule(shop, early=True)
    shop.receiver.answers("slow")
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(shop.client.v1.customers.create, {"name": "Ada"})
        [first] = came(shop, 1)
        assert not calling.done(), "the receiver has the event, and the caller has no answer yet"
        [known] = shop.receiver.books()["customers"]
        shop.receiver.release()
        assert calling.result(60).id == known
    assert first["type"] == "customer.created"


def test_all_at_once_ends_in_the_same_books(shop: Shop) -> None:
    for do in (
        {"duplicate": 1},
        {"corrupt": True},
        {"slow": {"chunks": 3, "pause": 0.01}},
        {"replay": {"when": "before"}},
        {"cut": 100},
        {"reorder": {"window": 2, "order": "shuffle", "within": 0.2}},
    ):
        rule(shop, match={"probability": 0.5, "seed": 7}, **do)
    kept = [shop.client.v1.customers.create({"name": f"Customer {number}"}) for number in range(6)]
    for customer in kept[:3]:
        shop.client.v1.customers.update(customer.id, {"name": f"{customer.name} again"})
    gone = life(shop)
    assert {delivery["state"] for delivery in shop.drain()} == {"delivered"}
    books = shop.receiver.books()
    assert books["customers"] == {
        **{customer.id: f"Customer {number}{' again' * (number < 3)}" for number, customer in enumerate(kept)},
        gone: None,
    }
    assert len(books["mails"]) == 12
    assert len(books["came"]) > 12
