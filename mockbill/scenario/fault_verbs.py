"""What the verb takes that has calls fail and payments be declined."""

from typing import Any

from mockbill.scenario.values import OneOf, Text, Value, Whole
from mockbill.scenario.verb import Verb


class Answer(Value):
    wanted = "a decline code, a status such as 500, lock_timeout, timeout or reset"

    def read(self, value: Any) -> str | int:
        if isinstance(value, str) or type(value) is int:
            return value
        raise self.refuse(value)


class Fault(Verb):
    example = "{answer: insufficient_funds, customer: $ada, times: 2}"
    shorthand = "answer"
    answer = Answer(required=True)
    customer, path = Text(), Text()
    method = OneOf("GET", "POST", "DELETE")
    times = Whole()
