"""The books balance: whatever is sold, taken off, taxed and changed, lines make totals and totals make balances."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.lives import DAY, START, Api

from mockbill.app import Application, create_app
from mockbill.settings import Settings
from mockbill.world import Doc, World

MONTH = {"recurring": {"interval": "month"}}
PRICES: Mapping[str, Mapping[str, Any]] = {
    "flat": {"unit_amount": 1999, **MONTH},
    "odd": {"unit_amount_decimal": "33.35", **MONTH},
    "graduated": {
        **MONTH,
        "billing_scheme": "tiered",
        "tiers_mode": "graduated",
        "tiers": [{"up_to": 3, "flat_amount": 1000}, {"up_to": "inf", "unit_amount_decimal": "333.3"}],
    },
    "volume": {
        **MONTH,
        "billing_scheme": "tiered",
        "tiers_mode": "volume",
        "tiers": [{"up_to": 5, "unit_amount": 700}, {"up_to": "inf", "unit_amount": 401, "flat_amount": 99}],
    },
    "packed": {"unit_amount": 1001, "transform_quantity": {"divide_by": 4, "round": "up"}, **MONTH},
}
COUPONS: Mapping[str, Mapping[str, Any]] = {
    "third": {"percent_off": 33.3, "duration": "forever"},
    "seven": {"amount_off": 701, "currency": "usd", "duration": "forever"},
    "once": {"percent_off": 50, "duration": "once"},
}
RATES: Mapping[str, Mapping[str, Any]] = {
    "vat": {"percentage": 19, "inclusive": False},
    "city": {"percentage": 2.875, "inclusive": False},
    "included": {"percentage": 7, "inclusive": True},
}
_WITHOUT_HASTE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def some(names: Mapping[str, Any], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(sorted(names)), max_size=most, unique=True)


items = st.fixed_dictionaries(
    {
        "price": st.sampled_from(sorted(PRICES)),
        "quantity": st.integers(0, 12),
        "coupons": some(COUPONS, 1),
        "rates": some(RATES, 2),
    }
)
contracts = st.fixed_dictionaries(
    {
        "items": st.lists(items, min_size=1, max_size=3, unique_by=lambda item: item["price"]),
        "coupons": some(COUPONS, 3),
        "rates": some(RATES, 3),
        "exempt": st.sampled_from(["none", "none", "exempt", "reverse"]),
        "rounding": st.sampled_from(["line", "invoice"]),
        "mode": st.sampled_from(["classic", "flexible", "itemized"]),
        "balance": st.integers(-3000, 500),
    }
)
changes = st.lists(
    st.fixed_dictionaries(
        {
            "wait": st.integers(0, 9 * DAY),
            "what": st.sampled_from(["change", "quantity", "add", "remove", "bill", "credit", "cancel"]),
            "item": items,
            "amount": st.integers(1, 4000),
            "behavior": st.sampled_from(["create_prorations", "always_invoice", "none"]),
        }
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z", "request_log": 0}, environ={}))
    yield app
    app.close()


@settings(max_examples=60, suppress_health_check=_WITHOUT_HASTE)
@given(contract=contracts, todo=changes)
def test_the_books_balance(application: Application, contract: dict[str, Any], todo: list[dict[str, Any]]) -> None:
    api = Api(application, "books")
    application.forget(api.world)
    shop = Shop(api, contract)
    for change in todo:
        api.world.advance(api.world.clock.now + change["wait"])
        shop.change(change)
    api.world.advance(START + 75 * DAY)
    invoices = list(api.world.table("invoice").select())
    assert invoices
    for invoice in invoices:
        assert_lines_make_totals(api.world, invoice)
        assert_nothing_turns_its_sign(invoice)
        assert_it_is_paid_by_what_was_charged(api.world, invoice)
    if contract["mode"] != "classic":  # which gives back at today's prices (stripe-behaviour.md 3.10)
        assert_no_more_comes_back_than_was_charged(invoices)
    assert_the_balance_is_what_was_moved(api.world, contract["balance"])


class Shop:
    """A catalogue, and a customer with a contract."""

    def __init__(self, api: Api, contract: dict[str, Any]) -> None:
        self.api = api
        api.world.configure({"tax_rounding": contract["rounding"]})
        self.ids: dict[str, str] = {}
        for name, price in PRICES.items():
            made = api.post("prices", currency="usd", product_data={"name": name}, **price)
            self.ids[name] = made["id"]
        for name, coupon in COUPONS.items():
            self.ids[name] = api.post("coupons", **coupon)["id"]
        for name, rate in RATES.items():
            self.ids[name] = api.post("tax_rates", display_name=name, **rate)["id"]
        card = "pm_card_visa"
        self.customer = api.post(
            "customers",
            balance=contract["balance"],
            invoice_settings={"default_payment_method": card},
            payment_method=card,
            tax_exempt=contract["exempt"],
        )["id"]
        flexible = {"type": "flexible"} if contract["mode"] == "flexible" else {
            "type": "flexible", "flexible": {"proration_discounts": "itemized"}
        }  # fmt: skip
        made = api.post(
            "subscriptions",
            billing_mode={"type": "classic"} if contract["mode"] == "classic" else flexible,
            customer=self.customer,
            default_tax_rates=[self.ids[name] for name in contract["rates"]],
            discounts=[{"coupon": self.ids[name]} for name in contract["coupons"]],
            items=[self.item(each) for each in contract["items"]],
        )
        assert "error" not in made, made
        self.path = f"subscriptions/{made['id']}"

    def item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            "price": self.ids[item["price"]],
            "quantity": item["quantity"],
            "discounts": [{"coupon": self.ids[name]} for name in item["coupons"]],
            "tax_rates": [self.ids[name] for name in item["rates"]],
        }

    def change(self, change: dict[str, Any]) -> None:
        """The API may refuse it: a price twice, the last item removed, a subscription that has ended."""
        first, *others = next(iter(self.api.world.table("subscription").select()))["items"]["data"]
        how = {"proration_behavior": change["behavior"]}
        match change["what"]:
            case "change":
                self.api.post(self.path, items=[{"id": first["id"], **self.item(change["item"])}], **how)
            case "quantity":
                self.api.post(self.path, items=[{"id": first["id"], "quantity": change["item"]["quantity"]}], **how)
            case "add":
                self.api.post(self.path, items=[self.item(change["item"])], **how)
            case "remove":
                self.api.post(self.path, items=[{"id": (others or [first])[-1]["id"], "deleted": True}], **how)
            case "cancel":
                self.api.call("DELETE", self.path, prorate=True, invoice_now=True)
            case sold:
                amount = change["amount"] if sold == "bill" else -change["amount"]
                self.api.post("invoiceitems", customer=self.customer, amount=amount, currency="usd")


def off(line: Doc) -> int:
    return sum(each["amount"] for each in line["discount_amounts"])


def spared(line: Doc) -> int:
    """The tax in its amount that an exempt customer does not pay."""
    net = line["amount"] - off(line)
    for tax in line["taxes"]:
        if tax["tax_behavior"] == "inclusive" and tax["taxability_reason"] in ("customer_exempt", "reverse_charge"):
            return int(net - tax["taxable_amount"])
    return 0


def assert_lines_make_totals(world: World, invoice: Doc) -> None:
    lines = invoice["lines"]["data"]
    own = [
        each["amount"] for line in lines for each in line["discount_amounts"] if each["discount"] in line["discounts"]
    ]
    on_top = [tax["amount"] for line in lines for tax in line["taxes"] if tax["tax_behavior"] == "exclusive"]
    every = [tax["amount"] for line in lines for tax in line["taxes"]]
    net = sum(line["amount"] - off(line) - spared(line) for line in lines)
    assert invoice["subtotal"] == sum(line["amount"] for line in lines) - sum(own)
    assert invoice["total"] == net + sum(on_top)
    assert invoice["total_excluding_tax"] == invoice["total"] - sum(every)
    told = [(each["discount"], each["amount"]) for each in invoice["total_discount_amounts"]]
    listed = [(each["discount"], each["amount"]) for line in lines for each in line["discount_amounts"]]
    assert summed(told) == summed(listed)
    taxes = [(tax["tax_rate_details"]["tax_rate"], tax["amount"]) for tax in invoice["total_taxes"]]
    assert summed(taxes) == summed(
        [(tax["tax_rate_details"]["tax_rate"], tax["amount"]) for line in lines for tax in line["taxes"]]
    )
    assert invoice["amount_due"] in (max(0, invoice["total"] + invoice["starting_balance"]), 0)


def summed(pairs: list[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for name, amount in pairs:
        sums[name] += amount
    return {name: amount for name, amount in sums.items() if amount}


def assert_nothing_turns_its_sign(invoice: Doc) -> None:
    """A discount takes no more than there is; a tax has the sign of what it is on, and what is sold is never credit."""
    for line in invoice["lines"]["data"]:
        sign = -1 if line["amount"] < 0 else 1
        for each in line["discount_amounts"]:
            assert each["amount"] * sign >= 0
        assert off(line) * sign <= line["amount"] * sign
        for tax in line["taxes"]:
            assert tax["amount"] * sign >= 0


def assert_it_is_paid_by_what_was_charged(world: World, invoice: Doc) -> None:
    assert invoice["amount_paid"] + invoice["amount_remaining"] == invoice["amount_due"]
    intents = [
        payment["payment"]["payment_intent"]
        for payment in world.table("invoice_payment").select({"invoice": invoice["id"]})
    ]
    charges = [
        charge["amount"]
        for intent in intents
        for charge in world.table("charge").select({"payment_intent": intent, "status": "succeeded"})
    ]
    assert sum(charges) == invoice["amount_paid"]


def assert_no_more_comes_back_than_was_charged(invoices: list[Doc]) -> None:
    lines = {line["id"]: line for invoice in invoices for line in invoice["lines"]["data"]}
    back: dict[frozenset[str], int] = defaultdict(int)
    for line in lines.values():
        details = line["parent"]["subscription_item_details"] or line["parent"]["invoice_item_details"]
        credited = (details["proration_details"] or {}).get("credited_items")
        if credited:
            back[frozenset(credited["invoice_line_items"])] -= line["amount"] - off(line)
    for group, amount in back.items():
        assert 0 <= amount <= sum(lines[id]["amount"] - off(lines[id]) for id in group)


def assert_the_balance_is_what_was_moved(world: World, begun: int) -> None:
    balance = 0
    for moved in world.table("customer_balance_transaction").select():
        balance += moved["amount"]
        assert moved["ending_balance"] == balance
    [customer] = world.table("customer").select()
    assert customer["balance"] == balance
    for invoice in world.table("invoice").select({"status": "paid"}):  # nothing is lost between total and balance
        assert invoice["total"] + invoice["starting_balance"] == invoice["amount_due"] + invoice["ending_balance"]
