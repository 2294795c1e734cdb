"""Which object an id names, and where the API reads and updates it."""

import re
from urllib.parse import quote

from mockbill.scenario.client import Document
from mockbill.scenario.compare import Unmet

Thing = str | Document  # an id, or the document that has it

_PATHS = {
    "sub_sched": "/v1/subscription_schedules",
    "cus": "/v1/customers",
    "prod": "/v1/products",
    "price": "/v1/prices",
    "sub": "/v1/subscriptions",
    "si": "/v1/subscription_items",
    "in": "/v1/invoices",
    "ii": "/v1/invoiceitems",
    "inpay": "/v1/invoice_payments",
    "promo": "/v1/promotion_codes",
    "txr": "/v1/tax_rates",
    "pi": "/v1/payment_intents",
    "seti": "/v1/setup_intents",
    "pm": "/v1/payment_methods",
    "ch": "/v1/charges",
    "re": "/v1/refunds",
    "pyr": "/v1/refunds",
    "cn": "/v1/credit_notes",
    "dp": "/v1/disputes",
    "txn": "/v1/balance_transactions",
    "qt": "/v1/quotes",
    "plink": "/v1/payment_links",
    "cs": "/v1/checkout/sessions",
    "evt": "/v1/events",
    "we": "/v1/webhook_endpoints",
    "clock": "/v1/test_helpers/test_clocks",
}
_BY_KIND = {"coupon": "/v1/coupons"}  # whose ids are names that their makers chose
_ID = re.compile(rf"({'|'.join(sorted(_PATHS, key=len, reverse=True))})_[A-Za-z0-9_]+")


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def is_readable(thing: Thing) -> bool:
    """Whether the API can be asked for it; what cannot be (a preview, a list) stays as it came."""
    return is_id(id_of(thing)) or (isinstance(thing, dict) and thing.get("object") in _BY_KIND)


def id_of(thing: Thing) -> str:
    return thing if isinstance(thing, str) else str(thing.get("id"))


def path_of(thing: Thing) -> str:
    """`/v1/customers/cus_1` for a customer or its id; raises Unmet for what the API cannot read."""
    if isinstance(thing, dict) and (place := _BY_KIND.get(thing.get("object", ""))):
        return f"{place}/{quote(id_of(thing), safe='')}"
    match = _ID.fullmatch(id_of(thing))
    if match is None:
        raise Unmet(f'"{id_of(thing)}" is not the id of an object that can be read')
    return f"{_PATHS[match[1]]}/{match[0]}"
