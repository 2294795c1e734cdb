"""Ids in Stripe's patterns, the same ones again for the same seed, account and calls."""

import os
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b, shake_128

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE62 = bytes(_ALPHABET[byte % 62].encode()[0] for byte in range(256))
_DIGITS = bytes(b"0123456789"[letter % 10] for letter in _BASE62)
_TAIL = 8  # random characters at the end of most ids
_TAILS = 64  # that are drawn at once, for a hash costs more than to cut a piece of it

# Stripe's prefixes (stripe-behaviour.md 1.5).  Kinds that are not here get the initials of their name.
PREFIXES = {
    "account": "acct",
    "application": "ca",
    "application_fee": "fee",
    "apps.secret": "appsecret",
    "balance_transaction": "txn",
    "bank_account": "ba",
    "billing.alert": "alrt",
    "billing.credit_balance_transaction": "cbtxn_test",
    "billing.credit_grant": "credgr_test",
    "billing.meter": "mtr_test",
    "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps",
    "card": "card",
    "charge": "ch",
    "checkout.session": "cs_test",
    "climate.order": "climorder",
    "climate.product": "climsku",
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
    "issuing.token": "intok",
    "issuing.transaction": "ipi",
    "item": "li",
    "line_item": "il",
    "mandate": "mandate",
    "payment_intent": "pi",
    "payment_intent_amount_details_line_item": "uli",
    "payment_link": "plink",
    "payment_method": "pm",
    "payment_method_configuration": "pmc",
    "payment_method_domain": "pmd",
    "payout": "po",
    "person": "person",
    "plan": "plan",
    "price": "price",
    "product": "prod",
    "product_catalog.trial_offer": "to",
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
    "source_transaction": "srctxn",
    "subscription": "sub",
    "subscription_item": "si",
    "subscription_schedule": "sub_sched",
    "tax.association": "taxa",
    "tax.calculation": "taxcalc",
    "tax.calculation_line_item": "tax_li",
    "tax.location": "taxloc",
    "tax.registration": "taxreg",
    "tax.transaction": "tax",
    "tax.transaction_line_item": "tax_li",
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
    "v2.core.event": "evt_test",
    "v2.core.event_destination": "ed_test",
    "webhook_endpoint": "we",
}
_SHORT = {"customer", "product", "subscription_item", "request"}  # prefix and 14 characters
_PAYMENTS = {"payment_intent", "charge", "refund", "balance_transaction"}  # their version digit is 3
_HEADS: dict[str, str] = {}  # by kind, the beginning of ids that go on with time and account


@lru_cache(maxsize=512)
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

    __slots__ = ("_at", "_drawn", "_keyed", "_number", "_stem", "_tails", "counter", "fragment")

    def __init__(self, seed: int, account: str) -> None:
        key = blake2b(f"{seed}/{account}".encode(), digest_size=16).digest()
        self._keyed = blake2b(key=key)  # copied for each draw, which is cheaper than to key it anew
        self.counter = 0
        self._tails = _tails_of(key)
        self._number, self._drawn = -1, ""  # which characters were drawn last
        self.fragment = self.text(10)
        self._at, self._stem = -1, ""

    def text(self, length: int) -> str:
        """``length`` characters of ``[0-9A-Za-z]``, at most 64, the next ones of this account."""
        self.counter += 1
        return self._hash(b"%d" % self.counter).translate(_BASE62).decode()[:length]

    def digest(self, text: str, length: int) -> str:
        """Up to 64 characters that stand for ``text``: the same again for the same text, seed and account."""
        return self._hash(text.encode()).translate(_BASE62).decode()[:length]

    def digits(self, text: str, length: int) -> str:
        """The same of digits alone."""
        return self._hash(text.encode()).translate(_DIGITS).decode()[:length]

    def _hash(self, data: bytes) -> bytes:
        block = self._keyed.copy()
        block.update(data)
        return block.digest()

    def _tail(self) -> str:
        """The next characters for the end of an id."""
        self.counter = counter = self.counter + 1
        if counter // _TAILS != self._number:
            self._number = counter // _TAILS
            self._drawn = self._tails(self._number)
        place = counter % _TAILS * _TAIL
        return self._drawn[place : place + _TAIL]

    def make(self, kind: str, at: int) -> str:
        """A new id for an object of ``kind`` created ``at``."""
        head = _HEADS.get(kind)
        if head is not None:
            if at != self._at:  # many are drawn in the same second
                self._at, self._stem = at, _moment(at) + self.fragment
            return f"{head}{self._stem}{self._tail()}"
        prefix = prefix_of(kind)
        if kind in _SHORT:
            return f"{prefix}_{self.text(14)}"
        if kind == "checkout.session":
            return f"{prefix}_a1{self.text(56)}"
        if kind == "coupon":
            return self.text(8)
        if kind == "account":
            return f"{prefix}_1{self.text(15)}"
        _HEADS[kind] = f"{prefix}_3" if kind in _PAYMENTS else f"{prefix}_1"
        return self.make(kind, at)

    def like(self, kind: str, relative: str) -> str:
        """An id that shares the time and account characters of ``relative``, as a charge does with its intent."""
        body = relative.rpartition("_")[2]
        return f"{prefix_of(kind)}_{body[:16]}{self._tail()}"


def as_payment(id: str) -> str:
    """What the charge of this id is called where it is no charge of a card: ``py_...``."""
    return f"py_{id.partition('_')[2]}"


def _moment(at: int) -> str:
    """The five digits to base 62 of a second."""
    at, last = divmod(at, 62)
    first, second = divmod(at, 3844)
    return f"{_PAIRS[first % 3844]}{_PAIRS[second]}{_ALPHABET[last]}"


_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]


def _tails_of(key: bytes) -> Callable[[int], str]:
    """Draws the characters of ``_TAILS`` tails by their number; keeps those drawn last, rehearsed and not."""
    keyed = shake_128(key)

    @lru_cache(maxsize=2)
    def drawn(number: int) -> str:
        block = keyed.copy()
        block.update(b"tails %d" % number)
        return block.digest(_TAILS * _TAIL).translate(_BASE62).decode()

    return drawn
