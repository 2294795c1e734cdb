"""Triggers: finds the recipe of an event, has it cause the event, and tells what followed."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from mockbill import surface
from mockbill.triggers import existing, recipes, subjects, synthetic
from mockbill.triggers.cause import Cause
from mockbill.triggers.client import InProcess, Wsgi
from mockbill.triggers.kinds import kind_of
from mockbill.triggers.registry import FRESH, ON, Recipe, known
from mockbill.triggers.setting import parameters_of
from mockbill.webhooks import Deliveries
from mockbill.world import Doc, Problem, World, Worlds, thin_events


class Triggers:
    """Causes events in the accounts of one server; ``stripe`` is the dialect, which recipes call in the process."""

    def __init__(self, worlds: Worlds, webhooks: Deliveries, stripe: Wsgi) -> None:
        recipes.load()
        existing.load()
        self._worlds = worlds
        self._webhooks = webhooks
        self._stripe = stripe

    def trigger(
        self,
        world: World,
        type: str,
        *,
        on: str | None = None,
        customer: str | None = None,
        given: Mapping[str, Any] | None = None,
        times: int = 1,
    ) -> dict[str, Any]:
        """Make an event come about, ``times`` times; Problem where it cannot.

        ``on`` is the id of the object that it shall be about, ``customer`` that of the customer; ``given`` is what was
        set, by path.  Answers ``{"type", "synthetic", "event": the id of the last one that was asked for, "events": all
        that followed, in order, "deliveries"}`` once each delivery was attempted.
        """
        type = _checked(type)
        ways = list(_ways(world, type, on, customer))
        planned = _fitting(type, ways, given or {})
        make = None if planned else synthetic.planned(type, ways[0].subject, customer, given or {})
        marks = {each: _arrived(each) for each in self._together(world)}
        for _ in range(times):
            if make is None:
                self._cause(world, type, planned)
            else:
                with world.work() as w:
                    make(w)
        return {"type": type, "synthetic": make is not None, **self._followed(type, marks)}

    def _cause(self, world: World, type: str, planned: list[tuple["_Way", dict[str, Any]]]) -> None:
        """By the first of several ways that is not refused, as by the state of its object; else the first refusal."""
        refusal: Problem | None = None
        for way, tree in planned:
            assert way.recipe is not None
            client = InProcess(self._stripe, world)
            cause = Cause(type, world, client, customer_id=way.customer, given=tree, sets=way.recipe.sets)
            subject = way.subject and (world.fetch(way.subject["object"], way.subject["id"]) or way.subject)
            before = _arrived(world)
            try:
                way.recipe.cause(cause, *(() if subject is None else (subject,)))
            except Problem as problem:
                if _arrived(world) != before:  # it was half done
                    raise
                refusal = refusal or problem
            else:
                cause.check_given()
                return
        assert refusal is not None
        raise refusal

    def send_raw(self, world: World, body: bytes, type: str | None = None) -> dict[str, Any]:
        """Sign and send these bytes as they are, to every receiver or to those of an event type."""
        sent = self._webhooks.send_raw(world, body, _checked(type) if type is not None else None)
        self._webhooks.settle(world)
        deliveries = self._webhooks.deliveries(world.name, event=sent)[::-1]
        return {"type": type, "synthetic": True, "event": None, "events": [], "deliveries": deliveries}

    def listed(self) -> Iterator[dict[str, Any]]:
        """``{"type", "caused", "for": kinds that it can be caused on, "sets": the principal call}`` of each event."""
        for type in known():
            recipe = FRESH.get(_snapshot(type))
            on = ON.get(_snapshot(type), {})
            yield {
                "type": type,
                "caused": recipe is not None or bool(on),
                "for": sorted(on),
                "sets": recipe.sets if recipe else None,
            }

    def _together(self, world: World) -> list[World]:
        """The account and those that share its lock: its platform, and what is connected to it."""
        return [each for each in self._worlds.all() if each.lock is world.lock]

    def _followed(self, type: str, marks: Mapping[World, tuple[int, int]]) -> dict[str, Any]:
        """What was logged and delivered since; accounts that have come since are told of from their beginning."""
        worlds = [each for each in self._worlds.all() if any(each.lock is known.lock for known in marks)]
        for each in worlds:
            self._webhooks.settle(each)
        events: list[Doc] = []
        deliveries: list[dict[str, Any]] = []
        for each in worlds:
            with each.lock:
                new = _since(each, type, marks.get(each, (0, 0)))
            events += new
            for event in new:
                if event.get("snapshot_event"):
                    continue  # its deliveries stand with those of the snapshot
                for id in (event["id"], *(twin["id"] for twin in _twins(event))):
                    deliveries += self._webhooks.deliveries(each.name, event=id)[::-1]
        named = [event["id"] for event in events if event["type"] == type]
        if not named:
            came = ", ".join(event["type"] for event in events) or "nothing"
            raise Problem(f"{type} did not come of it; what came: {came}.", code="not_caused", status=409)
        return {"event": named[-1], "events": events, "deliveries": deliveries}


class _Way(NamedTuple):
    """A recipe, and what it is for: an object, or a customer, or nothing that exists; None is to make the event up."""

    recipe: Recipe | None
    subject: Doc | None = None
    customer: str | None = None


def _fitting(type: str, ways: list[_Way], given: Mapping[str, Any]) -> list[tuple[_Way, dict[str, Any]]]:
    """The recipes that take what was set, with that as parameters; Problem where none does."""
    planned, objections = [], []
    for way in ways:
        if way.recipe is None:
            continue
        try:
            planned.append((way, parameters_of(given, type, way.recipe.sets)))
        except Problem as objection:
            objections.append(objection)
    if objections and not planned:
        raise objections[0]
    return planned


def _ways(world: World, type: str, on: str | None, customer: str | None) -> Iterator[_Way]:
    """The ways in which an event can be caused, the best one first."""
    name = _snapshot(type)
    fresh, recipes = FRESH.get(name), ON.get(name, {})
    if on is not None:
        yield from _on(world, type, _object(world, on), fresh, recipes)
        return
    if customer is not None:
        with world.lock:
            owner = world.fetch("customer", customer)
        if owner is None:
            raise Problem(f"No such customer: '{customer}'", code="customer_missing", param="customer", status=404)
        yield from _of_customer(world, type, owner, fresh, recipes)
        return
    yield _Way(fresh)


def _of_customer(
    world: World, type: str, customer: Doc, fresh: Recipe | None, recipes: Mapping[str, Recipe]
) -> Iterator[_Way]:
    """The ways for a customer: her objects of the event's kind, the newest first, else fresh ones."""
    kinds = [kind for kind in (kind_of(_snapshot(type)), fresh and fresh.newest) if kind in recipes]
    if fresh is None:
        kinds = [*recipes]
    with world.lock:
        owned = [doc for kind in kinds if kind for doc in subjects.of_customer(world, customer, kind)]
    yield from (_Way(recipes[doc["object"]], doc) for doc in owned)
    if fresh is not None or not recipes:
        yield _Way(fresh, None, customer["id"])
    elif not owned:
        kinds_named = " or ".join(sorted(recipes))
        message = f"{customer['id']} has no {kinds_named} on which {type} could be caused."
        raise Problem(message, code="customer_invalid", param="customer", status=409)


def _on(world: World, type: str, subject: Doc, fresh: Recipe | None, recipes: Mapping[str, Recipe]) -> Iterator[_Way]:
    """The ways for an object that exists: itself, what belongs to it, or a fresh one of a customer's."""
    kind, id = subject["object"], subject.get("id")
    if kind in recipes:
        yield _Way(recipes[kind], subject)
        return
    if kind == "customer" and (fresh is not None or recipes):
        yield from _of_customer(world, type, subject, fresh, recipes)
        return
    with world.lock:
        near = subjects.related(world, subject, recipes) if recipes else []
    yield from (_Way(recipes[doc["object"]], doc) for doc in near)
    if recipes and not near:
        raise Problem(
            f"{type} cannot be caused on a {kind}; it can on: {', '.join(sorted(recipes))}. Nothing of these belongs "
            f"to {id}.",
            code="for_invalid",
            param="for",
            status=409,
        )
    elif fresh is not None and not recipes:
        message = (
            f"{type} can only be caused on a fresh object or for a customer: leave --for away, or name a customer."
        )
        raise Problem(message, code="for_invalid", param="for", status=409)
    elif not recipes:
        yield _Way(None, subject)


def _arrived(world: World) -> tuple[int, int]:
    """How many events of both sorts ever came."""
    return world.table("event").arrivals, world.table(thin_events.KIND).arrivals


def _since(world: World, type: str, mark: tuple[int, int]) -> list[Doc]:
    """The events since: snapshots, with the twins that are of the type that was asked for, then other thin ones."""
    found: list[Doc] = []
    for event in world.table("event").select(after=mark[0]):
        found += [event, *(thin_events.shown(twin) for twin in _twins(event) if twin["type"] == type)]
    return [*found, *map(thin_events.shown, world.table(thin_events.KIND).select(after=mark[1]))]


def _twins(event: Doc) -> list[Doc]:
    return thin_events.of(event) if event["object"] == "event" else []


def _object(world: World, id: str) -> Doc:
    """An object of an account by its id alone."""
    with world.lock:
        for kind, table in world.tables.items():
            if not kind.startswith("_") and (found := table.fetch(id)) is not None:
                return found
    raise Problem(f"No such object: '{id}'", code="object_missing", param="for", status=404)


def _checked(type: str) -> str:
    """The event's name, or Problem (422) with the nearest ones."""
    names = known()
    if type in names:
        return type
    close = get_close_matches(type, names, n=3, cutoff=0.5)
    ending = [name for name in names if name.endswith(f".{type}")]
    near = ", ".join(close or ending[:3])
    raise Problem(
        f"{type!r} is no event{f'; nearest: {near}' if near else ''}. mockbill trigger --list shows them all.",
        code="type_unknown",
        param="type",
        status=422,
    )


def _snapshot(type: str) -> str:
    """The snapshot event that a thin one is the twin of; another name stays."""
    twin = type.removeprefix("v1.")
    return twin if twin in surface.events() else type
