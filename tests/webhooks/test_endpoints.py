"""Webhook endpoints over the API."""

import re

import pytest
import stripe
from webhooks.stage import Mockbill, listen

URL = "http://127.0.0.1:9/hook"


def test_only_the_create_answer_shows_the_secret(mockbill: Mockbill) -> None:
    client = mockbill.client()
    created = listen(client, URL, "customer.created", description="mine", metadata={"a": "1"})
    assert re.fullmatch(r"whsec_[0-9A-Za-z]{32}", created.secret or "")
    assert created.id.startswith("we_1")
    assert list(created.to_dict()) == [
        *("id", "object", "api_version", "application", "created", "description", "enabled_events", "livemode"),
        *("metadata", "secret", "status", "url"),
    ]
    assert (created.status, created.url, created.description) == ("enabled", URL, "mine")
    assert created.enabled_events == ["customer.created"]
    assert created.to_dict()["metadata"] == {"a": "1"}
    read = client.v1.webhook_endpoints.retrieve(created.id)
    assert "secret" not in read
    assert [endpoint.id for endpoint in client.v1.webhook_endpoints.list()] == [created.id]
    assert all("secret" not in endpoint for endpoint in client.v1.webhook_endpoints.list())
    assert "secret" not in client.v1.webhook_endpoints.update(created.id, {"description": ""})


def test_an_update_changes_what_it_names_and_nothing_else(mockbill: Mockbill) -> None:
    client = mockbill.client()
    endpoint = listen(client, URL, "*", api_version="2025-09-30.clover", metadata={"a": "1", "b": "2"})
    changed = client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True, "metadata": {"a": ""}})
    assert (changed.status, changed.to_dict()["metadata"], changed.url) == ("disabled", {"b": "2"}, URL)
    changed = client.v1.webhook_endpoints.update(
        endpoint.id, {"disabled": False, "url": "https://example.com", "enabled_events": ["invoice.paid"]}
    )
    assert (changed.status, changed.url, changed.enabled_events) == ("enabled", "https://example.com", ["invoice.paid"])
    assert changed.api_version == "2025-09-30.clover"


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({"enabled_events": ["*"]}, "url", "Missing required param: url."),
        ({"url": URL}, "enabled_events", "Missing required param: enabled_events."),
        ({"url": URL, "enabled_events": ["*", "nope"]}, "enabled_events[1]", "Invalid enabled_events"),
        ({"url": URL, "enabled_events": ["*"], "api_version": "2020-01-01"}, "api_version", "Invalid api_version"),
        ({"url": "ftp://x/", "enabled_events": ["*"]}, "url", "Not a valid URL"),
        ({"url": "http:///x", "enabled_events": ["*"]}, "url", "Not a valid URL"),
        ({"url": "example.com", "enabled_events": ["*"]}, "url", "Invalid URL: An explicit scheme"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name(mockbill: Mockbill, params: dict, param: str, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=re.escape(message)) as refused:
        mockbill.client().v1.webhook_endpoints.create(params)
    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert not mockbill.client().v1.webhook_endpoints.list().data


def test_the_version_and_the_connect_flag_are_for_creation_only(mockbill: Mockbill) -> None:
    endpoint = listen(mockbill.client(), URL)
    for params in ({"api_version": "2025-09-30.clover"}, {"connect": True}):
        with pytest.raises(stripe.InvalidRequestError, match="Received unknown parameter"):
            mockbill.client().v1.webhook_endpoints.update(endpoint.id, params)  # type: ignore[arg-type]


def test_an_account_has_at_most_sixteen(mockbill: Mockbill) -> None:
    client = mockbill.client()
    endpoints = [listen(client, URL) for _ in range(16)]
    with pytest.raises(stripe.InvalidRequestError, match="You have reached the maximum of 16 test webhook endpoints"):
        listen(client, URL)
    client.v1.webhook_endpoints.delete(endpoints[0].id)
    listen(client, URL)
    listen(mockbill.client("other"), URL)


def test_a_deleted_endpoint_is_gone(mockbill: Mockbill) -> None:
    client = mockbill.client()
    endpoint = listen(client, URL)
    deleted = client.v1.webhook_endpoints.delete(endpoint.id)
    assert deleted.to_dict() == {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint") as missing:
        client.v1.webhook_endpoints.retrieve(endpoint.id)
    assert missing.value.http_status == 404
    assert not client.v1.webhook_endpoints.list().data
    assert mockbill.world().fetch("_webhook_endpoint", endpoint.id) is None  # nor is its secret kept
