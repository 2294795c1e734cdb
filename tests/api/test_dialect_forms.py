"""Forms: every spelling of nested parameters gives what was meant, and nothing that is sent breaks the server."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from api.wire import Wire
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from stripe._encode import _api_encode

from mockbill.stripe_api import form
from mockbill.world import Problem

names = some.text(some.characters(exclude_characters="[]", exclude_categories=["Cs"]), min_size=1, max_size=8)
words = some.text(some.characters(exclude_categories=["Cs"]), max_size=12)
trees = some.recursive(
    words,
    lambda inner: some.dictionaries(names, inner, min_size=1, max_size=3) | some.lists(inner, min_size=1, max_size=3),
    max_leaves=12,
)


def as_hashes(tree: Any) -> Any:
    """Lists as the parser leaves them: hashes by index."""
    if isinstance(tree, list):
        return {str(index): as_hashes(each) for index, each in enumerate(tree)}
    if isinstance(tree, dict):
        return {name: as_hashes(each) for name, each in tree.items()}
    return tree


def deep(tree: Any) -> int:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + max(map(deep, inner), default=0)


@given(some.dictionaries(names, trees, max_size=4))
def test_what_the_sdk_encodes_comes_out_as_it_was(tree: dict[str, Any]) -> None:
    if deep(tree) <= form.MAX_DEPTH:
        assert form.parse(urlencode(list(_api_encode(tree)))) == as_hashes(tree)


@given(some.text(some.sampled_from("a1[]=&%+.é\x00 "), max_size=40))
def test_garbage_is_a_tree_or_a_problem(text: str) -> None:
    with suppress(Problem):  # any other exception would be a fault of the server
        assert isinstance(form.parse(text), dict)


@given(sent=some.binary(max_size=60), path=some.sampled_from(["/v1/customers", "/v1/subscriptions", "/v1/prices"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_is_a_fault_of_the_server(wire: Wire, sent: bytes, path: str) -> None:
    answer = wire.post(path, sent, Content_Type="application/x-www-form-urlencoded")
    assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", {}),
        ("a=1&a=2", {"a": "2"}),
        ("a=", {"a": ""}),
        ("a", {"a": ""}),
        ("&&a=1&", {"a": "1"}),
        ("a[]=x&a[]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[7]=x&a[9]=y", {"a": {"7": "x", "9": "y"}}),
        ("a[1]=x&a[]=y", {"a": {"1": "x", "2": "y"}}),
        ("a%5B0%5D%5Bb%5D=x", {"a": {"0": {"b": "x"}}}),
        ("i[][p]=1&i[][q]=2&i[][p]=3", {"i": {"0": {"p": "1", "q": "2"}, "1": {"p": "3"}}}),
        ("a[][]=x", {"a": {"0": {"0": "x"}}}),
        ("n=Zo%C3%AB+K&b=%F0%9F%8D%8B", {"n": "Zoë K", "b": "🍋"}),
        ("a=%00", {"a": "\0"}),
    ],
)
def test_spellings(text: str, tree: dict[str, Any]) -> None:
    assert form.parse(text) == tree


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a[b=1", "malformed"),
        ("a[b]c=1", "malformed"),
        ("[a]=1", "malformed"),
        ("a=1&a[b]=2", "both as a value and as a hash"),
        ("a[b]=2&a=1", "both as a value and as a hash"),
        ("a[b][c]=2&a[b]=1", "both as a value and as a hash"),
        ("a" + "[b]" * form.MAX_DEPTH + "=1", "levels deep"),
        ("&".join(f"a{n}=1" for n in range(form.MAX_FIELDS + 1)), "more than"),
        ("a=%zz", "not followed by two hexadecimal digits"),
        ("a=%E9", "not valid UTF-8"),
        ("a=%ED%A0%80", "not valid UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, told: str) -> None:
    with pytest.raises(Problem, match=told) as refused:
        form.parse(text)
    assert refused.value.status == 400


def test_both_spellings_of_a_list_make_the_same_subscription_items(wire: Wire) -> None:
    price = "currency=usd&unit_amount=1000&recurring[interval]=month&product_data[name]=Pro"
    ids = [wire.post("/v1/prices", price).json()["id"] for _ in range(2)]
    card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
    customer = wire.post("/v1/customers", card).json()["id"]
    for body in (
        f"items[0][price]={ids[0]}&items[0][quantity]=2&items[1][price]={ids[1]}",
        f"items[][price]={ids[0]}&items[][quantity]=2&items[][price]={ids[1]}",
        f"items[3][price]={ids[0]}&items[3][quantity]=2&items[8][price]={ids[1]}",
    ):
        made = wire.post("/v1/subscriptions", f"customer={customer}&{body}").json()
        assert [(item["price"]["id"], item["quantity"]) for item in made["items"]["data"]] == [(ids[0], 2), (ids[1], 1)]


def test_an_empty_string_unsets(wire: Wire) -> None:
    made = wire.post("/v1/customers", "name=Ada&metadata[a]=1&metadata[b]=2&address[city]=Lund").json()
    path = f"/v1/customers/{made['id']}"
    assert wire.post(path, "metadata[a]=").json()["metadata"] == {"b": "2"}
    assert wire.post(path, "metadata=").json()["metadata"] == {}
    assert wire.post(path, "address=").json()["address"] is None
    error = wire.error(wire.post("/v1/products", "name="), 400)
    assert (error["code"], error["param"]) == ("parameter_invalid_empty", "name")


@pytest.mark.parametrize("word", ["true", "True", "1"])
def test_truth_has_several_spellings(wire: Wire, word: str) -> None:
    assert wire.post("/v1/products", f"name=Pro&active={word}").json()["active"] is True


def test_numbers_are_whole_and_decimal(wire: Wire) -> None:
    price = "currency=usd&product_data[name]=Pro&unit_amount="
    assert wire.post("/v1/prices", f"{price}100").json()["unit_amount"] == 100
    for amount in ("10.0", "1e2", "0x10", "abc", "%2B5", "99999999999999999999", " 7"):
        error = wire.error(wire.post("/v1/prices", price + amount), 400)
        assert (error["code"], error["param"]) == ("parameter_invalid_integer", "unit_amount")


def test_query_and_body_are_one(wire: Wire) -> None:
    made = wire.post("/v1/customers?expand[]=test_clock&name=Ada", "expand[]=default_source&email=a@example.com").json()
    assert (made["name"], made["email"]) == ("Ada", "a@example.com")
    error = wire.error(wire.post("/v1/customers?expand[]=nothing", "expand[]=default_source"), 400)
    assert error["message"] == "This property cannot be expanded because it doesn't exist: nothing."


def test_a_deletion_takes_parameters_in_its_body_and_in_its_query(wire: Wire) -> None:
    price = wire.post("/v1/prices", "currency=usd&unit_amount=5&recurring[interval]=month&product_data[name]=P").json()
    for body, query in (("cancellation_details[comment]=bye", ""), (None, "?cancellation_details[comment]=bye")):
        card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
        customer = wire.post("/v1/customers", card).json()["id"]
        made = wire.post("/v1/subscriptions", f"customer={customer}&items[][price]={price['id']}").json()
        ended = wire.call("DELETE", f"/v1/subscriptions/{made['id']}{query}", body).json()
        assert ended["cancellation_details"]["comment"] == "bye"


@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        ("foo=1", "Received unknown parameter: foo", "foo"),
        ("foo=1&bar=2", "Received unknown parameters: foo, bar", "foo"),
        ("address[planet]=earth", "Received unknown parameter: address[planet]", "address[planet]"),
        ("=1", "Received unknown parameter: ", ""),
        ("email[a]=1", 'Invalid string: {"a"=>"1"}', "email"),
        ("address=Lund", "Invalid object", "address"),
        ("tax_exempt=maybe", "Invalid tax_exempt: must be one of exempt, none, or reverse", "tax_exempt"),
    ],
)
def test_wrong_parameters_are_named(wire: Wire, body: str, message: str, param: str) -> None:
    error = wire.error(wire.post("/v1/customers", body), 400)
    assert (error["message"], error.get("param")) == (message, param)


def test_unicode_travels_in_bodies_queries_and_paths(wire: Wire) -> None:
    name = "Zoë 🍋 " + json.dumps("\0")
    assert wire.post("/v1/customers", urlencode({"name": name})).json()["name"] == name
    made = wire.post("/v1/products", urlencode({"id": "påse", "name": "x"})).json()
    assert wire.get(f"/v1/products/{quote('påse')}").json() == made
