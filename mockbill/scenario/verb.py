"""What every verb of a story is: a marshmallow schema whose attributes are the parameters of a method of `Stage`."""

from typing import ClassVar, cast

from marshmallow import RAISE, Schema

from mockbill.scenario.values import Name, Params, Value


def keys(schema: Schema) -> list[str]:
    """What a file calls the fields."""
    return [field.data_key or name for name, field in schema.fields.items()]


class Verb(Schema):
    """`shorthand` is the key that a lone value is for (`pay: $session`); if `keyless`, a mapping is that value too."""

    shorthand: ClassVar[str | None] = None
    keyless: ClassVar[bool] = False
    example: ClassVar[str]

    class Meta:
        unknown = RAISE

    @property
    def taken(self) -> str:
        """`session*, card, as; a lone value is session`."""
        if self.shorthand and self.keyless:
            return cast(Value, self.fields[self.shorthand]).wanted
        needed = [field.data_key or name for name, field in self.fields.items() if field.required]
        said = ", ".join([*(f"{key}*" for key in needed), *(key for key in keys(self) if key not in needed)])
        return f"{said}; a lone value is {self.shorthand}" if self.shorthand else said


class Act(Verb):
    """A verb whose outcome can be named; `with` holds parameters of Stripe's that have no key of their own."""

    alias = Name(data_key="as")
    with_ = Params(data_key="with")
