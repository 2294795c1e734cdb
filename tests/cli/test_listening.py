"""``mockbill listen`` as a user has it: a process that is started, shows what comes, and is ended."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import ThreadingHTTPServer
from typing import Any, Self

import pytest
import stripe
from cli.process import MOCKBILL, Serving, environment, run
from webhooks.stage import Receiver, handler_of

PATIENCE = 20  # seconds


class Listening:
    """``mockbill listen FLAGS`` while its ``with`` block runs."""

    def __init__(self, url: str, account: str, *flags: str) -> None:
        self.command = [*MOCKBILL, "listen", "--account", account, *flags]
        self.url = url

    def __enter__(self) -> Self:
        self.lines: list[str] = []
        self.came = threading.Condition()
        self.process = subprocess.Popen(
            self.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(MOCKBILL_URL=self.url, PYTHONUNBUFFERED="1"),
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.wait_for("Ready!")
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.came:
                self.lines.append(line)
                self.came.notify_all()

    def wait_for(self, *parts: str, count: int = 1) -> str:
        """The line with all these parts that makes their number full."""

        def found() -> list[str]:
            return [line for line in self.lines if all(part in line for part in parts)]

        with self.came:
            assert self.came.wait_for(lambda: len(found()) >= count, PATIENCE), f"no {parts} in {self.lines}"
            return found()[count - 1]

    def end(self, by: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as stack:

        def start(**keywords: Any) -> Receiver:
            receiver = Receiver(**keywords)
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), handler_of(receiver)))
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
            return receiver

        yield start


def sdk(url: str, account: str) -> stripe.StripeClient:
    return stripe.StripeClient(f"sk_test_{account}", base_addresses={"api": url})


@pytest.mark.parametrize("via", ["server", "client"])
def test_events_are_forwarded_and_shown_with_what_was_answered(
    via: str, serving: Serving, account: str, receive: Callable[..., Receiver]
) -> None:
    receiver = receive(behave=lambda got: 202 if got.event["type"] == "customer.created" else 204)
    flags = ("--forward-to", receiver.url.removeprefix("http://"), "--events", "customer.*", "--headers", "X-Key: 7")
    with Listening(serving.url, account, *flags, "--via", via) as listening:
        secret = listening.wait_for("Ready!").split("secret is ")[1].split()[0]
        client = sdk(serving.url, account)
        client.v1.products.create({"name": "Chair"})
        customer = client.v1.customers.create({"name": "Ada"})
        client.v1.customers.delete(customer.id)
        created, deleted = receiver.wait_for(2)
        event = stripe.Webhook.construct_event(created.body, created.headers["Stripe-Signature"], secret)
        assert (event.type, created.headers["X-Key"]) == ("customer.created", "7")
        assert deleted.event["type"] == "customer.deleted"
        shown = listening.wait_for("<--", deleted.event["id"])
        pattern = rf"[-\d]{{10}} [:\d]{{8}}  <--  \[204\] POST {receiver.url} \[{deleted.event['id']}\] \d+ ms\n"
        assert re.fullmatch(pattern, shown), shown
        assert re.fullmatch(
            rf"[-\d]{{10}} [:\d]{{8}}   --> customer.created \[{event.id}\]\n", listening.wait_for("--> customer.cr")
        )
        assert not [line for line in listening.lines if "product.created" in line]
        assert listening.end() == 0
    assert json.loads(run("deliveries", "--account", account, "--json", MOCKBILL_URL=serving.url).stdout)
    client.v1.customers.create({"name": "Grace"})  # nobody listens any more
    assert receiver.types == ["customer.created", "customer.deleted"]


@pytest.mark.parametrize("via", ["server", "client"])
def test_what_nobody_takes_is_an_error_and_is_tried_again(via: str, serving: Serving, account: str) -> None:
    with Listening(serving.url, account, "--forward-to", "127.0.0.1:1/hook", "--via", via) as listening:
        sdk(serving.url, account).v1.products.create({"name": "Chair"})
        assert "Connection refused, again at " in listening.wait_for("<--  [ERROR] POST http://127.0.0.1:1/hook")
        assert listening.end(signal.SIGTERM) == 0


def test_without_a_url_events_are_only_shown_as_json_on_demand(serving: Serving, account: str) -> None:
    with Listening(serving.url, account, "--json", "--api-version", "2024-06-20") as listening:
        client = sdk(serving.url, account)
        product = client.v1.products.create({"name": "Chair"})
        told = json.loads(listening.wait_for("product.created"))
        assert (told["kind"], told["event"]["data"]["object"]["id"]) == ("event", product.id)
        assert told["event"]["api_version"] == "2024-06-20"
        assert client.v1.events.list().data[0].pending_webhooks == 0


def test_events_of_connected_accounts_and_thin_ones_have_urls_of_their_own(
    serving: Serving, account: str, receive: Callable[..., Receiver]
) -> None:
    own, connected, thin = receive(), receive(), receive()
    urls = ("--forward-to", own.url, "--connect-to", connected.url, "--thin-to", thin.url)
    client = sdk(serving.url, account)
    shop = client.v1.accounts.create({"type": "standard"})
    with Listening(serving.url, account, *urls, "--events", "product.created") as listening:
        client.v1.products.create({"name": "Ours"})
        client.v1.products.create({"name": "Theirs"}, {"stripe_account": shop.id})
        listening.wait_for("--> connect product.created")
        assert (own.wait_for(1)[0].event.get("account"), connected.wait_for(1)[0].event["account"]) == (None, shop.id)
        assert [got.event["type"] for got in thin.wait_for(2)] == ["v1.product.created"] * 2
        listening.wait_for("<--  [200]", count=4)
    assert (len(own.got), len(connected.got), len(thin.got)) == (1, 1, 2)


def test_it_goes_on_when_its_server_comes_back(account: str, receive: Callable[..., Receiver]) -> None:
    receiver = receive()
    with Serving() as first:
        url = first.url
        listening = Listening(url, account, "--forward-to", receiver.url)
        listening.__enter__()
        try:
            first.end()
            listening.wait_for("The server is gone")
            with Serving(("--port", url.rpartition(":")[2])):
                listening.wait_for("It is back.")
                sdk(url, account).v1.products.create({"name": "Chair"})
                listening.wait_for("<--  [200]")
                assert listening.end() == 0
        finally:
            listening.__exit__()


def test_the_secret_is_printed_alone(serving: Serving, account: str) -> None:
    done = run("listen", "--print-secret", "--account", account, MOCKBILL_URL=serving.url)
    assert (done.returncode, done.stdout) == (0, "whsec_mockbill\n")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--events", "invoice.payed"), "events: invoice.payed is no event; did you mean invoice.paid?"),
        (("--api-version", "2024-01-01"), "api_version: 2024-01-01 is no version of Stripe's API"),
        (("--forward-to", "ftp://somewhere"), "url: Not a valid URL"),
        (("--headers", "Stripe-Signature:x"), "headers: Stripe-Signature is set by mockbill"),
        (("--headers", "Stripe"), "--headers Stripe: write NAME:VALUE, with commas between several"),
    ],
)
def test_what_cannot_be_listened_to_is_said(serving: Serving, account: str, flags: tuple[str, ...], said: str) -> None:
    done = run("listen", *flags, "--account", account, MOCKBILL_URL=serving.url)
    assert done.returncode in (1, 2)
    assert done.stderr == f"mockbill: {said}\n"
