"""Shapes know fields, blanks are whole, and what an id expands to is found along any path."""

import pytest

from mockbill import surface

# Field order of a customer that Stripe answered to `POST /v1/customers` (recorded with 2026-06-24.dahlia).
RECORDED_CUSTOMER = (
    "id object address balance created currency customer_account default_source delinquent description discount email "
    "invoice_prefix invoice_settings livemode metadata name next_invoice_sequence phone preferred_locales shipping "
    "tax_exempt test_clock"
)


def test_a_blank_customer_has_the_fields_that_stripe_answers_in_its_order() -> None:
    assert " ".join(surface.blank("customer")) == RECORDED_CUSTOMER


@pytest.mark.parametrize("kind", surface.kinds())
def test_a_blank_of_every_kind_is_right_by_its_own_shape(kind: str) -> None:
    blank = surface.blank(kind)
    assert surface.check(blank) == []
    assert blank["object"] == kind


def test_empty_values_are_natural() -> None:
    subscription = surface.blank("subscription")
    assert subscription["cancel_at_period_end"] is False
    assert subscription["start_date"] == 0
    assert subscription["customer"] == ""
    assert subscription["latest_invoice"] is None
    assert subscription["metadata"] == {}
    assert subscription["discounts"] == []
    assert subscription["default_tax_rates"] == []
    assert subscription["items"] == {"object": "list", "data": [], "has_more": False, "url": ""}
    assert subscription["automatic_tax"] == {"disabled_reason": None, "enabled": False, "liability": None}
    assert surface.blank("coupon")["metadata"] == {}
    assert surface.blank("payment_intent")["amount_details"] == {"tip": {}}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            "customer",
            {"sources", "subscriptions", "tax", "tax_ids", "cash_balance", "invoice_credit_balance", "deleted"},
        ),
        ("price", {"tiers", "currency_options"}),
        ("coupon", {"applies_to", "currency_options"}),
        ("charge", {"refunds"}),
        ("invoice", {"confirmation_secret", "payments", "threshold_reason", "status_details"}),
        ("checkout.session", {"line_items", "optional_items"}),
        ("payment_link", {"line_items"}),
        ("quote", {"line_items"}),
        ("subscription_item", {"billed_until"}),
        ("webhook_endpoint", {"secret"}),
        ("payment_method", {"card", "us_bank_account"}),
    ],
)
def test_fields_that_must_be_asked_for_or_set_are_absent(kind: str, names: set[str]) -> None:
    assert names.isdisjoint(surface.blank(kind))
    assert all(surface.shape(kind)[name].absent for name in names)


def test_every_blank_is_its_own() -> None:
    first = surface.blank("customer")
    first["name"] = "Ada"
    assert surface.blank("customer")["name"] is None


def test_the_blank_of_a_nested_object_is_found_by_its_path() -> None:
    item = surface.blank_at("subscription", "items", "data")
    assert item["object"] == "subscription_item"
    assert list(surface.blank_at("charge", "billing_details")) == ["address", "email", "name", "phone", "tax_id"]
    with pytest.raises(KeyError, match=r"customer\.name holds no object"):
        surface.blank_at("customer", "name")


def test_an_unknown_kind_has_no_shape() -> None:
    with pytest.raises(KeyError):
        surface.shape("customers")


@pytest.mark.parametrize(
    ("kind", "path", "expands"),
    [
        ("subscription", ["latest_invoice"], ("invoice",)),
        ("invoice", ["parent", "subscription_details", "subscription"], ("subscription",)),
        ("invoice", ["payments", "data", "payment", "payment_intent"], ("payment_intent",)),
        ("price", ["product"], ("product",)),
        ("customer", ["default_source"], ("account", "bank_account", "card", "source")),
        ("payment_intent", ["transfer_data", "destination"], ("account",)),
        ("customer", ["name"], ()),
    ],
)
def test_an_id_says_what_it_expands_to(kind: str, path: list[str], expands: tuple[str, ...]) -> None:
    field = surface.field_type(kind, *path)
    assert field is not None
    assert field.expands == expands


def test_a_list_of_ids_expands_by_its_items() -> None:
    discounts = surface.shape("invoice")["discounts"]
    assert discounts.items is not None
    assert discounts.items.expands == ("discount",)
    assert surface.expandable("invoice")["discounts"] == ("discount",)
    assert surface.expandable("invoice")["customer"] == ("customer",)
    assert "total" not in surface.expandable("invoice")


def test_a_path_that_leads_nowhere_has_no_field() -> None:
    assert surface.field_type("customer", "nope") is None
    assert surface.field_type("customer", "name", "first") is None


def test_fields_tell_their_type() -> None:
    shape = surface.shape("invoice")
    assert shape["total"].type == "integer"
    assert shape["status"].values == ("draft", "open", "paid", "uncollectible", "void")
    assert shape["status"].nullable
    assert shape["lines"].type == "list_object"
    assert shape["metadata"].type == "map"
    assert shape["issuer"].nested is not None
    assert shape["issuer"].nested["type"].path == "invoice.issuer.type"
    assert surface.shape("payout")["arrival_date"].nullable is False
    assert surface.shape("v2.money_management.outbound_payment")["from"].type == "object"  # the SDK writes `from_`
