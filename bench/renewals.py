"""Renewals: monthly subscriptions that all advance by one month, in a process of their own.

``python renewals.py N`` prints what it measured as JSON; with ``--serve PORT`` it serves the account on which the N
subscriptions wait, for a measure over HTTP.  The subscriptions begin a second apart, so that what falls due of one
lies between what falls due of others, and each has a customer with a card of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

from client import KEY
from subjects import Subject

from mockbill.app import Application, create_app
from mockbill.billing import customers, prices, subscriptions
from mockbill.server import serve
from mockbill.settings import Settings
from mockbill.world import World

START = "2026-01-01T00:00:00Z"
MONTH_AND_HOUR = 31 * 86_400 + 3_600  # the hour after which a renewal's invoice is finalized and charged
CHAIN = (  # of one renewal: every one of these is told once
    "invoice.upcoming", "customer.subscription.updated", "invoice.created", "invoice.finalized",
    "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
    "invoice.payment_succeeded", "invoice_payment.paid",
)  # fmt: skip


@dataclass(frozen=True)
class Renewed:
    """What the advance of ``subscriptions`` by a month took."""

    subscriptions: int
    seconds: float
    kilobytes: float  # of memory that it added

    @property
    def per_second(self) -> float:
        return self.subscriptions / self.seconds

    @property
    def kilobytes_each(self) -> float:
        return self.kilobytes / self.subscriptions


def measured(count: int, *, all_events: bool = False) -> Renewed:
    """In a fresh process; ``all_events`` keeps every event, where the default keeps the newest 100,000."""
    command = [sys.executable, __file__, str(count), *(["--all-events"] if all_events else [])]
    return Renewed(**json.loads(subprocess.check_output(command)))


def over_http(count: int) -> Renewed:
    """The same, asked of a server by ``POST /_mockbill/clock/advance``; the time is that until its answer is read."""
    with Subject("mockbill", (sys.executable, __file__, str(count), "--serve", "{port}")).running() as server:
        server.client.call("GET", "/_mockbill/clock")  # the control API is loaded when it is first asked for
        memory, began = server.megabytes(), time.perf_counter()
        answer = server.client.control("/_mockbill/clock/advance", {"by": f"{MONTH_AND_HOUR} seconds"})
        seconds = time.perf_counter() - began
        _check(answer["events"], count)
        return Renewed(count, seconds, (server.megabytes() - memory) * 1024)


def prepared(count: int, *, all_events: bool = False) -> tuple[Application, World]:
    """An application whose account has ``count`` subscriptions, all paid, that renew a month after they began."""
    settings = Settings(clock=START, seed=1, **({"event_log": 10**9} if all_events else {}))
    app = create_app(settings)
    world = app.worlds.of_key(KEY)
    with world.work() as w:
        recurring = {"interval": "month"}
        offer = {"currency": "usd", "unit_amount": 1000, "recurring": recurring, "product_data": {"name": "Pro"}}
        price = prices.create(w, offer)["id"]
    for _ in range(count):
        world.clock.set(world.clock.now + 1)
        with world.work() as w:
            card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
            customer = customers.create(w, {"name": "Ada Lovelace", "email": "ada@example.com", **card})
            subscriptions.create(w, {"customer": customer["id"], "items": [{"price": price}]})
    return app, world


def advance(world: World, count: int) -> Renewed:
    """Advance by a month, check that all of them renewed and were paid, and say what it took."""
    memory, began = _kilobytes(), time.perf_counter()
    done = world.advance(world.clock.now + MONTH_AND_HOUR)
    renewed = Renewed(count, time.perf_counter() - began, _kilobytes() - memory)
    _check(done.events, count)
    return renewed


def _check(events: list[str], count: int) -> None:
    told = Counter(events)
    if told != dict.fromkeys(CHAIN, count):
        raise SystemExit(f"{count} renewals should have told of each of {len(CHAIN)} events once, but told {told}")


def _kilobytes() -> float:
    """Memory that this process holds (resident set size)."""
    return float(subprocess.check_output(["ps", "-o", "rss=", "-p", str(os.getpid())], text=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subscriptions", type=int)
    parser.add_argument("--all-events", action="store_true", help="keep every event")
    parser.add_argument("--serve", type=int, metavar="PORT")
    asked = parser.parse_args()
    app, world = prepared(asked.subscriptions, all_events=asked.all_events)
    if asked.serve:
        serve(lambda url: app, "127.0.0.1", asked.serve, lambda url: None)
    print(json.dumps(vars(advance(world, asked.subscriptions))))
    app.close()


if __name__ == "__main__":
    main()
