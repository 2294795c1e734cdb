"""Errors: the whole object as Stripe sends it, and the exception that the SDK makes of it."""

import pytest
import stripe
from api.wire import Wire

from mockbill.app import Application
from mockbill.billing import customers


def test_an_error_says_everything_in_alphabetical_order(wire: Wire) -> None:
    refused = wire.get("/v1/customers/cus_none")
    assert wire.error(refused, 404) == {
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": "No such customer: 'cus_none'",
        "param": "id",
        "request_log_url": f"{wire.url}/_mockbill/requests/{refused.headers['Request-Id']}",
        "type": "invalid_request_error",
    }
    declined = wire.error(
        wire.post(
            "/v1/payment_intents",
            "amount=500&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds&return_url=http://x.example",
        ),
        402,
    )
    assert list(declined) == sorted(declined)
    assert (declined["code"], declined["decline_code"], declined["type"]) == (
        "card_declined", "insufficient_funds", "card_error",
    )  # fmt: skip
    assert declined["payment_intent"]["status"] == "requires_payment_method"


def test_where_an_error_points_the_request_is_shown(wire: Wire) -> None:
    refused = wire.get("/v1/customers/cus_none")
    shown = wire.get(refused.json()["error"]["request_log_url"].removeprefix(wire.url))
    assert shown.status_code == 200
    assert refused.headers["Request-Id"] in shown.text


def test_an_id_in_a_parameter_is_a_400_that_names_it(wire: Wire) -> None:
    error = wire.error(wire.post("/v1/invoices", "customer=cus_none"), 400)
    assert (error["code"], error["param"]) == ("resource_missing", "customer")


def test_each_error_is_the_exception_that_the_sdk_documents(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.customers.retrieve("cus_none")
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (404, "resource_missing", "id")
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "confirm": True, "payment_method": "pm_card_chargeDeclined",
             "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
        )  # fmt: skip
    assert declined.value.error is not None
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "generic_decline")
    client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "same"})
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "Bea"}, {"idempotency_key": "same"})
    with pytest.raises(stripe.APIError) as unsupported:
        client.v1.issuing.authorizations.approve("iauth_1")
    assert unsupported.value.error is not None
    assert (unsupported.value.http_status, unsupported.value.error.code) == (501, "mockbill_unsupported")


def test_posts_that_fail_for_good_tell_the_sdk_not_to_retry(wire: Wire) -> None:
    assert wire.post("/v1/customers", "foo=1").headers["Stripe-Should-Retry"] == "false"


def test_a_fault_of_ours_is_an_api_error_that_changes_nothing(
    wire: Wire, application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(customers, "_check_email", lambda *_: 1 / 0)
    refused = wire.post("/v1/customers", "email=ada@example.com&balance=5", Idempotency_Key="again")
    error = wire.error(refused, 500)
    assert error["type"] == "api_error"
    assert "ZeroDivisionError: division by zero. Nothing was changed." in error["message"]
    assert refused.headers["Stripe-Should-Retry"] == "false"
    monkeypatch.undo()
    assert wire.get("/v1/customers").json()["data"] == []
    again = wire.post("/v1/customers", "email=ada@example.com&balance=5", Idempotency_Key="again")
    assert again.status_code == 200
