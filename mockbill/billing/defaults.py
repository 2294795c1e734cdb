"""What a new object holds on the wire where its declared type leaves it open (recorded; stripe-behaviour.md 2)."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from mockbill import surface
from mockbill.world import Doc, Work
from mockbill.world.work import merged

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "customer": {
        "balance": 0,
        "delinquent": False,
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "preferred_locales": [],
        "tax_exempt": "none",
    },
    "product": {
        "active": True,
        "default_price": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
    },
    "price": {"active": True, "tax_behavior": "unspecified"},
    "plan": {"active": True},
    "subscription": {
        "cancellation_details": {"comment": None, "feedback": None, "feedback_option": None, "reason": None},
        "default_tax_rates": [],
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "trial_settings": {
            "end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice"},
        },
    },
    "subscription_schedule": {
        "default_settings": {
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": None,
            "description": None,
            "invoice_settings": {
                "account_tax_ids": None,
                "custom_fields": None,
                "days_until_due": None,
                "description": None,
                "footer": None,
                "issuer": {"type": "self"},
            },
            "on_behalf_of": None,
            "transfer_data": None,
        },
        "end_behavior": "release",
        "status": "not_started",
    },
    "subscription_item": {"tax_rates": []},
    "invoice": {
        "account_country": "US",
        "account_name": "mockbill",
        "auto_advance": False,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "status": "draft",
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    },
    "line_item": {
        "discount_amounts": [],
        "discountable": True,
        "pretax_credit_amounts": [],
        "taxes": [],
    },
    "invoiceitem": {"discountable": True, "discounts": [], "tax_rates": []},
    "invoice_payment": {"is_default": True, "status": "open"},
    "charge": {"destination": None, "dispute": None, "fraud_details": {}, "order": None, "radar_options": {}},
    "payment_intent": {
        "capture_method": "automatic",
        "managed_payments": {"enabled": False},
        "shared_payment_granted_token": None,
    },
    "webhook_endpoint": {"status": "enabled"},
    "test_helpers.test_clock": {"status": "ready"},
}


def add(w: Work, kind: str, /, **fields: Any) -> Doc:
    """A new stored document of a kind, with its wire defaults."""
    return w.put(kind, w.build_on(blank(kind), fields))


def build(w: Work, kind: str, /, **fields: Any) -> Doc:
    """The same, not stored: for what lives inside another document."""
    return w.build_on(blank(kind), fields)


@cache
def blank(kind: str, *also: str) -> Doc:
    """The document that those are built on: for ``Work.build_on``, where fields come in a dict anyway.

    ``also`` names fields that it may lack, which the caller is going to give it: it has a place for them.
    """
    return merged(surface.blank(kind), {**DEFAULTS.get(kind, {}), **dict.fromkeys(also, "")})
