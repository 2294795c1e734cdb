"""Whatever becomes of a subscription, each unit of usage is billed once and at its price, or for a reason not at all.

The model knows no bills: it divides time into stretches in which a price was in force, and says when the bill of each
is closed, and which usage a change lets go.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.lives import DAY, START, Api
from world.test_credits_add_up import METERED, check_invoice

from mockbill.app import Application, create_app
from mockbill.settings import Settings
from mockbill.world import Doc

HOUR, UNIT = 3600, {"cheap": 4, "dear": 10}
BEHAVIORS = ["create_prorations", "always_invoice", "none"]
VERBS = [*["use"] * 5, *["use late"] * 3, "cancel", *["wait"] * 4, *["switch"] * 2, "cycle", "threshold", "seats"]
VERBS += ["grant", "discount", "put aside", "collect", "leave", "come back", "end", "plan", "fail to pay", "pause"]
VERBS += ["resume"] * 2
WHEN_PAUSED = ("use", "use late", "wait", "grant", "resume")
number = st.integers(0, 11)
steps = st.lists(st.tuples(st.sampled_from(VERBS), number, number), min_size=6, max_size=25)

_app: Application = create_app(Settings.load({"check_answers": True, "seed": 3}, environ={}))
_accounts = count()


@dataclass
class Stretch:
    """The time from ``start`` on in which a price was in force; its bill follows until ``closed``, if it has ended."""

    start: int
    price: str
    used: int = 0
    end: int | None = None
    closed: int | None = None


@dataclass
class Model:
    """What is to be billed by price."""

    stretches: list[Stretch] = field(default_factory=list)

    @property
    def current(self) -> Stretch | None:
        last = self.stretches[-1] if self.stretches else None
        return last if last and last.end is None else None

    def begin(self, at: int, price: str) -> None:
        self.stretches.append(Stretch(at, price))

    def end(self, at: int, *, closed: int) -> None:
        if (last := self.current) is not None:
            last.end, last.closed = at, closed

    def count(self, at: int, units: int, now: int) -> None:
        for each in reversed(self.stretches):
            if each.start <= at and (each.end is None or at < each.end):
                if each.closed is None or now < each.closed:
                    each.used += units
                return

    def totals(self) -> Counter[str]:
        sums: Counter[str] = Counter()
        for each in self.stretches:
            sums[each.price] += each.used
        return sums


class Caller:
    """A customer with calls, cheap or dear, and seats, in one subscription; the numbers choose what happens."""

    def __init__(self, *, flexible: bool, discounted: bool) -> None:
        self.api, self.at, self.model = Api(_app, f"once{next(_accounts)}"), START, Model()
        self.clock = self.api.clock()
        card = "pm_card_visa"
        pays = {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        self.customer = self.api.post("customers", test_clock=self.clock, **pays)["id"]
        meter = self.api.post(
            "billing/meters", display_name="Calls", event_name="calls", default_aggregation={"formula": "sum"}
        )["id"]
        metered = {"interval": "month", "usage_type": "metered", "meter": meter}
        self.prices = {name: self._price(UNIT[name], metered) for name in UNIT}
        self.names = {id: name for name, id in self.prices.items()}
        self.seat = self._price(2000, {"interval": "month"})
        self.coupon = self.api.post("coupons", percent_off=25, duration="forever")["id"]
        calls: Doc = {"price": self.prices["cheap"]}
        self.discounted, self.flexible, self.told = discounted, flexible, 0
        if discounted:
            calls["discounts"] = [{"coupon": self.coupon}]
        self.subscription = self.api.post(
            "subscriptions",
            customer=self.customer,
            items=[{"price": self.seat}, calls],
            billing_mode={"type": "flexible" if flexible else "classic"},
        )["id"]
        self.events: list[tuple[int, int, str]] = []
        self.planned: tuple[int, str] | None = None  # when a schedule changes the price, and to which
        self.unpaid: list[str] = []  # invoices of updates that came to nothing
        self.paused: str | None = None  # the price of the calls when it was paused
        self.model.begin(START, "cheap")

    def _price(self, amount: int, recurring: dict[str, Any]) -> str:
        made = self.api.post(
            "prices", currency="usd", unit_amount=amount, recurring=recurring, product_data={"name": "Calls"}
        )
        return str(made["id"])

    def now(self) -> Doc:
        found = self.api.world.fetch("subscription", self.subscription)
        assert found is not None
        return found

    def calls(self) -> Doc | None:
        """The metered item, where there is one."""
        return next((item for item in self.now()["items"]["data"] if item["price"]["id"] in self.names), None)

    def change(self, **params: Any) -> None:
        made = self.api.post(f"subscriptions/{self.subscription}", **params)
        assert "error" not in made, made

    def step(self, verb: str, a: int, b: int) -> None:
        if self.now()["status"] == "paused" and verb not in WHEN_PAUSED:
            return
        {
            "use": lambda: self.use(a * 7 + 1, 0),
            "use late": lambda: self.use(a * 7 + 1, (b + 1) * 7 * 60),
            "cancel": self.cancel,
            "wait": lambda: self.wait((a * 2 + 1) * DAY if b % 3 else (a + 1) * 20 * 60),
            "end": lambda: self.wait(self.period_end() - self.at + (b % 3) * 1800),
            "switch": lambda: self.switch(BEHAVIORS[a % 3]),
            "leave": lambda: self.leave(BEHAVIORS[a % 3], clears=b == 0),
            "come back": self.come_back,
            "cycle": self.cycle,
            "threshold": lambda: self.threshold(a, b),
            "seats": self.seats(a),
            "grant": lambda: self.grant(a, b),
            "discount": lambda: self.change(discounts=[{"coupon": self.coupon}] if a % 2 else ""),
            "put aside": lambda: self.change(pause_collection={"behavior": ["void", "mark_uncollectible"][a % 2]}),
            "collect": lambda: self.change(pause_collection=""),
            "plan": self.plan,
            "fail to pay": lambda: self.fail_to_pay(a),
            "pause": lambda: self.pause(["invoice", "pending_invoice_item"][a % 2]),
            "resume": self.resume,
        }[verb]()

    def use(self, units: int, ago: int) -> None:
        self.told += 1
        identifier, at, anchor = f"call {self.told}", self.at - ago, self.now()["billing_cycle_anchor"]
        payload = {"stripe_customer_id": self.customer, "value": str(units)}
        self.api.post("billing/meter_events", event_name="calls", payload=payload, timestamp=at, identifier=identifier)
        self.model.count(at, units, self.at)
        self.events.append((at, units, identifier))
        if self.now()["billing_cycle_anchor"] != anchor:  # a threshold has begun a new cycle
            self.renew(closed=self.at)

    def cancel(self) -> None:
        """The last event, unless a threshold may have billed it, or another bill in its own second."""
        if not self.events or self.now()["billing_thresholds"] or self.thresholds():
            return
        at, units, identifier = self.events.pop()
        if any(each.start == at for each in self.model.stretches):
            return
        made = self.api.post(
            "billing/meter_event_adjustments", event_name="calls", type="cancel", cancel={"identifier": identifier}
        )
        if "error" not in made:
            self.model.count(at, -units, self.at)

    def thresholds(self) -> bool:
        return any(invoice["billing_reason"] == "subscription_threshold" for invoice in self.invoices())

    def wait(self, seconds: int) -> None:
        until = self.at + max(seconds, 0)
        while self.now()["status"] != "paused":
            period_end = self.period_end()
            self.at = min(period_end, self.planned[0]) if self.planned else period_end
            if self.at > until:
                break
            put_aside = self.now()["pause_collection"]
            self.phase(period_end)
            self.api.advance(self.clock, self.at)
            if self.at == period_end:
                self.renew(closed=self.at if put_aside else self.at + HOUR)
        self.at = until
        self.api.advance(self.clock, until)

    def period_end(self) -> int:
        return int(self.now()["items"]["data"][0]["current_period_end"])

    def phase(self, period_end: int) -> None:
        """The next phase of a schedule is about to begin; where a period ends as well, all of that is billed."""
        if self.planned is None or self.planned[0] != self.at:
            return
        price, self.planned = self.planned[1], None
        if self.model.current and self.model.current.price == price:
            return
        if self.at < period_end:
            self.let_go("create_prorations")
        self.model.end(self.at, closed=self.at)
        self.model.begin(self.at, price)

    def renew(self, closed: int) -> None:
        """A period has ended, and with it a stretch."""
        if self.model.current:
            price = self.model.current.price
            self.model.end(self.at, closed=closed)
            self.model.begin(self.at, price)

    def switch(self, behavior: str) -> None:
        if (item := self.calls()) is None:
            return
        other = self.other(item)
        self.let_go(behavior)
        self.change(items=[{"id": item["id"], "price": self.prices[other]}], proration_behavior=behavior)
        self.model.end(self.at, closed=self.at)
        self.model.begin(self.at, other)

    def leave(self, behavior: str, *, clears: bool) -> None:
        if (item := self.calls()) is None:
            return
        self.let_go("none" if clears else behavior)
        entry = {"id": item["id"], "deleted": True, **({"clear_usage": True} if clears else {})}
        self.change(items=[entry], proration_behavior=behavior)
        self.model.end(self.at, closed=self.at)

    def come_back(self) -> None:
        if self.calls() is None:
            self.discounted = False
            self.change(items=[{"price": self.prices["cheap"]}])
            self.model.begin(self.at, "cheap")

    def let_go(self, behavior: str) -> None:
        """What is not billed yet is not to be billed any more: in classic billing, and without prorations."""
        if self.model.current and (behavior == "none" or not self.flexible):
            price = self.model.current.price
            self.model.current.used -= self.model.totals()[price] - self.billed()[price]

    def plan(self) -> None:
        """From the end of the period on calls have the other price."""
        if (item := self.calls()) is None or self.now()["schedule"]:
            return
        made = self.api.post("subscription_schedules", from_subscription=self.subscription)
        [phase] = made["phases"]
        sold = [{name: each[name] for name in ("price", "quantity") if name in each} for each in phase["items"]]
        first = {"items": sold, "start_date": phase["start_date"], "end_date": phase["end_date"]}
        first["billing_thresholds"] = phase["billing_thresholds"] or ""
        other = self.other(item)
        then = {"items": [{"price": self.seat}, {"price": self.prices[other]}], "duration": {"interval": "month"}}
        made = self.api.post(f"subscription_schedules/{made['id']}", phases=[first, then])
        assert "error" not in made, made
        self.planned, self.discounted = (phase["end_date"], other), False

    def other(self, item: Doc) -> str:
        return "dear" if self.names[item["price"]["id"]] == "cheap" else "cheap"

    def fail_to_pay(self, a: int) -> None:
        """An update to the other price whose payment fails; it is paid later, or never."""
        now, item = self.now(), self.calls()
        if item is None or not self.flexible or now["pause_collection"] or now["schedule"]:
            return
        asked, at, other = self.at, self.model.current, self.other(item)
        self.use_card("chargeCustomerFail")
        seat = {"price": self.seat, "id": next(each["id"] for each in now["items"]["data"] if each["id"] != item["id"])}
        waiting = self.api.post(
            f"subscriptions/{self.subscription}",
            items=[{"id": item["id"], "price": self.prices[other]}, {**seat, "quantity": 99}],
            payment_behavior="pending_if_incomplete",
            proration_behavior="always_invoice",
        )
        self.use_card("visa")
        assert at is not None
        if waiting["pending_update"] is None:  # nothing was due
            self.model.end(asked, closed=asked)
            self.model.begin(asked, other)
            return
        self.use(5, 0)
        if a % 2:
            self.unpaid.append(waiting["latest_invoice"])
            return self.wait(DAY)
        self.api.post(f"invoices/{waiting['latest_invoice']}/pay")
        at.end, at.closed, at.used = asked, asked, at.used - 5  # the new price counts since it was asked for
        self.model.begin(asked, other)
        self.model.count(asked, 5, asked)

    def use_card(self, name: str) -> None:
        method = self.api.post(f"payment_methods/pm_card_{name}/attach", customer=self.customer)
        self.api.post(f"customers/{self.customer}", invoice_settings={"default_payment_method": method["id"]})

    def pause(self, how: str) -> None:
        made = self.api.post(f"subscriptions/{self.subscription}/pause", type="subscription", invoicing_behavior=how)
        if "error" not in made:
            self.paused = self.model.current.price if self.model.current else None
            self.model.end(self.at, closed=self.at)

    def resume(self) -> None:
        """With a period that begins now, once its invoice is paid."""
        if self.now()["status"] != "paused":
            return
        self.api.post(f"subscriptions/{self.subscription}/resume")
        begins = self.at
        self.at += HOUR
        self.api.advance(self.clock, self.at)
        assert self.now()["status"] == "active"
        if self.paused:
            self.model.begin(begins, self.paused)

    def cycle(self) -> None:
        self.change(billing_cycle_anchor={"type": "now"})
        self.renew(closed=self.at)

    def threshold(self, a: int, b: int) -> None:
        self.change(billing_thresholds={"amount_gte": 100 + 60 * a, "reset_billing_cycle_anchor": b % 2} if b else "")

    def seats(self, a: int) -> Any:
        item = next(item for item in self.now()["items"]["data"] if item["price"]["id"] == self.seat)
        return lambda: self.change(items=[{"id": item["id"], "quantity": a + 1}])

    def grant(self, a: int, b: int) -> None:
        self.api.post(
            "billing/credit_grants",
            customer=self.customer,
            amount={"type": "monetary", "monetary": {"currency": "usd", "value": 50 * (a + 1)}},
            applicability_config={"scope": METERED if b % 2 else {"prices": [{"id": self.prices["cheap"]}]}},
            priority=b,
        )

    def invoices(self) -> list[Doc]:
        found = self.api.world.table("invoice").select({})
        return [invoice for invoice in found if invoice["id"] not in self.unpaid]

    def bills(self) -> list[Doc]:
        """The lines over usage, and the invoice items that wait to be some."""
        waiting = self.api.world.table("invoiceitem").select({"invoice": None})
        lines = [line for invoice in self.invoices() for line in invoice["lines"]["data"]]
        return [
            each
            for each in [*lines, *waiting]
            if each["pricing"] and each["pricing"]["price_details"]["price"] in self.names
        ]

    def billed(self) -> Counter[str]:
        sums: Counter[str] = Counter()
        for each in self.bills():
            price = self.names[each["pricing"]["price_details"]["price"]]
            sums[price] += each["quantity"]
            assert each["amount"] == each["quantity"] * UNIT[price]
        return sums

    def check(self) -> None:
        transactions = list(self.api.world.table("billing.credit_balance_transaction").select({}))
        for invoice in self.invoices():
            check_invoice(invoice, transactions)

    def settle(self) -> None:
        """Two months later all is billed, each unit at its price."""
        self.resume()
        self.change(pause_collection="")
        self.wait(65 * DAY)
        assert +self.billed() == +self.model.totals()
        if self.discounted:
            for line in self.bills():
                off = sum(each["amount"] for each in line["discount_amounts"])
                assert off >= line["amount"] // 4, line


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.booleans(), st.booleans())
def test_each_unit_of_usage_is_billed_once(steps: list[tuple[str, int, int]], flexible: bool, discounted: bool) -> None:
    caller = Caller(flexible=flexible, discounted=discounted)
    for verb, a, b in steps:
        caller.step(verb, a, b)
        caller.check()
    caller.settle()
