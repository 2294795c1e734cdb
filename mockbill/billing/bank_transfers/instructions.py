"""Where a customer sends her money: an account of her own in each currency, the same one each time."""

from typing import Any

from mockbill.billing import amounts
from mockbill.rules import bank_transfers
from mockbill.world import Doc, Problem, Work

_NO_ADDRESS = {"city": None, "country": "US", "line1": None, "line2": None, "postal_code": None, "state": None}


def create(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/funding_instructions``: made at the first call, the same ones afterwards."""
    currency = amounts.currency(params["currency"])
    asked = params["bank_transfer"]
    check(asked, currency, "bank_transfer")
    shown = of(w, customer["id"], asked)
    return {
        "object": "funding_instructions",
        "bank_transfer": {
            "country": shown["country"],
            "financial_addresses": shown["financial_addresses"],
            "type": asked["type"],
        },
        "currency": currency,
        "funding_type": "bank_transfer",
        "livemode": False,
    }


def check(asked: Doc, currency: str, param: str) -> None:
    """Problem where the kind of transfer does not fit the currency, or no country is named for one in euro."""
    wanted = bank_transfers.TYPES.get(currency)
    if asked.get("type") != wanted:
        names = f"The bank transfer type for {currency} is {wanted}" if wanted else f"There is none for {currency}"
        raise Problem(f"Invalid bank transfer type: {asked.get('type')}. {names}.", param=f"{param}[type]")
    if wanted == "eu_bank_transfer":
        country = (asked.get("eu_bank_transfer") or {}).get("country")
        name = f"{param}[eu_bank_transfer][country]"
        if not country:
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
        if country not in bank_transfers.COUNTRIES:
            raise Problem(f"Invalid country: must be one of {', '.join(bank_transfers.COUNTRIES)}.", param=name)


def of(w: Work, customer_id: str, asked: Doc) -> Doc:
    """``country``, ``financial_addresses`` and ``reference`` for a customer and a kind of transfer."""
    type = asked["type"]
    country = (asked.get("eu_bank_transfer") or {}).get("country") or _COUNTRY[type]
    seed = f"{customer_id}/{type}/{country}"
    return {
        "country": country,
        "financial_addresses": [_address(w, type, country, seed)],
        "reference": w.world.ids.digest(seed, 12).upper(),
    }


_COUNTRY = {
    "eu_bank_transfer": "DE",
    "gb_bank_transfer": "GB",
    "jp_bank_transfer": "JP",
    "mx_bank_transfer": "MX",
    "us_bank_transfer": "US",
}


def _address(w: Work, type: str, country: str, seed: str) -> Doc:
    holder: Doc = {
        "account_holder_address": {**_NO_ADDRESS, "country": country},
        "account_holder_name": w.world.name,
        "bank_address": {**_NO_ADDRESS, "country": country},
    }
    number = w.world.ids.digits(seed, 12)
    match type:
        case "us_bank_transfer":
            aba = {"account_number": number, "account_type": "checking", "bank_name": "MOCKBILL TEST BANK"}
            return {"aba": {**holder, **aba, "routing_number": "110000000"}, **_of("aba", "ach", "domestic_wire_us")}
        case "gb_bank_transfer":
            return {
                "sort_code": {**holder, "account_number": number[:8], "sort_code": "108800"},
                **_of("sort_code", "bacs", "fps"),
            }
        case "jp_bank_transfer":
            bank = {"account_type": "futsu", "bank_code": "0001", "bank_name": "MOCKBILL TEST BANK"}
            branch = {"branch_code": "001", "branch_name": "TEST"}
            return {"zengin": {**holder, "account_number": number[:7], **bank, **branch}, **_of("zengin", "zengin")}
        case "mx_bank_transfer":
            spei = {"bank_code": "646", "bank_name": "MOCKBILL TEST BANK", "clabe": f"646{number}123"}
            return {"spei": {**holder, **spei}, **_of("spei", "spei")}
    iban = {"bic": "MOCKBIC0", "country": country, "iban": f"{country}{number[:2]}{number}"}
    return {"iban": {**holder, **iban}, **_of("iban", "sepa")}


def _of(type: str, *networks: str) -> Doc:
    return {"supported_networks": list(networks), "type": type}
