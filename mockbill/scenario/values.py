"""The kinds of value in a story's file, as marshmallow fields: each reads a value, or says what it should be."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from mockbill.scenario import moments
from mockbill.scenario.compare import ExpectedEvent
from mockbill.scenario.references import NAME, is_reference
from mockbill.scenario.yaml_file import suggestion


class Value(fields.Field[Any]):
    """One kind of value; a reference is taken on trust, for what it stands for is known only during the run."""

    default_error_messages = {"required": "is missing", "null": "has no value"}  # noqa: RUF012  (as its base class)
    wanted = ""
    may_refer = True

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:
        return value if self.may_refer and is_reference(value) else self.read(value)

    def read(self, value: Any) -> Any:
        raise NotImplementedError

    def refuse(self, value: Any) -> ValidationError:
        plain = str(value).lower() if isinstance(value, bool) else value
        got = "a mapping" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else plain
        return ValidationError(f"must be {self.wanted}, got {got}")


class Text(Value):
    wanted = "text"

    def read(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        raise self.refuse(value)


class Whole(Value):
    wanted = "a whole number"

    def read(self, value: Any) -> int:
        if type(value) is int:
            return value
        raise self.refuse(value)


class Number(Value):
    wanted = "a number"

    def read(self, value: Any) -> int | float:
        if type(value) in (int, float):
            return value  # type: ignore[no-any-return]
        raise self.refuse(value)


class Switch(Value):
    wanted = "true or false"

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        raise self.refuse(value)


class Params(Value):
    wanted = "a mapping of parameters"

    def read(self, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        raise self.refuse(value)


class Settings(Params):
    wanted = "a mapping from settings to text, numbers or lists"

    def read(self, value: Any) -> Mapping[str, Any]:
        settings = super().read(value)
        for name, setting in settings.items():
            if isinstance(setting, Mapping):
                raise ValidationError({name: ["must be text, a number or a list"]})
        return settings


class Names(Params):
    wanted = "a mapping from new names to values"


class Name(Value):
    wanted = 'a name such as "ada": small letters, digits and _'

    may_refer = False

    def read(self, value: Any) -> str:
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        raise self.refuse(value)


class Card(Value):
    wanted = "a card number or an id such as pm_card_visa"

    def read(self, value: Any) -> str:
        text = str(value).replace(" ", "")
        if not isinstance(value, bool) and (text.isdigit() or text.startswith("pm_")):
            return text
        raise self.refuse(value)


class Span(Value):
    wanted = 'a span such as "1 month" or "3 days 2 hours"'

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(value)
        try:
            moments.span(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return value


class Moment(Value):
    wanted = 'a moment such as 2026-02-28T10:00:00Z, or "next renewal"'

    def read(self, value: Any) -> str | int:
        if type(value) is int:
            return value
        if isinstance(value, str) and (value == "next renewal" or moments.seconds(value) is not None):
            return value
        raise self.refuse(value)


class Phases(Value):
    """`[{price: $basic, quantity: 2, for: 3 months, with: {…}}]`: what a subscription is to be, one after the other."""

    wanted = "a list of one phase or more"
    may_refer = False
    known = ("price", "quantity", "for", "with")

    def read(self, value: Any) -> list[Mapping[str, Any]]:
        if not isinstance(value, list) or not value:
            raise self.refuse(value)
        wrong = {index: complaint for index, inner in enumerate(value) if (complaint := self._complaint(inner))}
        if wrong:
            raise ValidationError(wrong)
        return value

    def _complaint(self, phase: Any) -> Any:
        if not isinstance(phase, Mapping):
            return ["must be a mapping such as {price: $basic, for: 1 month}"]
        for key in phase:
            if key not in self.known:
                return {key: [f'unknown key "{key}"' + suggestion(key, list(self.known))]}
        if "price" not in phase:
            return ['"price" is missing']
        if "for" in phase:
            try:
                parts = moments.span(str(phase["for"]))
            except ValueError as error:
                return {"for": [str(error)]}
            if len(parts) > 1 or parts[0][1] not in ("day", "week", "month", "year"):
                return {"for": ['must be a number of days, weeks, months or years such as "3 months"']}
        return None


class Start(Text):
    wanted = "a moment such as 2026-01-31T10:00:00Z"
    may_refer = False

    def read(self, value: Any) -> str:
        if isinstance(value, str) and moments.seconds(value) is not None:
            return value
        raise self.refuse(value)


class OneOf(Value):
    def __init__(self, *choices: str, **kwargs: Any) -> None:
        self.wanted = "one of " + ", ".join(choices)
        self.choices = choices
        super().__init__(**kwargs)

    def read(self, value: Any) -> str:
        if value in self.choices:
            return str(value)
        raise self.refuse(value)


class Things(Value):
    """References and what belongs to each: `$sub: {status: active}`."""

    wanted = "a mapping from references such as $sub"
    may_refer = False

    def read(self, value: Any) -> list[tuple[str, Mapping[str, Any]]]:
        if not isinstance(value, Mapping) or not value:
            raise self.refuse(value)
        for key, inner in value.items():
            if not is_reference(key):
                raise ValidationError({key: [f'"{key}" is no reference; write ${key} if a step is named {key}']})
            if not isinstance(inner, Mapping):
                raise ValidationError({key: ["must be a mapping from paths to values"]})
        return list(value.items())


class Counts(Value):
    """Event types, and how often each."""

    wanted = "a mapping from event types to whole numbers"
    may_refer = False

    def read(self, value: Any) -> Mapping[str, int]:
        if not isinstance(value, Mapping) or not value:
            raise self.refuse(value)
        for type, number in value.items():
            if not _is_count(number):
                raise ValidationError({type: [f"must be a whole number, got {number}"]})
        return value


def _is_count(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0


class Event(Value):
    """`invoice.paid`, or `invoice.paid: {was: {…}, now: {…}}`."""

    wanted = "an event type, alone or with was: and now:"
    may_refer = False

    def read(self, value: Any) -> ExpectedEvent:
        if isinstance(value, str):
            return ExpectedEvent(value)
        if not isinstance(value, Mapping) or len(value) != 1:
            raise self.refuse(value)
        ((name, about),) = value.items()
        about = {} if about is None else about
        if not isinstance(about, Mapping):
            raise ValidationError({name: ["must be a mapping with was: and now:"]})
        for key, values in about.items():
            if key not in ("was", "now"):
                raise ValidationError({name: {key: [f'unknown key "{key}"' + suggestion(key, ["was", "now"])]}})
            if not isinstance(values, Mapping):
                raise ValidationError({name: {key: ["must be a mapping from paths to values"]}})
        return ExpectedEvent(name, **about)


class Events(Value):
    wanted = "a list of events"
    may_refer = False

    def read(self, value: Any) -> list[ExpectedEvent]:
        if not isinstance(value, list):
            raise self.refuse(value)
        made, wrong = [], {}
        for index, inner in enumerate(value):
            try:
                made.append(Event().deserialize(inner))
            except ValidationError as error:
                wrong[index] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return made
