"""Faults: calls that fail without a trace, payments that are declined whatever the card, until the rules end."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import stripe
from control.api import Control
from stripe import StripeClient

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

_CARDS = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
Subscribe = Callable[..., stripe.Subscription]


def patient(client: StripeClient, server: LocalServer, account: str) -> StripeClient:
    """The SDK as it comes, which tries again what may pass."""
    return StripeClient(f"sk_test_{account}", base_addresses={"api": server.url}, max_network_retries=2)


def left(control: Control) -> list[tuple[object, object]]:
    return [(fault["answer"], fault["left"]) for fault in control.get("faults")["data"]]


@pytest.mark.parametrize(
    ("answer", "status", "code", "raised"),
    [
        (429, 429, "rate_limit", stripe.RateLimitError),
        ("lock_timeout", 429, "lock_timeout", stripe.RateLimitError),
        (409, 409, "idempotency_key_in_use", stripe.APIError),
        (500, 500, None, stripe.APIError),
        ("503", 503, None, stripe.APIError),
    ],
)
def test_the_next_call_is_answered_with_an_error_and_changes_nothing(
    control: Control,
    client: StripeClient,
    answer: object,
    status: int,
    code: str | None,
    raised: type[stripe.StripeError],
) -> None:
    control.post("faults", answer=answer)
    with pytest.raises(raised) as refused:
        client.v1.customers.create({"name": "Ada"})
    assert refused.value.json_body is not None
    assert (refused.value.http_status, refused.value.json_body["error"].get("code")) == (status, code)
    assert refused.value.headers is not None
    assert refused.value.headers["mockbill-fault"] == "fault_1"
    assert client.v1.customers.list().data == []
    assert client.v1.events.list().data == []
    assert left(control) == []


def test_a_rate_limit_says_which_one_it_was(control: Control, client: StripeClient) -> None:
    control.post("faults", answer=429)
    with pytest.raises(stripe.RateLimitError) as refused:
        client.v1.customers.list()
    headers = refused.value.headers or {}
    assert headers["stripe-rate-limited-reason"] == "global-rate"


def test_an_sdk_that_tries_again_never_shows_an_error_that_passes(
    control: Control, client: StripeClient, server: LocalServer, account: str
) -> None:
    control.post("faults", answer=500, times=2)
    made = patient(client, server, account).v1.customers.create({"name": "Ada"}, {"idempotency_key": "once"})
    assert [customer.id for customer in client.v1.customers.list().data] == [made.id]
    statuses = [call["status"] for call in control.get("requests", method="POST")["data"]]
    assert statuses == [500, 500, 200]


def test_a_connection_that_is_cut_is_an_error_of_the_connection_and_changes_nothing(
    control: Control, client: StripeClient
) -> None:
    control.post("faults", answer="reset", match={"method": "POST"})
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ada"})
    assert client.v1.customers.list().data == []
    (cut,) = control.get("requests", method="POST")["data"]
    assert (cut["status"], cut["error"]["message"]) == (0, "No answer, by a fault that was asked for: fault_1: reset")


def test_an_answer_that_is_lost_after_the_call_is_found_again_by_the_idempotency_key(
    control: Control, client: StripeClient
) -> None:
    control.post("faults", answer="reset", when="after", match={"method": "POST"})
    with pytest.raises(stripe.APIConnectionError):
        client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "once"})
    again = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "once"})
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert [customer.id for customer in client.v1.customers.list().data] == [again.id]
    lost, _ = control.get("requests", method="POST")["data"]
    assert (lost["status"], lost["error"]["message"]) == (
        200,
        "No answer, by a fault that was asked for: fault_1: reset",
    )


@pytest.fixture
def short_lived() -> Iterator[str]:
    """A server of its own, which ends with the test: its silence with it."""
    with LocalServer(create_app(Settings.load({"seed": 1}, environ={}))) as server:
        yield server.url


def test_a_call_without_an_answer_ends_when_its_caller_gives_up(short_lived: str) -> None:
    control = Control(short_lived, "mockbill")
    control.post("faults", answer="timeout", match={"path": "customers"})
    impatient = stripe.RequestsClient(timeout=0.2)
    client = StripeClient(
        "sk_test_mockbill", base_addresses={"api": short_lived}, max_network_retries=0, http_client=impatient
    )
    with pytest.raises(stripe.APIConnectionError, match="Read timed out"):
        client.v1.customers.create({"name": "Ada"})
    assert client.v1.customers.list().data == []


@pytest.mark.parametrize(
    ("match", "method", "path", "meets"),
    [
        ({"method": "POST"}, "POST", "/v1/products", True),
        ({"method": "GET"}, "POST", "/v1/products", False),
        ({"path": "/v1/products"}, "POST", "/v1/products", True),
        ({"path": "products"}, "GET", "/v1/products", True),
        ({"path": "products"}, "GET", "/v1/products/prod_1", False),
        ({"path": "products/*"}, "GET", "/v1/products/prod_1", True),
        ({"path": "/v1/products/{id}"}, "GET", "/v1/products/prod_1", True),
        ({"path": "/v1/products/{id}"}, "GET", "/v1/products", False),
        ({"path": "*", "method": "DELETE"}, "DELETE", "/v1/products/prod_1", True),
        ({"path": "products", "method": "GET"}, "POST", "/v1/products", False),
    ],
)
def test_a_fault_is_for_the_calls_that_it_names(
    control: Control, account: str, match: dict[str, str], method: str, path: str, meets: bool
) -> None:
    control.post("faults", answer=502, match=match)
    called = control.ask(method, path, None, {"Authorization": f"Bearer sk_test_{account}"})
    assert (called.status == 502) is meets
    assert (left(control) == []) is meets


def test_a_fault_may_be_for_calls_about_one_customer(control: Control, client: StripeClient) -> None:
    ada, bob = (client.v1.customers.create({"name": name}) for name in ("Ada", "Bob"))
    intents = [
        client.v1.payment_intents.create({"amount": 500, "currency": "usd", "customer": each.id}) for each in (ada, bob)
    ]
    control.post("faults", answer=500, match={"customer": ada.id}, times=3)
    client.v1.customers.retrieve(bob.id)
    client.v1.payment_intents.retrieve(intents[1].id)
    client.v1.invoices.create({"customer": bob.id})
    with pytest.raises(stripe.APIError):
        client.v1.customers.retrieve(ada.id)
    with pytest.raises(stripe.APIError):
        client.v1.payment_intents.cancel(intents[0].id)
    with pytest.raises(stripe.APIError):
        client.v1.invoices.create({"customer": ada.id, "description": "For Ada"})
    assert client.v1.payment_intents.cancel(intents[0].id).status == "canceled"


def test_faults_hold_in_one_account_alone(control: Control, server: LocalServer) -> None:
    control.post("faults", answer=500)
    other = StripeClient("sk_test_somebody_else", base_addresses={"api": server.url}, max_network_retries=0)
    other.v1.customers.list()
    assert left(control) == [(500, 1)]


# payments


def test_the_next_payment_is_declined_whatever_the_card(control: Control, client: StripeClient) -> None:
    control.post("faults", answer="insufficient_funds")
    pay = {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", **_CARDS}
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create({**pay, "confirm": True})  # type: ignore[arg-type]
    error = (declined.value.json_body or {})["error"]
    assert (error["code"], error["decline_code"]) == ("card_declined", "insufficient_funds")
    (charge,) = client.v1.charges.list().data
    assert (charge.status, charge.failure_code, charge.outcome and charge.outcome.reason) == (
        "failed",
        "card_declined",
        "insufficient_funds",
    )
    assert client.v1.payment_intents.create({**pay, "confirm": True}).status == "succeeded"  # type: ignore[arg-type]


def test_a_renewal_is_declined_and_its_retry_is_not(
    control: Control, client: StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    control.post("faults", answer="card_declined", match={"customer": subscription.customer})
    told = control.post("clock/advance", to="next renewal")
    assert "invoice.payment_failed" in told["events"]
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    control.post("clock/advance", by="3 days")
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_checkout_page_declines_the_card(control: Control, client: StripeClient) -> None:
    price = client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Pro"}})
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [{"price": price.id, "quantity": 1}], "success_url": "https://shop.example"}
    )
    control.post("faults", answer="lost_card")
    refused = control.post(f"checkout/{session.id}/pay")
    assert (refused["status"], refused["error"]["decline_code"]) == ("open", "lost_card")
    assert control.post(f"checkout/{session.id}/pay")["status"] == "complete"


def test_a_checkout_page_that_would_make_a_customer_declines_the_card_once(
    control: Control, client: StripeClient
) -> None:
    month = {"interval": "month"}
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 900, "recurring": month, "product_data": {"name": "Pro"}}  # type: ignore[typeddict-item]
    )
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "https://shop.example",
        }
    )
    control.post("faults", answer="lost_card", times=2)
    assert control.post(f"checkout/{session.id}/pay")["status"] == "open"
    assert left(control) == [("lost_card", 1)]
    assert control.post(f"checkout/{session.id}/pay")["status"] == "open"
    assert control.post(f"checkout/{session.id}/pay")["status"] == "complete"
    assert len(client.v1.customers.list().data) == 1


def test_an_invoice_and_a_charge_of_a_token_are_declined(control: Control, client: StripeClient) -> None:
    customer = client.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    invoice = client.v1.invoices.create({"customer": customer.id, "auto_advance": False})
    client.v1.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 500, "currency": "usd"})
    control.post("faults", answer="card_declined", times=2)
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoice.id)
    assert client.v1.invoices.retrieve(invoice.id).attempt_count == 1
    with pytest.raises(stripe.CardError):
        client.v1.charges.create({"amount": 500, "currency": "usd", "source": "tok_visa"})
    assert client.v1.invoices.pay(invoice.id).status == "paid"


def test_another_customers_payment_and_a_preview_do_not_use_a_decline_up(
    control: Control, client: StripeClient, subscribe: Subscribe
) -> None:
    mine, other = subscribe(), subscribe()
    control.post("faults", answer="card_declined", match={"customer": mine.customer})
    client.v1.invoices.create_preview({"subscription": mine.id})
    control.post("clock/advance", to="next renewal", subscription=other.id)
    statuses = [client.v1.subscriptions.retrieve(each.id).status for each in (mine, other)]
    assert statuses == ["past_due", "active"]


def test_a_decline_that_takes_everything_back_is_used_up_all_the_same(
    control: Control, client: StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    item = subscription["items"].data[0]
    control.post("faults", answer="card_declined")
    change = {
        "items": [{"id": item.id, "quantity": 3}],
        "payment_behavior": "error_if_incomplete",
        "proration_behavior": "always_invoice",
    }
    with pytest.raises(stripe.CardError):
        client.v1.subscriptions.update(subscription.id, change)  # type: ignore[arg-type]
    assert client.v1.subscriptions.retrieve(subscription.id)["items"].data[0].quantity == 1
    changed = client.v1.subscriptions.update(subscription.id, change)  # type: ignore[arg-type]
    assert changed["items"].data[0].quantity == 3


# the rules themselves


def test_faults_are_listed_with_what_is_left_and_ended(control: Control, client: StripeClient) -> None:
    ada = client.v1.customers.create({"name": "Ada"}).id
    made = control.post("faults", answer=500, match={"path": "/v1/customers", "method": "GET"}, times=3)
    control.post("faults", answer="lost_card", match={"customer": ada}, times=None)
    with pytest.raises(stripe.APIError):
        client.v1.customers.list()
    of_call = {
        "id": "fault_1",
        "match": {"method": "GET", "path": "/v1/customers"},
        "answer": 500,
        "times": 3,
        "taken": 1,
        "left": 2,
    }
    of_payment = {
        "id": "fault_2", "match": {"customer": ada}, "answer": "lost_card", "times": None, "taken": 0, "left": None,
    }  # fmt: skip
    assert made["id"] == "fault_1"
    assert control.get("faults") == {"data": [of_call, of_payment]}
    ended = control.ask("DELETE", f"faults/fault_1?account={control.account}")
    assert ended.body == {"data": [of_payment]}
    again = control.ask("DELETE", f"faults/fault_1?account={control.account}")
    assert (again.status, again.error["code"]) == (404, "fault_missing")
    assert control.ask("DELETE", "faults", {"account": control.account}).body == {"data": []}


@pytest.mark.parametrize(
    ("rule", "param", "says"),
    [
        ({"answer": "insuficient_funds"}, "answer", "did you mean insufficient_funds?"),
        ({"answer": 404}, "answer", "did you mean"),
        ({"answer": True}, "answer", "is no answer"),
        ({}, "answer", "Missing data"),
        ({"answer": 500, "times": 0}, "times", "Must be greater than or equal to 1"),
        ({"answer": 500, "match": {"path": "/v1/custmers"}}, "match", "nearest: /v1/customers"),
        ({"answer": 500, "match": {"verb": "GET"}}, "match", "Unknown field"),
        ({"answer": 500, "match": {"method": "PUT"}}, "match", "Must be one of"),
        ({"answer": 500, "when": "after"}, "when", "only an answer that never arrives"),
        ({"answer": "card_declined", "match": {"path": "customers"}}, "match", "a decline is of a payment"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(control: Control, rule: dict[str, object], param: str, says: str) -> None:
    refused = control.try_post("faults", **rule)
    assert (refused.status, refused.error["param"]) == (422, param)
    assert says in refused.error["message"]
    assert left(control) == []


def test_a_rule_for_nobody_is_refused(control: Control) -> None:
    refused = control.try_post("faults", answer=500, match={"customer": "cus_nobody"})
    assert (refused.status, refused.error["code"]) == (404, "customer_missing")


def test_an_account_that_is_emptied_has_no_faults(control: Control) -> None:
    control.post("faults", answer=500)
    control.post("reset")
    assert left(control) == []


def test_a_cut_answer_is_the_last_one_of_its_connection(control: Control, account: str) -> None:
    control.post("faults", answer="reset")
    with closing(http.client.HTTPConnection(control.url.removeprefix("http://"), timeout=5)) as connection:
        connection.request("GET", "/v1/customers", headers={"Authorization": f"Bearer sk_test_{account}"})
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
