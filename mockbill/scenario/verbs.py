"""What each verb of a story takes, as marshmallow schemas; their attributes are the parameters of `Stage`'s methods."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema

from mockbill.scenario.after_payment_verbs import Accept, CreditNote, Dispute, Evidence, Refund
from mockbill.scenario.fault_verbs import Fault
from mockbill.scenario.portal_verbs import InThePortal, Portal
from mockbill.scenario.trigger_verbs import Trigger
from mockbill.scenario.values import (
    Card,
    Event,
    Events,
    Moment,
    Name,
    Names,
    Number,
    OneOf,
    Params,
    Phases,
    Settings,
    Span,
    Start,
    Switch,
    Text,
    Things,
    Whole,
)
from mockbill.scenario.verb import Act, Verb, keys
from mockbill.scenario.weather_verbs import ExpectApp, OnScript, Script

__all__ = ["VERBS", "StoryFile", "Verb", "keys"]


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


class Owned(Verb):
    alias = Name(data_key="as")
    subscription, customer = Text(), Text()

    @validates_schema
    def one_owner(self, data: Mapping[str, Any], **_: Any) -> None:
        if not {"subscription", "customer"} & set(data):
            raise ValidationError("needs a subscription or a customer")


class AttachCard(Owned):
    example = "{number: 4000 0000 0000 0341, subscription: $sub}"
    number = Card(required=True)


class BankAccount(Owned):
    example = "{iban: DE89 3704 0044 0532 0130 00, customer: $ada}"
    iban = Text(required=True)


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


class Coupon(Act):
    example = "{as: spring, percent_off: 25, duration: repeating, duration_in_months: 3}"
    percent_off = Number()
    amount_off, duration_in_months, max_redemptions = Whole(), Whole(), Whole()
    name, currency = Text(), Text()
    duration = OneOf("once", "repeating", "forever")

    @validates_schema
    def one_kind(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("percent_off" in data) == ("amount_off" in data):
            raise ValidationError('needs either "percent_off" or "amount_off"')


class TaxRate(Act):
    example = "{as: vat, display_name: VAT, percentage: 25, inclusive: false}"
    display_name = Text(required=True)
    percentage = Number(required=True)
    inclusive = Switch()
    country, description = Text(), Text()


class Change(Act):
    example = "{subscription: $sub, price: $yearly, with: {proration_behavior: always_invoice}}"
    subscription = Text(required=True)
    price, item = Text(), Text()
    quantity = Whole()


class Preview(Change):
    example = "{as: next, subscription: $sub, price: $yearly}"


class Pause(Act):
    example = "{subscription: $sub, behavior: void, resumes_at: 2026-05-01T10:00:00Z}"
    subscription = Text(required=True)
    behavior = OneOf("keep_as_draft", "mark_uncollectible", "void")
    resumes_at = Moment()


class Resume(Verb):
    example = "$sub"
    shorthand = "subscription"
    subscription = Text(required=True)


class Schedule(Act):
    example = "{as: plan, subscription: $sub, phases: [{price: $yearly, for: 1 year}], end_behavior: release}"
    subscription, customer = Text(), Text()
    start = Moment()
    phases = Phases()
    end_behavior = OneOf("release", "cancel")

    @validates_schema
    def one_beginning(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("subscription" in data) == ("customer" in data):
            raise ValidationError('needs either "subscription" or "customer"')
        if "customer" in data and "phases" not in data:
            raise ValidationError('needs "phases"')
        if "subscription" in data and "start" in data:
            raise ValidationError('"start" is only for a customer: a subscription has begun')


class Release(Act):
    example = "$sub.schedule"
    shorthand = "schedule"
    schedule = Text(required=True)


class InvoiceItem(Act):
    example = "{customer: $ada, amount: 1500, description: Set-up}"
    customer = Text(required=True)
    amount, quantity = Whole(), Whole()
    currency, description, price, invoice, subscription = Text(), Text(), Text(), Text(), Text()


class ReportUsage(Act):
    example = "{customer: $ada, event_name: api_calls, value: 250, at: 2026-02-27T18:00:00Z}"
    customer, event_name = Text(required=True), Text(required=True)
    value = Number()
    at = Moment()
    identifier = Text()


class Invoice(Act):
    example = "{as: bill, customer: $ada, collection_method: send_invoice, days_until_due: 30}"
    customer = Text(required=True)
    collection_method = OneOf("charge_automatically", "send_invoice")
    days_until_due = Whole()
    description = Text()


class OnInvoice(Act):
    """What is done with an invoice."""

    example = "$bill"
    shorthand = "invoice"
    invoice = Text(required=True)


class Quote(Act):
    example = "{as: offer, customer: $ada, price: $monthly, quantity: 3, with: {header: For Ada}}"
    customer = Text(required=True)
    price = Text()
    quantity = Whole()
    collection_method = OneOf("charge_automatically", "send_invoice")


class FinalizeQuote(Act):
    example = "$offer"
    shorthand = "quote"
    quote = Text(required=True)


class AcceptQuote(Verb):
    example = "$offer"
    shorthand = "quote"
    quote = Text(required=True)


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


class AccountSettings(Verb):
    example = "{dunning: smart:unpaid}"
    shorthand = "values"
    keyless = True
    values = Settings(required=True)


class Wait(Verb):
    example = "{event: invoice.paid, for: $sub, count: 2, timeout: 5}"
    shorthand = "event"
    event = Text(required=True)
    about = Text(data_key="for")
    customer, status = Text(), Text()
    count = Whole()
    timeout = Number()


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
    "bank account": BankAccount(),
    "subscribe": Subscribe(),
    "update": Update(),
    "cancel": Cancel(),
    "change": Change(),
    "preview": Preview(),
    "pause": Pause(),
    "resume": Resume(),
    "schedule": Schedule(),
    "release": Release(),
    "coupon": Coupon(),
    "tax rate": TaxRate(),
    "invoice item": InvoiceItem(),
    "report usage": ReportUsage(),
    "invoice": Invoice(),
    "finalize": OnInvoice(),
    "send": OnInvoice(),
    "pay invoice": OnInvoice(),
    "void": OnInvoice(),
    "mark uncollectible": OnInvoice(),
    "quote": Quote(),
    "finalize quote": FinalizeQuote(),
    "accept quote": AcceptQuote(),
    "refund": Refund(),
    "credit note": CreditNote(),
    "dispute": Dispute(),
    "evidence": Evidence(),
    "accept": Accept(),
    "portal": Portal(),
    "in the portal": InThePortal(),
    "fault": Fault(),
    "trigger": Trigger(),
    "settings": AccountSettings(),
    "script": Script(),
    "release script": OnScript(),
    "clear script": OnScript(),
    "advance": Advance(),
    "wait": Wait(),
    "call": Call(),
    "let": Let(),
    "mark": Mark(),
    "note": Note(),
    "expect": Expect(),
    "expect events": ExpectEvents(),
    "expect webhook": ExpectWebhook(),
    "expect app": ExpectApp(),
}


class StoryFile(Schema):
    """The head of a file; the loader looks at its steps one by one."""

    class Meta:
        unknown = RAISE

    name = Text(required=True)
    about = Text()
    clock = Start()
    settings = Settings()
    steps = fields.Raw()
    branches = Params()
