"""The verb of a story that has calls fail and payments be declined."""

from typing import Any

from mockbill.scenario import objects
from mockbill.scenario.client import Client, Document
from mockbill.scenario.objects import Thing


class Faults:
    """What `Stage` can have fail."""

    client: Client

    def fault(self, answer: str | int, *, customer: Thing | None = None, times: int = 1, **match: Any) -> Document:
        """The next payment is declined by a decline code, of the `customer` if one is named; or the next call, by
        `method` and `path`, is answered with a status, late or not at all; answers the rules that hold."""
        if customer is not None:
            match["customer"] = objects.id_of(customer)
        return self.client.control("POST", "faults", {"answer": answer, "match": match, "times": times})
