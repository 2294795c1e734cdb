"""Delivery scripts through the control API: put in force, listed with what is left, released, cleared, refused."""

from collections.abc import Iterator

import pytest
import stripe
from control.api import Control

from mockbill.scenario.receiver import Receiver


@pytest.fixture
def receiver(client: stripe.StripeClient) -> Iterator[Receiver]:
    """An application that hears of the test's account."""
    with Receiver() as receiver:
        endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
        receiver.secret = str(endpoint.secret)
        yield receiver


def test_a_script_works_until_it_has_ended_and_is_listed_with_what_is_left(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    rule = {"match": {"type": "customer.*"}, "do": {"duplicate": 1}, "times": 2}
    added = control.post("scripts", name="twice", **rule)
    expected = {"id": "script_1", "name": "twice", **rule, "left": 2, "touched": 0, "seen": 0}
    assert added["script"] == {**expected, "source": "api", "holding": 0}
    assert added["data"] == [added["script"]]
    client.v1.customers.create({})
    control.post("drain")
    (listed,) = control.get("scripts")["data"]
    assert (listed["left"], listed["touched"], len(receiver.received)) == (1, 1, 2)
    (delivery,) = control.get("deliveries")["data"]
    assert delivery["scripts"] == [{"id": "script_1", "do": {"duplicate": 1}}]
    assert [attempt["occasion"] for attempt in delivery["attempts"]] == ["first", "copy"]


def test_what_a_script_holds_is_released_by_its_id(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    id = control.post("scripts", do={"hold": True})["script"]["id"]
    client.v1.customers.create({})
    assert control.post("drain")["pending"] == 1
    assert control.get("deliveries", state="pending")["data"][0]["waits_for"] == f"the release of {id}"
    assert control.get("scripts")["data"][0]["holding"] == 1
    assert control.post(f"scripts/{id}/release")["released"] == 1
    assert control.post("drain")["drained"]
    assert len(receiver.received) == 1


def test_scripts_are_cleared_one_by_one_or_all_and_let_go_what_they_hold(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    for _ in range(3):
        control.post("scripts", do={"hold": True})
    client.v1.customers.create({})
    cleared = control.ask("DELETE", f"scripts/script_2?account={control.account}")
    assert (cleared.status, [rule["id"] for rule in cleared.body["data"]]) == (200, ["script_1", "script_3"])
    cleared = control.ask("DELETE", "scripts", {"account": control.account, "id": "script_3"})
    assert [rule["id"] for rule in cleared.body["data"]] == ["script_1"]
    assert control.ask("DELETE", "scripts", {"account": control.account, "script": "script_1"}).status == 422
    cleared = control.ask("DELETE", "scripts", {"account": control.account})
    assert (cleared.body["released"], cleared.body["data"]) == (1, [])
    assert control.post("drain")["drained"]
    assert len(receiver.received) == 1


def test_an_event_that_is_dropped_is_found_in_the_log(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    control.post("scripts", do={"drop": True}, times=1)
    client.v1.customers.create({})
    client.v1.customers.create({})
    control.post("drain")
    (dropped,) = control.get("deliveries", state="dropped")["data"]
    assert (dropped["error"], dropped["attempt"]) == ("dropped by script_1", 0)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("rule", "param", "said"),
    [
        ({"do": {"dorp": True}}, "do.dorp", "did you mean drop?"),
        ({"match": {"type": "invoice.payed"}, "do": {"drop": True}}, "match.type", "did you mean invoice.paid"),
        ({"match": {"customer": "cus_none"}, "do": {"drop": True}}, "match.customer", "no customer cus_none"),
        ({"match": {"endpoint": "we_none"}, "do": {"drop": True}}, "match.endpoint", "there is none yet"),
        ({"tims": 2, "do": {"drop": True}}, "tims", "did you mean times?"),
        ({}, "do", "is missing"),
    ],
)
def test_a_bad_rule_is_refused_with_the_nearest_name_and_changes_nothing(
    control: Control, rule: dict[str, object], param: str, said: str
) -> None:
    refused = control.try_post("scripts", **rule)
    assert (refused.status, refused.error["code"], refused.error["param"]) == (422, "script_invalid", param)
    assert said in refused.error["message"]
    assert control.get("scripts")["data"] == []


def test_a_script_that_is_not_there_is_not_found(control: Control) -> None:
    for answer in (control.try_post("scripts/script_9/release"), control.ask("DELETE", "scripts/script_9")):
        assert (answer.status, answer.error["code"]) == (404, "script_missing")
