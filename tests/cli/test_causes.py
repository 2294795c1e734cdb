"""The oldest wish of who triggers events: for my own subscription, so that its state agrees with them; and faults."""

import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from cli.process import Serving

from mockbill.scenario.receiver import Receiver

Mockbill = Callable[..., subprocess.CompletedProcess[str]]


def sent(mockbill: Mockbill, path: str, *pairs: str) -> dict[str, Any]:
    """Post to Stripe's API; the document."""
    done = mockbill("post", path, *(word for pair in pairs for word in ("-d", pair)))
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def read(mockbill: Mockbill, path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(mockbill("get", path).stdout)
    return document


def test_a_payment_fails_for_my_own_subscription_and_is_made_up_for(mockbill: Mockbill) -> None:
    with Receiver() as app:
        endpoint = sent(mockbill, "webhook_endpoints", f"url={app.url}", "enabled_events[]=*")
        app.secret = endpoint["secret"]
        good = "pm_card_visa"
        paying = (f"payment_method={good}", f"invoice_settings[default_payment_method]={good}")
        customer = sent(mockbill, "customers", "email=ada@example.com", *paying)["id"]
        monthly = ("currency=usd", "unit_amount=2900", "recurring[interval]=month", "product_data[name]=Pro")
        price = sent(mockbill, "prices", *monthly)["id"]
        subscription = sent(mockbill, "subscriptions", f"customer={customer}", f"items[0][price]={price}")["id"]

        failed = mockbill("trigger", "invoice.payment_failed", "--for", subscription)
        assert failed.returncode == 0, failed.stderr
        assert re.search(r"^evt_\w+  invoice\.payment_failed  in_\w+$", failed.stdout, re.MULTILINE)
        assert re.search(r"^  delivered \[200\] invoice\.payment_failed to http", failed.stdout, re.MULTILINE)
        now = read(mockbill, f"subscriptions/{subscription}")
        invoice = read(mockbill, f"invoices/{now['latest_invoice']}")
        assert (now["status"], invoice["status"], invoice["attempt_count"]) == ("past_due", "open", 1)
        told = [each.event for each in app.received if each.event["type"] == "invoice.payment_failed"]
        assert [event["data"]["object"]["id"] for event in told] == [invoice["id"]]
        assert all(each.problem is None for each in app.received)

        mockbill("trigger", "invoice.paid", "--for", subscription)
        assert read(mockbill, f"subscriptions/{subscription}")["status"] == "active"
        assert read(mockbill, f"invoices/{invoice['id']}")["status"] == "paid"

        again = mockbill("trigger", "invoice.voided", "--for", invoice["id"])
        assert again.returncode == 1
        assert f"{invoice['id']} is paid, and invoice.voided takes one that is open or uncollectible" in again.stderr


def test_a_connection_is_cut_by_the_real_server(mockbill: Mockbill, serving: Serving, account: str) -> None:
    mockbill("fail", "reset", "--method", "POST")
    client = stripe.StripeClient(f"sk_test_{account}", base_addresses={"api": serving.url}, max_network_retries=0)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ada"})
    assert client.v1.customers.list().data == []
    client.v1.customers.create({"name": "Ada"})
    assert len(client.v1.customers.list().data) == 1
