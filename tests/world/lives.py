"""Lives of subscribers, drawn by hypothesis and lived through Stripe's API, and how to compare two of them."""

import http.client
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from hypothesis import strategies as st

from mockbill.app import Application
from mockbill.scenario.client import form_pairs
from mockbill.world import Doc, World

START = 1_769_853_600  # 2026-01-31T10:00:00Z: a day that most months do not have
DAY = 86_400

CARDS = ["visa", "chargeCustomerFail", "riskLevelHighest", "authenticationRequired"]
PLANS: Mapping[str, Mapping[str, Any]] = {
    "weekly": {"recurring": {"interval": "week"}},
    "monthly": {"recurring": {"interval": "month"}},
    "quarterly": {"recurring": {"interval": "month", "interval_count": 3}},
    "yearly": {"recurring": {"interval": "year"}},
    "tiered": {
        "recurring": {"interval": "month"},
        "billing_scheme": "tiered",
        "tiers_mode": "graduated",
        "tiers": [{"up_to": 2, "unit_amount": 700}, {"up_to": "inf", "unit_amount": 300, "flat_amount": 100}],
    },
    "metered": {"recurring": {"interval": "month", "usage_type": "metered"}},
}
METER = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
DECISIONS = [
    *(f"card {card}" for card in CARDS),
    "bill by hand",
    "cancel at period end",
    "cancel now",
    "double the quantity",
    "use",
    "use in arrears",
    "change the plan",
    "add an item",
    "pause collection",
    "resume collection",
    "cancel later",
    "discount the subscription",
    "pause",
    "resume",
    "end the trial",
    "pay",
    "plan a downgrade",
    "plan the end",
    "release",
]

lives = st.fixed_dictionaries(
    {
        "plans": st.lists(st.sampled_from(sorted(PLANS)), min_size=1, max_size=2, unique=True),
        "card": st.sampled_from(["visa", "visa", "visa", "chargeCustomerFail", None]),  # the bad ones come later
        "trial": st.none() | st.integers(1, 40),
        "quantity": st.integers(1, 5),
        "cancels": st.sampled_from([False, False, False, True]),
        "coupon": st.sampled_from([None, "once", "repeating", "forever"]),
        "taxed": st.sampled_from([None, "exclusive", "inclusive", "automatic"]),
        "sent": st.booleans(),
        "without_card": st.sampled_from(["create_invoice", "cancel", "pause"]),
        "anchored": st.booleans(),
        "backdated": st.booleans(),
    }
)
decisions = st.lists(
    st.tuples(st.integers(1, 364), st.integers(0, 3), st.sampled_from(DECISIONS)), min_size=1, max_size=6
).map(sorted)
policies = st.sampled_from(
    ["3d,5d,7d:cancel", "smart:unpaid", "1d,12h:past_due", "2d:pause", "1d:cancel:uncollectible"]
)


@dataclass
class Api:
    """Stripe's API of one account of an application, called without a network; answers may be errors."""

    app: Application
    account: str
    acting: str | None = None  # the ``Stripe-Account``

    @property
    def world(self) -> World:
        return self.app.worlds.of(self.account)

    def call(self, method: str, path: str, **params: Any) -> Doc:
        status, answer = self.send(method, f"/v1/{path}", urlencode(list(form_pairs(params))).encode())
        assert status != 500, (method, path, params, answer)
        made: Doc = orjson.loads(answer)
        return made

    def send(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": f"Bearer sk_test_{self.account}",
            "HTTP_HOST": "127.0.0.1:12111",
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
        }
        if self.acting is not None:
            environ["HTTP_STRIPE_ACCOUNT"] = self.acting
        status: list[str] = []
        answer = b"".join(self.app(environ, lambda text, _: status.append(text)))
        return int(status[0][:3]), answer

    def post(self, path: str, **params: Any) -> Doc:
        return self.call("POST", path, **params)

    def clock(self) -> str:
        return str(self.post("test_helpers/test_clocks", frozen_time=START)["id"])

    def advance(self, clock: str, until: int) -> None:
        """Do what falls due on the clock: an advance without the two events that tell of it, and their ids."""
        self.world.advance(until, clock)

    def shop(self) -> dict[str, str]:
        """The ids of what is sold, of the coupons and of the tax rates, by name."""
        meter = self.post("billing/meters", **METER)["id"]
        made = {
            name: self.post("prices", currency="usd", product_data={"name": name.title()}, **_amount(plan, meter))["id"]
            for name, plan in PLANS.items()
        }
        for duration in ("once", "repeating", "forever"):
            months = {"duration_in_months": 3} if duration == "repeating" else {}
            made[duration] = self.post("coupons", percent_off=25, duration=duration, **months)["id"]
        for kind in ("exclusive", "inclusive"):
            rate = self.post("tax_rates", display_name="VAT", percentage=19, inclusive=kind == "inclusive")
            made[kind] = rate["id"]
        return made

    def join(self, clock: str, shop: Mapping[str, str], life: Mapping[str, Any]) -> str:
        """A customer with a subscription, where the API grants one; without a clock in the account's own time."""
        card = life["card"] and f"pm_card_{life['card']}"
        pays = {"payment_method": card, "invoice_settings": {"default_payment_method": card}} if card else {}
        own = {"test_clock": clock} if clock else {}
        customer = self.post("customers", email="ada@example.com", address={"country": "DE"}, **own, **pays)["id"]
        asked: dict[str, Any] = {
            "items": [
                {"price": shop[plan], **({} if plan == "metered" else {"quantity": life["quantity"]})}
                for plan in life["plans"]
            ],
            "billing_mode": {"type": "flexible" if len(life["plans"]) > 1 else "classic"},
            "cancel_at_period_end": life["cancels"],
            "trial_settings": {"end_behavior": {"missing_payment_method": life["without_card"]}},
        }
        if life["trial"] or (card is None and not life["sent"]):  # nobody subscribes without a card but for a trial
            asked["trial_period_days"] = life["trial"] or 7
        elif life["anchored"]:
            asked["billing_cycle_anchor"] = START + 5 * DAY
        if life["coupon"]:
            asked["discounts"] = [{"coupon": shop[life["coupon"]]}]
        if life["taxed"] == "automatic":
            asked["automatic_tax"] = {"enabled": True}
        elif life["taxed"]:
            asked["default_tax_rates"] = [shop[life["taxed"]]]
        if life["sent"]:
            asked |= {"collection_method": "send_invoice", "days_until_due": 10}
        if life["backdated"] and "trial_period_days" not in asked and "billing_cycle_anchor" not in asked:
            asked["backdate_start_date"] = START - 10 * DAY
        made = self.post("subscriptions", customer=customer, **asked)
        assert (made.get("error") or {}).get("code") != "mockbill_unsupported", made
        return str(customer)

    def decide(self, customer: str, decision: str, shop: Mapping[str, str]) -> None:
        """What a customer or her shop does one day; the API may refuse it, as long as it does so always."""
        living = list(self.world.table("subscription").select({"customer": customer}))
        subscription = (
            living[0] if living else {"id": "sub_none", "test_clock": None, "items": {"data": [{"id": "si_none"}]}}
        )
        path, item = f"subscriptions/{subscription['id']}", subscription["items"]["data"][0]["id"]
        what: dict[str, Callable[[], object]] = {
            "bill by hand": lambda: self._bill(customer),
            "cancel at period end": lambda: self.post(path, cancel_at_period_end=True),
            "cancel now": lambda: self.call("DELETE", path),
            "double the quantity": lambda: self.post(path, items=[{"id": item, "quantity": 10}]),
            "use": lambda: self._use(customer, 0),
            "use in arrears": lambda: self._use(customer, -40 * 60),
            "change the plan": lambda: self.post(path, items=[{"id": item, "price": shop["yearly"]}]),
            "add an item": lambda: self.post("invoiceitems", customer=customer, amount=700, currency="usd"),
            "pause collection": lambda: self.post(path, pause_collection={"behavior": "mark_uncollectible"}),
            "resume collection": lambda: self.post(path, pause_collection=""),
            "cancel later": lambda: self.post(path, cancel_at=self.world.time(subscription["test_clock"]) + 50 * DAY),
            "discount the subscription": lambda: self.post(path, discounts=[{"coupon": shop["repeating"]}]),
            "pause": lambda: self.post(f"{path}/pause", type="subscription"),
            "resume": lambda: self.post(f"{path}/resume"),
            "end the trial": lambda: self.post(path, trial_end="now"),
            "plan a downgrade": lambda: self._plan(subscription["id"], shop["weekly"], "release"),
            "plan the end": lambda: self._plan(subscription["id"], shop["monthly"], "cancel"),
            "release": lambda: self.post(f"subscription_schedules/{subscription.get('schedule')}/release"),
            "pay": lambda: self.post(f"invoices/{subscription.get('latest_invoice')}/pay"),
        }
        if decision.startswith("card "):
            self._use_card(customer, decision.removeprefix("card "))
        else:
            what[decision]()

    def _use_card(self, customer: str, card: str) -> None:
        method = self.post(f"payment_methods/pm_card_{card}/attach", customer=customer)
        self.post(f"customers/{customer}", invoice_settings={"default_payment_method": method["id"]})

    def _plan(self, subscription: str, price: str, end: str) -> None:
        """When the period is over, two months of another plan."""
        made = self.post("subscription_schedules", from_subscription=subscription)
        if "error" in made:
            return
        [phase] = made["phases"]
        sold = [{name: item[name] for name in ("price", "quantity") if name in item} for item in phase["items"]]
        now = {"items": sold, "start_date": phase["start_date"], "end_date": phase["end_date"]}
        coming = {"items": [{"price": price}], "duration": {"interval": "month", "interval_count": 2}}
        self.post(f"subscription_schedules/{made['id']}", phases=[now, coming], end_behavior=end)

    def _use(self, customer: str, ago: int) -> None:
        now = self.world.time(self.world.timeline_of({"customer": customer}))
        payload = {"stripe_customer_id": customer, "value": "3"}
        self.post("billing/meter_events", event_name="calls", payload=payload, timestamp=now + ago)

    def _bill(self, customer: str) -> None:
        invoice = self.post("invoices", customer=customer, auto_advance=True)
        self.post("invoiceitems", customer=customer, invoice=invoice.get("id"), amount=900, currency="usd")


class Served(Api):
    """The same over a socket; every answer is remembered, with its headers."""

    def __init__(self, app: Application, url: str, account: str) -> None:
        super().__init__(app, account)
        self._address = urlsplit(url).netloc
        self.transcript: list[bytes] = []

    def send(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        headers = {"Authorization": f"Bearer sk_test_{self.account}", "Idempotency-Key": f"key-{len(self.transcript)}"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        told = [(name, value) for name, value in answer.getheaders() if name != "Date"]
        self.transcript.append(repr((method, path, answer.status, told)).encode() + text)
        connection.close()
        return answer.status, text

    def advance(self, clock: str, until: int) -> None:
        """By the API, which answers before it is done; the waiting is no call of Stripe's."""
        self.post(f"test_helpers/test_clocks/{clock}/advance", frozen_time=until)
        assert self.world.wait_until(lambda: self._stands_at(clock, until), timeout=30)

    def _stands_at(self, clock: str, until: int) -> bool:
        found = self.world.fetch("test_helpers.test_clock", clock)
        return found is not None and (found["status"], found["frozen_time"]) == ("ready", until)


def _amount(plan: Mapping[str, Any], meter: str) -> dict[str, Any]:
    if plan["recurring"].get("usage_type") == "metered":
        return {"unit_amount": 70, "recurring": {**plan["recurring"], "meter": meter}}
    return dict(plan) if "tiers" in plan else {"unit_amount": 2000, **plan}


def events_of(world: World) -> list[Doc]:
    """What was told, but for clocks themselves; which call it came of is the server's numbering, not the account's."""
    told = world.table("event").select({})
    return [{**event, "request": None} for event in told if not event["type"].startswith("test_helpers.")]


def documents_of(world: World) -> dict[str, list[Doc]]:
    """Every document and what is kept beside it, by kind; of clocks only where they stand."""
    clocks = [{"frozen_time": doc["frozen_time"]} for doc in world.table("test_helpers.test_clock").select({})]
    others = {
        kind: list(table.select({}))
        for kind, table in sorted(world.tables.items())
        if table.rows and kind not in ("event", "test_helpers.test_clock")
    }
    return {**others, "clocks": clocks}


def as_bytes(thing: Any) -> bytes:
    return orjson.dumps(thing, option=orjson.OPT_SORT_KEYS)


def life_of(world: World, customer: str) -> list[bytes]:
    """All that a customer has and all that was told of it, as bytes without the ids and what is drawn from them."""
    tables = {kind: list(table.select({})) for kind, table in sorted(world.tables.items()) if kind != "event"}
    ids = {doc["id"] for docs in tables.values() for doc in docs if doc.get("customer") == customer} | {customer}

    def belongs(doc: Doc) -> bool:
        named = (doc.get("id"), doc.get("customer"), doc.get("invoice"), doc.get("source"), doc.get("payment_intent"))
        return any(isinstance(name, str) and name in ids for name in named)

    documents = [[kind, doc] for kind, docs in tables.items() for doc in docs if belongs(doc)]
    events = [event for event in events_of(world) if belongs(event["data"]["object"])]
    return _ids_aside([*documents, *events])


_DRAWN = re.compile(rb"[A-Za-z0-9]{14,}|(?<=\")[A-Z0-9]{8}(?=[-\"])")  # the random part of ids, secrets, links, numbers
_FROM_IDS = re.compile(
    rb'("(?:risk_score|authorization_code|network_transaction_id|transaction_link_id|transaction_id)"):("[^"]*"|\d+)'
)


def _ids_aside(things: Iterable[Any]) -> list[bytes]:
    """Each thing as bytes in which every id is replaced by when it was first spoken of."""
    names: dict[bytes, bytes] = {}

    def named(match: re.Match[bytes]) -> bytes:
        return names.setdefault(match[0], b"#%d" % len(names))

    return [_DRAWN.sub(named, _FROM_IDS.sub(rb"\1:0", as_bytes(thing))) for thing in things]
