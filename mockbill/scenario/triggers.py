"""The verb of a story that makes an event come about, by its control call."""

from collections.abc import Mapping
from typing import Any

from mockbill.scenario import objects
from mockbill.scenario.client import Client, Document
from mockbill.scenario.objects import Thing


class Triggers:
    """What `Stage` can make come about without acting it out."""

    client: Client

    def trigger(
        self,
        event: str,
        *,
        on: Thing | None = None,
        customer: Thing | None = None,
        given: Mapping[str, Any] | None = None,
        times: int = 1,
    ) -> Document:
        """An event comes about: on fresh objects, `on` one that exists, or for a `customer`; `given` are parameters by
        path.  Answers the object that it tells of."""
        about = {"for": on, "customer": customer}
        named = {name: objects.id_of(thing) for name, thing in about.items() if thing is not None}
        asked = {"type": event, "times": times, "set": dict(given or {}), **named}
        answer = self.client.control("POST", "trigger", asked)
        told = next(each for each in answer["events"] if each["id"] == answer["event"])
        subject: Document = told["data"]["object"] if told["object"] == "event" else told
        return subject
