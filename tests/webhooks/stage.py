"""What the webhook tests work with: receivers that misbehave as a test wants, and a served mockbill."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import stripe

from mockbill.app import Application
from mockbill.world import World

PATIENCE = 60.0  # seconds until a test gives up waiting: no test may fail because a machine is slow


@dataclass
class Got:
    """One request that a receiver took."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers each webhook with what ``behave`` says for it: a status, once it returns."""

    behave: Callable[[Got], int] = lambda _: 200
    answer: bytes = b"thank you"
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    url: str = ""

    @property
    def types(self) -> list[str]:
        return [got.event["type"] for got in list(self.got)]

    @property
    def names(self) -> list[str]:
        """The names of the products or customers that the events told of."""
        return [got.event["data"]["object"]["name"] for got in list(self.got)]

    def wait_for(self, count: int) -> list[Got]:
        """The first ``count`` requests, once they are there."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, PATIENCE), f"only {self.types} arrived"
            return self.got[:count]


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else the body waits 40 ms for the headers to be acknowledged

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got(dict(self.headers), body)
            with receiver.arrived:
                receiver.got.append(got)
                receiver.arrived.notify_all()
            try:
                self.send_response(receiver.behave(got))
                for name, value in {**receiver.headers, "Content-Length": str(len(receiver.answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.answer)
            except OSError:
                pass  # mockbill did not wait for the answer, as some tests want it

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


@dataclass
class Mockbill:
    """A server, its application, and a client of Stripe's for one of its accounts."""

    url: str
    app: Application

    def client(self, account: str = "mockbill") -> stripe.StripeClient:
        return stripe.StripeClient(f"sk_test_{account}", base_addresses={"api": self.url})

    def world(self, account: str = "mockbill") -> World:
        return self.app.worlds.of(account)

    def drain(self, account: str = "mockbill", timeout: float = PATIENCE) -> dict[str, Any]:
        return self.app.webhooks.drain(self.world(account), timeout)

    def grow_patient(self) -> None:
        """From now on receivers have as long as tests have, whatever the setting ``webhook_timeout`` was."""
        object.__setattr__(self.app.settings, "webhook_timeout", PATIENCE)

    def log(self, account: str = "mockbill", **filters: Any) -> list[dict[str, Any]]:
        return self.app.webhooks.deliveries(account, **filters)


def listen(client: stripe.StripeClient, url: str, *types: str, **params: Any) -> stripe.WebhookEndpoint:
    """An endpoint for these event types, or for all."""
    return client.v1.webhook_endpoints.create({"url": url, "enabled_events": list(types) or ["*"], **params})


def products(client: stripe.StripeClient, *names: str) -> list[stripe.Product]:
    """New products: one ``product.created`` each."""
    return [client.v1.products.create({"name": name}) for name in names]


def until(true: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return False
