"""``mockbill`` and ``mockbill readyz``: starting, saying so, stopping."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from cli.process import Serving, environment, run

from mockbill import __version__
from mockbill.settings import TABLE


def test_the_banner_says_where_it_is_and_what_to_give_an_application() -> None:
    with Serving(("--clock", "2026-01-31", "--forward-to", "localhost:9/hook")) as serving:
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", serving.url)
        assert f"mockbill {__version__}" in serving.banner
        for fact in ("sk_test_mockbill", "whsec_mockbill", "http://localhost:9/hook", "2026-01-31T00:00:00Z"):
            assert fact in serving.banner
        with urlopen(f"{serving.url}/_mockbill/info", timeout=10) as answer:
            info = json.load(answer)
        assert info["settings"]["port"] == int(serving.url.rpartition(":")[2])


def test_the_commands_that_the_banner_suggests_work() -> None:
    with Serving(("--clock", "2026-01-31")) as serving:
        tries = [line.removeprefix("  try").strip() for line in serving.banner.partition("  try")[2].splitlines()[:3]]
        assert len(tries) == 3
        for words in map(shlex.split, tries):
            words = [sys.executable, "-m", *words] if words[0] == "mockbill" else [*words, "--fail", "--silent"]
            done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment(), check=False)
            assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(how: signal.Signals) -> None:
    with Serving() as serving:
        assert serving.end(how) == (0, "")


def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}: the port is in use" in done.stderr


@pytest.mark.parametrize(
    ("args", "variables", "words"),
    [
        (["--port", "high"], {}, "--port: 'high' must be a whole number"),
        (["serve", "--clock", "soon"], {}, "--clock: 'soon' must be real, or a date"),
        (["--forward-to", "not a url"], {}, "--forward-to: 'not a url' must be an http:// or https:// URL"),
        ([], {"MOCKBILL_SEED": "x"}, "MOCKBILL_SEED: 'x' must be a whole number"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(args: list[str], variables: dict[str, str], words: str) -> None:
    done = run(*args, **variables)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_settings_are_given_by_flag_by_variable_and_to_serve_alike() -> None:
    for serving in (
        Serving(("--seed", "7", "--clock", "2026-01-31")),
        Serving(variables={"MOCKBILL_SEED": "7", "MOCKBILL_CLOCK": "2026-01-31"}),
        Serving(("--seed", "7", "serve", "--clock", "2026-01-31")),
    ):
        with serving, urlopen(f"{serving.url}/_mockbill/info", timeout=10) as answer:
            settings = json.load(answer)["settings"]
        assert (settings["seed"], settings["clock"]) == (7, "2026-01-31T00:00:00Z")


def test_settings_of_a_server_are_refused_beside_a_command_that_starts_none() -> None:
    done = run("--port", "4000", "advance", "1 month")
    assert done.returncode == 2
    assert "--port sets up a server and advance starts none" in done.stderr


def test_the_help_lists_every_setting_and_the_commands_by_task() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(re.search(rf"{row.flag}\b", done.stdout) for row in TABLE.values())
    tasks = ["Serve:", "Replay stories:", "Move time:", "Act:", "Look:", "Settings: server:"]
    places = [done.stdout.index(task) for task in tasks]
    assert places == sorted(places)


def test_readyz_waits_for_a_server_that_is_about_to_come_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    waiting = subprocess.Popen(
        [sys.executable, "-m", "mockbill", "readyz", "--wait", "--server", f"http://127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    time.sleep(0.3)
    assert waiting.poll() is None
    with Serving(("--port", str(port))):
        said, _ = waiting.communicate(timeout=20)
    assert (waiting.returncode, said) == (0, f"http://127.0.0.1:{port} is ready\n")


def test_readyz_without_a_server_ends_with_1_as_a_healthcheck_must(nobody: str) -> None:
    for args in (["readyz"], ["readyz", "--wait", "--timeout", "0.2"]):
        done = run(*args, "--server", nobody)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{nobody} is not ready" in done.stderr


def test_readyz_finds_the_server_of_the_settings() -> None:
    with Serving() as serving:
        port = serving.url.rpartition(":")[2]
        assert run("readyz", MOCKBILL_PORT=port, MOCKBILL_HOST="0.0.0.0").stdout == f"{serving.url} is ready\n"


@pytest.fixture
def nobody() -> str:
    """A URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"
