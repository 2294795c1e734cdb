"""An answer that contradicts its declared shape is told, with the place."""

from typing import Any

import pytest

from mockbill import surface


def invoice(**fields: Any) -> dict[str, Any]:
    return {**surface.blank("invoice"), "id": "in_1", **fields}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"total": "100"}, "invoice.total: expected integer, got string"),
        ({"total": True}, "invoice.total: expected integer, got boolean"),
        ({"total": None}, "invoice.total: expected integer, got null"),
        ({"attempted": 1}, "invoice.attempted: expected boolean, got integer"),
        ({"status": "paied"}, "invoice.status: expected one of draft, open, paid, uncollectible, void, got 'paied'"),
        ({"colour": "red"}, "invoice.colour: no such field"),
        ({"issuer": {"type": "self", "colour": 1}}, "invoice.issuer.colour: no such field"),
        ({"issuer": "self"}, "invoice.issuer: expected object, got string"),
        ({"metadata": {"a": 1}}, "invoice.metadata[a]: expected string, got integer"),
        ({"discounts": ["di_1", 5]}, "invoice.discounts[1]: expected an object that says what it is, got integer"),
        ({"discounts": {}}, "invoice.discounts: expected list, got object"),
        ({"customer": {"id": "cus_1"}}, "invoice.customer: expected an object that says what it is, got object"),
        ({"customer": surface.blank("price")}, "invoice.customer: expected customer, got price"),
        (
            {"customer": surface.blank("customer") | {"balance": "0"}},
            "invoice.customer.balance: expected integer, got string",
        ),
        ({"lines": []}, "invoice.lines: expected a list object, got list"),
        ({"lines": {"object": "list", "data": [], "url": ""}}, "invoice.lines: a list object says has_more and url"),
        (
            {"lines": {"object": "list", "data": [surface.blank("coupon")], "has_more": False, "url": ""}},
            "invoice.lines.data[0]: expected line_item, got coupon",
        ),
    ],
)
def test_a_contradiction_is_told_with_its_place(fields: dict[str, Any], problem: str) -> None:
    assert surface.check(invoice(**fields)) == [problem]


def test_a_right_answer_has_none() -> None:
    line = surface.blank("line_item")
    assert surface.check(invoice(lines={"object": "list", "data": [line], "has_more": False, "url": "/"})) == []
    assert surface.check(invoice(customer=surface.blank("customer"), latest_revision="in_2")) == []


def test_a_missing_field_is_told_unless_it_may_be_absent() -> None:
    doc = invoice()
    del doc["total"], doc["auto_advance"]
    assert surface.check(doc) == ["invoice.auto_advance: missing", "invoice.total: missing"]
    assert "payments" not in doc


def test_what_is_there_when_asked_for_is_checked_too() -> None:
    assert surface.check(invoice(confirmation_secret={"client_secret": "s"})) == [
        "invoice.confirmation_secret.type: missing"
    ]


def test_deletion_answers_are_right_for_every_kind() -> None:
    for kind in surface.kinds():
        assert surface.check({"id": "x_1", "object": kind, "deleted": True}) == []
    assert surface.check(invoice(customer={"id": "cus_1", "object": "customer", "deleted": True})) == []


def test_lists_and_search_results_are_checked_item_by_item() -> None:
    page = {"object": "list", "data": [invoice(), invoice(total="1")], "has_more": False, "url": "/v1/invoices"}
    assert surface.check(page) == ["list.data[1].total: expected integer, got string"]
    found = {**page, "object": "search_result", "data": [invoice()], "next_page": None}
    assert surface.check(found) == []


def test_an_event_is_checked_with_what_it_tells() -> None:
    event = surface.blank("event") | {"data": {"object": invoice(total="1")}}
    assert surface.check(event) == ["event.data.object.total: expected integer, got string"]


def test_undeclared_fields_that_the_wire_has_are_let_through() -> None:
    plan = surface.blank("plan")
    assert surface.check(surface.blank("subscription") | {"plan": plan, "quantity": 1}) == []


@pytest.mark.parametrize("doc", [None, "x", [], {}, {"object": 5}])
def test_what_is_no_object_is_told(doc: Any) -> None:
    assert len(surface.check(doc)) == 1


def test_a_kind_that_does_not_exist_is_told() -> None:
    assert surface.check({"object": "customers"}) == ["customers: there is no kind customers"]
