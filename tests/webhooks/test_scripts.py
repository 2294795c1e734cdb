"""Receivers in every weather: what each rule of a delivery script does to what arrives, and what the log says of it."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webhooks.stage import PATIENCE, Got, Mockbill, listen, products, until
from webhooks.weather import Receive, Serve, occasions, release, script, verify

from mockbill.webhooks.scripts import BadRule


def test_an_event_is_delivered_more_than_once_until_the_rule_has_ended(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    id = script(mockbill, {"duplicate": 2}, type="product.*", times=1)
    products(client, "a", "b")
    mockbill.drain()
    assert receiver.names == ["a", "a", "a", "b"]
    assert len({verify(got, endpoint).id for got in receiver.got}) == 2
    second, first = mockbill.log()
    assert occasions(first) == [("first", 200, [id]), ("copy", 200, [id]), ("copy", 200, [id])]
    assert first["scripts"] == [{"id": id, "do": {"duplicate": 2}}]
    assert second["scripts"] == []
    (rule,) = mockbill.app.webhooks.scripts(mockbill.world())
    assert (rule["left"], rule["touched"], rule["holding"]) == (0, 1, 0)


def test_a_dropped_event_never_arrives_and_is_in_the_log_as_dropped(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    id = script(mockbill, {"drop": True}, nth=2)
    products(client, *"abc")
    assert mockbill.drain() == {"drained": True, "pending": 0, "retrying": 0, "failed": 0}
    assert receiver.names == ["a", "c"]
    (dropped,) = mockbill.log(state="dropped")
    assert (dropped["error"], dropped["attempts"], dropped["scripts"]) == (
        f"dropped by {id}",
        [],
        [{"id": id, "do": {"drop": True}}],
    )
    mockbill.app.webhooks.resend(mockbill.world(), dropped["id"])
    mockbill.drain()
    assert receiver.names == ["a", "c", "b"]


def test_events_arrive_in_another_order(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    script(mockbill, {"reorder": {"window": 3, "within": PATIENCE}}, times=3)
    products(client, *"abcd")
    mockbill.drain()
    receiver.wait_for(4)
    assert receiver.names == ["c", "b", "a", "d"]


def test_a_window_that_does_not_fill_goes_after_its_time(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    script(mockbill, {"reorder": {"window": 5, "within": 0.05}})
    products(client, *"ab")
    receiver.wait_for(2)
    assert mockbill.drain()["drained"]
    assert sorted(receiver.names) == ["a", "b"]  # a slow machine may close the window before the second one comes


def test_an_order_by_chance_is_that_of_the_seed(serve: Serve, receive: Receive) -> None:
    def order(seed: int) -> list[str]:
        mockbill, receiver = serve(seed=seed), receive()
        client = mockbill.client()
        listen(client, receiver.url)
        script(mockbill, {"reorder": {"window": 8, "order": "shuffle", "within": PATIENCE}})
        products(client, *"abcdefgh")
        mockbill.drain()
        return receiver.names

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_what_is_held_arrives_when_it_is_released(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver, other = mockbill.client(), receive(), receive()
    listen(client, receiver.url)
    listen(client, other.url)
    id = script(mockbill, {"hold": True}, endpoint=receiver.url)
    products(client, *"ab")
    started = time.perf_counter()
    assert mockbill.drain() == {"drained": False, "pending": 2, "retrying": 0, "failed": 0}
    mockbill.app.webhooks.settle(mockbill.world())
    assert time.perf_counter() - started < PATIENCE / 2  # nobody waits for what only somebody's word lets go
    assert (receiver.got, other.names) == ([], ["a", "b"])
    held = mockbill.log(state="pending")
    assert [entry["waits_for"] for entry in held] == [f"the release of {id}"] * 2
    assert mockbill.app.webhooks.scripts(mockbill.world())[0]["holding"] == 2
    assert release(mockbill, id) == 2
    assert mockbill.drain()["drained"]
    assert receiver.names == ["a", "b"]
    assert mockbill.log()[0]["waits_for"] is None


def test_what_is_held_and_resent_does_not_arrive_a_second_time(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    id = script(mockbill, {"hold": True})
    products(client, "a")
    mockbill.app.webhooks.resend(mockbill.world(), mockbill.log()[0]["id"])
    receiver.wait_for(1)
    assert mockbill.drain()["drained"]
    assert release(mockbill, id) == 0
    mockbill.drain()
    assert receiver.names == ["a"]


def test_what_is_held_and_resent_in_vain_is_still_held(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="none")
    client, receiver = mockbill.client(), receive()
    receiver.behave = lambda _: 500 if len(receiver.got) == 1 else 200
    listen(client, receiver.url)
    id = script(mockbill, {"hold": True})
    products(client, "a")
    mockbill.app.webhooks.resend(mockbill.world(), mockbill.log()[0]["id"])
    assert until(lambda: mockbill.log()[0]["attempt"] == 1)
    (held,) = mockbill.log()
    assert (held["state"], held["waits_for"]) == ("pending", f"the release of {id}")
    release(mockbill, id)
    assert mockbill.drain()["drained"]
    assert [occasion for occasion, _, _ in occasions(mockbill.log()[0])] == ["resend", "first"]


def test_clearing_a_rule_lets_go_what_it_holds(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    script(mockbill, {"hold": True})
    products(client, "a")
    assert mockbill.app.webhooks.clear_scripts(mockbill.world()) == 1
    products(client, "b")
    mockbill.drain()
    assert receiver.names == ["a", "b"]


def test_a_delayed_event_is_overtaken(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    script(mockbill, {"delay": 0.5}, times=1)
    started = time.perf_counter()
    client.v1.customers.create({"payment_method": "pm_card_visa"})  # two events at once, so that nothing comes between
    assert [event.type for event in client.v1.events.list()] == ["customer.created", "payment_method.attached"]
    assert mockbill.drain()["drained"]
    assert receiver.types == ["customer.created", "payment_method.attached"]
    assert time.perf_counter() - started >= 0.5


def test_a_delay_can_be_one_of_the_accounts_clock(serve: Serve, receive: Receive) -> None:
    mockbill, receiver = serve(clock="2026-01-31"), receive()
    client, world = mockbill.client(), mockbill.world()
    listen(client, receiver.url)
    script(mockbill, {"delay": {"seconds": 7200, "clock": "world"}}, times=1)
    script(mockbill, {"delay": {"seconds": 3600, "clock": "world"}}, times=2)
    products(client, *"abc")
    assert mockbill.drain()["pending"] == 2
    assert receiver.names == ["c"]
    world.advance(world.clock.now + 3600)
    assert receiver.names == ["c", "b"]
    world.advance(world.clock.now + 3600)
    assert receiver.names == ["c", "b"]  # both rules are about the first one: it has three hours to wait
    world.advance(world.clock.now + 3600)
    assert receiver.names == ["c", "b", "a"]


def test_an_earlier_event_comes_again(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    after = script(mockbill, {"replay": "after"}, type="product.updated", times=1)
    before = script(mockbill, {"replay": {"when": "before", "type": "product.created"}}, type="product.deleted")
    (chair,) = products(client, "Chair")
    client.v1.products.update(chair.id, {"name": "Stool"})
    client.v1.products.update(chair.id, {"name": "Bench"})
    client.v1.products.delete(chair.id)
    mockbill.drain()
    assert receiver.types == [
        f"product.{verb}" for verb in ["created", "updated", "created", "updated", "created", "deleted"]
    ]
    created = mockbill.log(type="product.created")[0]
    assert occasions(created) == [("first", 200, []), ("replay", 200, [after]), ("replay", 200, [before])]
    assert [touch["id"] for touch in created["scripts"]] == [after, before]


def test_an_event_arrives_before_the_call_that_caused_it_is_answered(serve: Serve, receive: Receive) -> None:
    mockbill = serve()
    client, go, answered = mockbill.client(), threading.Event(), threading.Event()
    receiver = receive(lambda _: 200 if go.wait(PATIENCE) else 500)
    listen(client, receiver.url)
    script(mockbill, {"early": True}, type="product.created", times=1)

    def create() -> None:
        products(client, "a")
        answered.set()

    caller = threading.Thread(target=create)
    caller.start()
    receiver.wait_for(1)
    assert not answered.wait(0.2)
    go.set()
    assert answered.wait(PATIENCE)
    caller.join()


def test_a_receiver_may_ask_for_the_object_before_its_creator_knows_it(mockbill: Mockbill, receive: Receive) -> None:
    client = mockbill.client()
    found: list[str] = []

    def look(got: Got) -> int:
        found.append(client.v1.products.retrieve(got.event["data"]["object"]["id"]).id)
        return 200

    listen(client, receive(look).url)
    script(mockbill, {"early": True})
    made = [products(client, name)[0].id for name in "abc"]
    assert found == made


def test_rules_of_one_account_are_no_others(mockbill: Mockbill, receive: Receive) -> None:
    one, other = receive(), receive()
    listen(mockbill.client(), one.url)
    listen(mockbill.client("other"), other.url)
    script(mockbill, {"drop": True})
    products(mockbill.client(), "a")
    products(mockbill.client("other"), "b")
    mockbill.drain("other")
    assert (one.got, other.names) == ([], ["b"])


def test_events_of_a_connected_account_go_by_the_rules_of_that_account(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url, "product.created", connect=True)
    account = client.v1.accounts.create({"type": "standard"}).id
    client.v1.products.create({"name": "a"}, {"stripe_account": account})
    theirs = mockbill.app.worlds.by_account_id(account)
    assert theirs is not None
    mockbill.app.webhooks.add_script(theirs, {"match": {"endpoint": endpoint.id}, "do": {"duplicate": 1}})
    client.v1.products.create({"name": "b"}, {"stripe_account": account})
    mockbill.drain(theirs.name)
    assert receiver.names == ["a", "b", "b"]


def test_an_emptied_account_has_no_rules_and_holds_nothing(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    script(mockbill, {"hold": True})
    products(client, "a")
    mockbill.app.forget(mockbill.world())
    assert mockbill.app.webhooks.scripts(mockbill.world()) == []
    assert mockbill.drain()["pending"] == 0
    assert receiver.got == []


def test_what_is_held_when_the_server_stops_arrives_once_it_is_back(
    serve: Serve, receive: Receive, tmp_path: Path
) -> None:
    receiver, data = receive(), str(tmp_path / "world.json")
    first = serve(data=data)
    listen(first.client(), receiver.url)
    script(first, {"hold": True})
    products(first.client(), "a")
    first.app.close()
    second = serve(data=data)
    assert second.drain()["drained"]
    assert receiver.names == ["a"]
    assert second.app.webhooks.scripts(second.world()) == []  # rules are for one run


def test_what_is_held_for_a_receiver_is_bounded(serve: Serve, receive: Receive) -> None:
    mockbill, receiver = serve(webhook_queue=3), receive()
    client = mockbill.client()
    listen(client, receiver.url)
    id = script(mockbill, {"hold": True})
    products(client, *"abcde")
    assert mockbill.drain()["pending"] == 3
    assert release(mockbill, id) == 3
    mockbill.drain()
    assert receiver.names == ["c", "d", "e"]
    assert [entry["state"] for entry in mockbill.log()] == ["delivered"] * 3 + ["failed"] * 2


def test_held_events_and_copies_wait_to_be_pulled_in_manual_mode(serve: Serve, receive: Receive) -> None:
    mockbill, receiver = serve(webhooks="manual"), receive()
    client, hub = mockbill.client(), mockbill.app.webhooks
    listen(client, receiver.url)
    id = script(mockbill, {"hold": True, "duplicate": 1}, nth=1)
    products(client, *"ab")
    hub.pull(mockbill.world(), timeout=PATIENCE)
    assert receiver.names == ["b"]
    release(mockbill, id)
    assert receiver.names == ["b"]
    hub.pull(mockbill.world(), timeout=PATIENCE)
    assert receiver.names == ["b", "a", "a"]


def test_who_drains_does_not_wait_for_what_was_delayed_and_is_to_be_pulled(serve: Serve, receive: Receive) -> None:
    mockbill, receiver = serve(webhooks="manual"), receive()
    client = mockbill.client()
    listen(client, receiver.url)
    script(mockbill, {"delay": 0.3})
    products(client, "a")
    started = time.perf_counter()
    assert mockbill.drain(timeout=2 * PATIENCE)["pending"] == 1
    assert time.perf_counter() - started < PATIENCE
    mockbill.app.webhooks.pull(mockbill.world(), timeout=PATIENCE)
    assert receiver.names == ["a"]


def test_a_rule_about_an_endpoint_or_customer_that_is_not_there_is_refused(mockbill: Mockbill) -> None:
    endpoint = listen(mockbill.client(), "http://127.0.0.1:9/hook")
    with pytest.raises(BadRule, match=f"did you mean {endpoint.id}"):
        script(mockbill, {"drop": True}, endpoint=endpoint.id[:-1])
    with pytest.raises(BadRule, match="there is no customer cus_1"):
        script(mockbill, {"drop": True}, customer="cus_1")


def test_a_rule_about_a_customer_leaves_the_others_alone(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    ada, bob = (client.v1.customers.create({"name": name}) for name in ("Ada", "Bob"))
    listen(client, receiver.url)
    script(mockbill, {"drop": True}, customer=ada.id)
    for customer in (ada, bob):
        client.v1.customers.update(customer.id, {"description": "known"})
        client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    mockbill.drain()
    assert receiver.types == ["customer.updated", "payment_method.attached"]
    assert receiver.got[0].event["data"]["object"]["name"] == "Bob"


_DEED = st.sampled_from(
    [
        {"drop": True},
        {"hold": True},
        {"delay": 0.01},
        {"delay": {"seconds": 60, "clock": "world"}},
        {"duplicate": 2},
        {"reorder": {"window": 2, "within": 0.02}},
        {"reorder": {"window": 3, "order": "shuffle", "within": 0.02}, "duplicate": 1},
        {"corrupt": True},
        {"cut": 10},
        {"replay": "before"},
        {"early": True, "stale": 400},
    ]
)
_RULE = st.fixed_dictionaries(
    {"do": _DEED},
    optional={
        "match": st.sampled_from([{"nth": 2}, {"probability": 0.5}, {"type": "product.created"}]),
        "times": st.integers(1, 3),
    },
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_RULE, min_size=1, max_size=4))
def test_whatever_the_rules_all_that_is_not_dropped_arrives_and_the_log_tells_each_attempt(
    weather: Mockbill, receive: Receive, rules: list[dict[str, Any]]
) -> None:
    client, world, hub = weather.client(), weather.world(), weather.app.webhooks
    weather.app.forget(world)
    receiver = receive()
    listen(client, receiver.url)
    for rule in rules:
        hub.add_script(world, rule)
    products(client, *"abcdef")
    hub.drain(world, 0.2)
    world.advance(world.clock.now + 600)
    hub.clear_scripts(world)
    assert weather.drain()["drained"]
    log = weather.log()
    assert len(log) == 6
    assert {entry["state"] for entry in log} <= {"delivered", "dropped"}
    dropped = [entry for entry in log if entry["state"] == "dropped"]
    taken = [got.event["id"] for got in receiver.got if _is_whole(got)]
    assert {entry["event"] for entry in log if entry not in dropped} == set(taken)
    answered = [attempt for entry in log for attempt in entry["attempts"] if attempt["status"] is not None]
    assert len(answered) == len(taken)
    assert all(entry["scripts"] for entry in dropped)


def _is_whole(got: Got) -> bool:
    return len(got.body) == int(got.headers["Content-Length"])


@pytest.fixture
def weather(serve: Serve) -> Mockbill:
    return serve(webhook_retries=(0.01, 0.01), clock="2026-01-31", seed=1)
