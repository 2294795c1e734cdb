"""Accounts as a whole: readiness, information, reset, and the coverage of Stripe's API."""

from collections import Counter
from collections.abc import Callable

import pytest
import stripe
from control.api import Control

from mockbill import __version__
from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings


def test_a_server_that_answers_is_ready(control: Control) -> None:
    answer = control.ask("GET", "readyz")
    assert (answer.status, answer.body) == (200, {"ready": True, "version": __version__})


def test_info_tells_versions_settings_clock_and_what_the_accounts_hold(
    control: Control, client: stripe.StripeClient
) -> None:
    client.v1.customers.create({})
    info = control.get("info")
    assert (info["version"], info["account"]) == (__version__, control.account)
    assert info["api_version"] == info["settings"]["api_version"] == "2026-10-28.endive"
    mine = next(account for account in info["accounts"] if account["name"] == control.account)
    assert mine["documents"] == {"customer": 1, "event": 1}
    assert mine["clock"]["mode"] == info["clock"]["mode"] == "real"


def test_reset_empties_one_account_and_no_other(
    control: Control, client: stripe.StripeClient, server: LocalServer
) -> None:
    neighbour = stripe.StripeClient(f"sk_test_{control.account}_b", base_addresses={"api": server.url})
    customer, other = client.v1.customers.create({}), neighbour.v1.customers.create({})
    assert control.post("reset") == {"reset": [control.account]}
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.retrieve(customer.id)
    assert client.v1.events.list().data == []
    assert [request["method"] for request in control.get("requests")["data"]] == ["GET", "GET"]  # both asked since
    assert neighbour.v1.customers.retrieve(other.id).id == other.id


def test_reset_starts_ids_clock_and_idempotency_keys_anew(control: Control, client: stripe.StripeClient) -> None:
    control.post("clock", now="2030-01-01", mode="frozen")
    first = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "once"})
    control.post("reset")
    assert control.get("clock")["mode"] == "real"
    again = client.v1.customers.create({"name": "Bob"}, {"idempotency_key": "once"})
    assert (again.id, again.name) == (first.id, "Bob")


def test_reset_of_a_subscriber_leaves_nothing_due(control: Control, subscribe: Callable[..., object]) -> None:
    subscribe()
    control.post("reset")
    control.post("clock", now="2026-01-31", mode="frozen")
    assert control.post("clock/advance", by="1 year")["moments"] == 0


def test_reset_of_the_star_empties_every_account() -> None:
    with LocalServer(create_app(Settings.load({}, environ={}))) as server:
        for name in ("ada", "bob"):
            stripe.StripeClient(f"sk_test_{name}", base_addresses={"api": server.url}).v1.customers.create({})
        control = Control(server.url, "*")
        assert sorted(control.post("reset")["reset"]) == ["ada", "bob"]
        assert {
            name for account in control.ask("GET", "info").body["accounts"] for name in account["documents"]
        } == set()


def test_coverage_counts_what_it_lists(control: Control) -> None:
    coverage = control.get("coverage")
    levels = Counter(operation["level"] for operation in coverage["operations"])
    assert coverage["counts"] == levels
    assert levels.keys() == {"simulated", "stored", "unsupported"}
    assert {"method": "POST", "path": "/v1/customers", "level": "simulated"} in coverage["operations"]
    keys = [(operation["method"], operation["path"]) for operation in coverage["operations"]]
    assert len(keys) == len(set(keys)) > 556


def test_the_bare_address_says_what_this_is_to_people_and_to_programs(control: Control) -> None:
    told = control.ask("GET", "/")
    assert (told.status, told.body["see"]) == (200, ["/_mockbill/info", "/_mockbill/coverage"])
    assert all(control.ask("GET", path).status == 200 for path in told.body["see"])
    page = control.ask("GET", "/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers.get_content_type() == "text/html"
    assert all(
        words in page.body for words in ('href="/_mockbill/info"', f"curl {control.url}/v1/customers", "advance")
    )
