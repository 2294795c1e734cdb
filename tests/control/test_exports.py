"""Events as something to go on with: each export is run."""

import http.client
import io
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import stripe
import yaml
from control.api import Control

from mockbill.scenario.receiver import Receiver
from mockbill.scenario.runner import run_files
from mockbill.scenario.stage import Stage

Subscribe = Callable[..., stripe.Subscription]

STORY = [
    {"customer": {"as": "ada", "name": "Ada's $5 & Co", "email": "ada@example.com"}},
    {"update": {"object": "$ada", "with": {"name": "Ada 'Countess' Lovelace", "metadata": {"a": "1"}}}},
    {"product": {"as": "pro", "name": "Pro"}},
    {"price": {"as": "monthly", "product": "$pro", "unit_amount": 2900, "recurring": {"interval": "month"}}},
    {"checkout": {"as": "session", "price": "$monthly"}},
    {"pay": {"session": "$session", "card": "4242 4242 4242 4242"}},
]


@pytest.fixture
def receiver(client: stripe.StripeClient) -> Iterator[Receiver]:
    """An application that hears of the test's account."""
    with Receiver() as receiver:
        endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
        receiver.secret = str(endpoint.secret)
        yield receiver


def exported(control: Control, event: str, **asked: str) -> str:
    """The text of an export, byte for byte."""
    address = urlsplit(control.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    query = urlencode({"account": control.account, **asked})
    connection.request("GET", f"/_mockbill/events/{event}/export?{query}")
    answer = connection.getresponse()
    assert answer.status == 200
    text = answer.read().decode()
    connection.close()
    return text


def test_as_curl_it_is_posted_by_a_shell_and_taken_by_who_checks_signatures(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.customers.create({"name": "Ada 'Countess' $HOME `x` \\ %s\n€", "metadata": {"long": "x" * 400}})
    control.post("deliveries/wait")
    (event,) = control.get("events")["data"]
    command = exported(control, event["id"], **{"as": "curl"})
    assert receiver.secret not in command
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("HTTP/1.")
    first, second = receiver.received
    assert second.problem is None
    assert second.event == {**first.event, "pending_webhooks": 0}  # it was taken the first time


def test_as_json_it_is_what_receivers_are_sent_in_their_version(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/old", "enabled_events": ["*"], "api_version": "2025-02-24.acacia"}
    )
    client.v1.customers.create({})
    control.post("deliveries/wait")
    (event,) = control.get("events")["data"]
    text = exported(control, event["id"])
    assert json.loads(text) == {**receiver.received[0].event, "pending_webhooks": 1}
    assert text.startswith('{\n  "id": "evt_')
    old = json.loads(exported(control, event["id"], endpoint="http://127.0.0.1:9/old"))
    assert old["type"] == "customer.created"
    refused = control.ask("GET", f"events/{event['id']}/export?account={control.account}&endpoint=we_none")
    assert refused.error["param"] == "endpoint"


def test_as_steps_they_hold_where_the_same_is_done_again(server_url: str, tmp_path: Path) -> None:
    with Receiver() as app:
        stage = Stage(server_url, receiver=app, clock="2026-01-31T10:00:00Z")
        customer = stage.customer(name="Ada's $5 & Co", email="ada@example.com")
        stage.update(customer, name="Ada 'Countess' Lovelace", metadata={"a": "1"})
        price = stage.price(stage.product("Pro"), unit_amount=2900, recurring={"interval": "month"})
        stage.pay(stage.checkout(price), card="4242 4242 4242 4242")
        control = Control(server_url, stage.client.account)
        newest = {event["type"]: event["id"] for event in stage.events()}
        steps = {type: exported(control, id, **{"as": "step"}) for type, id in newest.items()}
    assert len(steps) > 8
    assert "amount_paid: 2900" in steps["invoice.paid"]
    head = yaml.safe_dump({"name": "Again", "clock": "2027-05-31T10:00:00Z", "steps": STORY}, sort_keys=False)

    def run(text: str) -> tuple[int, str]:
        path, out = tmp_path / "story.yaml", io.StringIO()
        path.write_text(text)
        return run_files([path], server_url, out), out.getvalue()

    again = run(head + "".join(steps.values()))
    assert again[0] == 0, again[1]
    other = run(head + steps["invoice.paid"].replace("amount_paid: 2900", "amount_paid: 2901"))
    assert (other[0], "amount_paid" in other[1]) == (1, True)


def test_as_a_fixture_it_repeats_the_call_that_caused_it(
    control: Control, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    kept = subscribe()
    client.v1.customers.update(str(kept.customer), {"metadata": {"plan": "pro"}, "preferred_locales": ["sv", "en"]})
    (updated,) = control.get("events", type="customer.updated", text="preferred")["data"][-1:]
    made = json.loads(exported(control, updated["id"], **{"as": "fixture"}))
    assert made["_meta"] == {"template_version": 0}
    (step,) = made["fixtures"]
    assert step["path"] == f"/v1/customers/{kept.customer}"
    assert step["params"] == {"metadata": {"plan": "pro"}, "preferred_locales": ["sv", "en"]}
    (created,) = control.get("events", type="customer.subscription.created")["data"]
    (step,) = json.loads(exported(control, created["id"], **{"as": "fixture"}))["fixtures"]
    assert step["method"] == "post"
    again = client.raw_request(step["method"], step["path"], **step["params"])
    assert json.loads(again.body)["items"]["data"][0]["price"]["id"] == kept["items"].data[0].price.id


def test_what_cannot_be_exported_says_why(control: Control, client: stripe.StripeClient) -> None:
    client.v1.customers.create({})
    (event,) = control.get("events")["data"]
    refused = control.ask("GET", f"events/{event['id']}/export?account={control.account}&as=curl")
    assert (refused.status, refused.error["code"]) == (409, "endpoint_missing")
    assert json.loads(exported(control, event["id"]))["id"] == event["id"]
    bad = control.ask("GET", f"events/{event['id']}/export?account={control.account}&as=xml")
    assert (bad.status, bad.error["param"]) == (422, "as")
    made_up = control.post("trigger", type="customer.tax_id.updated")["event"]
    uncaused = control.ask("GET", f"events/{made_up}/export?account={control.account}&as=fixture")
    assert (uncaused.status, uncaused.error["code"]) == (409, "export_impossible")


@pytest.fixture
def server_url(control: Control) -> str:
    return control.url
