"""The verb of a story that makes an event come about."""

from mockbill.scenario.values import Name, Params, Text, Whole
from mockbill.scenario.verb import Verb


class Trigger(Verb):
    example = "{as: lost, event: charge.dispute.created, customer: $ada, set: {amount: 5000}}"
    shorthand = "event"
    alias = Name(data_key="as")
    event = Text(required=True)
    on = Text(data_key="for")
    customer = Text()
    given = Params(data_key="set")
    times = Whole()
