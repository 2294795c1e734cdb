"""What is timed: a call or a flow against a server with N customers, which has N again after each round."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from subjects import Running

ADA = {"name": "Ada Lovelace", "email": "ada@example.com", "metadata[plan]": "pro"}
CARD = {
    "type": "card",
    "card[number]": "4242424242424242",
    "card[exp_month]": "12",
    "card[exp_year]": "2040",
    "card[cvc]": "123",
}
MONTHLY = {"currency": "usd", "unit_amount": 1000, "recurring[interval]": "month", "product_data[name]": "Pro"}
PLAN = {"currency": "usd", "amount": 1000, "interval": "month", "id": "pro", "name": "Pro"}  # of before prices


@dataclass
class Bench:
    """A running server, the customers it was seeded with, and what they can subscribe to."""

    server: Running
    customers: list[str] = field(default_factory=list)
    offer: dict[str, str] = field(default_factory=dict)
    made: list[bytes] = field(default_factory=list)  # customers beyond those, as they were answered

    @property
    def name(self) -> str:
        return self.server.subject.name

    def seed(self, count: int, seconds: float) -> None:
        """Bring it to ``count`` customers, or to as many as it can make in ``seconds``; and have something to sell."""
        call = self.server.client.call
        if self.server.subject.kind == "trivial":
            self.customers = ["cus_any"]
            return
        if self.server.subject.kind == "plans":
            self.offer = {"items[0][plan]": call("POST", "/v1/plans", PLAN)["id"]}
        else:
            self.offer = {"items[0][price]": call("POST", "/v1/prices", MONTHLY)["id"]}
        deadline = time.monotonic() + seconds
        while len(self.customers) < count and time.monotonic() < deadline:
            self.customers.append(call("POST", "/v1/customers", ADA)["id"])

    def can(self, measure: Callable[["Bench"], float]) -> bool:
        return self.server.subject.kind != "trivial" or measure in (create, retrieve)

    def put_back(self) -> None:
        """Delete what a round has made, so that the next one finds the same number of customers."""
        for answer in self.made:
            self.server.client.call("DELETE", f"/v1/customers/{json.loads(answer)['id']}")
        self.made.clear()

    def timed(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[float, bytes]:
        """Seconds from the send to the end of the answer, and the answer."""
        request = self.server.client.request(method, path, form)
        before = time.perf_counter()
        answer = self.server.client.ask(request)
        return time.perf_counter() - before, answer


def create(bench: Bench) -> float:
    seconds, answer = bench.timed("POST", "/v1/customers", ADA)
    bench.made.append(answer)
    return seconds


def retrieve(bench: Bench) -> float:
    middle = bench.customers[len(bench.customers) // 2]
    return bench.timed("GET", f"/v1/customers/{middle}")[0]


def list_ten(bench: Bench) -> float:
    return bench.timed("GET", "/v1/customers?limit=10")[0]


def subscribe(bench: Bench) -> float:
    """Five calls: a customer, a card, attached, made the default, and a subscription that is paid with it."""
    call = bench.server.client.call
    before = time.perf_counter()
    customer = call("POST", "/v1/customers", ADA)["id"]
    card = call("POST", "/v1/payment_methods", CARD)["id"]
    call("POST", f"/v1/payment_methods/{card}/attach", {"customer": customer})
    call("POST", f"/v1/customers/{customer}", {"invoice_settings[default_payment_method]": card})
    status = call("POST", "/v1/subscriptions", {"customer": customer, **bench.offer})["status"]
    seconds = time.perf_counter() - before
    if status != "active":
        raise SystemExit(f"{bench.server.subject.name}: the subscription is {status}, and should be active")
    call("DELETE", f"/v1/customers/{customer}")
    return seconds
