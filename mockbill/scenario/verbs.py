"""What each verb of a story takes, as marshmallow schemas; their attributes are the parameters of `Stage`'s methods."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from mockbill.scenario import moments
from mockbill.scenario.compare import ExpectedEvent
from mockbill.scenario.references import NAME, is_reference
from mockbill.scenario.yaml_file import suggestion


class _Value(fields.Field[Any]):
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


class Text(_Value):
    wanted = "text"

    def read(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        raise self.refuse(value)


class Whole(_Value):
    wanted = "a whole number"

    def read(self, value: Any) -> int:
        if type(value) is int:
            return value
        raise self.refuse(value)


class Params(_Value):
    wanted = "a mapping of parameters"

    def read(self, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        raise self.refuse(value)


class Names(Params):
    wanted = "a mapping from new names to values"


class Name(_Value):
    wanted = 'a name such as "ada": small letters, digits and _'

    may_refer = False

    def read(self, value: Any) -> str:
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        raise self.refuse(value)


class Card(_Value):
    wanted = "a card number or an id such as pm_card_visa"

    def read(self, value: Any) -> str:
        text = str(value).replace(" ", "")
        if not isinstance(value, bool) and (text.isdigit() or text.startswith("pm_")):
            return text
        raise self.refuse(value)


class Span(_Value):
    wanted = 'a span such as "1 month" or "3 days 2 hours"'

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(value)
        try:
            moments.span(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return value


class Moment(_Value):
    wanted = 'a moment such as 2026-02-28T10:00:00Z, or "next renewal"'

    def read(self, value: Any) -> str | int:
        if type(value) is int:
            return value
        if isinstance(value, str) and (value == "next renewal" or moments.seconds(value) is not None):
            return value
        raise self.refuse(value)


class Start(Text):
    wanted = "a moment such as 2026-01-31T10:00:00Z"
    may_refer = False

    def read(self, value: Any) -> str:
        if isinstance(value, str) and moments.seconds(value) is not None:
            return value
        raise self.refuse(value)


class OneOf(_Value):
    def __init__(self, *choices: str, **kwargs: Any) -> None:
        self.wanted = "one of " + ", ".join(choices)
        self.choices = choices
        super().__init__(**kwargs)

    def read(self, value: Any) -> str:
        if value in self.choices:
            return str(value)
        raise self.refuse(value)


class Things(_Value):
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


class Event(_Value):
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


class Events(_Value):
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
            return cast(_Value, self.fields[self.shorthand]).wanted
        needed = [field.data_key or name for name, field in self.fields.items() if field.required]
        said = ", ".join([*(f"{key}*" for key in needed), *(key for key in keys(self) if key not in needed)])
        return f"{said}; a lone value is {self.shorthand}" if self.shorthand else said


class Act(Verb):
    """A verb whose outcome can be named; `with` holds parameters of Stripe's that have no key of their own."""

    alias = Name(data_key="as")
    with_ = Params(data_key="with")


class Customer(Act):
    example = "{as: ada, email: ada@example.com, name: Ada}"
    email, name, description, phone, test_clock = Text(), Text(), Text(), Text(), Text()
    metadata = Params()


class Product(Act):
    example = "{as: pro, name: Pro}"
    shorthand = "name"
    name = Text(required=True)
    description = Text()
    metadata = Params()


class Price(Act):
    example = "{as: monthly, product: $pro, unit_amount: 2900, recurring: {interval: month}}"
    product = Text(required=True)
    unit_amount = Whole(required=True)
    currency, nickname = Text(), Text()
    recurring, metadata = Params(), Params()


class Checkout(Act):
    example = "{as: session, price: $monthly, with: {allow_promotion_codes: true}}"
    price, customer, customer_email, success_url, cancel_url = Text(), Text(), Text(), Text(), Text()
    quantity = Whole()
    mode = OneOf("subscription", "payment", "setup")
    subscription_data, metadata = Params(), Params()


class Pay(Verb):
    example = "{session: $session, card: 4242 4242 4242 4242}"
    shorthand = "session"
    alias = Name(data_key="as")
    session = Text(required=True)
    card = Card()
    email, name, exp, cvc = Text(), Text(), Text(), Text()


class Decline(Pay):
    example = "{session: $session, card: 4000 0000 0000 0002, error: Your card was declined.}"
    error = Text()


class Abandon(Verb):
    example = "$session"
    shorthand = "session"
    session = Text(required=True)


class AttachCard(Verb):
    example = "{number: 4000 0000 0000 0341, subscription: $sub}"
    alias = Name(data_key="as")
    number = Card(required=True)
    subscription, customer = Text(), Text()

    @validates_schema
    def one_owner(self, data: Mapping[str, Any], **_: Any) -> None:
        if not {"subscription", "customer"} & set(data):
            raise ValidationError("needs a subscription or a customer")


class Subscribe(Act):
    example = "{as: sub, customer: $ada, price: $monthly, trial_period_days: 14}"
    customer = Text(required=True)
    price, default_payment_method, payment_behavior, collection_method = Text(), Text(), Text(), Text()
    quantity, trial_period_days, days_until_due = Whole(), Whole(), Whole()
    metadata = Params()


class Update(Act):
    example = "{object: $ada, with: {name: Ada Lovelace}}"
    thing = Text(required=True, data_key="object")
    with_ = Params(required=True, data_key="with")


class Cancel(Verb):
    example = "{subscription: $sub, when: at_period_end}"
    subscription = Text(required=True)
    when = OneOf("now", "at_period_end", "undo")


class Advance(Verb):
    example = "{to: next renewal, subscription: $sub}"
    shorthand = "by"
    by = Span()
    to = Moment()
    subscription, customer = Text(), Text()

    @validates_schema
    def one_way(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("by" in data) == ("to" in data):
            raise ValidationError('needs either "by" or "to"')


class Call(Verb):
    example = "{as: refund, method: POST, path: /v1/refunds, params: {payment_intent: $intent}}"
    alias = Name(data_key="as")
    method = OneOf("GET", "POST", "DELETE", required=True)
    path = Text(required=True)
    params = Params()
    status = Whole()


class Note(Verb):
    example = "A year goes by."
    shorthand = "text"
    text = Text(required=True)


class Mark(Verb):
    example = "before_the_renewal"
    shorthand = "name"
    name = Name(required=True)


class Expect(Verb):
    example = "{$sub: {status: past_due, latest_invoice.attempt_count: 1}}"
    shorthand = "things"
    keyless = True
    things = Things(required=True)


class ExpectEvents(Verb):
    example = "{since: before_the_renewal, contains: [invoice.paid]}"
    shorthand = "exactly"
    exactly, contains = Events(), Events()
    since = Name()

    @validates_schema
    def one_list(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("exactly" in data) == ("contains" in data):
            raise ValidationError('needs either "exactly" or "contains"')


class ExpectWebhook(Verb):
    example = "{event: invoice.paid, times: 1}"
    shorthand = "event"
    event = Event(required=True)
    times = Whole()


class Let(Verb):
    example = "{sub: $session.subscription, intent: $charge.payment_intent}"
    shorthand = "names"
    keyless = True
    names = Names(required=True)


VERBS: Mapping[str, Verb] = {
    "customer": Customer(),
    "product": Product(),
    "price": Price(),
    "checkout": Checkout(),
    "pay": Pay(),
    "decline": Decline(),
    "abandon": Abandon(),
    "card": AttachCard(),
    "subscribe": Subscribe(),
    "update": Update(),
    "cancel": Cancel(),
    "advance": Advance(),
    "call": Call(),
    "let": Let(),
    "mark": Mark(),
    "note": Note(),
    "expect": Expect(),
    "expect events": ExpectEvents(),
    "expect webhook": ExpectWebhook(),
}


class StoryFile(Schema):
    """The head of a file; the loader looks at its steps one by one."""

    class Meta:
        unknown = RAISE

    name = Text(required=True)
    about = Text()
    clock = Start()
    steps = fields.Raw()
    branches = Params()
