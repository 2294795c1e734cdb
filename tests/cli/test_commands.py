"""Commands that talk to a server: what they print, and their exit codes."""

import json
import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.process import MOCKBILL, Serving, environment, run

from mockbill.scenario.verbs import VERBS

Mockbill = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = (
    "flask",
    "werkzeug",
    "requests",
    "marshmallow",
    "yaml",
    "tinydb",
    "orjson",
    "reportlab",
    "mockbill.app",
    "mockbill.world",
)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert done.returncode == 0, done.stderr
    loaded: dict[str, str] = json.loads(done.stdout)
    return loaded


@pytest.fixture
def session(mockbill: Mockbill) -> str:
    """The id of an open checkout session for a monthly subscription."""
    price = document(
        mockbill(
            *("post", "prices", "-d", "currency=usd", "-d", "unit_amount=2900", "-d", "recurring[interval]=month"),
            *("-d", "product_data[name]=Pro"),
        )
    )["id"]
    return document(
        mockbill(
            *("post", "/v1/checkout/sessions", "-d", "mode=subscription", "-d", f"line_items[0][price]={price}"),
            *("-d", "line_items[0][quantity]=1", "-d", "success_url=https://shop.example/thanks"),
        )
    )["id"]


def test_a_subscription_is_bought_renewed_and_canceled_from_the_command_line(mockbill: Mockbill, session: str) -> None:
    declined = mockbill("pay", session, "--card", "4000000000000002")
    assert (declined.returncode, declined.stdout) == (1, "")
    assert "stays open: Your card was declined." in declined.stderr
    paid = mockbill("pay", f"http://127.0.0.1/c/pay/{session}", "--email", "ada@example.com")
    assert (paid.returncode, paid.stdout) == (0, f"{session} is complete; on to https://shop.example/thanks\n")
    renewed = mockbill("advance", "--to", "next renewal")
    assert re.search(r"^2026-02-28 10:00 +customer.subscription.updated +sub_\w+ active$", renewed.stdout, re.MULTILINE)
    assert re.search(r"^2026-02-28 11:00 +invoice.finalized +in_\w+ open$", renewed.stdout, re.MULTILINE)
    assert re.search(r"^2026-02-28T11:00:00Z  3 moments, \d+ events$", renewed.stdout, re.MULTILINE)
    waited = mockbill("events", "wait", "invoice.paid", "--count", "2", "--timeout", "5")
    assert waited.stdout.count("invoice.paid") == 2
    (found,) = json.loads(mockbill("get", "subscriptions").stdout)["data"]
    assert document(mockbill("delete", f"subscriptions/{found['id']}"))["status"] == "canceled"
    assert mockbill("advance", "2", "months").stdout.endswith("2026-04-28T11:00:00Z  nothing fell due\n")


def test_advance_takes_a_span_or_an_instant(mockbill: Mockbill) -> None:
    assert mockbill("advance", "3 days 2 hours").stdout == "2026-02-03T12:00:00Z  nothing fell due\n"
    assert json.loads(mockbill("advance", "--to", "2026-03-01", "--json").stdout)["now"] == "2026-03-01T00:00:00Z"
    for args in ([], ["1 day", "--to", "2026-04-01"]):
        assert mockbill("advance", *args).returncode == 2
    back = mockbill("advance", "--to", "2026-02-01")
    assert (back.returncode, back.stdout) == (1, "")
    assert "2026-03-01T00:00:00Z" in back.stderr
    assert "mockbill reset --account" in back.stderr


def test_the_clock_is_shown_and_set(mockbill: Mockbill) -> None:
    assert mockbill("clock").stdout == "2026-01-31T10:00:00Z (frozen)\n"
    assert mockbill("clock", "2027-01-01").stdout == "2027-01-01T00:00:00Z (frozen)\n"
    assert mockbill("clock", "--mode", "real").stdout.endswith("(real)\n")


def test_what_happened_can_be_looked_at(mockbill: Mockbill) -> None:
    mockbill("post", "webhook_endpoints", "-d", "url=http://127.0.0.1:9/", "-d", "enabled_events[]=*")
    customer = document(mockbill("post", "customers", "-d", "email=ada@example.com"))["id"]
    mockbill("get", "customers/cus_none")
    events = mockbill("events", "--type", "customer.*").stdout
    event = re.search(rf"(evt_\w+)  customer.created  {customer}\n", events)
    assert event
    assert f"{customer}\n" in mockbill("events", "list", "--customer", customer).stdout
    assert mockbill("events", "--customer", "cus_none").stdout == "no events\n"
    requests = mockbill("requests", "--status", "4xx").stdout
    assert re.search(r"req_\w+  2026-01-31T10:00:00Z  404 .* GET /v1/customers/cus_none  resource_missing\n", requests)
    shown = mockbill("requests", "show", requests.splitlines()[1].split()[0])
    assert document(shown)["path"] == "/v1/customers/cus_none"
    assert re.search(rf"dlv_\w+  .*customer.created  {event[1]}  http://127.0.0.1:9/\n", mockbill("deliveries").stdout)
    resent = mockbill("events", "resend", event[1])
    assert resent.stdout == f"--> customer.created [{event[1]}] to http://127.0.0.1:9/\n"


def test_the_logs_are_searched_and_waited_for(mockbill: Mockbill) -> None:
    mockbill("post", "webhook_endpoints", "-d", "url=http://127.0.0.1:9/", "-d", "enabled_events[]=customer.deleted")
    ada, bob = (document(mockbill("post", "customers", "-d", f"name={name}"))["id"] for name in ("Ada", "Bob"))
    mockbill("delete", f"customers/{bob}")
    waited = mockbill("wait", "customer.created", "customer.deleted", "--for", bob)
    assert [line.split()[2:] for line in waited.stdout.splitlines()[1:]] == [
        ["customer.created", bob],
        ["customer.deleted", bob],
    ]
    assert mockbill("deliveries", "wait", "--state", "retrying", "--for", bob).stdout.count("customer.deleted") == 1
    made = mockbill("requests", "wait", "--method", "POST", "--for", ada)
    assert made.stdout.count("POST /v1/customers") == 1
    found = mockbill("events", "-q", f"type:customer.* -for:{ada} is:pending").stdout.splitlines()
    assert [line.split()[2:] for line in found[1:]] == [["customer.deleted", bob]]
    event = found[1].split()[1]
    shown = document(mockbill("events", "show", event))
    assert shown["caused_by"]["path"] == f"/v1/customers/{bob}"
    assert [told["state"] for told in shown["deliveries"]] == ["retrying"]
    assert mockbill("events", "show", event, "--as", "step").stdout.startswith("- expect webhook:")
    assert mockbill("events", "show", event, "--as", "curl").stdout.startswith("printf %s '{\n")
    refused = mockbill("events", "show", event, "--as", "curl", "--endpoint", "we_none")
    assert (refused.returncode, refused.stderr.count("we_none")) == (1, 1)
    assert mockbill("events", "--type", "*.deleted", "--since", event).stdout.count(event) == 1
    assert mockbill("requests", "--type", "customer.deleted").stdout.count("DELETE") == 1
    assert mockbill("deliveries", "--status", "delivered").stdout.startswith("no deliveries")
    vain = mockbill("wait", "invoice.paid", "--timeout", "0")
    assert (vain.returncode, vain.stdout) == (1, "")
    assert "The last events were customer.created, customer.created, customer.deleted." in vain.stderr
    assert "nearest: invoice.paid" in mockbill("wait", "invoice.payd").stderr


def test_a_receiver_that_takes_nothing_is_told_of_by_advance_and_by_drain(mockbill: Mockbill) -> None:
    mockbill("clock", "2026-01-31T10:00:00Z")
    clock = document(mockbill("post", "test_helpers/test_clocks", "-d", "frozen_time=1769853600"))["id"]
    listening = ("-d", "enabled_events[]=test_helpers.test_clock.advancing", "-d", "url=http://127.0.0.1:9/")
    mockbill("post", "webhook_endpoints", *listening)
    mockbill("post", f"test_helpers/test_clocks/{clock}/advance", "-d", "frozen_time=1769940000")
    document(mockbill("delete", f"test_helpers/test_clocks/{clock}"))
    advanced = mockbill("advance", "1 day")
    assert (advanced.returncode, advanced.stdout) == (0, "2026-02-01T10:00:00Z  nothing fell due\n")
    assert advanced.stderr == "mockbill: 1 delivery to http://127.0.0.1:9/ failed; see mockbill deliveries\n"
    assert json.loads(mockbill("advance", "1 day", "--json").stdout)["undelivered"] == 1
    drained = mockbill("drain", "--timeout", "0")
    assert (drained.returncode, drained.stdout) == (1, "")
    assert drained.stderr == "mockbill: 1 attempt still to be made; see mockbill deliveries\n"


def test_all_that_failed_is_resent_and_what_is_held_is_pulled(mockbill: Mockbill) -> None:
    mockbill("post", "webhook_endpoints", "-d", "url=http://127.0.0.1:9/", "-d", "enabled_events[]=*")
    assert mockbill("deliveries", "resend", "--failed").stdout == "nothing has failed\n"
    assert mockbill("deliveries", "pull").stdout == "nothing was waiting\n"
    for wrong in (("resend",), ("resend", "dlv_1", "--failed"), ("resend", "dlv_1", "--since", "2026-01-31")):
        assert mockbill("deliveries", *wrong).returncode == 2


def test_drain_says_that_all_is_delivered_and_info_what_there_is(mockbill: Mockbill, account: str) -> None:
    assert mockbill("drain").stdout == "nothing is left to deliver\n"
    mockbill("post", "customers")
    told = mockbill("info").stdout
    assert re.match(r"mockbill \S+ at http://127\.0\.0\.1:\d+, API version 2026-10-28\.endive\n", told)
    assert re.search(rf"^{account} +acct_\w+ +2026-01-31T10:00:00Z \(frozen\) +2$", told, re.MULTILINE)


def test_lists_in_a_form_may_be_given_piece_by_piece(mockbill: Mockbill) -> None:
    made = mockbill("post", "customers", "-d", "preferred_locales[]=sv", "-d", "preferred_locales[]=en")
    assert json.loads(made.stdout)["preferred_locales"] == ["sv", "en"]


def test_a_refused_call_says_why_and_ends_with_1(mockbill: Mockbill) -> None:
    refused = mockbill("post", "customers", "-d", "nmae=Ada")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Received unknown parameter: nmae" in refused.stderr
    as_json = mockbill("post", "customers", "-d", "nmae=Ada", "--json")
    assert json.loads(as_json.stdout)["error"]["code"] == "parameter_unknown"


def test_reset_empties_the_account(mockbill: Mockbill, account: str) -> None:
    mockbill("post", "customers")
    assert mockbill("reset").stdout == f"emptied {account}\n"
    assert json.loads(mockbill("get", "customers").stdout)["data"] == []


def test_coverage_tells_counts_and_finds_operations(mockbill: Mockbill) -> None:
    assert re.fullmatch(r"\d+ simulated, \d+ stored, \d+ unsupported\n", mockbill("coverage").stdout)
    assert re.search(r"simulated +POST /v1/subscriptions\n", mockbill("coverage", "subscriptions").stdout)
    nothing = mockbill("coverage", "sandwiches")
    assert (nothing.returncode, "sandwiches" in nothing.stderr) == (1, True)


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_that_want_them(serving: Serving, variables: dict[str, str], coloured: bool) -> None:
    ours, theirs = pty.openpty()
    command = [*MOCKBILL, "coverage", "customers", "--server", serving.url]
    variables = environment(TERM="xterm", **variables)
    if coloured:
        variables.pop("NO_COLOR", None)
    done = subprocess.run(command, stdout=theirs, timeout=60, env=variables, check=False)
    os.close(theirs)
    said = os.read(ours, 100)
    os.close(ours)
    assert (done.returncode, said.startswith(b"\x1b[")) == (0, coloured)


def test_without_a_server_one_line_says_how_to_start_it() -> None:
    done = run("advance", "1 month", "--server", "http://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "mockbill: no server answers at http://127.0.0.1:1: start one with `mockbill --port 1`, "
        "or name another with --server URL\n"
    )


def test_an_unknown_command_names_the_nearest() -> None:
    done = run("advnce")
    assert done.returncode == 2
    assert "advnce is no command; did you mean advance?" in done.stderr


def test_a_value_without_its_key_is_refused() -> None:
    done = run("post", "customers", "-d", "ada@example.com")
    assert (done.returncode, "write KEY=VALUE" in done.stderr) == (2, True)


def test_client_commands_import_none_of_the_heavy_libraries(serving: Serving) -> None:
    done = run("events", MOCKBILL_URL=serving.url, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "mockbill.cli.talk" in imported
    assert not [name for name in imported if name.startswith(HEAVY)]


STORY = """
name: One product
steps:
  - product: {as: pro, name: Pro}
  - expect:
      $pro: {name: NAME}
"""


def test_a_story_runs_on_the_server_that_is_named(serving: Serving, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(STORY.replace("NAME", "Pro"))
    report = tmp_path / "report.xml"
    done = run("scenario", "run", str(file), "--server", serving.url, "--junit", str(report))
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"On the server at {serving.url}.\n")
    assert 'failures="0"' in report.read_text()


def test_a_story_runs_on_a_private_server_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(STORY.replace("NAME", "Pro"))
    done = run("scenario", "run", str(file), MOCKBILL_PORT="1")
    assert done.returncode == 0, done.stdout
    assert "No server at http://127.0.0.1:1: a private one at http://127.0.0.1:" in done.stdout


def test_a_story_that_fails_ends_with_1_and_the_difference(serving: Serving, tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(STORY.replace("NAME", "Basic"))
    done = run("scenario", "run", str(file), MOCKBILL_URL=serving.url)
    assert done.returncode == 1
    assert f"{file}:5" in done.stdout
    assert "Basic" in done.stdout


def test_a_story_with_a_mistake_ends_with_2_and_its_line(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(STORY.replace("- product", "- prodct"))
    another = tmp_path / "another.yaml"
    another.write_text(STORY.replace("name: One product", "nam: One product"))
    for command in ("run", "check"):
        for files in ((str(file), str(another)), (str(tmp_path),)):
            done = run("scenario", command, *files)
            assert (done.returncode, done.stdout) == (2, "")
            assert f'{file}:4:5: unknown verb "prodct"' in done.stderr
            assert f'{another}:2:1: unknown key "nam"' in done.stderr


def test_the_shipped_stories_are_listed_shown_and_sound() -> None:
    listed = run("scenario", "list").stdout
    names = [line.split()[0] for line in listed.splitlines()[1:]]
    assert {"payment_success", "payment_failure", "cancellation"} <= set(names)
    assert run("scenario", "show", "payment_success").stdout.startswith("name: Payment success\n")
    assert run("scenario", "check", *names).returncode == 0
    unknown = run("scenario", "show", "payment_sucess")
    assert (unknown.returncode, 'did you mean "payment_success"?' in unknown.stderr) == (2, True)


def test_the_verbs_are_listed_with_their_keys_and_an_example() -> None:
    told = run("scenario", "verbs").stdout
    assert "\npay: session*, as, card, email, name, exp, cvc; a lone value is session\n  - pay: {session: $" in told
    assert set(re.findall(r"^([a-z ]+): ", told, re.MULTILINE)) == set(VERBS)
    assert "mockbill scenario verbs" in run("scenario", "--help").stdout


def test_the_demo_replays_the_shipped_stories_and_leaves_nothing_behind() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stdout[-3000:]
    for story in ("Payment success", "Payment failure", "Cancellation"):
        assert f"✓ {story}" in done.stdout
    url = done.stdout.split("A private server at ")[1].split()[0]
    assert run("readyz", "--server", url).returncode == 1


def test_payments_and_calls_are_made_to_fail_and_that_is_looked_at_and_cleared(
    mockbill: Mockbill, session: str
) -> None:
    planned = mockbill("fail", "insufficient_funds")
    assert re.search(r"^fault_1 +insufficient_funds +anything +0 +1$", planned.stdout, re.MULTILINE)
    assert "has insufficient funds" in mockbill("pay", session).stderr
    assert mockbill("faults").stdout == "nothing is to fail\n"
    mockbill("fail", "500", "--path", "customers*", "--method", "GET", "--times", "2")
    assert mockbill("get", "customers").returncode == 1
    assert re.search(r"500 +GET /v1/customers\* +1 +1$", mockbill("faults").stdout, re.MULTILINE)
    assert mockbill("faults", "clear").stdout == "nothing is to fail\n"
    assert mockbill("get", "customers").returncode == 0
    misspelt = mockbill("fail", "card_declind")
    assert (misspelt.returncode, "did you mean card_declined?" in misspelt.stderr) == (1, True)
