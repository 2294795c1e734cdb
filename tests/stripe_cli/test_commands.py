"""What else people do with the real Stripe CLI: resources, plain calls, fixtures, and triggers with parameters."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import node_tools
import pytest
import requests
import stripe
from stripe_cli.cli import NOBODY, Cli, Receiver, bridged, receiving
from stripe_cli.triggers import PAGE

from mockbill.server import LocalServer


class Shop:
    """An account, the CLI with its key, and the SDK to look at what came of it."""

    def __init__(self, cli: Cli, client: stripe.StripeClient, key: str) -> None:
        self.cli, self.client, self.key = cli, client, key

    def does(self, *args: str) -> str:
        done = self.cli.run(self.key, *args)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def answers(self, *args: str) -> Any:
        told = self.does(*args)
        return json.loads(told[told.index("{") :])  # after what it says of a deletion

    def triggers(self, *args: str) -> None:
        assert "Trigger succeeded" in self.does("trigger", *args)

    def types(self, account: str | None = None) -> list[str]:
        options: Any = {"stripe_account": account} if account else {}
        return [event.type for event in self.client.v1.events.list({"limit": 100}, options).data][::-1]

    def endpoint(self, receiver: Receiver, name: str, **params: Any) -> str:
        """The id of a new one, which listens to all."""
        sent: Any = {"url": f"{receiver.url}/{name}", "enabled_events": ["*"], **params}
        made = self.client.v1.webhook_endpoints.create(sent)
        receiver.secrets[name] = [str(made.secret)]
        return made.id

    def about(self, type: str) -> Any:
        """The object of the only event of a type."""
        [event] = self.client.v1.events.list({"type": type}).data
        return event.data.object


@pytest.fixture
def shop(server: LocalServer, client: stripe.StripeClient, account: str, tmp_path: Path) -> Shop:
    node_tools.cli()
    return Shop(Cli(server.url, tmp_path), client, f"sk_test_{account}")


@pytest.fixture
def account(account: str) -> str:
    return f"{account}_of_the_cli"  # which wants keys of some length


def test_customers_are_created_listed_retrieved_updated_and_deleted(shop: Shop) -> None:
    id = shop.answers("customers", "create", "--name", "Jenny", "-d", "metadata[plan]=pro")["id"]
    assert [each["id"] for each in shop.answers("customers", "list", "--limit", "3")["data"]] == [id]
    assert shop.answers("customers", "retrieve", id)["metadata"] == {"plan": "pro"}
    assert shop.answers("customers", "update", id, "--email", "jenny@example.com")["email"] == "jenny@example.com"
    assert shop.answers("customers", "delete", id, "--confirm")["deleted"] is True


def test_plain_calls_take_any_path(shop: Shop) -> None:
    id = shop.answers("post", "/v1/products", "-d", "name=Pro")["id"]
    assert shop.answers("get", f"/v1/products/{id}")["name"] == "Pro"
    assert shop.answers("get", id)["id"] == id
    assert shop.answers("delete", f"/v1/products/{id}", "--confirm")["deleted"] is True


def test_a_call_names_a_version_or_none(shop: Shop) -> None:
    shop.does("post", "/v1/customers", "-d", "name=Jenny")
    today = shop.answers("get", "/v1/customers")["data"][0]
    older = shop.answers("get", "/v1/customers", "--stripe-version", "2020-03-02")["data"][0]
    assert "sources" in older
    assert "sources" not in today


def test_an_event_is_resent_to_an_endpoint_or_to_all_that_want_it(shop: Shop) -> None:
    shop.does("customers", "create", "--name", "Jenny")
    [event] = shop.client.v1.events.list().data
    with receiving() as receiver:
        first, second = shop.endpoint(receiver, "first"), shop.endpoint(receiver, "second")
        assert shop.answers("events", "resend", event.id, "--webhook-endpoint", second)["id"] == event.id
        assert receiver.waits_for("second", "customer.created", 5)
        assert receiver.types == {"second": ["customer.created"]}
        shop.client.v1.webhook_endpoints.delete(second)
        shop.does("events", "resend", event.id)
        assert receiver.waits_for("first", "customer.created", 5)
    assert first
    refused = shop.cli.run(shop.key, "events", "resend", event.id, "--webhook-endpoint", second)
    assert f"No such webhook endpoint: '{second}'" in refused.stdout + refused.stderr
    refused = shop.cli.run(shop.key, "events", "resend", "evt_none")
    assert "No such event: 'evt_none'" in refused.stdout + refused.stderr


def test_an_event_of_a_connected_account_is_resent(shop: Shop) -> None:
    connected = shop.client.v1.accounts.create({"type": "standard"}).id
    shop.client.v1.customers.create({}, {"stripe_account": connected})
    [event] = shop.client.v1.events.list({}, {"stripe_account": connected}).data
    with receiving() as receiver:
        shop.endpoint(receiver, "connect", connect=True)
        assert shop.answers("events", "resend", event.id, "--account", connected)["account"] == connected
        assert receiver.waits_for("connect", "customer.created", 5)


def test_a_fixture_of_ones_own_is_run_step_by_step(shop: Shop, tmp_path: Path) -> None:
    fixture = tmp_path / "shop.json"
    steps = [
        {"name": "customer", "path": "/v1/customers", "method": "post", "params": {"name": "${.env:WHO|Jenny}"}},
        {
            "name": "intent",
            "path": "/v1/payment_intents",
            "method": "post",
            "expected_error_type": "card_error",
            "params": {
                "amount": 2000,
                "currency": "usd",
                "customer": "${customer:id}",
                "payment_method": "pm_card_chargeDeclined",
                "confirm": True,
                "metadata": {"who": "${customer:name}"},
            },
        },
        {"name": "listed", "path": "/v1/customers", "method": "get"},
        {"name": "gone", "path": "/v1/customers/${listed:data.0.id}", "method": "delete"},
    ]
    fixture.write_text(json.dumps({"_meta": {"template_version": 0}, "fixtures": steps}))
    shop.does("fixtures", str(fixture))
    assert shop.types() == [
        "customer.created",
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "customer.deleted",
    ]
    assert shop.about("payment_intent.created").metadata.to_dict()["who"] == "Jenny"


def test_what_caused_an_event_is_exported_as_a_fixture_that_repeats_it(shop: Shop, tmp_path: Path) -> None:
    made = shop.client.v1.customers.create({"name": "Ada", "preferred_locales": ["sv", "en"], "metadata": {"a": "b"}})
    [event] = shop.client.v1.events.list({}).data
    account = shop.key.removeprefix("sk_test_")
    url = f"{shop.cli.url}/_mockbill/events/{event.id}/export?as=fixture&account={account}"
    fixture = tmp_path / "again.json"
    fixture.write_bytes(requests.get(url, timeout=10).content)
    shop.does("fixtures", str(fixture))
    again = shop.client.v1.customers.list({"limit": 1}).data[0]
    assert again.id != made.id
    assert (again.name, again.preferred_locales, again.metadata) == (made.name, made.preferred_locales, made.metadata)


def test_parameters_of_a_trigger_are_overridden_added_and_removed(shop: Shop) -> None:
    shop.triggers(
        "invoice.paid",
        *("--override", "invoiceitem:amount=5000", "--override", "invoiceitem:currency=eur"),
        *("--add", "customer:email=jenny@example.com", "--remove", "customer:description"),
    )
    assert shop.about("customer.created").description is None
    paid = shop.about("invoice.paid")
    assert (paid.amount_paid, paid.currency, paid.customer_email) == (5000, "eur", "jenny@example.com")


def test_steps_of_a_trigger_are_skipped(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"name": "Jenny"})
    shop.triggers("invoiceitem.created", "--skip", "customer", "--override", f"invoiceitem:customer={customer.id}")
    assert shop.types().count("customer.created") == 1
    assert shop.about("invoiceitem.created").customer == customer.id


def test_a_trigger_is_given_raw(shop: Shop) -> None:
    steps = [{"name": "product", "path": "/v1/products", "method": "post", "params": {"name": "Raw"}}]
    shop.triggers("product.created", "--raw", json.dumps({"_meta": {"template_version": 0}, "fixtures": steps}))
    assert shop.about("product.created").name == "Raw"


def test_a_trigger_acts_on_a_connected_account(shop: Shop) -> None:
    connected = shop.client.v1.accounts.create({"type": "standard"}).id
    shop.triggers("customer.created", "--stripe-account", connected)
    assert shop.types(connected) == ["customer.created"]
    assert shop.types() == []


def test_a_trigger_names_a_version(shop: Shop) -> None:
    shop.triggers("payment_intent.succeeded", "--api-version", "2020-08-27")
    done = shop.cli.run(shop.key, "trigger", "payment_intent.succeeded", "--api-version", "2026-10-28.endive")
    assert "payment_method_types_no_longer_supported" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("event", "more"),
    [
        ("subscription_schedule.completed", ()),
        ("subscription_schedule.expiring", ("--override", "advance_test_clock:frozen_time=1579737600")),
    ],
)
def test_what_ends_a_schedule_comes_with_a_card(shop: Shop, event: str, more: tuple[str, ...]) -> None:
    shop.triggers(event, "--add", "customer:source=tok_visa", *more)
    clock = shop.about("test_helpers.test_clock.created")
    assert clock.id
    assert event in shop.types()


def test_every_command_of_the_page_does_what_it_says(server: LocalServer, account: str, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    steps = [{"name": "customer", "path": "/v1/customers", "method": "post", "params": {"name": "Jenny"}}]
    (tmp_path / "shop.json").write_text(json.dumps({"_meta": {"template_version": 0}, "fixtures": steps}))
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if not line.startswith("socat ")]
    script = "\n".join(["set -e", *lines]).replace("127.0.0.1:12111", f"127.0.0.1:{port}")
    script = script.replace("sk_test_mockbill", f"sk_test_{account}").replace("/tmp/stripe.sock", f"{tmp_path}/s")
    path = f"{node_tools.cli().parent}{os.pathsep}{os.environ['PATH']}"
    with bridged(tmp_path / "s", int(port)):
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=tmp_path,
            env=node_tools.environment(HOME=str(tmp_path), PATH=path, HTTPS_PROXY=NOBODY),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(lines) == 7
    assert done.stdout.count("Trigger succeeded") == 3
