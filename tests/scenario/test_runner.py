"""Stories run from files: the timeline, the exit codes, the exact difference, JUnit XML."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from scenario.fake_server import FakeServer

from mockbill.scenario.loader import loads
from mockbill.scenario.receiver import Receiver
from mockbill.scenario.runner import run_branch, run_files
from mockbill.scenario.timeline import WIDTH, Timeline

STORY = """
name: Ada pays
about: A short story.
clock: 2026-01-31T10:00:00Z
steps:
  - note: Ada subscribes.
  - product: {as: pro, name: Pro}
  - checkout: {as: session, price: $pro, with: {metadata: {plan: "$pro.name at $29"}}}
  - pay: {session: $session, card: 4242 4242 4242 4242}
  - expect events:
      - product.created
      - customer.subscription.created
      - checkout.session.completed: {now: {subscription: $session.subscription}}
  - let: {sub: $session.subscription}
  - expect:
      $sub: {status: active}
      $session: {subscription: $sub, subscription.status: active, "metadata[plan]": Pro at $29}
  - advance: 1 month
  - expect events:
      - customer.subscription.updated: {was: {status: active}, now: {status: past_due}}
  - expect webhook: everything
"""


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "ada.yaml"
    path.write_text(STORY)
    return path


def run(server: FakeServer, *paths: Path, **options: object) -> tuple[int, str]:
    out = io.StringIO()
    return run_files(paths, server.url, out, **options), out.getvalue()  # type: ignore[arg-type]


def test_a_story_that_holds_exits_with_0_and_tells_its_timeline(server: FakeServer, story: Path) -> None:
    code, told = run(server, story)
    assert code == 0, told
    lines = told.splitlines()
    assert lines[:2] == ["Ada pays", "A short story."]
    assert "2026-01-31 10:00  checkout         session = price $pro, with (metadata (plan $pro.name at $29))" in lines
    paid = lines.index("2026-01-31 10:00  pay              session $session, card 4242 4242 4242 4242")
    assert [line.strip() for line in lines[paid + 1 : paid + 4]] == [
        "subscription active · session complete",
        "customer.subscription.created  checkout.session.completed",
        "✓ 2 received, signatures verified",
    ]
    assert "2026-02-28 10:00  advance          1 month" in lines
    assert f"{'':35}subscription active → past_due" in lines
    assert lines[-2].startswith("✓ Ada pays: 10 steps, 4 events, 4 received, ")
    assert max(map(len, lines)) <= WIDTH


def test_a_broken_expectation_exits_with_1_and_the_exact_difference(server: FakeServer, story: Path) -> None:
    story.write_text(STORY.replace("now: {status: past_due}", "now: {status: unpaid}"))
    code, told = run(server, story)
    assert code == 1
    tail = told[told.index("✗ expect events") :].splitlines()
    assert [line.strip() for line in tail[1:5]] == [
        f"{story}:19",
        "the events are the expected ones, what they say is not",
        "customer.subscription.updated: status  expected unpaid",
        "got      past_due",
    ]
    assert "everything" not in told


def test_a_refused_call_exits_with_1(server: FakeServer, story: Path) -> None:
    story.write_text(STORY + "  - call: {method: POST, path: /v1/refunds, params: {charge: $session.id}}\n")
    code, told = run(server, story)
    assert code == 1
    assert "POST /v1/refunds answered 404: Unrecognized request URL" in told


def test_a_reference_that_leads_nowhere_exits_with_1_and_a_suggestion(server: FakeServer, story: Path) -> None:
    story.write_text(STORY.replace("let: {sub: $session.subscription}", "let: {sub: $session.subscripton}"))
    code, told = run(server, story)
    assert code == 1
    assert '$session.subscripton leads nowhere; did you mean "subscription"?' in told


def test_a_mistake_in_any_file_exits_with_2_before_anything_runs(server: FakeServer, story: Path) -> None:
    wrong = story.with_name("wrong.yaml")
    wrong.write_text("name: Wrong\nsteps:\n  - pya: $session\n")
    assert run(server, story, wrong) == (2, f'{wrong}:3:5: unknown verb "pya"; did you mean "pay"?\n')
    assert server.calls == []


def test_the_mistakes_of_all_files_are_told_and_a_lone_step_is_one_step(server: FakeServer, story: Path) -> None:
    wrong = [story.with_name(f"{name}.yaml") for name in "ab"]
    for file in wrong:
        file.write_text("name: Wrong\nsteps:\n  - pya: $session\n")
    for asked in (wrong, [story.parent]):
        code, told = run(server, *asked)
        assert (code, told.count('unknown verb "pya"')) == (2, 2)
    story.write_text(
        "name: Short\nsteps: [note: a, expect: {}, note: b]\n".replace("expect: {}", "expect events: [a.b]")
    )
    assert "Short: failed after 1 step, 0 events, " in run(server, story)[1]


def test_a_missing_file_exits_with_2(server: FakeServer, tmp_path: Path) -> None:
    code, told = run(server, tmp_path / "none.yaml")
    assert code == 2
    assert "none.yaml: no such file" in told


def test_a_server_that_does_not_answer_exits_with_2(story: Path) -> None:
    out = io.StringIO()
    assert run_files([story], "http://127.0.0.1:1", out) == 2
    assert out.getvalue().splitlines()[-1].startswith("no answer from http://127.0.0.1:1: ")


def test_each_branch_runs_in_an_account_of_its_own(server: FakeServer, story: Path) -> None:
    story.write_text(STORY + "branches:\n  left: [note: a]\n  right: [expect events: [never.sent]]\n")
    code, told = run(server, story)
    assert code == 1
    assert "✓ Ada pays: left" in told
    assert "✗ Ada pays: right" in told
    assert len({key for key in server.keys if "scenario_ada_" in key}) == 2


def test_junit_xml_has_a_case_for_each_branch_and_the_difference(server: FakeServer, story: Path) -> None:
    story.write_text(STORY + "branches:\n  left: [note: a]\n  right: [expect events: [never.sent]]\n")
    report = story.with_name("report.xml")
    run(server, story, junit_path=report)
    (suite,) = ElementTree.parse(report).getroot()
    assert suite.attrib == {"name": "Ada pays", "tests": "2", "failures": "1", "errors": "0"}
    left, right = suite
    assert (left.get("name"), right.get("name")) == ("left", "right")
    assert len(left) == 0
    assert "- never.sent" in (right[0].text or "")
    assert str(story) in (right[0].text or "")


def test_a_result_says_what_each_step_did(server: FakeServer, receiver: Receiver) -> None:
    story = loads(STORY, "ada.yaml")
    result = run_branch(story, story.branches[0], server.url, Timeline(io.StringIO()), receiver)
    assert result.passed
    pay = next(step for step in result.steps if step.verb == "pay")
    assert (pay.events, pay.received) == (["customer.subscription.created", "checkout.session.completed"], 2)
    assert result.account.startswith("scenario_ada_")


def test_colour_is_for_terminals_and_yields_to_no_color(
    server: FakeServer, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured, plain = Terminal(), Terminal()
    run_files([story], server.url, coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    run_files([story], server.url, plain)
    assert "\033[32m" in coloured.getvalue()
    assert "\033[" not in plain.getvalue()
    assert "\033[" not in run(server, story)[1]


def test_a_terminal_without_unicode_gets_plain_signs(server: FakeServer, story: Path) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    assert run_files([story], server.url, out) == 0
    assert b"ok 2 received, signatures verified" in raw.getvalue()
    assert b"subscription active -> past_due" in raw.getvalue()
