"""The log of API calls."""

import threading
from typing import Any

import pytest
import stripe
from control.api import Control


@pytest.fixture
def calls(client: stripe.StripeClient) -> list[str]:
    """The ids of a create, a refused create and a list."""
    created = client.v1.customers.create({"name": "Ada"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.prices.create({"currency": "usd", "unit_amount": -1, "product": "prod_none"})
    listed = client.v1.customers.list()
    assert created.last_response is not None
    assert listed.last_response is not None
    return [
        created.last_response.request_id or "",
        refused.value.request_id or "",
        listed.last_response.request_id or "",
    ]


def test_requests_are_listed_oldest_first(control: Control, calls: list[str]) -> None:
    listed = control.get("requests")
    assert [request["id"] for request in listed["data"]] == calls
    assert [request["status"] for request in listed["data"]] == [200, 400, 200]
    assert listed["data"][0]["body"] == "name=Ada"
    assert listed["data"][1]["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"method": "get"}, [2]),
        ({"method": "POST"}, [0, 1]),
        ({"path": "/v1/customers"}, [0, 2]),
        ({"path": "/v1/p*"}, [1]),
        ({"status": "400"}, [1]),
        ({"status": "4xx"}, [1]),
        ({"status": "2xx", "method": "POST"}, [0]),
        ({"limit": "1"}, [2]),
        ({"status": "failed"}, [1]),
        ({"q": "-is:failed method:post"}, [0]),
        ({"type": "customer.*"}, [0]),
        ({"text": "ADA"}, [0]),
        ({"for": "prod_none"}, [1]),
        ({"since": "2100-01-01"}, []),
        ({"before": "2100-01-01", "path": "*customers"}, [0, 2]),
    ],
)
def test_requests_are_filtered(control: Control, calls: list[str], query: dict[str, str], places: list[int]) -> None:
    assert [request["id"] for request in control.get("requests", **query)["data"]] == [calls[place] for place in places]


def test_requests_that_follow_one(control: Control, calls: list[str]) -> None:
    listed = control.get("requests", after=calls[0], limit=1)
    assert ([request["id"] for request in listed["data"]], listed["has_more"]) == ([calls[1]], True)


def test_one_request_is_shown_whole(control: Control, calls: list[str]) -> None:
    shown = control.get(f"requests/{calls[1]}")
    assert (shown["method"], shown["path"], shown["account"]) == ("POST", "/v1/prices", control.account)


def test_an_unknown_request_is_missing(control: Control) -> None:
    refused = control.ask("GET", "requests/req_none")
    assert (refused.status, refused.error["code"]) == (404, "request_missing")


def test_a_call_is_found_by_what_it_made(control: Control, client: stripe.StripeClient) -> None:
    ada = client.v1.customers.create({})
    client.v1.customers.create({})
    client.v1.customers.retrieve(ada.id)
    found = control.get("requests", customer=ada.id)["data"]
    assert [request["method"] for request in found] == ["POST", "GET"]
    assert control.get("requests", q=f"for:{ada.id} method:POST")["data"] == found[:1]


def test_waiting_ends_when_the_call_is_answered(control: Control, client: stripe.StripeClient) -> None:
    client.v1.customers.create({})
    last = control.get("requests")["data"][-1]["id"]
    answers: list[Any] = []
    waiter = threading.Thread(
        target=lambda: answers.append(control.post("requests/wait", method="POST", path="/v1/cust*", after=last))
    )
    waiter.start()
    client.v1.customers.list()
    waiter.join(0.2)
    assert waiter.is_alive()
    made = client.v1.customers.create({"name": "Ada"})
    waiter.join(10)
    (call,) = answers[0]["data"]
    assert made.last_response is not None
    assert call["id"] == made.last_response.request_id


def test_waiting_in_vain_tells_the_calls_that_came_instead(control: Control, calls: list[str]) -> None:
    refused = control.try_post("requests/wait", path="/v1/refunds", after=calls[0], timeout=0.05)
    assert (refused.status, refused.error["code"]) == (409, "wait_timed_out")
    assert refused.error["came"] == ["POST /v1/prices 400", "GET /v1/customers 200"]
    assert "0 of 1 /v1/refunds" in refused.error["message"]
    assert control.post("requests/wait", status="4xx")["data"][0]["id"] == calls[1]
    assert control.post("requests/wait", status=200)["data"][0]["status"] == 200
    unknown = control.try_post("requests/wait", after="req_none")
    assert (unknown.status, unknown.error["param"]) == (404, "after")


@pytest.mark.parametrize("query", ["status=lost", "since=yesterday", "q=endpoint:we_1"])
def test_a_search_that_makes_no_sense_is_refused(control: Control, query: str) -> None:
    refused = control.ask("GET", f"requests?account={control.account}&{query}")
    assert (refused.status, refused.error["param"]) == (422, query.partition("=")[0])
