"""Which finer events a change is, told by the object and its ``previous_attributes``."""

from typing import Any

import pytest

from mockbill.rules.finer_events import finer


def page(*members: Any) -> dict[str, Any]:
    return {"object": "list", "data": list(members)}


def item(id: str, price: str = "price_a", quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": id, "price": {"id": price, "object": "price"}, "quantity": quantity, "tax_rates": [], **more}


SUBSCRIPTION = {"status": "active", "items": page(item("si_1"))}
INVOICE = {"discounts": ["di_1"], "lines": page({"id": "il_1", "pricing": {"price": "a"}, "quantity": 1})}


@pytest.mark.parametrize(
    ("type", "now", "previous", "names"),
    [
        ("customer.subscription.created", SUBSCRIPTION, None, "active"),
        ("customer.subscription.created", {**SUBSCRIPTION, "status": "trialing"}, None, "trialing"),
        ("customer.subscription.created", {**SUBSCRIPTION, "status": "paused"}, None, ""),
        ("customer.subscription.updated", SUBSCRIPTION, {"status": "past_due"}, "active"),
        ("customer.subscription.updated", {**SUBSCRIPTION, "status": "canceled"}, {"status": "active"}, ""),
        ("customer.subscription.updated", SUBSCRIPTION, {"metadata": {"a": None}}, ""),
        (
            "customer.subscription.updated",
            SUBSCRIPTION,
            {"cancel_at": 1, "default_payment_method": None},
            "cancel_at_changed default_payment_method_changed",
        ),
        ("customer.subscription.updated", SUBSCRIPTION, {"items": page()}, "item_added"),
        ("customer.subscription.updated", SUBSCRIPTION, {"items": page(item("si_1"), item("si_2"))}, "item_removed"),
        # one item in the place of another is one that was added and one that was removed
        ("customer.subscription.updated", SUBSCRIPTION, {"items": page(item("si_2"))}, "item_added item_removed"),
        ("customer.subscription.updated", SUBSCRIPTION, {"items": page(item("si_1", "b"))}, "item_price_changed"),
        (
            "customer.subscription.updated",
            SUBSCRIPTION,
            {"items": page(item("si_1", quantity=2))},
            "item_quantity_changed",
        ),
        (
            "customer.subscription.updated",
            SUBSCRIPTION,
            {"items": page(item("si_1", "b", 3, tax_rates=["txr"]))},
            "item_price_changed item_quantity_changed item_tax_rates_changed",
        ),
        # a renewal changes the periods of items, and nothing that has a name
        ("customer.subscription.updated", SUBSCRIPTION, {"items": page(item("si_1", current_period_end=1))}, ""),
    ],
)
def test_of_a_subscription(type: str, now: Any, previous: Any, names: str) -> None:
    assert finer(type, now, previous) == [f"customer.subscription.{name}" for name in names.split()]


@pytest.mark.parametrize(
    ("type", "now", "previous", "names"),
    [
        ("invoice.updated", INVOICE, {"discounts": []}, ["invoice.discount_added"]),
        ("invoice.updated", INVOICE, {"discounts": ["di_1", "di_2"]}, ["invoice.discount_removed"]),
        ("invoice.updated", INVOICE, {"lines": page()}, ["invoice.line_item_added"]),
        (
            "invoice.updated",
            INVOICE,
            {"lines": page({"id": "il_1", "pricing": {"price": "b"}, "quantity": 2})},
            ["invoice.line_item_pricing_changed", "invoice.line_item_quantity_changed"],
        ),
        ("invoice.updated", INVOICE, {"status": "draft"}, []),
        ("invoice.paid", INVOICE, None, []),
        (
            "price.updated",
            {"active": False},
            {"active": True, "lookup_key": "a"},
            ["price.deactivated", "price.lookup_key_changed"],
        ),
        ("price.updated", {"active": True}, {"tax_behavior": "unspecified"}, ["price.tax_behavior_changed"]),
        (
            "product.updated",
            {"active": True},
            {"active": False, "default_price": None, "tax_code": None},
            ["product.activated", "product.default_price_changed", "product.tax_code_changed"],
        ),
        (
            "promotion_code.updated",
            {"times_redeemed": 2, "max_redemptions": 2},
            {"times_redeemed": 1},
            ["promotion_code.fully_redeemed"],
        ),
        ("promotion_code.updated", {"times_redeemed": 1, "max_redemptions": None}, {"times_redeemed": 0}, []),
        ("promotion_code.updated", {"times_redeemed": 1, "max_redemptions": 2, "active": False}, {"active": True}, []),
        (
            "promotion_code.updated",
            {"times_redeemed": 2, "max_redemptions": 2, "active": False},
            {"active": True},
            ["promotion_code.fully_redeemed"],
        ),
        (
            "subscription_schedule.updated",
            {"phases": [{"start_date": 1, "end_date": 3}, {"start_date": 3, "end_date": 4}]},
            {"phases": [{"start_date": 1, "end_date": 2}]},
            ["subscription_schedule.phase_added", "subscription_schedule.phase_end_date_changed"],
        ),
        (
            "entitlements.active_entitlement_summary.updated",
            {"entitlements": page({"id": "ent_1"})},
            {"entitlements": page({"id": "ent_2"})},
            [
                "entitlements.active_entitlement_summary.entitlement_added",
                "entitlements.active_entitlement_summary.entitlement_removed",
            ],
        ),
        ("customer.discount.updated", {}, {"source": {}}, ["customer.discount.source_changed"]),
    ],
)
def test_of_other_objects(type: str, now: Any, previous: Any, names: list[str]) -> None:
    assert finer(type, now, previous) == names
