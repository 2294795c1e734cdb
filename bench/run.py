"""``make bench``: mockbill beside a trivial WSGI callable and localstripe, in alternating rounds; prints one table.

The figures are medians of single calls on one connection. Nothing but Python is needed: localstripe is installed into
bench/.venv. ``--quick`` takes small numbers, to see that it runs.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import subjects
from client import Client
from subjects import Running, Subject

FORM = {"name": "Ada Lovelace", "email": "ada@example.com", "metadata[plan]": "pro"}
CARD = {
    "type": "card",
    "card[number]": "4242424242424242",
    "card[exp_month]": "12",
    "card[exp_year]": "2040",
    "card[cvc]": "123",
}


@dataclass(frozen=True)
class Effort:
    """How much is measured, so that all of it takes minutes."""

    sizes: tuple[int, ...] = (10, 1_000, 10_000)  # customers
    rounds: int = 5
    calls: int = 60  # a round, of each measure
    round_seconds: float = 1.5  # a round ends after these, however few calls it had
    starts: int = 7
    documents: int = 100_000
    tail_calls: int = 5_000
    seeding_seconds: float = 90  # a server that cannot seed in these is measured with what it has by then


QUICK = Effort((10, 100), rounds=2, calls=10, starts=2, documents=2_000, tail_calls=200, seeding_seconds=5)


@dataclass
class Bench:
    """A running server with its customers."""

    server: Running
    customers: list[str] = field(default_factory=list)
    plan: str = ""

    @property
    def client(self) -> Client:
        return self.server.client

    def seed(self, count: int, seconds: float) -> None:
        """Bring it to ``count`` customers, or as many as it can make in ``seconds``."""
        deadline = time.monotonic() + seconds
        while len(self.customers) < count and time.monotonic() < deadline:
            self.customers.append(self.client.call("POST", "/v1/customers", FORM)["id"])

    def sell(self) -> None:
        """Have something to subscribe to."""
        if self.server.subject.plan == "plan":
            plan = {"id": "pro", "name": "Pro", "amount": 1000, "currency": "usd", "interval": "month"}
            self.plan = self.client.call("POST", "/v1/plans", plan)["id"]
        else:
            price = {
                "unit_amount": 1000,
                "currency": "usd",
                "recurring[interval]": "month",
                "product_data[name]": "Pro",
            }
            self.plan = self.client.call("POST", "/v1/prices", price)["id"]


# The measures: each makes one timed call or flow and puts the number of customers back; returns seconds.


def create(bench: Bench) -> float:
    request = bench.client.request("POST", "/v1/customers", FORM)
    before = time.perf_counter()
    answer = bench.client.ask(request)
    taken = time.perf_counter() - before
    remove(bench, answer)
    return taken


def retrieve(bench: Bench) -> float:
    customer = bench.customers[len(bench.customers) // 2] if bench.customers else "cus_any"
    request = bench.client.request("GET", f"/v1/customers/{customer}")
    before = time.perf_counter()
    bench.client.ask(request)
    return time.perf_counter() - before


def list_ten(bench: Bench) -> float:
    request = bench.client.request("GET", "/v1/customers?limit=10")
    before = time.perf_counter()
    bench.client.ask(request)
    return time.perf_counter() - before


def subscribe(bench: Bench) -> float:
    """Four calls: a customer, a card, the card attached, a subscription paid with it."""
    call = bench.client.call
    before = time.perf_counter()
    customer = call("POST", "/v1/customers", FORM)["id"]
    card = call("POST", "/v1/payment_methods", CARD)["id"]
    call("POST", f"/v1/payment_methods/{card}/attach", {"customer": customer})
    item = f"items[0][{bench.server.subject.plan}]"
    form = {"customer": customer, "default_payment_method": card, item: bench.plan}
    status = call("POST", "/v1/subscriptions", form)["status"]
    taken = time.perf_counter() - before
    if status != "active":
        raise SystemExit(f"{bench.server.subject.name}: the subscription is {status}")
    call("DELETE", f"/v1/customers/{customer}")
    return taken


def remove(bench: Bench, answer: bytes) -> None:
    import json

    if bench.customers:
        bench.client.call("DELETE", f"/v1/customers/{json.loads(answer)['id']}")
