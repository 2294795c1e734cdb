"""The log of API calls."""

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
