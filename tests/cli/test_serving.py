"""``mockbill`` and ``mockbill readyz``: starting, saying so, stopping."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
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


def test_the_banner_and_info_tell_the_seed_with_which_the_same_ids_come_again() -> None:
    ids, flags = [], ()
    for _ in range(2):
        with Serving((*flags, "--clock", "2026-01-31")) as serving:
            repeat = re.search(r"mockbill (--seed) (\d+)\)", serving.banner)
            assert repeat is not None
            flags = repeat.groups()
            with urlopen(f"{serving.url}/_mockbill/info", timeout=10) as answer:
                info = json.load(answer)
            assert info["settings"]["seed"] == info["accounts"][0]["seed"] == int(flags[1])
            ids.append(json.loads(run("post", "customers", "--server", serving.url).stdout)["id"])
    assert ids[0] == ids[1]


def test_the_banner_tells_what_a_data_file_holds_and_where_its_clock_stands(tmp_path: Path) -> None:
    data = tmp_path / "world.json"
    with Serving(("--data", str(data), "--clock", "2026-01-31")) as serving:
        assert re.search(rf"^  data +new file {data}\n  clock +stands at 2026-01-31T00:00:00Z$", serving.banner, re.M)
        run("post", "customers", "--server", serving.url)
        run("post", "products", "-d", "name=Pro", "--account", "ada", "--server", serving.url)
        run("advance", "1 day", "--server", serving.url)
        serving.end()
    with Serving(("--data", str(data), "--clock", "2030-01-01")) as serving:
        kept = rf"^  data +2 accounts, 4 objects from {data}\n  clock +stands at 2026-02-01T00:00:00Z$"
        assert re.search(kept, serving.banner, re.M), serving.banner


def test_the_seed_is_another_at_each_start() -> None:
    banners = []
    for _ in range(2):
        with Serving() as serving:
            banners.append(re.search(r"--seed \d+", serving.banner))
    assert None not in banners
    assert len({banner[0] for banner in banners if banner}) == 2


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


def test_the_banner_says_in_what_unusual_way_webhooks_are_delivered() -> None:
    with Serving(("--webhooks", "inline", "--webhook-insecure", "on")) as serving:
        assert re.search(r"^  webhooks +inline$", serving.banner, re.M)
        assert "certificates of https:// receivers are not verified" in serving.banner
    with Serving() as serving:
        assert "certificates" not in serving.banner


def test_stopping_with_deliveries_still_to_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    data = tmp_path / "world.json"
    with Serving(("--webhooks", "manual", "--forward-to", "localhost:9/hook", "--data", str(data))) as serving:
        run("post", "customers", "--server", serving.url)
        code, told = serving.end()
    assert (code, told.count("\n")) == (0, 1)
    assert told.endswith(f"stopped with 1 delivery to 1 receiver still to be made: kept in {data}\n")
    with Serving(("--webhooks", "manual", "--forward-to", "localhost:9/hook", "--data", str(data))) as serving:
        assert "customer.created" in run("deliveries", "--state", "pending", "--server", serving.url).stdout


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
        (["--forward-to", "notaurl"], {}, "--forward-to: 'notaurl' must be an http:// or https:// URL"),
        (["--dunning", "foo"], {}, "--dunning: 'foo' is no wait between two attempts"),
        ([], {"MOCKBILL_SEED": "x"}, "MOCKBILL_SEED: 'x' must be a whole number"),
        (["--port", "0", "--api-version", "1999-99-99"], {}, "--api-version: '1999-99-99' is no version of Stripe's"),
        (["--port", "0", "--data", "/none/w.json"], {}, "there is no folder /none for the data file; make it first"),
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
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.settimeout(20)
        port = deaf.getsockname()[1]
        waiting = subprocess.Popen(
            [sys.executable, "-m", "mockbill", "readyz", "--wait", "--server", f"http://127.0.0.1:{port}"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for _ in range(2):  # it asks, gets no answer, and asks again
            deaf.accept()[0].close()
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
