"""Whatever becomes of credit grants and of the usage that they pay for: no cent of credit is made or lost."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.lives import DAY, START, Api

from mockbill.app import create_app
from mockbill.settings import Settings
from mockbill.world import Doc

GRANT, TRANSACTION = "billing.credit_grant", "billing.credit_balance_transaction"
METERED = {"price_type": "metered"}
OFTEN = [*["use"] * 4, *["grant"] * 4, *["month"] * 4, *["void invoice"] * 2]
VERBS = [*OFTEN, "day", "end", "credit", "expire", "void", "pay"]
number = st.integers(0, 11)
steps = st.lists(st.tuples(st.sampled_from(VERBS), number, number), min_size=8, max_size=20)


class Shop:
    """A customer with usage by two meters and a seat, taxed and discounted; the numbers choose what happens."""

    def __init__(self, *, sent: bool, taxed: bool, discounted: bool) -> None:
        self.app = create_app(Settings.load({"check_answers": True, "seed": 1}, environ={}))
        self.api = Api(self.app, "credits")
        self.clock = self.api.clock()
        card = "pm_card_visa"
        pays = {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        self.customer = self.api.post("customers", test_clock=self.clock, **pays)["id"]
        self.prices = [self._metered("calls", 7), self._metered("tokens", 110)]
        seat = self.price(2000, {"interval": "month"})
        asked: dict[str, Any] = {"items": [{"price": id} for id in (*self.prices, seat)]}
        if sent:
            asked |= {"collection_method": "send_invoice", "days_until_due": 10}
        if taxed:
            rate = self.api.post("tax_rates", display_name="VAT", percentage=19, inclusive=False)["id"]
            asked["default_tax_rates"] = [rate]
        if discounted:
            coupon = self.api.post("coupons", percent_off=25, duration="forever")["id"]
            asked["discounts"] = [{"coupon": coupon}]
        self.subscription = self.api.post("subscriptions", customer=self.customer, **asked)["id"]
        self.at = START
        self._grant(9, 2)

    def price(self, amount: int, recurring: dict[str, Any]) -> str:
        made = self.api.post(
            "prices", currency="usd", unit_amount=amount, recurring=recurring, product_data={"name": "Pro"}
        )
        return str(made["id"])

    def _metered(self, name: str, amount: int) -> str:
        meter = self.api.post(
            "billing/meters", display_name=name, event_name=name, default_aggregation={"formula": "sum"}
        )
        return self.price(amount, {"interval": "month", "usage_type": "metered", "meter": meter["id"]})

    def every(self, kind: str) -> list[Doc]:
        return list(self.api.world.table(kind).select({}))

    def step(self, verb: str, a: int, b: int) -> None:
        grants, invoices = self.every(GRANT), self.every("invoice")
        grant = grants[a % len(grants)]["id"] if grants else "none"
        invoice = invoices[a % len(invoices)]["id"]
        match verb:
            case "use":
                payload = {"stripe_customer_id": self.customer, "value": str(a * 13 + 1)}
                self.api.post("billing/meter_events", event_name=["calls", "tokens"][b % 2], payload=payload)
            case "grant":
                self._grant(a, b)
            case "month":
                self._month()
            case "end":  # of the period, when its invoice is a draft
                self._advance(self._period_end() - self.at)
            case "day":
                self._advance((a + 1) * DAY)
            case "credit":
                self.api.post("invoiceitems", customer=self.customer, amount=-300 * a, currency="usd")
            case "expire" | "void":
                self.api.post(f"billing/credit_grants/{grant}/{verb}")
            case "void invoice":
                self.api.post(f"invoices/{invoice}/void")
            case "pay":
                self.api.post(f"invoices/{invoice}/pay")

    def _grant(self, a: int, b: int) -> None:
        later = {"effective_at": self.at + a * DAY} if a % 3 == 0 else {}
        ends = {"expires_at": self.at + (a + 20) * DAY} if b % 2 else {}
        self.api.post(
            "billing/credit_grants",
            customer=self.customer,
            amount={"type": "monetary", "monetary": {"currency": "usd", "value": 37 * (a + 1) ** 2}},
            applicability_config={"scope": METERED if b % 3 else {"prices": [{"id": self.prices[a % 2]}]}},
            category=["paid", "promotional"][a % 2],
            priority=b,
            **later,
            **ends,
        )

    def _month(self) -> None:
        """Go on to the end of the period; the invoice of it is what a preview said a moment before."""
        self._advance(self._period_end() - 60 - self.at)
        told = self.api.post("invoices/create_preview", subscription=self.subscription)
        known = {invoice["id"] for invoice in self.every("invoice")}
        self._advance(60 + 3600)
        [new] = [invoice for invoice in self.every("invoice") if invoice["id"] not in known]
        assert (new["total"], credits_of(new)) == (told["total"], credits_of(told))

    def _period_end(self) -> int:
        subscription = self.api.world.fetch("subscription", self.subscription) or {}
        return int(subscription["items"]["data"][0]["current_period_end"])

    def _advance(self, seconds: int) -> None:
        if seconds > 0:
            self.at += seconds
            self.api.advance(self.clock, self.at)

    def check(self) -> None:
        transactions = self.every(TRANSACTION)
        left = {grant["id"]: self.check_grant(grant, transactions) for grant in self.every(GRANT)}
        for invoice in self.every("invoice"):
            check_invoice(invoice, transactions)
        assert all(value >= 0 for value in left.values())

    def check_grant(self, grant: Doc, transactions: list[Doc]) -> int:
        """What is left of a grant is what its transactions say, and what ends takes all."""
        own = [each for each in transactions if each["credit_grant"] == grant["id"]]
        sums: Counter[str] = Counter()
        for each in own:
            side = each["credit"] or each["debit"]
            sums[side["type"]] += side["amount"]["monetary"]["value"]
        kept = self.api.world.fetch("_credit_grant", grant["id"]) or {}
        came = sums["credits_granted"] + sums["credits_application_invoice_voided"]
        went = sums["credits_applied"] + sums["credits_expired"] + sums["credits_voided"]
        assert sums["credits_granted"] == (grant["amount"]["monetary"]["value"] if kept["granted"] else 0)
        assert kept["granted"] or not came + went
        if kept["granted"]:
            assert kept["left"] == came - went
        elif not kept["over"]:
            assert grant["effective_at"] > self.at
        if grant["voided_at"] or (grant["expires_at"] and grant["expires_at"] <= self.at):
            assert kept["left"] == 0
        return int(kept["left"])


def credits_of(of: Doc) -> list[int]:
    """What credits pay of an invoice or a line."""
    told = of["total_pretax_credit_amounts"] if "lines" in of else of["pretax_credit_amounts"]
    return [each["amount"] for each in told if each["type"] == "credit_balance_transaction"]


def check_invoice(invoice: Doc, transactions: list[Doc]) -> None:
    """An invoice, its lines and the ledger tell the same, and nothing is paid twice."""
    lines = invoice["lines"]["data"]
    off = {line["id"]: sum(each["amount"] for each in line["discount_amounts"]) for line in lines}
    for line in lines:
        assert all(amount > 0 for amount in credits_of(line))
        assert sum(credits_of(line)) <= max(line["amount"] - off[line["id"]], 0)
    whole = sum(sum(credits_of(line)) for line in lines)
    assert sum(credits_of(invoice)) == whole
    taken = [
        each["debit"]
        for each in transactions
        if each["debit"] and (each["debit"]["credits_applied"] or {}).get("invoice") == invoice["id"]
    ]
    shown = [] if invoice["status"] == "draft" else credits_of(invoice)  # a draft has taken nothing yet
    assert sorted(each["amount"]["monetary"]["value"] for each in taken) == sorted(shown)
    net = sum(line["amount"] - off[line["id"]] for line in lines) - whole
    assert invoice["total"] == net + sum(tax["amount"] for tax in invoice["total_taxes"])
    assert net >= 0 or not whole
    if invoice["status"] == "void":
        back = [
            each["credit"]
            for each in transactions
            if each["credit"]
            and (each["credit"]["credits_application_invoice_voided"] or {}).get("invoice") == invoice["id"]
        ]
        assert sum(each["amount"]["monetary"]["value"] for each in back) == whole


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.booleans(), st.booleans(), st.booleans())
def test_no_credit_is_made_or_lost(
    steps: list[tuple[str, int, int]], sent: bool, taxed: bool, discounted: bool
) -> None:
    shop = Shop(sent=sent, taxed=taxed, discounted=discounted)
    for verb, a, b in steps:
        shop.step(verb, a, b)
        shop.check()
