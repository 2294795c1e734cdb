"""The README is true: every command and every block of code in it is run here."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.process import Serving
from shown import ADDRESS, ROOT, blocks, clean_environment, strict

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

BLOCKS = blocks("README.md")
SHELL = [body for language, body in BLOCKS if language == "sh"]
PYTHON = [body for language, body in BLOCKS if language == "python"]
# These three are run by tests of their own below, and `make test` is what runs this one.
ELSEWHERE = ("make demo\n", "pip install .\nmockbill\n", "make test\n")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server like the one that the README starts, at a port that is free."""
    with LocalServer(create_app(Settings.load(environ={}))) as server:
        yield server.url


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What `make demo` leaves: its environment, and what it printed."""
    place = tmp_path_factory.mktemp("demo") / "env"
    command = ["make", "demo", f"DEMO={place}", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=420, env=clean_environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return place, done.stdout


def at(url: str, text: str) -> str:
    return text.replace(ADDRESS, url)


@pytest.mark.parametrize("block", [block for block in SHELL if block not in ELSEWHERE], ids=lambda b: b.splitlines()[0])
def test_each_shell_block_works(block: str, url: str, tmp_path: Path) -> None:
    done = subprocess.run(
        strict(at(url, block)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        env=clean_environment(MOCKBILL_URL=url),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
    assert not list(tmp_path.iterdir()), "no command writes a file that nobody named"


@pytest.mark.parametrize("block", PYTHON, ids=lambda b: b.splitlines()[0])
def test_each_python_block_works(block: str, url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", at(url, block)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("http://127.0.0.1:")


def test_make_demo_replays_the_three_stories(installed: tuple[Path, str]) -> None:
    _, printed = installed
    for story in ("Payment success", "Payment failure", "Cancellation"):
        assert story in printed
    assert "✗" not in printed
    assert "signatures verified" in printed


def test_the_installed_package_serves_and_stops(installed: tuple[Path, str], tmp_path: Path) -> None:
    place, _ = installed
    server = subprocess.Popen(
        [place / "bin" / "mockbill", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(PYTHONUNBUFFERED="1"),
    )
    try:
        assert server.stdout is not None
        banner = server.stdout.readline()
        assert re.match(r"mockbill \S+ is listening at http://127\.0\.0\.1:\d+$", banner.strip()), banner
        stories = subprocess.run([place / "bin" / "mockbill", "scenario", "list"], capture_output=True, text=True)
        assert "payment_success" in stories.stdout, "the wheel carries the stories"
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0
        server.communicate()


def test_nothing_in_the_readme_is_left_out() -> None:
    assert set(ELSEWHERE) <= set(SHELL)
    assert {language for language, _ in BLOCKS} <= {"", "sh", "python"}
    prose = "".join((ROOT / "README.md").read_text().split("```")[::2])
    for command in re.findall(r"`(mockbill [^`]*)`", prose):
        words = command.split()
        assert words[1].startswith("-") or words[1] in ("scenario", "readyz"), f"{command} is run by no test"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/webhooks.md"])
def test_links_to_files_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\((?!https?:|#)([^)#]*)", (ROOT / page).read_text()):
        assert (ROOT / page).parent.joinpath(link).exists(), link


def test_the_banner_is_the_one_that_is_printed() -> None:
    (shown,) = [body for language, body in BLOCKS if not language]
    with Serving() as serving:
        printed = serving.banner.replace(f" --server {serving.url}", "").replace(serving.url, "http://127.0.0.1:12111")
    drawn = re.compile(r"(?<=mockbill )\d\S*|(?<=seed {12})\d+|(?<=--seed )\d+")  # the version and the seed
    assert drawn.sub("N", shown) == drawn.sub("N", printed)
