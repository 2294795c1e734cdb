"""HTTP itself: methods, unknown URLs, browsers' questions, bodies of every size and type, broken clients."""

import json

import pytest
from api.wire import Wire

from mockbill.stripe_api import form

FORM = "application/x-www-form-urlencoded"


def head(wire: Wire, method: str, path: str, *more: str) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer sk_test_{wire.account}",
        *more,
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def test_an_answer_is_stripes_json_with_its_headers(wire: Wire) -> None:
    made = wire.post("/v1/customers", "email=ada@example.com")
    assert made.text == json.dumps(made.json(), indent=2)
    assert made.headers["Content-Type"] == "application/json"
    assert made.headers["Request-Id"].startswith("req_")
    assert len(made.headers["Request-Id"]) == len("req_") + 14
    assert made.headers["Stripe-Version"] == "2026-10-28.endive"
    assert made.headers["Cache-Control"] == "no-cache, no-store"
    assert wire.get("/v1/customers").headers["Request-Id"] != made.headers["Request-Id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/v1/customers/"),
        ("GET", "/v1/customers//sources"),
        ("GET", "/v1/customers/cus_1/nothing"),
        ("PUT", "/v1/customers"),
        ("PATCH", "/v1/customers/cus_1"),
        ("DELETE", "/v1/customers"),
        ("POST", "/v2/nothing"),
        ("GET", "/v1/"),
        ("GET", "/v1/customers%2Fcus_1/x"),
    ],
)
def test_what_is_no_url_of_stripes_is_stripes_404(wire: Wire, method: str, path: str) -> None:
    refused = wire.call(method, path)
    error = wire.error(refused, 404)
    shown = path.replace("%2F", "/")
    assert error["message"].startswith(
        f"Unrecognized request URL ({method}: {shown}). If you are trying to list objects, "
    )
    assert error["type"] == "invalid_request_error"
    assert "code" not in error


def test_head_is_get_without_the_body(wire: Wire) -> None:
    wire.post("/v1/customers", "email=ada@example.com")
    shown, told = wire.get("/v1/customers"), wire.call("HEAD", "/v1/customers")
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["Content-Length"] == shown.headers["Content-Length"]
    assert wire.call("HEAD", "/v1/nothing").status_code == 404


def test_a_browser_may_call_with_the_headers_it_asks_for(wire: Wire) -> None:
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization,stripe-version"}
    told = wire.call("OPTIONS", "/v1/payment_methods", Authorization=None, Origin="http://shop.example", **asked)
    assert told.status_code == 200
    assert told.headers["Access-Control-Allow-Origin"] == "*"
    assert told.headers["Access-Control-Allow-Headers"] == "authorization,stripe-version"
    assert "POST" in told.headers["Access-Control-Allow-Methods"]


def test_a_base_url_that_ends_in_a_slash_still_finds_the_api(wire: Wire) -> None:
    assert wire.get("//v1/customers").status_code == 200


def test_json_is_refused_for_v1(wire: Wire) -> None:
    for kind in ("application/json", "application/json; charset=utf-8", "text/plain", "application/xml"):
        error = wire.error(wire.post("/v1/customers", '{"email": "a@example.com"}', Content_Type=kind), 400)
        assert error["message"].startswith("Invalid request (check that your POST content type is " + FORM)


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=utf-8", FORM.upper(), ""])
def test_a_form_may_say_what_it_is_or_not(wire: Wire, kind: str) -> None:
    made = wire.raw(
        head(wire, "POST", "/v1/customers", f"Content-Type: {kind}", "Content-Length: 8", "Connection: close")
        + b"phone=12"
    )
    assert b'"phone": "12"' in made


def test_a_body_that_is_not_utf8_is_refused(wire: Wire) -> None:
    error = wire.error(wire.post("/v1/customers", b"name=\xff\xfe", Content_Type=FORM), 400)
    assert error["message"] == "Invalid request: the body is not valid UTF-8."


def test_a_body_of_a_megabyte_is_read_and_a_larger_one_refused(wire: Wire) -> None:
    allowed = "email=" + "x" * (form.MAX_BODY - 6)
    assert wire.error(wire.post("/v1/customers", allowed), 400)["param"] == "email"
    error = wire.error(wire.post("/v1/customers", allowed + "x"), 413)
    assert error["message"] == "The request body is larger than 1000000 bytes."


def test_a_body_that_claims_to_be_huge_is_refused_without_being_awaited(wire: Wire) -> None:
    received = wire.raw(
        head(wire, "POST", "/v1/customers", f"Content-Type: {FORM}", "Content-Length: 99999999") + b"email=x"
    )
    assert received.startswith(b"HTTP/1.1 413") or received == b""


def test_a_body_in_chunks_is_read(wire: Wire) -> None:
    sent = head(
        wire, "POST", "/v1/customers", f"Content-Type: {FORM}", "Transfer-Encoding: chunked", "Connection: close"
    )
    received = wire.raw(sent + b"6\r\nphone=\r\n2\r\n12\r\n0\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200")
    assert b'"phone": "12"' in received


@pytest.mark.parametrize("length", ["-1", "abc", "1e3"])
def test_a_length_that_is_none_is_refused(wire: Wire, length: str) -> None:
    received = wire.raw(head(wire, "POST", "/v1/customers", f"Content-Length: {length}", "Connection: close") + b"a=1")
    assert received.startswith(b"HTTP/1.1 400")


def test_v2_takes_json_and_says_what_is_wrong_with_it(wire: Wire) -> None:
    for body in ("{", "[1]", '{"a":'):
        answer = wire.post("/v2/core/event_destinations", body, Content_Type="application/json")
        assert answer.status_code in (400, 501), answer.text


@pytest.mark.parametrize("id", ["%00", "%ff", "a" * 5_000, "..", "%2e%2e", "%E2%80%AE", "cus_1;drop", "{customer}"])
def test_odd_ids_are_just_not_there(wire: Wire, id: str) -> None:
    answer = wire.raw(head(wire, "GET", f"/v1/customers/{id}", "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 404"), answer[:200]
