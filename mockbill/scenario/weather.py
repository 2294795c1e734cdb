"""The verbs of a story that are about webhooks in bad weather: scripts, and what an application makes of it all."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.scenario import objects
from mockbill.scenario.client import Client, Document
from mockbill.scenario.compare import Difference, Unmet, differences
from mockbill.scenario.objects import Thing
from mockbill.scenario.receiver import Receiver


class Weather:
    """What `Stage` can do to its application's webhooks."""

    client: Client
    receiver: Receiver | str | None
    scripted = False  # what comes badly signed may be meant so

    def look(self, thing: Thing) -> Document:
        raise NotImplementedError

    def heard(self) -> list[Document]:
        raise NotImplementedError

    def script(self, **rule: Any) -> Document:
        """A rule for the webhooks to come: `do={"duplicate": 2}`, `match={"type": "invoice.*"}`, `times=3`.

        From the first one on the sample application asks the API about what an event shows.
        """
        self.scripted = True
        if isinstance(self.receiver, Receiver):
            self.receiver.books.fetch = self.look
        if "match" in rule:
            rule["match"] = {name: _plain(value) for name, value in rule["match"].items()}
        made: Document = self.client.control("POST", "scripts", rule)["script"]
        return made

    def release_script(self, script: Thing) -> Document:
        """Let go what a script keeps back."""
        return self.client.control("POST", f"scripts/{objects.id_of(script)}/release")

    def clear_script(self, script: Thing) -> Document:
        """Forget a script, and let go what it keeps back."""
        return self.client.control("DELETE", f"scripts/{objects.id_of(script)}")

    def expect_app(
        self, knows: Sequence[tuple[Thing, Mapping[str, Any]]] = (), acted: Mapping[str, int] | None = None
    ) -> None:
        """The sample application knows these objects with these values, and has acted on so many events of a type."""
        self.heard()  # all that is under way has arrived by then
        if not isinstance(self.receiver, Receiver):
            raise Unmet("only the sample application's books are open to us", [])
        books = self.receiver.books
        for thing, values in knows:
            known = books.known(objects.id_of(thing))
            if known is None:
                raise Unmet(f"the application has not heard of {objects.id_of(thing)}", [])
            if found := differences(values, known, lambda _: None):
                raise Unmet(f"the application knows {known['id']} otherwise", found)
        for type, times in (acted or {}).items():
            if (number := books.acted(type)) != times:
                raise Unmet(f"the application acted on {type} {number} times", [Difference("times", times, number)])


def _plain(value: Any) -> Any:
    """An object stands for its id."""
    return objects.id_of(value) if isinstance(value, dict) else value
