"""Delivery scripts: rules by which webhooks come late, twice, in another order, badly signed or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from marshmallow import fields

from mockbill.control.asking import Asked, Refusal, body, query, raw_body, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.scenario.yaml_file import Mistakes
from mockbill.webhooks.scripts import BadRule, NoSuchRule, Terms, TooMany, file


class Clear(Asked):
    """One rule by its ``id``, or else all."""

    id = fields.String()


_ASKED, _CLEAR = Asked(), Clear()


@blueprint.get("/scripts")
def list_scripts() -> dict[str, Any]:
    """The rules in force, in their order, with what is left of each and how many deliveries it is ``holding``."""
    return {"data": rooms().webhooks.scripts(world_of(query(_ASKED)))}


@blueprint.post("/scripts")
def add_script() -> dict[str, Any]:
    """Put a rule in force: ``{"match"?: {"type", ...}, "do": {"duplicate": 2, ...}, "times"?, "name"?}``.

    Or all rules of a file, or with a mistake in it none: ``{"yaml": its text, "file"?: what messages call it}``.
    """
    asked = raw_body()
    world = world_of(asked)
    written = {name: value for name, value in asked.items() if name != "account"}
    with _told():
        if "yaml" in written:
            added = rooms().webhooks.add_scripts(world, _of_file(written))
            return {"scripts": added, "data": rooms().webhooks.scripts(world)}
        added = [rooms().webhooks.add_script(world, written)]
    return {"script": added[0], "data": rooms().webhooks.scripts(world)}


def _of_file(asked: dict[str, Any]) -> list[Terms]:
    text, name = asked["yaml"], asked.get("file", "scripts.yaml")
    if not isinstance(text, str) or not isinstance(name, str) or not asked.keys() <= {"yaml", "file"}:
        raise Refusal(422, "fields_invalid", "yaml is the text of a file, file its name, and nothing is beside them.")
    try:
        return file.loads(text, name)
    except Mistakes as mistakes:
        raise Refusal(422, "script_invalid", str(mistakes), "yaml") from None


@blueprint.delete("/scripts")
def clear_scripts() -> dict[str, Any]:
    """Forget all rules, or the one whose ``id`` is sent; what they keep back goes."""
    asked = {**query(_CLEAR), **body(_CLEAR)}
    return _cleared(asked, asked.get("id"))


@blueprint.delete("/scripts/<id>")
def clear_script(id: str) -> dict[str, Any]:
    """Forget one rule; what it keeps back goes."""
    return _cleared({**query(_ASKED), **body(_ASKED)}, id)


@blueprint.post("/scripts/<id>/release")
def release_script(id: str) -> dict[str, Any]:
    """Let go what a rule keeps back; the rule stays."""
    world = world_of(body(_ASKED))
    with _told():
        released = rooms().webhooks.release_script(world, id)
    return {"released": released, "data": rooms().webhooks.scripts(world)}


def _cleared(asked: dict[str, Any], id: str | None) -> dict[str, Any]:
    world = world_of(asked)
    with _told():
        released = rooms().webhooks.clear_scripts(world, id)
    return {"released": released, "data": rooms().webhooks.scripts(world)}


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a rule, as an answer."""
    try:
        yield
    except BadRule as bad:
        first = bad.mistakes[0]
        raise Refusal(422, "script_invalid", str(bad), first.param or None) from None
    except TooMany as reason:
        raise Refusal(409, "scripts_too_many", str(reason)) from None
    except NoSuchRule as missing:
        raise Refusal(404, "script_missing", f"No such script: '{missing}'", "id") from None
