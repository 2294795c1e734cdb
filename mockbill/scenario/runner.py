"""Runs stories against a server, tells them as a timeline and says how each ended."""

import secrets
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

from mockbill.scenario import junit, moments, objects, references
from mockbill.scenario.client import Document, Refused, Unreachable
from mockbill.scenario.compare import ABSENT, Unmet, at, nearest_field
from mockbill.scenario.loader import Branch, Step, Story, load
from mockbill.scenario.receiver import Receiver
from mockbill.scenario.results import Failure, Result, StepResult
from mockbill.scenario.stage import Stage
from mockbill.scenario.timeline import Changes, Timeline, counted
from mockbill.scenario.yaml_file import Mistakes, suggestion

PASSED, FAILED, BROKEN = 0, 1, 2


def run_files(
    paths: Sequence[str | Path],
    server_url: str,
    out: TextIO,
    *,
    receiver_url: str | None = None,
    receiver_host: str | None = None,
    junit_path: str | Path | None = None,
    colour: bool | None = None,
) -> int:
    """Run story files (or shipped stories by name) and print their timelines.

    Answers 0 when all expectations held, 1 when one did not, 2 for a mistake in a file or a server that does not
    answer. `receiver_url` sends webhooks to an application of your own instead of the sample one; `receiver_host` is
    the name under which the server reaches this machine (`host.docker.internal` from a container).
    """
    try:
        stories = load_all(paths)
    except Mistakes as mistakes:
        out.write(f"{mistakes}\n")
        return BROKEN
    return run_stories(
        stories,
        server_url,
        out,
        receiver_url=receiver_url,
        receiver_host=receiver_host,
        junit_path=junit_path,
        colour=colour,
    )


def load_all(paths: Sequence[str | Path]) -> list[Story]:
    """The stories in files, or shipped ones by name; raises Mistakes with those of all files."""
    stories: list[Story] = []
    wrong: list[str] = []
    for path in paths:
        try:
            files = find(path)
        except OSError as error:
            wrong.append(str(error))
            continue
        for file in files:
            try:
                stories.append(load(file))
            except Mistakes as mistakes:
                wrong += mistakes.lines
    if wrong:
        raise Mistakes(wrong)
    return stories


def run_stories(
    stories: Sequence[Story],
    server_url: str,
    out: TextIO,
    *,
    receiver_url: str | None = None,
    receiver_host: str | None = None,
    junit_path: str | Path | None = None,
    colour: bool | None = None,
) -> int:
    """As `run_files`, with stories that have been read."""
    timeline = Timeline(out, colour)
    results: list[Result] = []
    try:
        for story in stories:
            for branch in story.branches:
                with Receiver(receiver_host) if receiver_url is None else nullcontext(receiver_url) as receiver:
                    results.append(run_branch(story, branch, server_url, timeline, receiver))
    except Unreachable as absence:
        out.write(f"{absence}\n")
        return BROKEN
    if junit_path is not None:
        junit.write(results, junit_path)
    if len(results) > 1:
        timeline.summary([(result.title, result.passed, result.seconds) for result in results])
    return PASSED if all(result.passed for result in results) else FAILED


def shipped() -> dict[str, Path]:
    """The stories that come with mockbill: inside the package in a wheel, beside it in a checkout.

    By name, those in folders with their folder's: `payment_success`, `proration/upgrade`.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            files = sorted(folder.rglob("*.yaml"), key=lambda path: (len(path.parts), path))
            return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}
    return {}


def find(name: str | Path) -> list[Path]:
    """The files that a name stands for: a file, all in a folder, a shipped story, or all in a shipped folder.

    Raises OSError that says what there is.
    """
    path = Path(name)
    if path.is_file():
        return [path]
    stories = shipped()
    wanted = str(name).strip("/")
    found = [file for story, file in stories.items() if wanted in (story, *_short(story))]
    if found:
        here = Path.cwd()
        return [file.relative_to(here) if file.is_relative_to(here) else file for file in found]
    if path.is_dir():
        files = sorted(path.rglob("*.yaml"))
        if files:
            return files
        raise IsADirectoryError(f"{name}: there is no story in this folder, that is, no file *.yaml")
    hint = suggestion(str(name), [*stories, *(short for story in stories for short in _short(story))])
    raise FileNotFoundError(f"{name}: no such file, and no shipped story of that name{hint}")


def _short(story: str) -> list[str]:
    """What else a shipped story answers to: `proration/upgrade` to its folder and to `upgrade`."""
    return story.split("/") if "/" in story else []


def run_branch(story: Story, branch: Branch, server_url: str, timeline: Timeline, receiver: Receiver | str) -> Result:
    """Run one branch in a fresh account, up to the first step that fails; raises Unreachable."""
    # The server may have seen this story before, from another process, so a counter would not make it unique.
    account = f"scenario_{story.slug}_{secrets.token_hex(3)}"
    result = Result(story.path, story.name, branch.title, account)
    url = receiver if isinstance(receiver, str) else receiver.url
    timeline.heading(result.title, story.about, facts=f"{server_url} · sk_test_{account} · webhooks to {url}")
    started = time.perf_counter()
    run: _Run | None = None
    step = Step("start", {}, f"clock {story.clock}", 1)
    try:
        run = _Run(Stage(server_url, account, clock=story.clock, receiver=receiver), timeline)
        for step in [*([story.settings] if story.settings else ()), *branch.steps]:
            result.steps.append(run.step(step))
    except (Unmet, Refused) as reason:
        result.failure = _failure(f"{story.path}:{step.line}", reason)
        timeline.failure(run.date if run else "", step.verb, step.said, result.failure.lines, result.failure.where)
    result.seconds = time.perf_counter() - started
    timeline.verdict(_verdict(result), good=result.passed)
    return result


class _Run:
    """A branch under way: the stage it is played on, and what its steps have named so far."""

    def __init__(self, stage: Stage, timeline: Timeline) -> None:
        self._stage, self._timeline = stage, timeline
        self._names: dict[str, Any] = {}
        self._changes = Changes()
        self._told = self._heard = 0

    @property
    def date(self) -> str:
        return "" if self._stage.now is None else moments.iso(self._stage.now)[:16].replace("T", " ")

    def step(self, step: Step) -> StepResult:
        """Play one step and tell it; raises Unmet or Refused when it fails."""
        args = references.resolve(step.args, self._lookup)
        match step.verb:
            case "note":
                self._timeline.note(args["text"])
            case "mark":
                self._stage.mark(args["name"])
            case "let":
                for name, value in args["names"].items():
                    self._names[name] = self._stage.look(value)
            case "expect" | "expect events" | "expect webhook" | "expect app":
                self._check(step.verb, args)
                self._timeline.check(self.date, step.verb, step.said)
            case _:
                return self._act(step, args)
        return StepResult(step.verb, step.said, step.line, self._stage.now)

    def _act(self, step: Step, args: Document) -> StepResult:
        params = args.pop("with_", {})
        outcome = getattr(self._stage, step.verb.replace(" ", "_"))(**args, **params)
        if step.alias:
            self._names[step.alias] = outcome
        events = self._stage.events()[self._told :]
        self._told += len(events)
        types = [event["type"] for event in events]
        self._timeline.act(self.date, step.verb, step.said, self._changes.told_by(events))
        self._timeline.events(types)
        heard = len(self._stage.heard())
        received, self._heard = heard - self._heard, heard
        if received:
            verified = "signatures verified" if isinstance(self._stage.receiver, Receiver) else "answered with 2xx"
            self._timeline.deliveries(f"{received} received, {verified}")
        return StepResult(step.verb, step.said, step.line, self._stage.now, types, received)

    def _check(self, verb: str, args: Document) -> None:
        if verb == "expect":
            for thing, values in args["things"]:
                self._stage.expect(thing, values)
        elif verb == "expect events":
            self._stage.expect_events(**args)
        elif verb == "expect app":
            self._stage.expect_app(**args)
        else:
            self._stage.expect_webhook(**args)

    def _lookup(self, name: str, path: str) -> Any:
        """What a reference stands for: an object's id for its bare name, else the value as it is now."""
        named = self._names[name]
        if not path:
            return named["id"] if isinstance(named, dict) and objects.is_id(str(named.get("id"))) else named
        current = self._stage.look(named)
        value = at(current, path, self._stage.follow)
        if value is ABSENT:
            raise Unmet(f"${name}.{path} leads nowhere{nearest_field(current, path)}")
        return value


def _failure(where: str, reason: Unmet | Refused) -> Failure:
    if isinstance(reason, Unmet):
        return Failure(where, reason.sentence, reason.differences, [reason.sentence, *reason.lines()])
    return Failure(where, str(reason), (), [str(reason)])


def _verdict(result: Result) -> str:
    events = sum(len(step.events) for step in result.steps)
    received = sum(step.received for step in result.steps)
    steps = counted(len(result.steps), "step")
    done = f"{steps}, {counted(events, 'event')}, {received} received, {result.seconds:.2f} s"
    return f"{result.title}: {done}" if result.passed else f"{result.title}: failed after {done}"
