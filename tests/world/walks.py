"""Random walks through the calls of subscriptions, and what has to be true after each step."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from world.lives import DAY, PLANS, Api, as_bytes, documents_of

from mockbill.rules import periods
from mockbill.stripe_api import versions
from mockbill.world import Doc
from mockbill.world.events import restored

HOUR = 3_600
OLDEST = versions.OLDEST
_SPANS = (1, HOUR, DAY, 5 * DAY, 14 * DAY, 28 * DAY, 31 * DAY, 45 * DAY, 100 * DAY)
_KINDS = ("subscription", "subscription_schedule", "invoice", "invoiceitem")
_QUIET = {  # what changes without an event, as at Stripe
    "subscription": frozenset[str](),
    "subscription_schedule": frozenset[str](),
    "invoice": frozenset({"auto_advance", "automatically_finalizes_at", "next_payment_attempt"}),
    "invoiceitem": frozenset({"invoice"}),
}
ENDED = ("canceled", "incomplete_expired")
_LIVING = ("active", "trialing", "past_due", "unpaid")


class Walk:
    """One account with two customers on a clock.  ``dice``, a random.Random, decides what is called, well or ill."""

    def __init__(self, api: Api, dice: Any) -> None:
        self.api, self.dice, self.world = api, dice, api.world
        self.clock, self.shop = api.clock(), api.shop()
        self.once = api.post("prices", currency="usd", unit_amount=900, product_data={"name": "Setup"})["id"]
        self.customers = [self._customer(card) for card in ("visa", dice.choice(["chargeCustomerFail", None]))]
        self.told: dict[str, list[Doc]] = defaultdict(list)
        self.seen = 0
        self.check()

    def _customer(self, card: str | None) -> str:
        method = f"pm_card_{card}"
        pays = {"payment_method": method, "invoice_settings": {"default_payment_method": method}} if card else {}
        return str(self.api.post("customers", test_clock=self.clock, **pays)["id"])

    @property
    def now(self) -> int:
        return self.world.time(self.clock)

    def docs(self, kind: str) -> list[Doc]:
        return list(self.world.table(kind).select({}))

    def post(self, path: str, method: str = "POST", **params: Any) -> None:
        """A call; one that is refused changes nothing, but for the attempt at a payment that a 402 tells of."""
        before, told = as_bytes(documents_of(self.world)), len(self.docs("event"))
        answer = self.api.call(method, path, **params)
        if "error" in answer and answer["error"]["type"] != "card_error":
            assert as_bytes(documents_of(self.world)) == before, (path, params, answer["error"])
            assert len(self.docs("event")) == told, (path, params, answer["error"])

    def step(self) -> None:
        """Anything that a shop, its customers or time may do."""
        steps = (
            *(self.create,) * 3,
            *(self.plan,) * 3,
            *(self.replan,) * 3,
            *(self.update,) * 12,
            *(self.end,) * 3,
            *(self.bill,) * 4,
            *(self.use,) * 5,
            *(self.go_on,) * 6,
        )
        self.dice.choice((*steps, self.change_card))()
        self.check()

    def create(self) -> None:
        maybe = self.dice.random
        asked: dict[str, Any] = {"customer": self.dice.choice(self.customers), "items": self._items()}
        if maybe() < 0.3:
            asked["billing_mode"] = {"type": "classic"}
        if maybe() < 0.25:
            asked["trial_period_days"] = self.dice.choice([2, 7, 30])
        if maybe() < 0.2:
            asked["billing_cycle_anchor"] = self._later()
        if maybe() < 0.2:
            asked["backdate_start_date"] = self.now - self.dice.choice([3, 20, 70]) * DAY
        if maybe() < 0.3:
            asked["proration_behavior"] = "none"
        if maybe() < 0.4:
            asked["payment_behavior"] = self.dice.choice(["default_incomplete", "error_if_incomplete"])
        if maybe() < 0.2:
            asked |= {"collection_method": "send_invoice", "days_until_due": self.dice.choice([0, 10, 40])}
        if maybe() < 0.3:
            asked |= self._ending()
        if maybe() < 0.2:
            asked["discounts"] = self._discounts()
        if maybe() < 0.15:
            asked["add_invoice_items"] = [{"price": self.once}]
        self.post("subscriptions", **asked)

    def plan(self) -> None:
        """A schedule: of a subscription that is there, or of one that it will create."""
        if self.dice.random() < 0.6:
            if subscription := self._one():
                self.post("subscription_schedules", from_subscription=subscription["id"])
            return
        start = self.dice.choice(["now", "now", self._later(), self.now - 3 * DAY])
        asked: dict[str, Any] = {"customer": self.dice.choice(self.customers), "start_date": start}
        if self.dice.random() < 0.3:
            asked["billing_mode"] = {"type": "classic"}
        phases = [self._phase() for _ in range(self.dice.randint(1, 3))]
        end = self.dice.choice(["release", "cancel"])
        self.post("subscription_schedules", **asked, phases=phases, end_behavior=end)

    def replan(self) -> None:
        """Another future for a schedule, or none."""
        if not (known := self.docs("subscription_schedule")):
            return
        living = [each for each in known if each["status"] in ("active", "not_started")]
        schedule = self.dice.choice(living or known)
        path = f"subscription_schedules/{schedule['id']}"
        verb = self.dice.choice(["update", "update", "update", "release", "cancel"])
        if verb == "cancel":
            how = [{}, {"prorate": False}, {"invoice_now": False}]
            self.post(f"{path}/cancel", **self.dice.choice(how))
        elif verb == "release":
            self.post(f"{path}/release", preserve_cancel_date=self.dice.random() < 0.5)
        else:
            self.post(path, **self._future(schedule))

    def _future(self, schedule: Doc) -> dict[str, Any]:
        now = schedule["current_phase"] or schedule["phases"][0]
        current = next(phase for phase in schedule["phases"] if phase["start_date"] == now["start_date"])
        kept = [{name: item[name] for name in ("price", "quantity") if name in item} for item in current["items"]]
        first: dict[str, Any] = {"start_date": now["start_date"], "end_date": now["end_date"], "items": kept}
        if self.dice.random() < 0.3:
            first["items"] = self._items()
        if self.dice.random() < 0.2:
            first["end_date"] = self.dice.choice(["now", self._later()])
        asked: dict[str, Any] = {"phases": [first, *(self._phase() for _ in range(self.dice.randint(0, 2)))]}
        if self.dice.random() < 0.3:
            asked["end_behavior"] = self.dice.choice(["release", "cancel"])
        if self.dice.random() < 0.5:
            asked["proration_behavior"] = self.dice.choice(["always_invoice", "none"])
        return asked

    def _phase(self) -> dict[str, Any]:
        maybe = self.dice.random
        asked: dict[str, Any] = {"items": self._items()}
        length = {"interval": self.dice.choice(["day", "week", "month"]), "interval_count": self.dice.choice([1, 2])}
        if maybe() < 0.8:
            asked["duration"] = length
        if maybe() < 0.15:
            asked["trial"] = True
        if maybe() < 0.2:
            asked["billing_cycle_anchor"] = "phase_start"
        if maybe() < 0.2:
            asked["discounts"] = self._discounts()
        if maybe() < 0.2:
            asked["add_invoice_items"] = [{"price": self.once}]
        if maybe() < 0.15:
            asked |= {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 10}}
        if maybe() < 0.5:
            asked["proration_behavior"] = self.dice.choice(["always_invoice", "none"])
        if maybe() < 0.2:
            asked["metadata"] = {"a": str(self.dice.randint(0, 3))}
        return asked

    def update(self) -> None:
        if not (subscription := self._one()):
            return
        kinds = {
            "items": lambda: {"items": [*self._changes(subscription), *self._items()[: self.dice.randint(0, 1)]]},
            "anchor": lambda: {"billing_cycle_anchor": "now"},
            "trial": lambda: {"trial_end": self.dice.choice(["now", self._later()])},
            "end": self._ending,
            "pause": lambda: {"pause_collection": self.dice.choice(["", {"behavior": "void"}])},
            "discounts": lambda: {"discounts": self.dice.choice(["", self._discounts()])},
            "extra": lambda: {"add_invoice_items": [{"price": self.once}]},
            "metadata": lambda: {"metadata": {"a": str(self.dice.randint(0, 3))}},
        }
        asked: dict[str, Any] = {}
        for kind in self.dice.sample([*kinds], self.dice.choice([1, 1, 2])):
            asked |= kinds[kind]()
        if self.dice.random() < 0.6:
            asked["proration_behavior"] = self.dice.choice(["always_invoice", "none"])
        if self.dice.random() < 0.4:
            behaviors = ["default_incomplete", "error_if_incomplete", "pending_if_incomplete"]
            asked["payment_behavior"] = self.dice.choice(behaviors)
        self.post(f"subscriptions/{subscription['id']}", **asked)

    def end(self) -> None:
        """Cancel, pause or resume."""
        if not (subscription := self._one()):
            return
        path = f"subscriptions/{subscription['id']}"
        what = self.dice.choice(["cancel", "pause", "resume"])
        if what == "cancel":
            how = [{}, {"prorate": True}, {"invoice_now": True, "prorate": True}]
            self.post(path, "DELETE", **self.dice.choice(how))
        elif what == "pause":
            self.post(f"{path}/pause", type="subscription", **self.dice.choice([{}, {"invoicing_behavior": "invoice"}]))
        else:
            self.post(f"{path}/resume", billing_cycle_anchor=self.dice.choice(["now", "unchanged"]))

    def bill(self) -> None:
        """A verb of an invoice that is not settled."""
        unsettled = [invoice for invoice in self.docs("invoice") if invoice["status"] in ("draft", "open")]
        if unsettled:
            verb = self.dice.choice(["pay", "void", "finalize", "mark_uncollectible"])
            self.post(f"invoices/{self.dice.choice(unsettled)['id']}/{verb}")

    def use(self) -> None:
        """Usage of now or of late, more of it or less; some is taken back."""
        if self.dice.random() < 0.2:
            self.post("billing/meter_event_adjustments", event_name="calls", type="cancel", cancel={"identifier": "x"})
        named = {"identifier": "x"} if self.dice.random() < 0.3 else {}
        value = self.dice.choice(["1", "4", "0.5", "12", "-2"])
        payload = {"stripe_customer_id": self.dice.choice(self.customers), "value": value}
        at = self.now - self.dice.choice([0, 0, 0, 1800, 2 * DAY, 40 * DAY])
        self.post("billing/meter_events", event_name="calls", payload=payload, timestamp=at, **named)

    def change_card(self) -> None:
        self.api.decide(
            self.dice.choice(self.customers), self.dice.choice(["card visa", "card chargeCustomerFail"]), {}
        )

    def go_on(self) -> None:
        self.api.advance(self.clock, self.now + self.dice.choice(_SPANS[1:]))

    def _one(self) -> Doc | None:
        """Mostly a subscription that has not ended."""
        known = self.docs("subscription")
        living = [each for each in known if each["status"] in (*_LIVING, "paused", "incomplete")]
        return self.dice.choice(living or known) if known else None

    def _later(self) -> int:
        return self.now + self.dice.choice(_SPANS)

    def _ending(self) -> dict[str, Any]:
        word = self.dice.choice(["min_period_end", "max_period_end", ""])
        choices = [{"cancel_at_period_end": True}, {"cancel_at_period_end": False}, {"cancel_at": word}]
        return self.dice.choice([*choices, {"cancel_at": self._later()}])

    def _discounts(self) -> list[dict[str, str]]:
        return [{"coupon": self.shop[self.dice.choice(["once", "repeating", "forever"])]}]

    def _items(self) -> list[dict[str, Any]]:
        plans = self.dice.sample(sorted(PLANS), self.dice.choice([1, 1, 2]))
        return [self._item(plan) for plan in plans]

    def _item(self, plan: str) -> dict[str, Any]:
        if plan == "metered" and self.dice.random() < 0.9:
            reaches = {"billing_thresholds": {"usage_gte": 10}} if self.dice.random() < 0.3 else {}
            return {"price": self.shop[plan], **reaches}
        return {"price": self.shop[plan], "quantity": self.dice.choice([0, 1, 5])}

    def _changes(self, subscription: Doc) -> Iterator[dict[str, Any]]:
        for item in subscription["items"]["data"]:
            change = self.dice.choice(["none", "delete", "quantity", "price"])
            if change == "delete":
                yield {"id": item["id"], "deleted": True}
            elif change == "quantity":
                yield {"id": item["id"], "quantity": self.dice.choice([0, 1, 2, 7])}
            elif change == "price":
                yield {"id": item["id"], "price": self.shop[self.dice.choice(sorted(PLANS))]}

    # what has to be true

    def check(self) -> None:
        events = self.docs("event")
        for event in events[self.seen :]:
            self._check_event(event)
        self.seen = len(events)
        for kind in _KINDS:
            for doc in self.docs(kind):
                assert self.told[doc["id"]], f"nobody was told of {doc['id']}"
                assert not _differences(self.told[doc["id"]][-1], doc), "changed without an event"
        for invoice in self.docs("invoice"):
            _check_invoice(invoice)
        for subscription in self.docs("subscription"):
            self._check_subscription(subscription)
        for schedule in self.docs("subscription_schedule"):
            self._check_schedule(schedule)

    def _check_event(self, event: Doc) -> None:
        """``previous_attributes`` lead back to a version that was told of before."""
        doc = event["data"]["object"]
        if doc.get("object") not in _KINDS or "id" not in doc:
            return
        known = self.told[doc["id"]]
        if event["type"].endswith(".updated"):
            assert event["data"]["previous_attributes"], event["type"]
            before = restored(doc, event["data"]["previous_attributes"])
            assert any(not _differences(before, version) for version in known[-5:]), event
        assert not (event["type"].endswith(".created") and known), event["type"]
        known.append(doc)
        older = versions.render_event(self.world, event, OLDEST)
        assert (older["api_version"], older["data"]["object"]["id"]) == (OLDEST, doc["id"])

    def _check_schedule(self, schedule: Doc) -> None:
        status, phases, now = schedule["status"], schedule["phases"], schedule["current_phase"]
        for one, other in pairwise(phases):
            assert one["end_date"] == other["start_date"]
        assert all(phase["start_date"] < phase["end_date"] for phase in phases)
        assert (now is not None) == (status == "active")
        if now is not None:
            subscription = self.world.fetch("subscription", schedule["subscription"])
            assert subscription is not None
            assert (subscription["schedule"], subscription["status"] not in ENDED) == (schedule["id"], True)
            assert now in [{"end_date": each["end_date"], "start_date": each["start_date"]} for each in phases]
            assert now["start_date"] <= self.now < now["end_date"]
            ends = phases[-1]["end_date"] if schedule["end_behavior"] == "cancel" else None
            assert subscription["cancel_at"] == ends
            [current] = [each for each in phases if each["start_date"] == now["start_date"]]
            planned = sorted((item["price"], item.get("quantity", 0)) for item in current["items"])
            items = subscription["items"]["data"]
            assert planned == sorted((item["price"]["id"], item.get("quantity", 0)) for item in items)
        assert status != "not_started" or phases[0]["start_date"] > self.now

    def _check_subscription(self, subscription: Doc) -> None:
        status, last, items = subscription["status"], subscription["cancel_at"], subscription["items"]["data"]
        latest = self.world.fetch("invoice", subscription["latest_invoice"])
        assert (latest is None) == (subscription["latest_invoice"] is None)
        assert status != "trialing" or subscription["trial_end"] > self.now
        assert status not in ("active", "past_due", "unpaid") or (subscription["trial_end"] or 0) <= self.now
        assert status not in ("past_due", "unpaid") or latest is None or latest["status"] != "paid"
        assert status != "canceled" or (subscription["ended_at"] and not subscription["pending_update"])
        if status in _LIVING:
            assert last is None or last > self.now
            assert not subscription["cancel_at_period_end"] or last == min(each["current_period_end"] for each in items)
        for item in items if status in _LIVING else ():
            end, recurring = item["current_period_end"], item["price"]["recurring"]
            if self.now - subscription["created"] > DAY:  # one may have been paid for late
                assert item["current_period_start"] <= self.now < end
            assert last is None or end <= last
            grid = (subscription["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"])
            assert end in (last, subscription["trial_end"]) or periods.is_boundary(*grid, end)


def _check_invoice(invoice: Doc) -> None:
    lines, status = invoice["lines"]["data"], invoice["status"]
    assert lines, "an invoice without lines"
    off = sum(each["amount"] for line in lines for each in line["discount_amounts"])
    assert invoice["total"] == sum(line["amount"] for line in lines) - off
    assert off == sum(each["amount"] for each in invoice["total_discount_amounts"])
    if status == "paid":
        assert (invoice["amount_remaining"], invoice["amount_paid"]) == (0, invoice["amount_due"])
    if status == "open":
        assert invoice["amount_remaining"] == invoice["amount_due"] - invoice["amount_paid"] > 0
    if status not in ("draft", "open"):
        assert (invoice["auto_advance"], invoice["next_payment_attempt"]) == (False, None)


def _differences(one: Doc, other: Doc) -> set[str]:
    """The fields in which two versions differ; what is null is as good as what is not there."""
    names = {*one, *other} - _QUIET[other["object"]]
    return {name for name in names if _without_nulls(one.get(name)) != _without_nulls(other.get(name))}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return value
