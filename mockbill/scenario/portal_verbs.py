"""What the verbs of the billing portal take."""

from mockbill.scenario.values import Card, Name, OneOf, Text, Whole
from mockbill.scenario.verb import Act, Verb


class Portal(Act):
    example = "{as: visit, customer: $ada}"
    shorthand = "customer"
    customer = Text(required=True)
    configuration, return_url = Text(), Text()


class InThePortal(Verb):
    example = "{session: $session, do: change, price: $yearly}"
    alias = Name(data_key="as")
    session = Text(required=True)
    do = OneOf("cancel", "resume", "change", "card", required=True)
    subscription, price, promotion_code, feedback, comment = Text(), Text(), Text(), Text(), Text()
    quantity = Whole()
    card = Card()
