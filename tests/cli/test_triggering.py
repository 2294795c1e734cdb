"""``mockbill trigger``: what it prints, and what it refuses."""

import json
import re
import subprocess
from collections.abc import Callable

Mockbill = Callable[..., subprocess.CompletedProcess[str]]


def test_an_event_is_triggered_and_what_followed_is_printed(mockbill: Mockbill) -> None:
    done = mockbill("trigger", "invoice.payment_failed", "--set", "amount=5000", "--set", "metadata.order_id=6735")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^evt_\w+  invoice.payment_failed  in_\w+$", done.stdout, re.MULTILINE)
    (invoice,) = json.loads(mockbill("get", "invoices").stdout)["data"]
    assert (invoice["status"], invoice["attempt_count"], invoice["amount_due"]) == ("open", 1, 5000)
    assert invoice["lines"]["data"][0]["metadata"] == {"order_id": "6735"}


def test_the_object_or_the_customer_can_be_named(mockbill: Mockbill) -> None:
    customer = json.loads(mockbill("post", "customers", "-d", "email=ada@example.com").stdout)["id"]
    told = json.loads(mockbill("trigger", "customer.updated", "--for", customer, "--json").stdout)
    assert [event["data"]["object"]["id"] for event in told["events"]] == [customer]
    paid = json.loads(mockbill("trigger", "charge.succeeded", "--customer", customer, "--times", "2", "--json").stdout)
    charges = [event for event in paid["events"] if event["type"] == "charge.succeeded"]
    assert [event["data"]["object"]["customer"] for event in charges] == [customer] * 2


def test_what_is_made_up_says_so(mockbill: Mockbill) -> None:
    done = mockbill("trigger", "issuing_card.created", "--set", "last4=6735")
    assert re.fullmatch(r"evt_\w+  issuing_card.created  ic_\w+  \(synthetic\)\n", done.stdout)


def test_all_events_are_listed_with_how_they_come_about(mockbill: Mockbill) -> None:
    listed = mockbill("trigger", "--list").stdout
    assert re.search(r"^customer.updated +caused +customer.* POST /v1/customers/{customer}$", listed, re.MULTILINE)
    assert re.search(r"^treasury.received_debit.created +synthetic$", listed, re.MULTILINE)
    assert any(each["type"] == "invoice.paid" for each in json.loads(mockbill("trigger", "--list", "--json").stdout))


def test_a_misspelt_event_names_the_nearest_and_ends_with_1(mockbill: Mockbill) -> None:
    done = mockbill("trigger", "invoice.payed")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nearest: invoice.paid" in done.stderr


def test_it_is_used_wrongly_without_an_event_or_with_a_pair_that_is_none(mockbill: Mockbill) -> None:
    for wrong in ((), ("invoice.paid", "--set", "amount"), ("--raw", "/nowhere.json")):
        assert mockbill("trigger", *wrong).returncode == 2
