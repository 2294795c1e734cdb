"""Retries on the account's clock: they fall due as it goes on, among all else that does."""

from collections.abc import Callable

from control.api import Control
from webhooks.stage import Mockbill, Receiver, listen, products, until

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]

STRIPES = {"webhook_retry_clock": "world", "clock": "2026-01-31T10:00:00Z"}


def test_advancing_the_clock_brings_the_retries_at_their_times(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="test", **STRIPES)
    control, receiver, times = Control(mockbill.url, "mockbill"), receive(), []
    receiver.behave = lambda _: times.append(mockbill.world().clock.now) or 500
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "Chair")
    began = mockbill.world().clock.now
    assert mockbill.drain() == {"drained": False, "pending": 1, "retrying": 1, "failed": 0}  # at once: time stands
    advanced = control.post("clock/advance", by="4 minutes")
    assert (advanced["moments"], len(times)) == (0, 1)
    assert control.post("clock/advance", by="3 hours")["moments"] == 3
    # Waits of 5 minutes, 30 minutes and 2 hours: after 300, 300 + 1,800 and 2,100 + 7,200 seconds.
    assert [at - began for at in times] == [0, 300, 2100, 9300]
    assert [entry["state"] for entry in mockbill.log()] == ["failed"]


def test_stripes_live_retries_end_within_three_days(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="live", **STRIPES)
    receiver = receive(lambda _: 503)
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "Chair")
    Control(mockbill.url, "mockbill").post("clock/advance", by="3 days")
    assert len(receiver.got) == 10
    assert mockbill.log()[0]["state"] == "failed"


def test_an_advance_waits_for_what_failed_only_just_before_it(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="1m", **STRIPES)
    control, receiver = Control(mockbill.url, "mockbill"), receive()
    receiver.behave = lambda _: 500 if len(receiver.got) % 2 else 200
    listen(mockbill.client(), receiver.url)
    for number in range(1, 11):  # would now and then end too soon, were the first attempts not waited for
        products(mockbill.client(), "Chair")
        control.post("clock/advance", by="1 minute")
        assert len(receiver.got) == 2 * number


def test_retries_come_in_order_with_renewals(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="15d,30m", **STRIPES)
    client, control, receiver = mockbill.client(), Control(mockbill.url, "mockbill"), receive()
    card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    client.v1.subscriptions.create({"customer": client.v1.customers.create(card).id, "items": [{"price": price.id}]})
    seen: list[tuple[str, str]] = []

    def behave(got: object) -> int:
        seen.append((got.event["type"], control.get("clock")["now"]))
        return 500 if got.event["type"] == "product.created" else 200

    receiver.behave = behave
    listen(client, receiver.url, "product.created", "invoice.upcoming", "invoice.paid")
    products(client, "Chair")
    control.post("clock/advance", by="29 days")
    assert seen == [
        ("product.created", "2026-01-31T10:00:00Z"),
        ("product.created", "2026-02-15T10:00:00Z"),
        ("product.created", "2026-02-15T10:30:00Z"),
        ("invoice.upcoming", "2026-02-21T10:00:00Z"),
        ("invoice.paid", "2026-02-28T11:00:00Z"),
    ]


def test_an_endpoint_disabled_meanwhile_ends_them_and_one_enabled_again_goes_on(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="1h,1h", **STRIPES)
    client, control, receiver = mockbill.client(), Control(mockbill.url, "mockbill"), receive(lambda _: 500)
    endpoint = listen(client, receiver.url)
    products(client, "a")
    assert until(lambda: mockbill.log()[0]["state"] == "retrying")
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    control.post("clock/advance", by="1 hour")
    assert receiver.names == ["a", "a"]
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    control.post("clock/advance", by="1 hour")
    assert receiver.names == ["a", "a"]
    assert mockbill.log()[0]["error"] == "the endpoint is disabled or deleted"


def test_where_time_runs_by_itself_the_retries_come_by_themselves(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="1", webhook_retry_clock="world")
    receiver = receive()
    receiver.behave = lambda _: 500 if len(receiver.got) == 1 else 200
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "Chair")
    receiver.wait_for(2)
    assert mockbill.drain()["drained"]


def test_an_account_may_have_waits_and_a_clock_of_its_own(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="none", clock="2026-01-31")
    control, receiver = Control(mockbill.url, "ada"), receive(lambda _: 500)
    control.post("settings", webhook_retries="1d", webhook_retry_clock="world")
    listen(mockbill.client("ada"), receiver.url)
    products(mockbill.client("ada"), "Chair")
    control.post("clock/advance", by="2 days")
    assert [entry["attempt"] for entry in mockbill.log("ada")] == [2]
