"""Whatever is refunded, credited and disputed, in any order: no money comes from nowhere, and none is lost."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.lives import DAY, Api, documents_of

from mockbill.app import create_app
from mockbill.rules import money
from mockbill.scenario.client import form_pairs
from mockbill.settings import Settings
from mockbill.world import Doc

CARDS = (
    "visa", "createDispute", "createDisputeInquiry", "createMultipleDisputes", "pendingRefund", "refundFail",
    "createIssuerFraudRecord", "bypassPending",
)  # fmt: skip
ANSWERS = ("winning_evidence", "losing_evidence", "escalate_inquiry_evidence", "He signed for it.")
GONE = ("failed", "canceled")
_VERBS = ("charge", "bill", "pay", "refund", "credit", "lines", "link", "void", "answer", "close", "wait", "balance",
          "schedule", "payout")  # fmt: skip
number = st.integers(0, 11)
steps = st.lists(st.tuples(st.sampled_from(_VERBS), number, number, number), min_size=4, max_size=16)


class Till:
    """A shop with one customer, who pays with this card; the numbers choose, and anything may be refused."""

    def __init__(self, card: str) -> None:
        given = {"check_answers": True, "seed": 1, "clock": "2026-01-31T10:00:00Z"}
        self.app = create_app(Settings.load(given, environ={}))
        self.api = Api(self.app, "till")
        self.card = f"pm_card_{card}"
        pays = {"payment_method": self.card, "invoice_settings": {"default_payment_method": self.card}}
        self.customer = self.api.post("customers", email="ada@example.com", **pays)["id"]
        self.coupon = self.api.post("coupons", percent_off=33.3, duration="forever")["id"]
        self.rates = [
            self.api.post("tax_rates", display_name="VAT", percentage=percentage, inclusive=inclusive)["id"]
            for percentage, inclusive in ((19, False), (7.7, True))
        ]

    def post(self, path: str, **params: Any) -> Doc:
        """A refusal has changed nothing, but for declined cards."""
        before = documents_of(self.api.world)
        answer = self.api.post(path, **params)
        if "error" in answer and answer["error"]["type"] != "card_error":
            assert documents_of(self.api.world) == before, (path, params, answer)
        return answer

    def every(self, kind: str) -> list[Doc]:
        return list(self.api.world.table(kind).select({}))

    def one(self, kind: str, a: int) -> Doc:
        found = self.every(kind)
        return found[a % len(found)] if found else {"id": "none", "lines": {"data": []}, "total": 1, "amount": 1}

    def step(self, verb: str, a: int, b: int, c: int) -> None:
        amount = 50 + 333 * a + b
        invoice = self.one("invoice", a)
        match verb:
            case "charge":
                back = {"confirm": True, "return_url": "https://shop.test/"}
                self.post("payment_intents", amount=amount, currency="usd", customer=self.customer,
                          payment_method=self.card, **back)  # fmt: skip
            case "bill":
                self._bill(a, b, c)
            case "pay":
                self.post(f"invoices/{invoice['id']}/pay", **({"paid_out_of_band": True} if b == 11 else {}))
            case "refund":
                part = {} if b > 7 else {"amount": 100 * b + c}
                self.post("refunds", charge=self.one("charge", a)["id"], **part)
            case "credit":
                part = invoice["total"] * (b + 1) // 12
                self.post("credit_notes", invoice=invoice["id"], amount=part, **self._ways(invoice, part, c))
            case "lines":
                self._by_lines(invoice, b, c)
            case "link":
                refund = self.one("refund", b)
                self.post("credit_notes", invoice=invoice["id"], amount=refund["amount"],
                          refunds=[{"refund": refund["id"]}])  # fmt: skip
            case "void":
                self.post(f"credit_notes/{self.one('credit_note', b)['id']}/void")
            case "answer":
                text = {"uncategorized_text": ANSWERS[b % 4]}
                self.post(f"disputes/{self.one('dispute', a)['id']}", evidence=text, submit=c > 1)
            case "close":
                self.post(f"disputes/{self.one('dispute', a)['id']}/close")
            case "wait":
                self.api.world.advance(self.api.world.clock.now + a * DAY)
            case "schedule":
                days = {"weekly": {"weekly_payout_days": ["monday"]}, "monthly": {"monthly_payout_days": [31, b + 1]}}
                interval = ("daily", "weekly", "monthly", "manual")[a % 4]
                schedule = {"interval": interval, **days.get(interval, {})}
                self.post("balance_settings", payments={"payouts": {"schedule": schedule}})
            case "payout":
                self.post("payouts", amount=100 * a + 1, currency="usd")
            case _:
                credit = 100 * a - 600
                self.post(f"customers/{self.customer}/balance_transactions", amount=credit or 1, currency="usd")

    def _bill(self, a: int, b: int, c: int) -> None:
        for amount in (1999, 100 * a + 1, -150 if b > 8 else 777):
            self.post("invoiceitems", customer=self.customer, amount=amount, currency="usd")
        taxed = {"default_tax_rates": self.rates[: c % 3]} if c % 3 else {}
        off = {"discounts": [{"coupon": self.coupon}]} if b % 2 else {}
        made = self.post("invoices", customer=self.customer, pending_invoice_items_behavior="include", **taxed, **off)
        self.post(f"invoices/{made['id']}/finalize")

    def _by_lines(self, invoice: Doc, b: int, c: int) -> None:
        lines = invoice["lines"]["data"] or [{"id": "none", "amount": 1}]
        line = lines[b % len(lines)]
        part = line["amount"] * (c + 1) // 12
        named = {"type": "invoice_line_item", "invoice_line_item": line["id"]}
        asked = [{**named, "quantity": 1} if c == 11 else {**named, "amount": part}]
        if c % 5 == 1:
            asked.append({"type": "custom_line_item", "unit_amount": 33, "quantity": 3, "tax_rates": self.rates[:1]})
        query = urlencode(list(form_pairs({"invoice": invoice["id"], "lines": asked})))
        wanted = self.api.call("GET", f"credit_notes/preview?{query}")
        made = self.post(
            "credit_notes", invoice=invoice["id"], lines=asked, **self._ways(invoice, wanted.get("total", 1), c)
        )
        if "error" not in made:
            assert made["total"] == wanted["total"]

    def _ways(self, invoice: Mapping[str, Any], total: int, c: int) -> dict[str, int]:
        after = total - min(total, invoice.get("amount_remaining", 0))
        if after <= 0:
            return {}
        ways = [{"refund_amount": after}, {"credit_amount": after}, {"out_of_band_amount": after}]
        return ways[c % 3] if c < 9 else {"refund_amount": after // 2, "credit_amount": after - after // 2}

    # what has to be true

    def check(self) -> None:
        for charge in self.every("charge"):
            self._check_charge(charge)
        self._check_balance()
        for invoice in self.every("invoice"):
            self._check_invoice(invoice)
        moved = sum(each["amount"] for each in self.every("customer_balance_transaction"))
        [customer] = self.every("customer")
        assert customer["balance"] == moved

    def _check_charge(self, charge: Doc) -> None:
        """What was captured is still there, or was given back once."""
        refunds = [each for each in self.every("refund") if each["charge"] == charge["id"]]
        disputes = [each for each in self.every("dispute") if each["charge"] == charge["id"]]
        back = sum(each["amount"] for each in refunds if each["status"] not in GONE)
        taken = sum(-each["amount"] for dispute in disputes for each in dispute["balance_transactions"])
        held = sum(each["amount"] for each in disputes if each["status"] in ("needs_response", "under_review", "lost"))
        assert charge["amount_refunded"] == back
        assert taken == held
        assert 0 <= back + taken <= charge["amount_captured"]
        assert charge["refunded"] is (back == charge["amount"])
        assert charge["disputed"] is bool(disputes)
        of = {charge["id"], *(each["id"] for each in (*refunds, *disputes))}
        moved = [each for each in self.every("balance_transaction") if each["source"] in of]
        assert sum(each["amount"] for each in moved) == charge["amount_captured"] - back - taken
        withdrawn = sum(bool(each["balance_transactions"]) for each in disputes)
        fee = money.processing_fee(charge["amount_captured"]) if charge["captured"] else 0
        assert sum(each["fee"] for each in moved) == fee + 1500 * withdrawn

    def _check_balance(self) -> None:
        balance = self.api.call("GET", "balance")
        shown = balance["available"][0]["amount"] + balance["pending"][0]["amount"]
        assert shown == sum(each["amount"] - each["fee"] for each in self.every("balance_transaction"))

        for payout in self.every("payout"):
            listed = self.api.call("GET", f"balance_transactions?payout={payout['id']}&limit=100")["data"]
            assert sum(each["net"] for each in listed) == 0  # what was paid out, less the payout
            assert bool(listed) is payout["automatic"]
            assert payout["amount"] > 0

    def _check_invoice(self, invoice: Doc) -> None:
        notes = [each for each in self.every("credit_note") if each["invoice"] == invoice["id"]]
        issued = [each for each in notes if each["status"] == "issued"]
        assert sum(each["total"] for each in issued) <= max(0, invoice["total"])
        for name in ("pre_payment", "post_payment"):
            assert invoice[f"{name}_credit_notes_amount"] == sum(each[f"{name}_amount"] for each in issued)
        assert invoice["amount_paid"] + invoice["amount_remaining"] == invoice["amount_due"]
        for note in notes:
            self._check_note(note)
        for line in invoice["lines"]["data"]:
            _check_line(line, [each for note in issued for each in note["lines"]["data"]])

    def _check_note(self, note: Doc) -> None:
        """It is what its lines are, and all that was paid of it has been given back somehow."""
        assert note["total"] == note["amount"] == note["pre_payment_amount"] + note["post_payment_amount"] > 0
        moved = self.api.world.fetch("customer_balance_transaction", note["customer_balance_transaction"] or "")
        credited = -moved["amount"] if moved else 0
        refunded = sum(each["amount_refunded"] for each in note["refunds"])
        assert note["post_payment_amount"] == credited + refunded + (note["out_of_band_amount"] or 0)
        lines = note["lines"]["data"]
        taxes = [tax for line in lines for tax in line["taxes"]]
        on_top = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
        net = sum(line["amount"] - line["discount_amount"] for line in lines)
        assert note["total"] == net + on_top
        assert note["total_excluding_tax"] == note["total"] - sum(tax["amount"] for tax in taxes)
        assert sum(tax["amount"] for tax in note["total_taxes"]) == sum(tax["amount"] for tax in taxes)
        assert note["discount_amount"] == sum(line["discount_amount"] for line in lines)


def _check_line(line: Doc, credited: list[Doc]) -> None:
    """No more of a line comes back than there was, be it amount, discount or tax."""
    sign = -1 if line["amount"] < 0 else 1
    own = [each for each in credited if each.get("invoice_line_item") == line["id"]]
    assert 0 <= sign * sum(each["amount"] for each in own) <= sign * line["amount"]
    off = sum(each["amount"] for each in line["discount_amounts"])
    assert 0 <= sign * sum(each["discount_amount"] for each in own) <= sign * off
    back = Counter[str]()
    for each in own:
        for tax in each["taxes"]:
            back[tax["tax_rate_details"]["tax_rate"]] += sign * tax["amount"]
    for tax in line["taxes"]:
        assert 0 <= back[tax["tax_rate_details"]["tax_rate"]] <= sign * tax["amount"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(card=st.sampled_from(CARDS), steps=steps)
def test_money_is_conserved_whatever_is_given_back(card: str, steps: list[tuple[str, int, int, int]]) -> None:
    till = Till(card)
    try:
        for verb, a, b, c in [("bill", 5, 1, 1), ("pay", 0, 0, 0), ("charge", 3, 3, 3), *steps]:
            till.step(verb, a, b, c)
            till.check()
    finally:
        till.app.close()
