"""The table of automatic tax: what is levied where, on whom, and which addresses say enough."""

from fractions import Fraction

import pytest

from mockbill.rules import countries
from mockbill.rules.tax_ids import EU
from mockbill.rules.tax_table import STANDARD, Buyer, behavior, decide, parse, recognized


@pytest.mark.parametrize(
    ("seller", "buyer", "percentage", "reason"),
    [
        ("DE", Buyer("DE"), "19", "standard_rated"),
        ("DE", Buyer("FR"), "20", "standard_rated"),
        ("DE", Buyer("FR", vat=True), "0", "reverse_charge"),
        ("FR", Buyer("FR", vat=True), "20", "standard_rated"),  # at home a business pays like everybody
        ("US", Buyer("FR", vat=True), "20", "standard_rated"),  # only between countries of the EU
        ("DE", Buyer("CH", vat=True), "8.1", "standard_rated"),
        ("US", Buyer("US", "CA"), "0", "not_collecting"),
        ("US", Buyer("CA", "ON"), "13", "standard_rated"),
        ("US", Buyer("CA", "AB"), "5", "standard_rated"),
        ("US", Buyer("BR"), "0", "not_collecting"),
        ("DE", Buyer("DE", exemption="exempt"), "0", "customer_exempt"),
        ("DE", Buyer("DE", exemption="reverse"), "0", "reverse_charge"),
        ("US", Buyer("BR", exemption="exempt"), "0", "not_collecting"),
    ],
)
def test_what_is_levied(seller, buyer, percentage, reason):
    found = decide(STANDARD, seller, buyer)
    assert (found.percentage, found.reason) == (Fraction(percentage), reason)


def test_a_nontaxable_product_is_exempt():
    assert decide(STANDARD, "DE", Buyer("DE"), "txcd_00000000").reason == "product_exempt"
    assert decide(STANDARD, "DE", Buyer("DE"), "txcd_10000000").percentage == 19


def test_the_shipped_table_has_the_whole_union_and_nothing_above_a_third():
    assert STANDARD.entries.keys() >= EU
    assert all(0 < entry.percentage < Fraction(100, 3) for entry in STANDARD.entries.values())


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (None, None),
        ({"country": None}, None),
        ({"country": "Germany"}, None),
        ({"country": "de"}, ("DE", None)),
        ({"country": "US", "state": "CA"}, None),
        ({"country": "US", "postal_code": "94103", "state": "CA"}, ("US", "CA")),
        ({"country": "CA"}, None),
        ({"country": "CA", "state": "ON"}, ("CA", "ON")),
        ({"country": "CA", "postal_code": "M5V 3L9"}, ("CA", None)),
    ],
)
def test_which_addresses_say_enough(address, place):
    assert recognized(address) == place


@pytest.mark.parametrize(
    ("told", "default", "currency", "answer"),
    [
        ("inclusive", "exclusive", "usd", "inclusive"),
        ("exclusive", "inclusive", "eur", "exclusive"),
        ("unspecified", None, "eur", "exclusive"),
        ("unspecified", "inclusive", "usd", "inclusive"),
        ("unspecified", "inferred_by_currency", "usd", "exclusive"),
        (None, "inferred_by_currency", "eur", "inclusive"),
    ],
)
def test_whether_a_price_includes_its_tax(told, default, currency, answer):
    assert behavior(told, default, currency) == answer


def test_a_table_of_ones_own():
    table = parse("mine.json", {"de": 16, "US-CA": "7.25", "NO": {"percentage": 15, "tax_type": "gst"}})
    assert str(table) == "mine.json"
    found = decide(table, "US", Buyer("US", "CA"))
    assert (found.percentage, found.entry.name, found.reason) == (Fraction("7.25"), "Sales Tax", "standard_rated")
    assert decide(table, "US", Buyer("US", "NY")).reason == "not_collecting"
    assert decide(table, "US", Buyer("DE")).percentage == 16
    assert decide(table, "US", Buyer("NO")).entry.name == "GST"
    assert decide(table, "US", Buyer("FR")).reason == "not_collecting"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "percentages by country"),
        ({"Germany": 19}, "'Germany' is no country"),
        ({"DE": "much"}, "DE: 'much' is no percentage"),
        ({"DE": 119}, "DE: 119 is not between 0 and 100"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(document, message):
    with pytest.raises(ValueError, match=message):
        parse("mine.json", document)


@pytest.mark.parametrize(
    ("country", "known"),
    [("DE", True), ("de", True), ("XK", True), ("XX", False), ("ZZ", False), ("UK", False), ("12", False)],
)
def test_only_countries_that_exist_are_recognized(country: str, known: bool) -> None:
    assert (recognized({"country": country}) is not None) is known


def test_there_are_as_many_codes_as_the_standard_has_and_kosovo_s() -> None:
    assert len(countries.CODES - {"XK"}) == 249
