"""Connect endpoints hear of connected accounts; the platform's own endpoints hear of the platform alone."""

from collections.abc import Callable

from webhooks.stage import Mockbill, Receiver, listen


def test_events_of_a_connected_account_go_to_connect_endpoints(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client = mockbill.client()
    connect, own = receive(), receive()
    listen(client, connect.url, connect=True)
    listen(client, own.url)
    account = client.v1.accounts.create({"type": "standard"})
    client.v1.products.create({"name": "theirs"}, {"stripe_account": account.id})
    client.v1.products.create({"name": "ours"})
    client.v1.accounts.update(account.id, {"email": "farm@example.com"})
    heard = [got.event for got in connect.wait_for(2)]
    assert [(event["type"], event["account"]) for event in heard] == [
        ("product.created", account.id),
        ("account.updated", account.id),
    ]
    assert heard[1]["data"]["previous_attributes"] == {"email": None}
    (ours,) = [got.event for got in own.wait_for(1)]
    assert (ours["data"]["object"]["name"], "account" in ours) == ("ours", False)
    mockbill.drain()
    assert (len(connect.got), len(own.got)) == (2, 1)


def test_an_endpoint_of_the_connected_account_hears_of_it_too(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client = mockbill.client()
    account = client.v1.accounts.create({"type": "standard"})
    there, platform = receive(), receive()
    client.v1.webhook_endpoints.create({"url": there.url, "enabled_events": ["*"]}, {"stripe_account": account.id})
    client.v1.products.create({"name": "first"}, {"stripe_account": account.id})
    there.wait_for(1)
    endpoint = listen(client, platform.url, connect=True)
    client.v1.products.create({"name": "second"}, {"stripe_account": account.id})
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.products.create({"name": "third"}, {"stripe_account": account.id})
    there.wait_for(3)
    assert there.names == ["first", "second", "third"]
    assert platform.names in ([], ["second"])  # who is disabled is owed nothing any more
