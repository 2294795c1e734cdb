"""Debits of bank accounts: Stripe's test accounts, one row each, what becomes of a debit, when, and for how much.

Numbers and ids are those of Stripe's pages on testing SEPA, ACH, Bacs and BECS (stripe-behaviour.md 4.6).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

AT_ONCE = 1  # seconds: "test transactions settle instantly", but never in the call that confirms
LATER = 180  # seconds: "after three minutes"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a bank does not pay.  ``ends_mandate``: nor will it ever, so that trying again is of no use."""

    code: str
    message: str
    ends_mandate: bool = False
    blocked: bool = False  # by Radar: the bank was never asked

    @property
    def error_code(self) -> str:
        """``last_payment_error.code``: what the charge says, where that is one of Stripe's error codes."""
        return "payment_intent_payment_attempt_failed" if self.code in _FOR_CHARGES_ALONE else self.code


_FOR_CHARGES_ALONE = ("charge_exceeds_weekly_limit", "generic_could_not_process", "invalid_currency")

GENERIC = Failure("generic_could_not_process", "The customer's bank could not process this payment.")
ACCOUNT_CLOSED = Failure("account_closed", "The customer's bank account has been closed.", True)
NO_ACCOUNT = Failure("no_account", "The customer's bank account could not be located.", True)
INSUFFICIENT_FUNDS = Failure(
    "insufficient_funds", "The customer's account has insufficient funds to cover this payment."
)
NOT_AUTHORIZED = Failure(
    "debit_not_authorized", "The customer has notified their bank that this payment was unauthorized.", True
)
REFER_TO_CUSTOMER = Failure("refer_to_customer", "The customer has stopped the payment with their bank.")
INVALID_CURRENCY = Failure("invalid_currency", "The bank account cannot be debited in this currency.")
SOURCE_LIMIT = Failure(
    "charge_exceeds_source_limit",
    "This payment would cause the account to exceed its rolling-window limit on the volume of payments.",
)
WEEKLY_LIMIT = Failure(
    "charge_exceeds_weekly_limit", "This payment's amount exceeds the account's transaction volume limit."
)
TRANSACTION_LIMIT = Failure(
    "charge_exceeds_transaction_limit", "This payment's amount exceeds the account's transaction volume limit."
)
DEACTIVATED = Failure("account_closed", "The tokenized account number has been deactivated.", True)
BLOCKED = Failure("payment_method_bank_account_blocked", "Stripe blocked this payment as too risky.", blocked=True)


@dataclass(frozen=True, slots=True)
class Account:
    """One test account, by number (an IBAN, or the account's own).  ``names`` are its payment method ids."""

    number: str
    names: tuple[str, ...] = ()
    failure: Failure | None = None
    delayed: bool = False
    settles: bool = True  # False: stays processing for good
    dispute: str | None = None  # the reason of the dispute that follows
    mandate: Literal["accepted", "refused"] = "accepted"
    usable: bool = True  # False: setting it up fails
    micro_deposits: Literal["arrive", "fail"] = "arrive"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One kind of debit.  ``fee`` is (thousandths of the amount, fixed, most), in the smallest unit (Stripe's list)."""

    type: str
    currency: str
    days: int  # business days until the money is there, in real life
    fee: tuple[int, int, int | None]
    retried: bool = True  # whether invoices are retried: BECS debits never are
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def account(self, number: str) -> Account:
        """What is known of an account; one that is not in the table just pays."""
        return self.accounts.get(number) or _by_ending(self.type, number) or Account(number)


# The columns of the table of IBANs, as its ids spell them.
_COLUMNS: tuple[tuple[str, Failure | None, bool, str | None], ...] = (
    ("success", None, False, None),
    ("successDelayed", None, True, None),
    ("failed", GENERIC, False, None),
    ("failedDelayed", GENERIC, True, None),
    ("disputed", None, False, "fraudulent"),
    ("exceedsWeeklyVolumeLimit", SOURCE_LIMIT, False, None),
    ("exceedsWeeklyTransactionLimit", WEEKLY_LIMIT, False, None),
    ("insufficientFunds", INSUFFICIENT_FUNDS, False, None),
)
_ENDINGS = {"00343434": SOURCE_LIMIT, "00121212": WEEKLY_LIMIT, "02222227": INSUFFICIENT_FUNDS}
_IBANS = """
AT611904300234573201 AT321904300235473204 AT861904300235473202 AT051904300235473205
AT591904300235473203 AT981904300000343434 AT601904300000121212 AT981904300002222227
BE62510007547061 BE78510007547064 BE68539007547034 BE51510007547065
BE08510007547063 BE90510000343434 BE52510000121212 BE90510002222227
CH9300762011623852957 CH8656663438253651553 CH5362200119938136497 CH1843597160341964438
CH1260378413965193069 CH1800762000000343434 CH7700762000000121212 CH1800762000002222227
DE89370400440532013000 DE08370400440532013003 DE62370400440532013001 DE78370400440532013004
DE35370400440532013002 DE65370400440000343434 DE27370400440000121212 DE65370400440002222227
EE382200221020145685 EE222200221020145682 EE762200221020145680 EE922200221020145683
EE492200221020145681 EE672200000000343434 EE292200000000121212 EE672200000002222227
ES0700120345030000067890 ES2300120345030000067893 ES9121000418450200051332 ES9300120345030000067894
ES5000120345030000067892 ES1700120345000000343434 ES7600120345000000121212 ES1700120345000002222227
FI2112345600000785 FI3712345600000788 FI9112345600000786 FI1012345600000789
FI6412345600000787 FI6712345600343434 FI2912345600121212 FI6712345602222227
FR1420041010050500013M02606 FR3020041010050500013M02609 FR8420041010050500013M02607 FR7920041010050500013M02600
FR5720041010050500013M02608 FR9720041010050000000343434 FR5920041010050000000121212 FR9720041010050000002222227
GB82WEST12345698765432 GB98WEST12345698765435 GB55WEST12345698765433 GB71WEST12345698765436
GB28WEST12345698765434 GB70WEST12345600343434 GB32WEST12345600121212 GB70WEST12345602222227
HR7624020064583467589 HR6323600002337876649 HR2725000096983499248 HR6723600004878117427
HR8724840081455523553 HR7424020060000343434 HR3624020060000121212 HR7424020060002222227
IE29AIBK93115212345678 IE24AIBK93115212345671 IE02AIBK93115212345679 IE94AIBK93115212345672
IE51AIBK93115212345670 IE10AIBK93115200343434 IE69AIBK93115200121212 IE10AIBK93115202222227
LI0508800636123378777 LI4408800387787111369 LI1208800143823175626 LI4908800356441975566
LI7708800125525347723 LI2408800000000343434 LI8308800000000121212 LI2408800000002222227
LT121000011101001000 LT281000011101001003 LT821000011101001001 LT981000011101001004
LT551000011101001002 LT591000000000343434 LT211000000000121212 LT591000000002222227
LU280019400644750000 LU440019400644750003 LU980019400644750001 LU170019400644750004
LU710019400644750002 LU900010000000343434 LU520010000000121212 LU900010000002222227
PT50000201231234567890154 PT66000201231234567890157 PT23000201231234567890155 PT39000201231234567890158
PT93000201231234567890156 PT05000201230000000343434 PT64000201230000000121212 PT05000201230000002222227
SE3550000000054910000003 SE5150000000054910000006 SE0850000000054910000004 SE2450000000054910000007
SE7850000000054910000005 SE2850000000000000343434 SE8750000000000000121212 SE2850000000000002222227
"""
_MORE_IBANS = (
    Account("NL39RABO0300065264", ("pm_success_nl",)),
    Account("NL55RABO0300065267", ("pm_successDelayed_nl",), delayed=True),
    Account("NL91ABNA0417164300", ("pm_failed_nl",), GENERIC),
    Account("NL28RABO0300065268", ("pm_failedDelayed_nl",), GENERIC, delayed=True),
    Account("NL82RABO0300065266", ("pm_disputed_nl",), dispute="fraudulent"),
    Account("IT60X0542811101000000123456", (), GENERIC),  # stripe trigger checkout.session.async_payment_failed
    Account("AT511904300000066666", usable=False),
)


def _tabled() -> Iterator[Account]:
    """The accounts of the table of IBANs: eight columns for each country."""
    numbers = _IBANS.split()
    for place, number in enumerate(numbers):
        name, failure, delayed, dispute = _COLUMNS[place % len(_COLUMNS)]
        yield Account(number, (f"pm_{name}_{number[:2].lower()}",), failure, delayed, dispute=dispute)
    yield from _MORE_IBANS


def _named(prefix: str, number: str, name: str, failure: Failure | None = None, **facts: Any) -> Account:
    return Account(number, (f"pm_{prefix}_{name}",) if name else (), failure, **facts)


_us, _bacs, _becs = (partial(_named, prefix) for prefix in ("usBankAccount", "bacsDebit", "auBecsDebit"))

_US = (
    _us("000123456789", "success"),
    _us("000111111113", "accountClosed", ACCOUNT_CLOSED),
    _us("000000004954", "riskLevelHighest", BLOCKED),
    _us("000111111116", "noAccount", NO_ACCOUNT),
    _us("000222222227", "insufficientFunds", INSUFFICIENT_FUNDS),
    _us("000333333335", "debitNotAuthorized", NOT_AUTHORIZED),
    _us("000444444440", "invalidCurrency", INVALID_CURRENCY),
    _us("000666666661", "failMicrodeposits", micro_deposits="fail"),
    _us("000555555559", "dispute", dispute="debit_not_authorized"),
    _us("000000000009", "processing", settles=False),
    _us("000777777771", "weeklyLimitExceeded", WEEKLY_LIMIT),
    _us("000888888885", "", DEACTIVATED),
)
_BACS = (
    _bacs("00012345", "success"),
    _bacs("90012345", "successDelayed", delayed=True),
    _bacs("33333335", "debitNotAuthorized", NOT_AUTHORIZED),
    _bacs("93333335", "debitNotAuthorizedDelayed", NOT_AUTHORIZED, delayed=True),
    _bacs("22222227", "insufficientFunds", INSUFFICIENT_FUNDS),
    _bacs("92222227", "insufficientFundsDelayed", INSUFFICIENT_FUNDS, delayed=True),
    _bacs("55555559", "dispute", delayed=True, dispute="debit_not_authorized"),
    _bacs("00033333", "mandateRefused", mandate="refused"),
    _bacs("00044444", "", usable=False),
    _bacs("34343434", "exceedsWeeklyLimit", SOURCE_LIMIT),
    _bacs("12121212", "exceedsTransactionLimit", TRANSACTION_LIMIT),
)
_BECS = (
    _becs("000123456", "success"),
    _becs("900123456", "successDelayed", delayed=True),
    _becs("111111113", "accountClosed", ACCOUNT_CLOSED),
    _becs("111111116", "noAccount", NO_ACCOUNT),
    _becs("222222227", "referToCustomer", REFER_TO_CUSTOMER),
    _becs("922222227", "referToCustomerDelayed", REFER_TO_CUSTOMER, delayed=True),
    _becs("333333335", "debitNotAuthorized", NOT_AUTHORIZED),
    _becs("666666660", "dispute", dispute="debit_not_authorized"),
    _becs("343434343", "exceedsWeeklyLimit", SOURCE_LIMIT),
    _becs("121212121", "exceedsTransactionLimit", TRANSACTION_LIMIT),
)


def _by_number(accounts: Iterator[Account] | tuple[Account, ...]) -> Mapping[str, Account]:
    return MappingProxyType({account.number: account for account in accounts})


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        scheme.type: scheme
        for scheme in (
            Scheme("sepa_debit", "eur", 5, (8, 30, 600), accounts=_by_number(_tabled())),
            Scheme("us_bank_account", "usd", 4, (8, 0, 500), accounts=_by_number(_US)),
            Scheme("bacs_debit", "gbp", 6, (10, 20, 400), accounts=_by_number(_BACS)),
            Scheme("au_becs_debit", "aud", 3, (10, 30, 350), retried=False, accounts=_by_number(_BECS)),
        )
    }
)
"""The debits that are simulated, by the type of their payment methods."""

_IDS: Mapping[str, tuple[str, Account]] = MappingProxyType(
    {
        id: (type, account)
        for type, scheme in SCHEMES.items()
        for account in scheme.accounts.values()
        for id in account.names
    }
)


def by_payment_method_id(id: str) -> tuple[str, Account] | None:
    """The type and the account of a test id such as ``pm_usBankAccount_success``."""
    return _IDS.get(id)


def _by_ending(type: str, number: str) -> Account | None:
    """IBANs that end in one of Stripe's limits, whatever their country."""
    failure = _ENDINGS.get(number[-8:]) if type == "sepa_debit" else None
    return Account(number, (), failure) if failure else None


def settles_at(scheme: Scheme, account: Account, now: int, *, live: bool) -> int | None:
    """When a debit that begins now comes to its end; None for one that never does.

    As in Stripe's test mode at once, or after three minutes; ``live``: after the business days of the scheme.
    """
    if not account.settles:
        return None
    if live:
        return _business_days(now, scheme.days)
    return now + (LATER if account.delayed else AT_ONCE)


def expected_date(scheme: Scheme, now: int) -> str:
    """``expected_debit_date``: the business day after the next, as the banks are told of it."""
    return datetime.fromtimestamp(_business_days(now, 2), UTC).date().isoformat()


def fee(scheme: Scheme, amount: int) -> int:
    """Stripe's fee for a debit, in the smallest unit."""
    thousandths, fixed, most = scheme.fee
    reckoned = (amount * thousandths + 500) // 1000 + fixed  # rounded half up
    return reckoned if most is None else min(reckoned, most)


def _business_days(now: int, days: int) -> int:
    """The same time of day so many business days later; Saturdays and Sundays do not count, holidays are not known."""
    at = datetime.fromtimestamp(now, UTC)
    while days:
        at += timedelta(days=1)
        days -= at.weekday() < 5
    return int(at.timestamp())
