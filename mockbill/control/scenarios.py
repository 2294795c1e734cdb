"""Stories: the ones that are shipped, checking one's own, and running one against this very server."""

from collections.abc import Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

from flask import request
from marshmallow import ValidationError, fields, validates_schema

from mockbill.control.asking import Asked, Refusal, body, nearest, query
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.rules.periods import iso
from mockbill.scenario import runner
from mockbill.scenario.loader import Story, load, loads
from mockbill.scenario.receiver import Receiver
from mockbill.scenario.results import Result
from mockbill.scenario.timeline import Timeline
from mockbill.scenario.yaml_file import Mistakes


class Told(Asked):
    """A story: the name of a shipped one, or its text."""

    name = fields.String()
    yaml = fields.String()

    @validates_schema
    def one_story(self, data: dict[str, Any], **_: Any) -> None:
        if ("name" in data) == ("yaml" in data):
            raise ValidationError('needs either "name", of a shipped story, or "yaml", the text of one')


_ASKED, _TOLD = Asked(), Told()


@blueprint.get("/scenarios")
def list_scenarios() -> dict[str, Any]:
    """The shipped stories with their YAML."""
    query(_ASKED)
    return {
        "data": [
            {"name": name, **_about(load(path)), "yaml": path.read_text(encoding="utf-8")}
            for name, path in runner.shipped().items()
        ]
    }


@blueprint.post("/scenarios")
def check_scenario() -> dict[str, Any]:
    """Read a story without running it: what it is about, or 422 with all its mistakes."""
    return _about(_story(body(_TOLD)))


@blueprint.post("/scenarios/run")
def run_scenario() -> dict[str, Any]:
    """Run a story against this server, each branch in a fresh account; 200 whether it passes or not: see ``passed``."""
    story = _story(body(_TOLD))
    text = StringIO()
    timeline = Timeline(text, colour=False)
    results: list[Result] = []
    for branch in story.branches:
        with Receiver() as receiver:
            results.append(runner.run_branch(story, branch, _own_url(), timeline, receiver))
    return {
        "name": story.name,
        "passed": all(result.passed for result in results),
        "branches": [_outcome(result) for result in results],
        "timeline": text.getvalue(),
    }


def _story(told: dict[str, Any]) -> Story:
    try:
        if "yaml" in told:
            return loads(told["yaml"], "story.yaml")
        shipped = runner.shipped()
        if told["name"] not in shipped:
            known = nearest(told["name"], list(shipped))
            raise Refusal(404, "scenario_missing", f"No shipped story is called {told['name']}{known}", "name")
        return load(shipped[told["name"]])
    except Mistakes as mistakes:
        raise Refusal(422, "scenario_invalid", str(mistakes), "yaml" if "yaml" in told else "name") from None


def _about(story: Story) -> dict[str, Any]:
    branches = [{"title": branch.title, "steps": len(branch.steps)} for branch in story.branches]
    return {"title": story.name, "about": story.about, "clock": story.clock, "branches": branches}


def _outcome(result: Result) -> dict[str, Any]:
    steps = [{**asdict(step), "now": None if step.now is None else iso(step.now)} for step in result.steps]
    return {
        "title": result.branch,
        "account": result.account,
        "passed": result.passed,
        "seconds": round(result.seconds, 3),
        "steps": steps,
        "failure": None if result.failure is None else _lines(result.failure.where, result.failure.lines),
    }


def _lines(where: str, lines: Sequence[str]) -> dict[str, Any]:
    return {"where": where, "lines": list(lines)}


def _own_url() -> str:
    """Where this process listens, which behind a container's port is not where the caller found it."""
    host = rooms().settings.host
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)
    return f"http://{host}:{request.environ['SERVER_PORT']}"
