"""``scenario`` and ``demo``: replay stories against a server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockbill.cli.flags import on_server
from mockbill.cli.show import Misuse, say, suggestion, table
from mockbill.cli.talk import absent, default_url, is_ready

if TYPE_CHECKING:
    from mockbill.scenario.loader import Story


_ORDER = {"payment_success": 0, "payment_failure": 1, "cancellation": 2}  # as a newcomer should meet them


@click.command()
def demo() -> None:
    """Replay the shipped stories on a server of their own, which ends with them."""
    from mockbill.scenario.runner import shipped

    stories = sorted(shipped(), key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    with _private_server() as url:
        say(f"A private server at {url} replays {len(stories)} stories: {', '.join(stories)}.\n")
        code = _run(tuple(stories), url, None)
    sys.exit(code)


@click.group()
def scenario() -> None:
    """Run, list, show and check stories."""


@scenario.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@on_server
@click.option("--junit", type=click.Path(dir_okay=False), help="Write JUnit XML there.")
@click.option("--webhooks-to", metavar="URL", help="An application of yours that gets the webhooks.")
def run(files: tuple[str, ...], server: str | None, junit: str | None, webhooks_to: str | None) -> None:
    """Run stories: files, or names of shipped ones.

    Without --server it is the one at the usual address if there is one, else a private one for this run.
    Exit code 0 when all went as expected, 1 when something did not, 2 for a mistake in a file or no server.
    """
    if server is not None and not is_ready(server, patience=5.0):
        raise absent(server)
    url = server or default_url()
    if server is None and not is_ready(url):
        with _private_server() as url:
            say(f"No server at {default_url()}: a private one at {url} for this run.\n")
            code = _run(files, url, junit, webhooks_to)
    else:
        say(f"On the server at {url}.\n")
        code = _run(files, url, junit, webhooks_to)
    sys.exit(code)


@scenario.command("list")
def list_stories() -> None:
    """List the shipped stories."""
    from mockbill.scenario.loader import load
    from mockbill.scenario.runner import shipped

    table(("name", "about"), ((name, load(path).about) for name, path in shipped().items()), "no story is shipped")


@scenario.command()
@click.argument("name")
def show(name: str) -> None:
    """Print a story, to read or to begin one's own with."""
    say(_found(name).read_text(encoding="utf-8").rstrip())


@scenario.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Look for mistakes in stories without running them."""
    for file in files:
        story = _loaded(file)
        steps = [len(branch.steps) for branch in story.branches]
        say(
            f"{file}: {story.name}, {len(steps)} branches, {sum(steps)} steps"
            if len(steps) > 1
            else f"{file}: {story.name}, {steps[0]} steps"
        )


def _run(files: tuple[str, ...], url: str, junit: str | None, webhooks_to: str | None = None) -> int:
    from mockbill.scenario.runner import run_files

    return run_files(files, url, sys.stdout, junit_path=junit, receiver_url=webhooks_to)


@contextmanager
def _private_server() -> Iterator[str]:
    """A server in this process for as long as the block runs; in it time and data are nobody else's."""
    from mockbill.app import create_app
    from mockbill.server import LocalServer
    from mockbill.settings import Settings

    with LocalServer(create_app(Settings())) as server:
        yield server.url


def _found(name: str) -> Path:
    from mockbill.scenario.runner import find, shipped

    try:
        return find(name)
    except FileNotFoundError:
        raise Misuse(f"{name}: no such file, and no shipped story of that name{suggestion(name, shipped())}") from None


def _loaded(name: str) -> "Story":
    from mockbill.scenario.loader import load
    from mockbill.scenario.yaml_file import Mistakes

    try:
        return load(_found(name))
    except (Mistakes, OSError) as mistakes:
        raise Misuse(str(mistakes)) from None
