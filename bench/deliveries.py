"""Deliveries: events of one account on their way to a receiver that answers at once, each in a process of its own.

``python deliveries.py N`` prints what it measured as JSON; ``--receive`` is the receiver, which prints its port.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from client import KEY
from measures import ADA
from subjects import mockbill

from mockbill.app import create_app
from mockbill.settings import Settings

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Delivered:
    """What ``deliveries`` took from the first commit until all had been answered, and how much of it was our own."""

    deliveries: int
    seconds: float
    own_seconds: float  # of processor time that mockbill had

    @property
    def per_second(self) -> float:
        return self.deliveries / self.seconds

    @property
    def microseconds_each(self) -> float:
        return self.own_seconds / self.deliveries * 1e6


def measured(count: int) -> Delivered:
    """In a fresh process."""
    return Delivered(**json.loads(subprocess.check_output([sys.executable, __file__, str(count)])))


def creating(count: int) -> tuple[float, float]:
    """Customers created a second over HTTP while their events are delivered, and delivered a second until the last."""
    with receiver() as url, mockbill().running() as server:
        call = server.client.call
        call("POST", "/v1/webhook_endpoints", {"url": url, "enabled_events[0]": "*"})
        request = server.client.request("POST", "/v1/customers", ADA)
        server.client.control(
            "/_mockbill/drain", {"timeout": 60}
        )  # the control API is loaded when it is first asked for
        began = time.perf_counter()
        for _ in range(count):
            server.client.ask(request)
        created = time.perf_counter() - began
        assert server.client.control("/_mockbill/drain", {"timeout": 60})["drained"]
        return count / created, count / (time.perf_counter() - began)


@contextmanager
def receiver() -> Iterator[str]:
    """The URL of a receiver in a process of its own."""
    process = subprocess.Popen([sys.executable, __file__, "--receive"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/hook"
    finally:
        process.terminate()
        process.communicate()


def _deliver(count: int) -> Delivered:
    app = create_app(Settings(seed=1, delivery_log=count, webhook_queue=count))
    world = app.worlds.of_key(KEY)
    with receiver() as url:
        from mockbill.webhooks import endpoints

        with world.work() as w:
            endpoints.create(w, {"url": url, "enabled_events": ["*"]})
            product = w.add("product", name="Pro")
        with world.work() as w:
            w.emit("product.created", product)  # opens the connection, and loads what is loaded late
        app.webhooks.drain(world, 10)
        began, used = time.perf_counter(), time.process_time()
        for _ in range(count):
            with world.work() as w:
                w.emit("product.updated", product, product)
        assert app.webhooks.drain(world, 120)["drained"]
        taken = Delivered(count, time.perf_counter() - began, time.process_time() - used)
        assert len(app.webhooks.deliveries(world.name, state="delivered")) == count
    app.close()
    return taken


class _Receiver(asyncio.Protocol):
    """Answers every POST at once, with the least that is an answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._came = b""

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            length = int(self._came[:end].lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            if len(self._came) < end + 4 + length:
                return
            self._came = self._came[end + 4 + length :]
            self._transport.write(_ANSWER)  # type: ignore[attr-defined]


async def _receive() -> None:
    server = await asyncio.get_running_loop().create_server(_Receiver, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?")
    parser.add_argument("--receive", action="store_true")
    asked = parser.parse_args()
    if asked.receive:
        asyncio.run(_receive())
    else:
        print(json.dumps(vars(_deliver(asked.count))))
        sys.stdout.flush()
        os._exit(0)
