"""Countries: in which one can have an account, what currency it has, and what an account there has to tell.

Of what Stripe publishes about a country this says what is acted on here: the currency of bank accounts, the currencies
of payments, and the requirements of ``rules/onboarding.py``; it is the same for all but for the currency.
"""

from collections.abc import Mapping

from mockbill.rules import money, onboarding
from mockbill.world import Doc, Work
from mockbill.world.problems import missing

_EURO = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
CURRENCIES: Mapping[str, str] = {
    **dict.fromkeys(_EURO.split(), "eur"),
    "AE": "aed", "AU": "aud", "BR": "brl", "CA": "cad", "CH": "chf", "CZ": "czk", "DK": "dkk", "GB": "gbp",
    "HK": "hkd", "HU": "huf", "IN": "inr", "JP": "jpy", "LI": "chf", "MX": "mxn", "MY": "myr", "NO": "nok",
    "NZ": "nzd", "PL": "pln", "RO": "ron", "SE": "sek", "SG": "sgd", "TH": "thb", "US": "usd",
}  # fmt: skip
KIND = "country_spec"


def every(w: Work) -> list[Doc]:
    """All countries, in alphabetical order."""
    return [of(w, code) for code in sorted(CURRENCIES)]


def of(w: Work, code: str) -> Doc:
    """``GET /v1/country_specs/{country}``; 404 for one that is not known here."""
    if code not in CURRENCIES:
        raise missing(KIND, code, "id")
    return w.build(
        KIND,
        id=code,
        default_currency=CURRENCIES[code],
        supported_bank_account_currencies={CURRENCIES[code]: [code]},
        supported_payment_currencies=sorted(money.CURRENCIES),
        supported_payment_methods=["ach", "card", "stripe"] if code == "US" else ["card", "stripe"],
        supported_transfer_countries=sorted(CURRENCIES),
        verification_fields={
            kind: {"additional": [], "minimum": onboarding.wanted(kind, code)} for kind in ("company", "individual")
        },
    )
