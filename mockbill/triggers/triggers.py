"""Triggers: finds the recipe of an event, has it cause the event, and tells what followed."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from mockbill import surface
from mockbill.triggers import recipes, synthetic
from mockbill.triggers.cause import Cause
from mockbill.triggers.client import InProcess, Wsgi
from mockbill.triggers.registry import FRESH, ON, Recipe, known
from mockbill.triggers.setting import parameters_of
from mockbill.webhooks import Deliveries
from mockbill.world import Doc, Problem, World, Worlds


class Triggers:
    """Causes events in the accounts of one server; ``stripe`` is the dialect, which recipes call in the process."""

    def __init__(self, worlds: Worlds, webhooks: Deliveries, stripe: Wsgi) -> None:
        recipes.load()
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
        recipe, subject = self._recipe(world, type, on, customer)
        if recipe is None:
            make = synthetic.planned(world, type, subject, customer, given or {})
        else:
            tree = parameters_of(given or {}, type, recipe.sets)
        marks = {each: each.table("event").arrivals for each in self._together(world)}
        for _ in range(times):
            if recipe is None:
                with world.work() as w:
                    make(w)
                continue
            client = InProcess(self._stripe, world)
            cause = Cause(type, world, client, customer_id=customer, given=tree, sets=recipe.sets)
            if subject is None:
                recipe.cause(cause)
            else:
                recipe.cause(cause, world.fetch(subject["object"], subject["id"]) or subject)
        return {"type": type, "synthetic": recipe is None, **self._followed(world, type, marks)}

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

    def _recipe(
        self, world: World, type: str, on: str | None, customer: str | None
    ) -> tuple[Recipe | None, Doc | None]:
        """The recipe for an event, and the object for which it is one; None where the event can only be made up."""
        name = _snapshot(type)
        if on is not None:
            subject = _object(world, on)
            recipe = ON.get(name, {}).get(subject["object"])
            if recipe is None and name in ON:
                raise Problem(
                    f"{type} cannot be caused on a {subject['object']}; it can on: {', '.join(sorted(ON[name]))}.",
                    code="for_invalid",
                    param="for",
                    status=409,
                )
            return recipe, subject
        if customer is not None:
            with world.lock:
                world_has = world.fetch("customer", customer)
            if world_has is None:
                raise Problem(f"No such customer: '{customer}'", code="customer_missing", param="customer", status=404)
        recipe = FRESH.get(name)
        if recipe is not None and recipe.newest and customer is not None:
            owned = world.table(recipe.newest).matching({"customer": customer})
            newest = ON.get(name, {}).get(recipe.newest)
            if owned and newest is not None:
                return newest, owned[-1]
        return recipe, None

    def _together(self, world: World) -> list[World]:
        """The account and those that share its lock: its platform, and what is connected to it."""
        return [each for each in self._worlds.all() if each.lock is world.lock]

    def _followed(self, world: World, type: str, marks: Mapping[World, int]) -> dict[str, Any]:
        """What was logged and delivered since; accounts that have come since are told of from their beginning."""
        worlds = self._together(world)
        for each in worlds:
            self._webhooks.settle(each)
        events: list[Doc] = []
        deliveries: list[dict[str, Any]] = []
        for each in worlds:
            with each.lock:
                new = list(each.table("event").select(after=marks.get(each, 0)))
            events += new
            for event in new:
                deliveries += self._webhooks.deliveries(each.name, event=event["id"])[::-1]
        named = [event["id"] for event in events if event["type"] == _snapshot(type)]
        if not named and _snapshot(type) in surface.events():
            came = ", ".join(event["type"] for event in events) or "nothing"
            raise Problem(f"{type} did not come of it; what came: {came}.", code="not_caused", status=409)
        return {"event": named[-1] if named else None, "events": events, "deliveries": deliveries}


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
