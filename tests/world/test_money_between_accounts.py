"""Whatever a platform charges, sends on, takes and gives back: between it and its account nothing is made or lost."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.lives import DAY, Api, documents_of

from mockbill.app import create_app
from mockbill.settings import Settings
from mockbill.world import Doc, World

number = st.integers(0, 11)
_VERBS = (
    "destined", "direct", "held", "capture", "cancel", "refund", "refund there", "fee", "reverse", "subscribe",
    "month",
)  # fmt: skip
steps = st.lists(st.tuples(st.sampled_from(_VERBS), number, number, number), min_size=4, max_size=16)
HOUR = 3600
CARD = "pm_card_visa"
BACK = {"confirm": True, "return_url": "https://shop.test/", "currency": "usd", "payment_method": CARD}
SEVERAL = {"card": {"request_multicapture": "if_available"}}


class Market:
    """A platform and its one account; the numbers choose, and anything may be refused."""

    def __init__(self) -> None:
        given = {"check_answers": True, "seed": 1, "clock": "2026-01-31T10:00:00Z"}
        self.app = create_app(Settings.load(given, environ={}))
        self.platform = Api(self.app, "market")
        account = self.platform.post("accounts", type="express")["id"]
        with self.platform.world.work() as w:
            w.change(w.need("account", account), capabilities={"transfers": "active"})
        self.account = account
        self.farm = Api(self.app, "market", acting=account)
        self.shops = [(api, *_shop(api)) for api in (self.platform, self.farm)]

    @property
    def worlds(self) -> tuple[World, World]:
        return self.platform.world, self.app.worlds.of(self.account)

    def post(self, api: Api, path: str, **params: Any) -> Doc:
        """A refusal has changed nothing in either account."""
        before = [documents_of(world) for world in self.worlds]
        answer = api.post(path, **params)
        if "error" in answer and answer["error"]["type"] != "card_error":
            assert [documents_of(world) for world in self.worlds] == before, (path, params, answer)
        return answer

    def one(self, world: World, kind: str, a: int) -> str:
        found = list(world.table(kind).select({}))
        return str(found[a % len(found)]["id"]) if found else "none"

    def step(self, verb: str, a: int, b: int, c: int) -> None:
        platform, farm = self.worlds
        amount, fee = 50 + 333 * a + b, {"application_fee_amount": 40 * c} if c else {}
        on = {"transfer_data": {"destination": self.account, **({"amount": 20 + b} if b > 8 else {})}}
        asked = {"refund_application_fee": c % 2 == 0, "reverse_transfer": c % 3 == 0}
        part = {} if b > 7 else {"amount": 30 * b + c}
        match verb:
            case "destined":
                self.post(self.platform, "payment_intents", amount=amount, **BACK, **on, **fee)
            case "direct":
                self.post(self.farm, "payment_intents", amount=amount, **BACK, **fee)
            case "held":
                api, more = (self.farm, fee) if b % 2 else (self.platform, {**on, **fee})
                several = {"capture_method": "manual", "payment_method_options": SEVERAL}
                self.post(api, "payment_intents", amount=amount, **BACK, **several, **more)
            case "capture":
                api, world = (self.farm, farm) if c % 2 else (self.platform, platform)
                some = {"amount_to_capture": 20 * b + c, "final_capture": b > 5} if b < 9 else {}
                self.post(api, f"payment_intents/{self.one(world, 'payment_intent', a)}/capture", **some)
            case "cancel":
                api, world = (self.farm, farm) if c % 2 else (self.platform, platform)
                self.post(api, f"payment_intents/{self.one(world, 'payment_intent', a)}/cancel")
            case "refund":
                self.post(self.platform, "refunds", charge=self.one(platform, "charge", a), **part, **asked)
            case "refund there":
                asked["reverse_transfer"] = False
                self.post(self.farm, "refunds", charge=self._own_charge(a), **part, **asked)
            case "fee":
                self.post(self.platform, f"application_fees/{self.one(platform, 'application_fee', a)}/refunds", **part)
            case "subscribe":
                api, customer, price = self.shops[a % 2]
                share = {"application_fee_percent": 2.5 * c} if c else {}
                where = {
                    "transfer_data": {"destination": self.account, **({"amount_percent": 9.99 * b} if not c else {})}
                }
                wanted = {"customer": customer, "items": [{"price": price, "quantity": b + 1}]}
                self.post(api, "subscriptions", **wanted, **share, **(where if api is self.platform else {}))
            case "month":
                for world in self.worlds:
                    world.advance(world.clock.now + 31 * DAY + HOUR)
            case "reverse":
                asked.pop("reverse_transfer")
                self.post(self.platform, f"transfers/{self.one(platform, 'transfer', a)}/reversals", **part, **asked)

    def _own_charge(self, a: int) -> str:
        """A charge that the account made itself: payments that arrived are taken back by the platform alone."""
        found = [doc["id"] for doc in self.worlds[1].table("charge").select({}) if not doc["source_transfer"]]
        return found[a % len(found)] if found else "none"

    # what has to be true

    def check(self) -> None:
        platform, farm = self.worlds
        for api in (self.platform, self.farm):
            balance = api.call("GET", "balance")
            shown = sum(each[0]["amount"] for each in (balance["available"], balance["pending"]))
            assert shown == sum(each["net"] for each in _all((api is self.farm and farm) or platform))
        paid = sum(each["amount_captured"] for world in self.worlds for each in _charges(world))
        back = sum(each["amount"] for world in self.worlds for each in _refunds(world))
        stripes = sum(_fees(world, "stripe_fee") for world in self.worlds)
        left = sum(each["net"] for world in self.worlds for each in _all(world))
        assert left == paid - back - stripes
        assert _fees(farm, "application_fee") == _moved(platform, "application_fee")
        assert _moved(farm, "adjustment") == -_moved(platform, "application_fee_refund")
        assert _moved(farm, "payment") == -_moved(platform, "transfer")
        assert _moved(farm, "payment_refund") == -_moved(platform, "transfer_refund")
        for fee in platform.table("application_fee").select({}):
            refunds = [each["amount"] for each in platform.table("fee_refund").select({"fee": fee["id"]})]
            assert sum(refunds) == fee["amount_refunded"] <= fee["amount"]
            assert fee["refunded"] is (fee["amount_refunded"] == fee["amount"])
            charge = farm.fetch("charge", fee["charge"])
            assert charge is not None
            assert charge["application_fee"] == fee["id"]
            assert fee["amount"] <= charge["amount_captured"]


def _shop(api: Api) -> tuple[str, str]:
    """A customer with a card, and a price that recurs."""
    pays = {"payment_method": CARD, "invoice_settings": {"default_payment_method": CARD}}
    recurs = {"recurring": {"interval": "month"}, "product_data": {"name": "Eggs"}}
    price = api.post("prices", currency="usd", unit_amount=1999, **recurs)
    return str(api.post("customers", **pays)["id"]), str(price["id"])


def _all(world: World) -> list[Doc]:
    return list(world.table("balance_transaction").select({}))


def _moved(world: World, type: str) -> int:
    return sum(each["amount"] for each in _all(world) if each["type"] == type)


def _fees(world: World, type: str) -> int:
    return sum(fee["amount"] for each in _all(world) for fee in each["fee_details"] if fee["type"] == type)


def _charges(world: World) -> list[Doc]:
    return [doc for doc in world.table("charge").select({}) if not doc["source_transfer"]]


def _refunds(world: World) -> list[Doc]:
    """Those that gave back what had been captured."""
    found = world.table("refund").select({})
    return [doc for doc in found if doc["balance_transaction"] and not doc["source_transfer_reversal"]]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(steps=steps)
def test_money_is_conserved_between_accounts(steps: list[tuple[str, int, int, int]]) -> None:
    market = Market()
    try:
        for verb, a, b, c in [("destined", 5, 1, 1), ("direct", 4, 0, 3), ("held", 3, 3, 3), *steps]:
            market.step(verb, a, b, c)
            market.check()
    finally:
        market.app.close()
