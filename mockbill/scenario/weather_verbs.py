"""What the verbs take that are about webhooks in bad weather."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from mockbill.scenario.values import Counts, Name, Params, Text, Things, Whole
from mockbill.scenario.verb import Verb


class Script(Verb):
    """A rule as the control API takes it, which also says what is wrong with one."""

    example = '{as: twice, match: {type: "invoice.*"}, do: {duplicate: 1}, times: 2}'
    alias = Name(data_key="as")
    match = Params()
    do = Params(required=True)
    times = Whole()
    name = Text()


class OnScript(Verb):
    example = "$twice"
    shorthand = "script"
    script = Text(required=True)


class ExpectApp(Verb):
    example = "{knows: {$sub: {status: active}}, acted: {invoice.paid: 1}}"
    knows = Things()
    acted = Counts()

    @validates_schema
    def something(self, data: Mapping[str, Any], **_: Any) -> None:
        if not data:
            raise ValidationError('needs "knows", "acted" or both')
