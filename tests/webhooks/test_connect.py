"""Connect endpoints hear of connected accounts; the platform's own endpoints hear of the platform alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from control.api import Control
from webhooks.stage import PATIENCE, Mockbill, Receiver, listen


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


def test_an_account_that_is_deleted_tells_that_it_is_lost_to_its_platform(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client = mockbill.client()
    connect = receive()
    listen(client, connect.url, connect=True)
    account = client.v1.accounts.create({"type": "standard"}).id
    client.v1.accounts.delete(account)
    (lost,) = [got.event for got in connect.wait_for(1)]
    assert (lost["type"], lost["account"]) == ("account.application.deauthorized", account)
    application = lost["data"]["object"]
    assert (application["object"], application["name"]) == ("application", "mockbill")
    assert application["id"].startswith("ca_")


def test_a_direct_charge_is_told_of_to_both_and_its_fee_to_the_platform(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client = mockbill.client()
    connect, own = receive(), receive()
    listen(client, connect.url, connect=True)
    listen(client, own.url)
    account = client.v1.accounts.create({"type": "standard"}).id
    client.v1.payment_intents.create(
        {
            "amount": 10_000,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "capture_method": "automatic",
            "application_fee_amount": 450,
            "confirm": True,
            "return_url": "https://platform.example/back",
        },
        {"stripe_account": account},
    )
    heard = [got.event for got in connect.wait_for(3)]
    assert [(event["type"], event["account"]) for event in heard] == [
        ("payment_intent.created", account),
        ("charge.succeeded", account),
        ("payment_intent.succeeded", account),
    ]
    (fee,) = [got.event for got in own.wait_for(1)]
    assert (fee["type"], fee["data"]["object"]["account"], "account" in fee) == (
        "application_fee.created",
        account,
        False,
    )
    assert heard[1]["data"]["object"]["application_fee"] == fee["data"]["object"]["id"]
    mockbill.drain()
    assert (len(connect.got), len(own.got)) == (3, 1)


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


def test_a_connected_account_knows_its_platform_after_a_restart(
    serve: Callable[..., Mockbill], receive: Callable[..., Receiver], tmp_path: Path
) -> None:
    kept = str(tmp_path / "kept.json")
    connect = receive()
    before = serve(data=kept)
    account = before.client().v1.accounts.create({"type": "standard"}).id
    before.client().v1.products.create({"name": "first"}, {"stripe_account": account})
    listen(before.client(), connect.url, connect=True)
    before.app.close()
    after = serve(data=kept)
    theirs = after.app.worlds.by_account_id(account)
    assert theirs is not None
    with theirs.work() as w:  # as time does, without a call that names the platform
        w.emit("product.updated", w.find("product")[0])
    assert connect.wait_for(1)[0].event["account"] == account


def test_platform_and_account_can_write_at_once(mockbill: Mockbill) -> None:
    account = mockbill.client().v1.accounts.create({"type": "standard"}).id

    def platform(number: int) -> None:
        mockbill.client().v1.accounts.update(account, {"email": f"{number}@example.com"})

    def theirs(number: int) -> None:
        mockbill.client().v1.products.create({"name": str(number)}, {"stripe_account": account})

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(act, number) for number in range(20) for act in (platform, theirs)]
        for call in calls:
            call.result(timeout=PATIENCE)
    told = [event.type for event in mockbill.client().v1.events.list({"limit": 100}, {"stripe_account": account})]
    assert (told.count("account.updated"), told.count("product.created")) == (20, 20)


def test_a_connect_endpoint_that_takes_nothing_for_long_is_disabled_at_its_platform(
    serve: Callable[..., Mockbill], receive: Callable[..., Receiver]
) -> None:
    mockbill = serve(
        webhooks="inline", webhook_disable_after="1h", webhook_retries="2h", webhook_retry_clock="world",
        clock="2026-01-31",
    )  # fmt: skip
    client, receiver = mockbill.client(), receive(lambda _: 500)
    endpoint = listen(client, receiver.url, "product.created", connect=True)
    account = client.v1.accounts.create({"type": "standard"}).id
    client.v1.products.create({"name": "theirs"}, {"stripe_account": account})
    assert client.v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"
    Control(mockbill.url, account).post("clock/advance", by="2 hours")
    assert client.v1.webhook_endpoints.retrieve(endpoint.id).status == "disabled"
    assert receiver.names == ["theirs", "theirs"]
