"""Parameters are typed and refused as Stripe does."""

from typing import Any

import pytest

from mockbill import surface
from mockbill.surface import BOOLEAN, INTEGER, STRING, Invalid, any_of, list_of, map_of, object_of, one_of, optional

CUSTOMER = "POST /v1/customers"
SUBSCRIPTION = "POST /v1/subscriptions"
INTENT = "POST /v1/payment_intents"
EMPTY = (
    "You passed an empty string for '{0}'. We assume empty values are an attempt to unset a parameter; however '{0}'"
    " cannot be unset. You should remove '{0}' from your request or supply a non-empty value."
)


def refusal(key: str, tree: dict[str, Any], extra: Any = None) -> tuple[str | None, str, str]:
    with pytest.raises(Invalid) as caught:
        surface.validate(key, tree, extra)
    return caught.value.code, caught.value.param, caught.value.message


@pytest.mark.parametrize(
    ("key", "tree", "typed"),
    [
        (CUSTOMER, {}, {}),
        (CUSTOMER, {"name": "Ada", "balance": "-500"}, {"name": "Ada", "balance": -500}),
        (CUSTOMER, {"validate": "true"}, {"validate": True}),
        (CUSTOMER, {"validate": "True"}, {"validate": True}),
        (CUSTOMER, {"validate": "0"}, {"validate": False}),
        (CUSTOMER, {"shipping": ""}, {"shipping": ""}),
        (CUSTOMER, {"tax_exempt": ""}, {"tax_exempt": ""}),
        (CUSTOMER, {"metadata": ""}, {"metadata": ""}),
        (CUSTOMER, {"metadata": {"a": "", "b": "1"}}, {"metadata": {"a": "", "b": "1"}}),
        (CUSTOMER, {"expand": ["sources"]}, {"expand": ["sources"]}),
        (CUSTOMER, {"preferred_locales": {"1": "de", "0": "en"}}, {"preferred_locales": ["en", "de"]}),
        (CUSTOMER, {"preferred_locales": {"7": "de", "10": "en"}}, {"preferred_locales": ["de", "en"]}),
        ("GET /v1/customers", {"created": "12", "limit": "3"}, {"created": 12, "limit": 3}),
        ("GET /v1/customers", {"created": {"gte": "12", "lt": "20"}}, {"created": {"gte": 12, "lt": 20}}),
        ("DELETE /v1/customers/{customer}", {"expand": ["a"]}, {"expand": ["a"]}),
        (SUBSCRIPTION, {"customer": "c", "trial_end": "now"}, {"customer": "c", "trial_end": "now"}),
        (SUBSCRIPTION, {"customer": "c", "trial_end": "99"}, {"customer": "c", "trial_end": 99}),
        (
            SUBSCRIPTION,
            {"customer": "c", "items": [{"price": "p", "quantity": "2"}], "application_fee_percent": "2.5"},
            {"customer": "c", "items": [{"price": "p", "quantity": 2}], "application_fee_percent": 2.5},
        ),
        (
            "POST /v1/prices",
            {"currency": "usd", "unit_amount_decimal": "0.123456789012"},
            {"currency": "usd", "unit_amount_decimal": "0.123456789012"},
        ),
        (
            INTENT,
            {"amount": "1000", "currency": "USD", "off_session": "true"},
            {"amount": 1000, "currency": "USD", "off_session": True},
        ),
        (
            INTENT,
            {"amount": "1000", "currency": "usd", "off_session": "one_off"},
            {"amount": 1000, "currency": "usd", "off_session": "one_off"},
        ),
        (
            INTENT,
            {"amount": 1000, "currency": "usd", "confirm": True},
            {"amount": 1000, "currency": "usd", "confirm": True},
        ),
    ],
)
def test_right_parameters_are_typed(key: str, tree: dict[str, Any], typed: dict[str, Any]) -> None:
    got = surface.validate(key, tree)
    assert got == typed
    assert repr(got) == repr(typed)  # 1 is no True


@pytest.mark.parametrize(
    ("key", "tree", "code", "param", "message"),
    [
        (CUSTOMER, {"foo": "1"}, "parameter_unknown", "foo", "Received unknown parameter: foo"),
        (CUSTOMER, {"foo": "1", "bar": "2"}, "parameter_unknown", "foo", "Received unknown parameters: foo, bar"),
        (
            SUBSCRIPTION,
            {"customer": "c", "items": [{"price": "p"}, {"foo": "1", "bar": "1"}]},
            "parameter_unknown",
            "items[1][foo]",
            "Received unknown parameters: items[1][foo], items[1][bar]",
        ),
        (INTENT, {"currency": "usd"}, "parameter_missing", "amount", "Missing required param: amount."),
        (
            SUBSCRIPTION,
            {"customer": "c", "items": [{"price_data": {"currency": "usd", "product": "x"}}]},
            "parameter_missing",
            "items[0][price_data][recurring]",
            "Missing required param: items[0][price_data][recurring].",
        ),
        (INTENT, {"amount": "abc", "currency": "usd"}, "parameter_invalid_integer", "amount", "Invalid integer: abc"),
        (INTENT, {"amount": "10.0", "currency": "usd"}, "parameter_invalid_integer", "amount", "Invalid integer: 10.0"),
        (INTENT, {"amount": "1_0", "currency": "usd"}, "parameter_invalid_integer", "amount", "Invalid integer: 1_0"),
        (INTENT, {"amount": "٣", "currency": "usd"}, "parameter_invalid_integer", "amount", "Invalid integer: ٣"),
        (
            INTENT,
            {"amount": "9223372036854775808", "currency": "usd"},
            "parameter_invalid_integer",
            "amount",
            "Invalid integer: 9223372036854775808",
        ),
        (INTENT, {"amount": "", "currency": "usd"}, "parameter_invalid_empty", "amount", EMPTY.format("amount")),
        (
            "POST /v1/products",
            {"name": ""},
            "parameter_invalid_empty",
            "name",
            EMPTY.format("name"),
        ),
        (
            SUBSCRIPTION,
            {"customer": "c", "items": [{"price": ""}]},
            "parameter_invalid_empty",
            "items[0][price]",
            EMPTY.format("items[0][price]"),
        ),
        (CUSTOMER, {"validate": "yes"}, None, "validate", "Invalid boolean: yes"),
        (CUSTOMER, {"name": {"a": "b"}}, None, "name", 'Invalid string: {"a"=>"b"}'),
        (CUSTOMER, {"name": ["a", "b"]}, None, "name", 'Invalid string: ["a", "b"]'),
        (CUSTOMER, {"expand": "sources"}, None, "expand", "Invalid array"),
        (CUSTOMER, {"preferred_locales": {"a": "de"}}, None, "preferred_locales", "Invalid array"),
        (CUSTOMER, {"address": "Main St"}, None, "address", "Invalid object"),
        (CUSTOMER, {"metadata": "x"}, None, "metadata", "Invalid object"),
        (CUSTOMER, {"metadata": {"a": {"b": "c"}}}, None, "metadata[a]", 'Invalid string: {"b"=>"c"}'),
        (
            CUSTOMER,
            {"tax_exempt": "maybe"},
            None,
            "tax_exempt",
            "Invalid tax_exempt: must be one of exempt, none, or reverse",
        ),
        (
            SUBSCRIPTION,
            {"customer": "c", "collection_method": "x"},
            None,
            "collection_method",
            "Invalid collection_method: must be one of charge_automatically or send_invoice",
        ),
        (
            "POST /v1/prices",
            {"currency": "usd", "recurring": {"interval": "decade"}},
            None,
            "recurring[interval]",
            "Invalid recurring[interval]: must be one of day, month, week, or year",
        ),
        (
            "POST /v1/prices",
            {"currency": "usd", "unit_amount_decimal": "0.1234567890123"},
            None,
            "unit_amount_decimal",
            "Invalid decimal: 0.1234567890123",
        ),
        (
            SUBSCRIPTION,
            {"customer": "c", "application_fee_percent": "nan"},
            None,
            "application_fee_percent",
            "Invalid decimal: nan",
        ),
        (
            SUBSCRIPTION,
            {"customer": "c", "trial_end": "soon"},
            "parameter_invalid_integer",
            "trial_end",
            "Invalid integer: soon",
        ),
        (
            "GET /v1/customers",
            {"created": {"gt": "x"}},
            "parameter_invalid_integer",
            "created[gt]",
            "Invalid integer: x",
        ),
        ("GET /v1/customers", {"created": {"foo": "1"}}, "parameter_unknown", "created[foo]", None),
        (
            CUSTOMER,
            {"description": "a" * 4991 + "b" * 10},
            None,
            "description",
            "Invalid string: aaaaaaaaaa...bbbbbbbbbb; must be at most 5000 characters",
        ),
    ],
)
def test_wrong_parameters_are_refused_in_stripes_words(
    key: str, tree: dict[str, Any], code: str | None, param: str, message: str | None
) -> None:
    got = refusal(key, tree)
    assert got[:2] == (code, param)
    assert message is None or got[2] == message


def test_a_name_with_braces_stays_as_it_was_sent() -> None:
    assert refusal(CUSTOMER, {"{param}": "1"}) == (
        "parameter_unknown",
        "{param}",
        "Received unknown parameter: {param}",
    )


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (
            {"k" * 41: "v"},
            f'Metadata keys can have up to 40 characters. You passed in "{"k" * 41}" which has 41 characters.',
        ),
        (
            {"k": "v" * 501},
            "Metadata values can have up to 500 characters, but you passed in a value that is 501 characters."
            f" Invalid value: {'v' * 497}...",
        ),
        ({f"k{n}": "v" for n in range(51)}, "You can only specify up to 50 keys. You passed in 51 keys."),
        ({"a[b": "v"}, 'Metadata keys can\'t contain square brackets. You passed in "a[b".'),
    ],
)
def test_metadata_has_limits(metadata: dict[str, str], message: str) -> None:
    assert refusal(CUSTOMER, {"metadata": metadata}) == (None, "metadata", message)
    assert refusal(INTENT, {"amount": "1", "currency": "usd", "shipping": {}})[0] == "parameter_missing"


def test_metadata_at_its_limits_is_taken() -> None:
    full = {f"{n:0>40}": "v" * 500 for n in range(50)}
    assert surface.validate(CUSTOMER, {"metadata": full}) == {"metadata": full}


def test_every_operation_of_v1_takes_expand() -> None:
    for key, operation in surface.operations().items():
        if operation.path.startswith("/v1/"):
            with_nothing_else = {"expand": {"not": "a list"}}
            code, param, _ = refusal(key, with_nothing_else)
            assert (code, param) == (None, "expand") or code == "parameter_missing", key


def test_v2_takes_json_and_null_unsets() -> None:
    key = "POST /v2/core/event_destinations/{id}"
    assert surface.validate(key, {"description": None, "name": "x"}) == {"description": None, "name": "x"}
    assert refusal("POST /v2/core/event_destinations", {"name": None})[0] == "parameter_missing"


def test_v1_knows_no_null() -> None:
    assert refusal(CUSTOMER, {"name": None})[2] == "Invalid string: null"


def test_a_parameter_of_an_older_version_is_taken_with_an_extra_only() -> None:
    older = {"payment_method_types": list_of(STRING)}
    sent = {"amount": "1", "currency": "usd", "payment_method_types": ["card"]}
    assert refusal(INTENT, sent)[:2] == ("parameter_unknown", "payment_method_types")
    assert surface.validate(INTENT, sent, older) == {"amount": 1, "currency": "usd", "payment_method_types": ["card"]}
    assert refusal(INTENT, sent)[0] == "parameter_unknown"
    assert refusal(INTENT, {**sent, "payment_method_types": "card"}, older)[2] == "Invalid array"


def test_an_extra_may_make_optional_what_is_required() -> None:
    older = {"amount?": STRING, "charge": STRING}
    assert refusal(INTENT, {"currency": "usd"})[0] == "parameter_missing"
    assert surface.validate(INTENT, {"currency": "usd", "charge": "x"}, older) == {"currency": "usd", "charge": "x"}
    assert surface.validate(INTENT, {"currency": "usd", "amount": "5"}, older)["amount"] == "5"


def test_an_extra_reaches_into_lists_and_replaces_what_is_declared() -> None:
    older = {
        ("items", "usage"): optional(INTEGER),
        ("payment_settings", "colour"): one_of("red", "blue"),
        ("customer",): any_of(STRING, object_of({"id!": STRING, "tags": map_of(BOOLEAN)})),
    }
    tree = {
        "customer": {"id": "c", "tags": {"a": "true"}},
        "items": [{"price": "p", "usage": "5"}],
        "payment_settings": {"colour": "red"},
    }
    assert surface.validate(SUBSCRIPTION, tree, older) == {
        "customer": {"id": "c", "tags": {"a": True}},
        "items": [{"price": "p", "usage": 5}],
        "payment_settings": {"colour": "red"},
    }
    tree["payment_settings"] = {"colour": "green"}
    assert refusal(SUBSCRIPTION, tree, older)[2] == "Invalid payment_settings[colour]: must be one of red or blue"
    assert refusal(SUBSCRIPTION, {"customer": {"tags": {}}}, older)[1] == "customer[id]"


def test_two_extras_of_one_operation_do_not_mix() -> None:
    one, two = {"one": STRING}, {"two": STRING}
    assert surface.validate(CUSTOMER, {"one": "1"}, one) == {"one": "1"}
    assert surface.validate(CUSTOMER, {"two": "2"}, two) == {"two": "2"}
    assert refusal(CUSTOMER, {"one": "1"}, two)[0] == "parameter_unknown"


@pytest.mark.parametrize("name", ["name", "email", "phone", "description"])
def test_texts_that_an_object_may_be_without_can_be_emptied(name: str) -> None:
    assert surface.validate("POST /v1/customers/{customer}", {name: ""}) == {name: ""}
