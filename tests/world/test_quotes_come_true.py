"""What a quote says upfront is what its first invoice says: over random prices, discounts, taxes and trials."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from world.lives import START, Api

from mockbill.app import Application, create_app
from mockbill.settings import Settings

MONTHLY = {"interval": "month"}
PRICES: dict[str, dict[str, Any]] = {
    "basic": {"unit_amount": 1999, "recurring": MONTHLY},
    "dear": {"unit_amount": 5000, "recurring": MONTHLY},
    "fine": {"unit_amount_decimal": "0.375", "recurring": MONTHLY},
    "tiered": {
        "recurring": MONTHLY,
        "billing_scheme": "tiered",
        "tiers_mode": "graduated",
        "tiers": [{"up_to": 2, "unit_amount": 700}, {"up_to": "inf", "unit_amount": 333, "flat_amount": 101}],
    },
    "setup": {"unit_amount": 9901},
    "training": {"unit_amount": 333},
}
COUPONS = {
    "tenth": {"percent_off": 10, "duration": "forever"},
    "once": {"amount_off": 701, "currency": "usd", "duration": "once"},
    "third": {"percent_off": 33.3, "duration": "repeating", "duration_in_months": 3},
}
TAXES = {"on top": {"percentage": 19.6, "inclusive": False}, "within": {"percentage": 7, "inclusive": True}}


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z"}, environ={}))
    yield app
    app.close()


accounts = count()  # each example has one of its own
items = st.lists(
    st.fixed_dictionaries(
        {
            "price": st.sampled_from(sorted(PRICES)),
            "quantity": st.integers(1, 12),
            "coupon": st.none() | st.sampled_from(sorted(COUPONS)),
            "tax": st.none() | st.sampled_from(sorted(TAXES)),
        }
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda item: item["price"],
)
quotes = st.fixed_dictionaries(
    {
        "items": items,
        "coupons": st.lists(st.sampled_from(sorted(COUPONS)), max_size=2, unique=True),
        "tax": st.none() | st.sampled_from([*sorted(TAXES), "automatic"]),
        "trial": st.none() | st.integers(1, 30),
        "sent": st.booleans(),
        "mode": st.sampled_from(["flexible", "classic"]),
        "exempt": st.sampled_from(["none", "none", "exempt", "reverse"]),
        "balance": st.sampled_from([0, 0, -500]),
    }
)


def one(price: str, **different: Any) -> dict[str, Any]:
    """A quote of one price with nothing special."""
    plain = {"coupons": [], "tax": None, "trial": None, "sent": False, "mode": "flexible", "exempt": "none"}
    return {"items": [{"price": price, "quantity": 3, "coupon": None, "tax": None}], "balance": 0, **plain, **different}


def asked(made: dict[str, str], quote: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a quote; automatic tax stands alone."""
    automatic = quote["tax"] == "automatic"
    sent: dict[str, Any] = {"line_items": [], "discounts": [{"coupon": made[name]} for name in quote["coupons"]]}
    for item in quote["items"]:
        entry: dict[str, Any] = {"price": made[item["price"]], "quantity": item["quantity"]}
        if item["coupon"]:
            entry["discounts"] = [{"coupon": made[item["coupon"]]}]
        if item["tax"] and not automatic:
            entry["tax_rates"] = [made[item["tax"]]]
        sent["line_items"].append(entry)
    if automatic:
        sent["automatic_tax"] = {"enabled": True}
    elif quote["tax"]:
        sent["default_tax_rates"] = [made[quote["tax"]]]
    if quote["sent"]:
        sent |= {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 10}}
    data: dict[str, Any] = {"billing_mode": {"type": quote["mode"]}}
    if quote["trial"]:
        data["trial_period_days"] = quote["trial"]
    return {name: value for name, value in sent.items() if value} | {"subscription_data": data}


def told(sums: dict[str, Any]) -> tuple[int, ...]:
    """Before, off, tax, and what is to be paid."""
    details = sums["total_details"]
    return sums["amount_subtotal"], details["amount_discount"], details["amount_tax"], sums["amount_total"]


def invoiced(invoice: dict[str, Any]) -> tuple[int, ...]:
    off = sum(each["amount"] for each in invoice["total_discount_amounts"])
    tax = sum(each["amount"] for each in invoice["total_taxes"])
    return sum(line["amount"] for line in invoice["lines"]["data"]), off, tax, invoice["total"]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(quote=quotes)
@example(quote=one("basic", coupons=["once", "third"], tax="within"))
@example(quote=one("tiered", tax="automatic", exempt="none"))
@example(quote=one("setup", coupons=["tenth"], tax="within", exempt="exempt"))
@example(quote=one("fine", trial=7, coupons=["once"]))
def test_the_first_invoice_says_what_the_quote_said(application: Application, quote: dict[str, Any]) -> None:
    api = Api(application, f"quotes{next(accounts)}")
    made = {
        name: api.post("prices", currency="usd", product_data={"name": name}, **terms)["id"]
        for name, terms in PRICES.items()
    }
    made |= {name: api.post("coupons", **terms)["id"] for name, terms in COUPONS.items()}
    made |= {name: api.post("tax_rates", display_name="VAT", **terms)["id"] for name, terms in TAXES.items()}
    clock = api.clock()
    customer = api.post(
        "customers",
        test_clock=clock,
        address={"country": "DE"},
        tax_exempt=quote["exempt"],
        balance=quote["balance"],
        payment_method="pm_card_visa",
        invoice_settings={"default_payment_method": "pm_card_visa"},
    )["id"]
    draft = api.post("quotes", customer=customer, **asked(made, quote))
    assert draft["status"] == "draft", draft
    api.post(f"quotes/{draft['id']}/finalize")
    accepted = api.post(f"quotes/{draft['id']}/accept")
    invoice = api.call("GET", f"invoices/{accepted['invoice']}")
    assert told(draft["computed"]["upfront"]) == invoiced(invoice)
    listed = api.call("GET", f"quotes/{draft['id']}/computed_upfront_line_items")["data"]
    assert sum(item["amount_total"] for item in listed) == invoice["total"]
    event("recurring" if accepted["subscription"] else "once")
    if not accepted["subscription"]:
        assert draft["computed"]["recurring"] is None
        assert told(draft) == told(draft["computed"]["upfront"])
        return
    _the_renewals_too(api, clock, draft, accepted)


def _the_renewals_too(api: Api, clock: str, draft: dict[str, Any], accepted: dict[str, Any]) -> None:
    """Once the discounts for a time are over, an invoice is what the quote had called recurring."""
    api.advance(clock, START + 200 * 86_400)
    where = {"parent.subscription_details.subscription": accepted["subscription"]}
    [*_, newest] = api.world.table("invoice").select(where)
    assert told(draft["computed"]["recurring"]) == invoiced(newest)
