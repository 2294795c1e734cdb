"""``mockbill script`` and ``mockbill --scripts FILE``."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.process import Serving, run

from mockbill.cli.scripting import _DO
from mockbill.webhooks.scripts import reading

Mockbill = Callable[..., subprocess.CompletedProcess[str]]


def test_a_script_is_added_listed_released_and_cleared(mockbill: Mockbill) -> None:
    assert mockbill("script").stdout == "no scripts: webhooks are delivered as they come\n"
    added = mockbill("script", "add", "--type", "invoice.*", "--duplicate", "2", "--times", "1", "--name", "twice")
    assert added.stdout == "script_1: duplicate 2 for type invoice.*, 1 time\n"
    held = mockbill("script", "add", "--hold")
    assert held.stdout == "script_2: hold for all that is delivered\n"
    mockbill("post", "webhook_endpoints", "-d", "url=http://127.0.0.1:9/", "-d", "enabled_events[]=*")
    mockbill("post", "customers")
    listed = mockbill("script").stdout
    assert re.search(r"^script_1  twice  type invoice\.\*  duplicate 2  1       0 *$", listed, re.MULTILINE), listed
    assert re.search(r"^script_2 .*  hold +no end  1        1$", listed, re.MULTILINE), listed
    log = mockbill("deliveries").stdout
    assert re.search(r"^dlv_\w+  pending  waits for the release of script_2 .*customer\.created", log, re.MULTILINE), (
        log
    )
    assert mockbill("script", "release", "script_2").stdout == "1 delivery let go\n"
    assert mockbill("script", "clear", "script_2").stdout == "cleared script_2; 0 deliveries let go\n"
    assert mockbill("script", "clear").stdout == "cleared all scripts; 0 deliveries let go\n"
    assert json.loads(mockbill("script", "list", "--json").stdout) == {"data": []}


def test_flags_become_the_rule_of_the_control_api(mockbill: Mockbill) -> None:
    added = mockbill(
        *("script", "add", "--nth", "2", "--nth", "3", "--probability", "0.5", "--seed", "7", "--delay", "1.5"),
        *("--clock", "world", "--reorder", "3", "--order", "shuffle", "--replay", "before", "--slow", "4"),
        *("--pause", "0.1", "--cut", "0", "--stale", "400", "--corrupt", "body", "--wrong-secret", "--retries"),
        "--json",
    )
    script = json.loads(added.stdout)["script"]
    assert script["match"] == {"nth": [2, 3], "probability": 0.5, "seed": 7}
    assert script["do"] == {
        "delay": {"seconds": 1.5, "clock": "world"},
        "reorder": {"window": 3, "order": "shuffle"},
        "replay": {"when": "before"},
        "slow": {"chunks": 4, "pause": 0.1},
        "cut": 0,
        "stale": 400,
        "corrupt": "body",
        "wrong_secret": True,
        "retries": True,
    }


def test_every_deed_has_a_flag() -> None:
    assert {key for key, *_ in _DO.values()} == set(reading.DEEDS)


def test_a_bad_script_is_one_line_and_exit_code_1_and_none_is_misuse(mockbill: Mockbill) -> None:
    refused = mockbill("script", "add", "--type", "invoice.payed", "--drop")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no event is called invoice.payed; did you mean invoice.paid" in refused.stderr
    assert mockbill("script", "add", "--type", "invoice.paid").returncode == 2


def test_a_file_of_scripts_holds_for_every_account_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "weather.yaml"
    path.write_text("- name: lossy\n  match: {probability: 0.5}\n  do: {drop: true}\n  times: 3\n")
    with Serving(("--scripts", str(path))) as serving:
        for account in ("ada", "bob"):
            listed = run("script", "--account", account, "--server", serving.url).stdout
            assert re.search(r"^script_1  lossy  probability 0\.5  drop  3 ", listed, re.MULTILINE), listed
        run("script", "clear", "--account", "ada", "--server", serving.url)
        run("reset", "--account", "ada", "--server", serving.url)
        assert "lossy" in run("script", "--account", "ada", "--server", serving.url).stdout


def test_a_file_of_scripts_is_loaded_into_a_running_server_or_refused_with_its_lines(
    mockbill: Mockbill, tmp_path: Path
) -> None:
    path = tmp_path / "weather.yaml"
    path.write_text("- do: {hold: true}\n- match: {type: invoice.*}\n  do: {cut: 0}\n  times: 2\n")
    loaded = mockbill("script", "load", str(path))
    assert loaded.stdout == "script_1: hold for all that is delivered\nscript_2: cut 0 for type invoice.*, 2 times\n"
    path.write_text("- do: {hold: true}\n- do: {holt: true}\n- do: {cut: none}\n")
    refused = mockbill("script", "load", str(path))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        f"mockbill: {path}:2:8: holt: is no key here; did you mean hold?",
        f"{path}:3:13: cut: must be a whole number from 0 to 10000000, not none",
    ]
    assert "script_3" not in mockbill("script").stdout
    assert mockbill("script", "load", "nowhere.yaml").returncode == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- do: {dorp: true}\n", "weather.yaml:1:8: dorp: is no key here; did you mean drop?"),
        (
            "- match: {type: invoice.payed}\n  do: {drop: true}\n- do: {delay: -1}\n",
            "weather.yaml:3:15: delay: must be",
        ),
        ("do: {drop: true}\n", "weather.yaml:1:1: scripts are a list of rules"),
        ("- [\n", "weather.yaml:2:1: "),
    ],
)
def test_a_file_with_mistakes_starts_nothing_and_names_their_places(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "weather.yaml"
    path.write_text(text)
    done = run("--port", "0", "--scripts", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_file_that_is_not_there_is_said_in_one_line() -> None:
    done = run("--port", "0", "--scripts", "nowhere.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mockbill: --scripts: 'nowhere.yaml' cannot be read (No such file or directory)\n"
