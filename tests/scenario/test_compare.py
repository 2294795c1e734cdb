"""What a story expected beside what it got."""

from typing import Any

import pytest

from mockbill.scenario.compare import Difference, ExpectedEvent, at, chain_unmet, differences, nearest_field

INVOICE = {
    "id": "in_1",
    "status": "open",
    "amount_due": 2900,
    "paid": True,
    "due_date": None,
    "next_payment_attempt": 1_772_535_600,
    "customer": "cus_1",
    "lines": {"data": [{"amount": 2900, "period": {"start": 1, "end": 2}}]},
}
CUSTOMER = {"id": "cus_1", "email": "ada@example.com"}


def event(type: str, now: dict[str, Any] | None = None, was: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": type, "data": {"object": now or {}, **({"previous_attributes": was} if was else {})}}


@pytest.mark.parametrize(
    "expected",
    [
        {"status": "open", "amount_due": 2900},
        {"lines.data[0].amount": 2900},
        {"lines.data.0.period": {"end": 2}},
        {"lines": {"data": [{"period.start": 1}]}},
        {"due_date": None, "paid": True},
        {"next_payment_attempt": "2026-03-03T11:00:00Z"},
        {"customer.email": "ada@example.com", "customer": "cus_1"},
        {},
    ],
)
def test_values_that_are_there_are_met_and_others_do_not_matter(expected: dict[str, Any]) -> None:
    assert differences(expected, INVOICE, {"cus_1": CUSTOMER}.get) == []


@pytest.mark.parametrize(
    ("expected", "path", "wanted", "got"),
    [
        ({"status": "paid"}, "status", "paid", "open"),
        ({"amount_due": "2900"}, "amount_due", '"2900"', "2900"),
        ({"paid": 1}, "paid", "1", "true"),
        ({"due_date": 0}, "due_date", "0", "null"),
        ({"dew_date": None}, "dew_date", "null", "(absent)"),
        ({"lines.data[1].amount": 1}, "lines.data[1].amount", "1", "(absent)"),
        ({"lines": {"data": []}}, "lines.data", "[]", str(INVOICE["lines"]["data"])),  # type: ignore[index]
        ({"lines": {"data": [{"period": {"end": 3}}]}}, "lines.data[0].period.end", "3", "2"),
        (
            {"next_payment_attempt": "2026-03-03T12:00:00Z"},
            "next_payment_attempt",
            "2026-03-03T12:00:00Z",
            "2026-03-03T11:00:00Z",
        ),
        ({"customer.email": "bob@example.com"}, "customer.email", "bob@example.com", "(absent)"),
    ],
)
def test_a_difference_names_the_path_the_expected_and_the_got(
    expected: dict[str, Any], path: str, wanted: str, got: str
) -> None:
    (difference,) = differences(expected, INVOICE)
    assert difference.lines() == [f"{path}  expected {wanted}", f"{' ' * len(path)}  got      {got}"]


def test_a_path_goes_on_through_an_id_when_it_can_be_fetched() -> None:
    assert at(INVOICE, "customer.email", {"cus_1": CUSTOMER}.get) == "ada@example.com"
    assert repr(at(INVOICE, "customer.email")) == "(absent)"


def test_a_misspelt_field_is_suggested() -> None:
    assert nearest_field(INVOICE, "lines.data.0.amonut") == '; did you mean "amount"?'
    assert nearest_field(INVOICE, "status.x") == ""


def test_a_chain_is_met_by_the_same_events_in_the_same_order() -> None:
    assert chain_unmet([ExpectedEvent("a"), ExpectedEvent("b")], [event("a"), event("b")]) is None
    assert chain_unmet([], []) is None


def test_a_chain_that_differs_is_shown_with_what_is_missing_and_what_came_instead() -> None:
    unmet = chain_unmet(
        [ExpectedEvent("a"), ExpectedEvent("b"), ExpectedEvent("c")], [event("a"), event("c"), event("d")]
    )
    assert unmet is not None
    assert unmet.lines() == ["  a", "- b", "  c", "+ d"]


def test_events_in_another_order_are_another_chain() -> None:
    assert chain_unmet([ExpectedEvent("a"), ExpectedEvent("b")], [event("b"), event("a")]) is not None


def test_an_event_beyond_the_expected_ones_is_one_too_many() -> None:
    unmet = chain_unmet([], [event("a")])
    assert unmet is not None
    assert unmet.lines() == ["+ a"]


def test_contained_events_may_have_others_between_them_but_keep_their_order() -> None:
    got = [event("a"), event("x"), event("b"), event("y")]
    assert chain_unmet([ExpectedEvent("a"), ExpectedEvent("b")], got, all_of_them=False) is None
    unmet = chain_unmet([ExpectedEvent("b"), ExpectedEvent("a")], got, all_of_them=False)
    assert unmet is not None
    assert "- a" in unmet.lines() or "- b" in unmet.lines()


def test_an_event_may_be_asked_what_it_was_and_what_it_is() -> None:
    got = [event("a", {"status": "past_due"}, {"status": "active"}), event("a", {"status": "canceled"})]
    was = ExpectedEvent("a", {"status": "active"}, {"status": "past_due"})
    assert chain_unmet([was, ExpectedEvent("a")], got) is None
    unmet = chain_unmet([was, ExpectedEvent("a", {"status": "active"}, {"status": "unpaid"})], got)
    assert unmet is not None
    assert [(d.path, d.expected, str(d.got)) for d in unmet.differences] == [
        ("a #2: status (before)", "active", "(absent)"),
        ("a #2: status", "unpaid", "canceled"),
    ]


def test_long_values_are_cut() -> None:
    assert len(Difference("x", "a" * 500, "b").lines()[0]) < 220
