"""Ids in Stripe's patterns, the same ones again for the same seed, account and calls."""

import os
from functools import lru_cache
from hashlib import blake2b

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62 = bytes(_ALPHABET[byte % 62].encode()[0] for byte in range(256))

# Stripe's prefixes (stripe-behaviour.md 1.5).  Kinds that are not here get the initials of their name.
PREFIXES = {
    "account": "acct",
    "application_fee": "fee",
    "apps.secret": "appsecret",
    "balance_transaction": "txn",
    "bank_account": "ba",
    "billing.alert": "alrt",
    "billing.credit_balance_transaction": "cbt",
    "billing.credit_grant": "credgr",
    "billing.meter": "mtr_test",
    "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps",
    "card": "card",
    "charge": "ch",
    "checkout.session": "cs_test",
    "climate.order": "climorder",
    "confirmation_token": "ctoken",
    "coupon": "",
    "credit_note": "cn",
    "credit_note_line_item": "cnli",
    "customer": "cus",
    "customer_balance_transaction": "cbtxn",
    "customer_cash_balance_transaction": "ccsbtxn",
    "discount": "di",
    "dispute": "dp",
    "entitlements.active_entitlement": "ent_test",
    "entitlements.feature": "feat_test",
    "ephemeral_key": "ephkey",
    "event": "evt",
    "fee_refund": "fr",
    "file": "file",
    "file_link": "link",
    "financial_connections.account": "fca",
    "financial_connections.session": "fcsess",
    "forwarding.request": "fwdreq",
    "identity.verification_report": "vr",
    "identity.verification_session": "vs",
    "invoice": "in",
    "invoice_payment": "inpay",
    "invoice_rendering_template": "inrtem",
    "invoiceitem": "ii",
    "issuing.authorization": "iauth",
    "issuing.card": "ic",
    "issuing.cardholder": "ich",
    "issuing.dispute": "idp",
    "issuing.transaction": "ipi",
    "item": "li",
    "line_item": "il",
    "mandate": "mandate",
    "payment_intent": "pi",
    "payment_link": "plink",
    "payment_method": "pm",
    "payment_method_configuration": "pmc",
    "payment_method_domain": "pmd",
    "payout": "po",
    "person": "person",
    "plan": "plan",
    "price": "price",
    "product": "prod",
    "product_feature": "prodft",
    "promotion_code": "promo",
    "quote": "qt",
    "radar.early_fraud_warning": "issfr",
    "radar.value_list": "rsl",
    "radar.value_list_item": "rsli",
    "refund": "re",
    "reporting.report_run": "frr",
    "request": "req",
    "review": "prv",
    "scheduled_query_run": "sqr",
    "setup_attempt": "setatt",
    "setup_intent": "seti",
    "shipping_rate": "shr",
    "source": "src",
    "subscription": "sub",
    "subscription_item": "si",
    "subscription_schedule": "sub_sched",
    "tax.calculation": "taxcalc",
    "tax.registration": "taxreg",
    "tax.transaction": "tax",
    "tax_id": "txi",
    "tax_rate": "txr",
    "terminal.configuration": "tmc",
    "terminal.location": "tml",
    "terminal.reader": "tmr",
    "test_helpers.test_clock": "clock",
    "token": "tok",
    "topup": "tu",
    "transfer": "tr",
    "transfer_reversal": "trr",
    "treasury.credit_reversal": "credrev",
    "treasury.debit_reversal": "debrev",
    "treasury.financial_account": "fa",
    "treasury.inbound_transfer": "ibt",
    "treasury.outbound_payment": "obp",
    "treasury.outbound_transfer": "obt",
    "treasury.received_credit": "rc",
    "treasury.received_debit": "rd",
    "treasury.transaction": "trxn",
    "treasury.transaction_entry": "trxne",
    "webhook_endpoint": "we",
}
_SHORT = {"customer", "product", "subscription_item", "request"}  # prefix and 14 characters
_PAYMENTS = {"payment_intent", "charge", "refund", "balance_transaction"}  # their version digit is 3


def prefix_of(kind: str) -> str:
    """The prefix of a kind's ids, without the underscore; the initials of its name where Stripe's is not known."""
    known = PREFIXES.get(kind)
    if known is not None:
        return known
    return "".join(word[0] for word in kind.replace(".", "_").split("_"))


def drawn_seed() -> int:
    """A seed by chance: an application that keeps ids of an earlier run must not meet them again in the next."""
    return int.from_bytes(os.urandom(4))


class Ids:
    """Draws ids from a counter, so that a rolled back unit of work gives its ids back."""

    __slots__ = ("_key", "_keyed", "counter", "fragment")

    def __init__(self, seed: int, account: str) -> None:
        self._key = blake2b(f"{seed}/{account}".encode(), digest_size=16).digest()
        self._keyed = blake2b(key=self._key)  # copied for each draw, which is cheaper than to key it anew
        self.counter = 0
        self.fragment = ""
        self.fragment = self.text(10)

    def text(self, length: int) -> str:
        """``length`` characters of ``[0-9A-Za-z]``, at most 64, the next ones of this account."""
        self.counter += 1
        block = self._keyed.copy()
        block.update(b"%d" % self.counter)
        return block.digest().translate(_BASE62).decode()[:length]

    def digest(self, text: str, length: int) -> str:
        """Up to 64 characters that stand for ``text``: the same again for the same text, seed and account."""
        return blake2b(text.encode(), key=self._key, digest_size=64).digest().translate(_BASE62).decode()[:length]

    def make(self, kind: str, at: int) -> str:
        """A new id for an object of ``kind`` created ``at``."""
        prefix = prefix_of(kind)
        if kind in _SHORT:
            return f"{prefix}_{self.text(14)}"
        if kind == "checkout.session":
            return f"{prefix}_a1{self.text(56)}"
        if kind == "coupon":
            return self.text(8)
        if kind == "account":
            return f"{prefix}_1{self.text(15)}"
        digit = "3" if kind in _PAYMENTS else "1"
        return f"{prefix}_{digit}{_moment(at)}{self.fragment}{self.text(8)}"

    def like(self, kind: str, relative: str) -> str:
        """An id that shares the time and account characters of ``relative``, as a charge does with its intent."""
        body = relative.rpartition("_")[2]
        return f"{prefix_of(kind)}_{body[:16]}{self.text(8)}"


@lru_cache(maxsize=64)  # most ids are drawn in the same few seconds
def _moment(at: int) -> str:
    drawn = ""
    for _ in range(5):
        at, digit = divmod(at, 62)
        drawn = _ALPHABET[digit] + drawn
    return drawn
