"""How the control API is asked: accounts, bodies, unknown names, and pages of other sites."""

from typing import Any

import pytest
from control.api import START, Control

from mockbill.server import LocalServer


def test_the_account_may_be_named_in_the_body_the_query_or_by_its_key(server: LocalServer, account: str) -> None:
    control = Control(server.url, account)
    control.post("clock", now=START, mode="frozen")
    key = {"Authorization": f"Bearer sk_test_{account}"}
    assert control.ask("GET", f"clock?account={account}").body["mode"] == "frozen"
    assert control.ask("GET", "clock", headers=key).body["mode"] == "frozen"
    assert (
        control.ask("POST", f"clock/advance?account={account}", {"by": "1 day"}).body["now"] == "2026-02-01T10:00:00Z"
    )
    assert control.ask("POST", "clock/advance", {"by": "1 day"}, key).body["now"] == "2026-02-02T10:00:00Z"


def test_without_an_account_it_is_the_one_of_the_banner(control: Control) -> None:
    assert control.ask("GET", "info").body["account"] == "mockbill"


@pytest.mark.parametrize(
    ("account", "status", "words"),
    [
        ("sk_test_ada", 422, "write ada"),
        ("ada lovelace", 422, "letters, digits and _"),
        ("", 422, "letters, digits and _"),
        ("acct_nobody", 404, "No account acct_nobody"),
        (7, 422, "Not a valid string"),
    ],
)
def test_what_is_no_account_is_refused(control: Control, account: Any, status: int, words: str) -> None:
    refused = control.ask("POST", "reset", {"account": account})
    assert (refused.status, refused.error["param"]) == (status, "account")
    assert words in refused.error["message"]


@pytest.mark.parametrize("key", ["sk_live_0123456789abcdef", "nonsense"])
def test_a_key_that_stripe_would_refuse_is_a_bad_request(control: Control, key: str) -> None:
    refused = control.ask("GET", "clock", headers={"Authorization": f"Bearer {key}"})
    assert refused.status == 400
    assert "Invalid API Key" in refused.error["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"by=1+month", "body_not_json"),
        (b'{"by": ', "body_not_json"),
        (b"\xff\xfe", "body_not_json"),
        (b'["1 month"]', "body_not_object"),
        (b"null", "body_not_object"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_bad_request(control: Control, body: bytes, code: str) -> None:
    refused = control.ask("POST", "clock/advance", body)
    assert (refused.status, refused.error["code"]) == (400, code)
    assert '{"by": "1 month"}' in refused.error["message"]


def test_an_unknown_call_names_the_nearest_ones(control: Control) -> None:
    refused = control.ask("GET", "clok")
    assert (refused.status, refused.error["code"]) == (404, "not_found")
    assert "Nearest: clock" in refused.error["message"]


def test_a_wrong_method_names_the_right_ones(control: Control) -> None:
    refused = control.ask("DELETE", "clock")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, POST")
    assert "GET or POST" in refused.error["message"]


def test_an_unknown_page_is_a_page(control: Control) -> None:
    answer = control.ask("GET", "/nowhere/<script>")
    assert answer.status == 404
    assert answer.headers.get_content_type() == "text/html"
    assert "nowhere/&lt;script&gt;" in answer.body


def test_a_page_of_another_site_may_not_write(control: Control) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        refused = control.ask("POST", "reset", {"account": control.account}, {"Origin": origin})
        assert (refused.status, refused.error["code"]) == (403, "origin_foreign")


def test_a_name_that_was_rebound_to_loopback_may_not_write(control: Control) -> None:
    port = control.url.rpartition(":")[2]
    headers = {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"}
    assert control.ask("POST", "reset", {"account": control.account}, headers).status == 403


def test_our_own_pages_may_write(control: Control) -> None:
    port = control.url.rpartition(":")[2]
    for origin in (control.url, f"http://localhost:{port}"):
        assert control.ask("POST", "reset", {"account": control.account}, {"Origin": origin}).status == 200
