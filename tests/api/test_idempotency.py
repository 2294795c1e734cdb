"""Idempotency keys: a request that is sent again does nothing again and is answered as the first time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import stripe
from api.wire import Wire

from mockbill.billing import customers

DECLINED = (
    "amount=500&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined"
    "&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
)


def count(wire: Wire, path: str = "/v1/customers") -> int:
    return len(wire.get(f"{path}?limit=100").json()["data"])


def test_a_request_that_is_sent_again_is_answered_as_the_first_time(wire: Wire) -> None:
    first = wire.post("/v1/customers", "email=ada@example.com", Idempotency_Key="k")
    again = wire.post("/v1/customers", "email=ada@example.com", Idempotency_Key="k")
    assert (again.status_code, again.content) == (200, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Idempotency-Key"] == "k"
    assert again.headers["Original-Request"] == first.headers["Original-Request"] == first.headers["Request-Id"]
    assert again.headers["Request-Id"] != first.headers["Request-Id"]
    assert count(wire) == 1


def test_a_replay_shows_the_moment_of_the_first_answer(wire: Wire) -> None:
    first = wire.post("/v1/customers", "name=Ada", Idempotency_Key="k")
    wire.post(f"/v1/customers/{first.json()['id']}", "name=Bea")
    assert wire.post("/v1/customers", "name=Ada", Idempotency_Key="k").content == first.content


def test_other_parameters_or_another_path_under_a_key_are_refused(wire: Wire) -> None:
    wire.post("/v1/customers", "name=Ada", Idempotency_Key="k")
    for path, body, told in (
        ("/v1/customers", "name=Bea", "can only be used with the same parameters they were first used with"),
        ("/v1/customers?expand[]=test_clock", "name=Ada", "can only be used with the same parameters"),
        ("/v1/products", "name=Ada", "same endpoint they were first used for ('/v1/products' vs '/v1/customers')"),
    ):
        error = wire.error(wire.post(path, body, Idempotency_Key="k"), 400)
        assert error["type"] == "idempotency_error"
        assert told in error["message"]
        assert "'k'" in error["message"]
    assert count(wire) == 1


def test_a_request_that_failed_validation_may_be_corrected(wire: Wire) -> None:
    assert wire.post("/v1/customers", "foo=1", Idempotency_Key="k").status_code == 400
    made = wire.post("/v1/customers", "name=Ada", Idempotency_Key="k")
    assert (made.status_code, "Idempotent-Replayed" in made.headers) == (200, False)


def test_a_declined_card_stays_declined_under_its_key(wire: Wire) -> None:
    first = wire.post("/v1/payment_intents", DECLINED, Idempotency_Key="k")
    again = wire.post("/v1/payment_intents", DECLINED, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (402, 402)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Stripe-Should-Retry"] == first.headers["Stripe-Should-Retry"] == "false"
    assert (count(wire, "/v1/payment_intents"), count(wire, "/v1/charges")) == (1, 1)


def test_what_is_not_supported_is_not_kept(wire: Wire) -> None:
    for _ in range(2):
        refused = wire.post("/v1/terminal/readers/tmr_1/cancel_action", Idempotency_Key="k")
        assert (refused.status_code, "Idempotent-Replayed" in refused.headers) == (501, False)


def test_keys_belong_to_an_account(wire: Wire) -> None:
    first = wire.post("/v1/customers", "name=Ada", Idempotency_Key="k").json()
    other = wire.post("/v1/customers", "name=Ada", Idempotency_Key="k", Authorization=f"Bearer sk_test_{wire.account}x")
    assert other.json()["id"] != first["id"]
    connected = wire.post("/v1/accounts", "country=SE").json()["id"]
    assert (
        wire.post("/v1/customers", "name=Ada", Idempotency_Key="k", Stripe_Account=connected).json()["id"]
        != first["id"]
    )


def test_gets_and_deletions_ignore_keys(wire: Wire) -> None:
    wire.get("/v1/customers", Idempotency_Key="k")
    wire.post("/v1/customers", Idempotency_Key="k2")
    listed = wire.get("/v1/customers", Idempotency_Key="k")
    assert len(listed.json()["data"]) == 1
    assert "Idempotency-Key" not in listed.headers


def test_a_key_may_have_255_characters(wire: Wire) -> None:
    assert wire.post("/v1/customers", Idempotency_Key="k" * 255).status_code == 200
    assert "255" in wire.error(wire.post("/v1/customers", Idempotency_Key="k" * 256), 400)["message"]


def test_an_emptied_account_has_forgotten_its_keys(wire: Wire) -> None:
    first = wire.post("/v1/customers", "name=Ada", Idempotency_Key="k")
    with requests.Session() as session:
        session.trust_env = False
        session.post(f"{wire.url}/_mockbill/reset", json={"account": wire.account}).raise_for_status()
    again = wire.post("/v1/customers", "name=Ada", Idempotency_Key="k")
    assert "Idempotent-Replayed" not in again.headers
    assert again.headers["Original-Request"] != first.headers["Request-Id"]


def test_a_second_request_while_the_first_runs_is_a_conflict(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    running, go_on = threading.Event(), threading.Event()
    check = customers._check_email

    def slowly(params: dict[str, object]) -> None:
        running.set()
        assert go_on.wait(10)
        check(params)

    monkeypatch.setattr(customers, "_check_email", slowly)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(wire.post, "/v1/customers", "name=Ada", Idempotency_Key="k")
        assert running.wait(10)
        error = wire.error(wire.post("/v1/customers", "name=Ada", Idempotency_Key="k"), 409)
        go_on.set()
        assert first.result(10).status_code == 200
    assert error["code"] == "idempotency_key_in_use"
    assert wire.post("/v1/customers", "name=Ada", Idempotency_Key="k").content == first.result().content


def test_of_many_that_race_for_a_key_one_is_executed(wire: Wire) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: wire.post("/v1/customers", "name=Ada", Idempotency_Key="k"), range(16)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 200}) == 1
    assert count(wire) == 1


def test_the_sdk_retries_into_the_same_object(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k"}).id for _ in range(3)]
    assert len(set(made)) == 1
    [event] = client.v1.events.list({"type": "customer.created"}).data
    assert event.request is not None
    assert event.request.idempotency_key == "k"
