"""``scenario`` and ``demo``: replay stories against a server."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockbill.cli.flags import on_server
from mockbill.cli.show import Misuse, paint, say, table
from mockbill.cli.talk import absent, default_url, is_ready
from mockbill.scenario.timeline import counted

if TYPE_CHECKING:
    from mockbill.scenario.loader import Story


_DEMO = ("payment_success", "payment_failure", "cancellation")  # as a newcomer should meet them


@click.command()
def demo() -> None:
    """Replay three of the shipped stories on a server of their own, which ends with them."""
    with _private_server() as url:
        say(f"A private server at {url} replays {len(_DEMO)} stories: {', '.join(_DEMO)}.\n")
        code = _run(_loaded(_DEMO), url, None)
    sys.exit(code)


@click.group()
def scenario() -> None:
    """Run, list, show and check stories.

    A story is a YAML file of steps; mockbill scenario verbs lists what a step can be.
    """


@scenario.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@on_server
@click.option("--junit", type=click.Path(dir_okay=False), help="Write JUnit XML there.")
@click.option("--webhooks-to", metavar="URL", help="An application of yours that gets the webhooks.")
def run(files: tuple[str, ...], server: str | None, junit: str | None, webhooks_to: str | None) -> None:
    """Run stories: files, folders of files, or names of shipped ones.

    Without --server it is the one at the usual address if there is one, else a private one for this run.
    Exit code 0 when all went as expected, 1 when something did not, 2 for a mistake in a file or no server.
    """
    stories = _loaded(files)  # a mistake in one needs no server
    if server is not None and not is_ready(server, patience=5.0):
        raise absent(server)
    url = server or default_url()
    if server is None and not is_ready(url):
        with _private_server() as url:
            say(f"No server at {default_url()}: a private one at {url} for this run.\n")
            code = _run(stories, url, junit, webhooks_to)
    else:
        say(f"On the server at {url}.\n")
        code = _run(stories, url, junit, webhooks_to)
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
    say("\n".join(path.read_text(encoding="utf-8").rstrip() for path in _found(name)))


@scenario.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Look for mistakes in stories without running them."""
    for story in _loaded(files):
        steps = [len(branch.steps) for branch in story.branches]
        branches = f"{len(steps)} branches, " if len(steps) > 1 else ""
        say(f"{story.path}: {story.name}, {branches}{counted(sum(steps), 'step')}")


@scenario.command()
def verbs() -> None:
    """List the verbs of steps: what each takes, and an example."""
    from mockbill.scenario.verbs import VERBS

    say("What a step can be. Keys with a * must be given; $name stands for what a step before named with `as: name`.")
    for verb, schema in VERBS.items():
        say(f"\n{paint(verb, 'green')}: {schema.taken}\n  - {verb}: {schema.example}")


def _run(stories: "list[Story]", url: str, junit: str | None, webhooks_to: str | None = None) -> int:
    from mockbill.scenario.runner import run_stories

    return run_stories(stories, url, sys.stdout, junit_path=junit, receiver_url=webhooks_to)


@contextmanager
def _private_server() -> Iterator[str]:
    """A server in this process for as long as the block runs; in it time and data are nobody else's."""
    from mockbill.app import create_app
    from mockbill.server import LocalServer
    from mockbill.settings import Settings

    with LocalServer(create_app(Settings())) as server:
        yield server.url


def _found(name: str) -> list[Path]:
    from mockbill.scenario.runner import find

    try:
        return find(name)
    except OSError as reason:
        raise Misuse(str(reason)) from None


def _loaded(files: Sequence[str]) -> "list[Story]":
    from mockbill.scenario.runner import load_all
    from mockbill.scenario.yaml_file import Mistakes

    try:
        return load_all(files)
    except Mistakes as mistakes:
        raise Misuse(str(mistakes)) from None
