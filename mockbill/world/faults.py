"""Faults: rules by which an account's next calls are answered with an error, or its next payments are declined.

Rules are asked in the order in which they were made, and end by themselves.  They are no documents: what takes one has
taken it, even where the work that it failed is taken back, and they do not outlast the process.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

HTTP_ANSWERS = ("409", "429", "500", "502", "503", "504", "lock_timeout", "reset", "timeout")
"""What a call can be answered with: a status, or none at all (``timeout``), or a connection that is cut (``reset``).
Every other answer is a decline code."""
NO_ANSWERS = ("reset", "timeout")
"""Those that may come when the call has been done (``when`` is ``after``), and not only before it."""


@dataclass(slots=True)
class Fault:
    """One rule.  ``times`` is how often it holds, None for ever; ``path`` may hold ``*``."""

    id: str
    answer: str
    method: str | None = None
    path: str | None = None
    customer: str | None = None
    times: int | None = 1
    when: str = "before"
    taken: int = 0

    @property
    def is_decline(self) -> bool:
        return self.answer not in HTTP_ANSWERS

    @property
    def left(self) -> int | None:
        return None if self.times is None else self.times - self.taken

    def as_dict(self) -> dict[str, Any]:
        asked = {"method": self.method, "path": self.path, "customer": self.customer}
        return {
            "id": self.id,
            "match": {name: value for name, value in asked.items() if value is not None},
            "answer": int(self.answer) if self.answer.isdigit() else self.answer,
            **({"when": self.when} if self.answer in NO_ANSWERS else {}),
            "times": self.times,
            "taken": self.taken,
            "left": self.left,
        }


class Faults:
    """The rules of one account; read and changed under its lock, but for a look at whether there are any."""

    __slots__ = ("_met", "_numbers", "answers", "declines")

    def __init__(self) -> None:
        self.answers: list[Fault] = []  # to calls
        self.declines: list[Fault] = []  # of payments
        self._numbers = count(1)
        self._met: tuple[object, str, str] | None = None  # the act and the payment that were declined last, and how

    @property
    def may_decline(self) -> bool:
        """Whether ``of_payment`` has anything to say."""
        return bool(self.declines) or self._met is not None

    def all(self) -> list[Fault]:
        """Those that hold, oldest first."""
        return sorted([*self.answers, *self.declines], key=lambda fault: int(fault.id.rpartition("_")[2]))

    def add(self, answer: str, **match: Any) -> Fault:
        fault = Fault(f"fault_{next(self._numbers)}", answer, **match)
        (self.declines if fault.is_decline else self.answers).append(fault)
        return fault

    def drop(self, id: str) -> bool:
        """End a rule; answers whether there was one."""
        found = [fault for fault in self.all() if fault.id == id]
        for fault in found:
            self._end(fault)
        return bool(found)

    def clear(self) -> None:
        self.answers, self.declines, self._met = [], [], None

    def of_call(self, method: str, path: str, customers: Callable[[], Collection[str]]) -> Fault | None:
        """The fault that a call runs into, which is thereby taken; ``customers`` are those that the call is about."""
        for fault in self.answers:
            if fault.method not in (None, method) or (fault.path and not form_of(fault.path).fullmatch(path)):
                continue
            if fault.customer is None or fault.customer in customers():
                return self._taken(fault)
        return None

    def of_payment(self, payment: str, customer: str | None, act: object, *, rehearsing: bool = False) -> str | None:
        """The decline code that a customer's payment runs into; in a rehearsal it stays for the payment itself.

        One ``act`` (a unit of work) that tries the same payment again, such as after taking the first try back, gets
        the same answer.
        """
        if self._met is not None:
            if self._met[0] is act and self._met[1] == payment:
                return self._met[2]
            self._met = None
        for fault in self.declines:
            if fault.customer in (None, customer):
                if not rehearsing:
                    self._taken(fault)
                    self._met = act, payment, fault.answer
                return fault.answer
        return None

    def _taken(self, fault: Fault) -> Fault:
        fault.taken += 1
        if fault.left == 0:
            self._end(fault)
        return fault

    def _end(self, fault: Fault) -> None:
        # A new list each time: who looks without the lock goes on with the one that it has.
        self.answers = [each for each in self.answers if each is not fault]
        self.declines = [each for each in self.declines if each is not fault]


@lru_cache(maxsize=256)
def form_of(path: str) -> re.Pattern[str]:
    """What the paths look like that a rule is for: ``*`` is anything, ``{...}`` one step of a path."""
    return re.compile(re.sub(r"\\\*", ".*", re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))))
