"""What the verbs take that follow a payment: refunds, credit notes, disputes."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from mockbill.scenario.values import Name, OneOf, Switch, Text, Whole
from mockbill.scenario.verb import Act, Verb


class Refund(Act):
    example = "{charge: $charge, amount: 500}"
    shorthand = "charge"
    charge, payment_intent = Text(), Text()
    amount = Whole()
    reason = OneOf("duplicate", "fraudulent", "requested_by_customer")

    @validates_schema
    def one_payment(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("charge" in data) == ("payment_intent" in data):
            raise ValidationError('needs either "charge" or "payment_intent"')


class CreditNote(Act):
    example = "{as: note, invoice: $bill, amount: 500, refund_amount: 500}"
    invoice = Text(required=True)
    amount, refund_amount, credit_amount, out_of_band_amount = Whole(), Whole(), Whole(), Whole()
    memo = Text()


class Dispute(Verb):
    example = "{as: fraud, customer: $ada}"
    shorthand = "customer"
    alias = Name(data_key="as")
    customer = Text(required=True)


class Evidence(Act):
    example = "{dispute: $fraud, text: winning_evidence}"
    dispute, text = Text(required=True), Text(required=True)
    submit = Switch()


class Accept(Verb):
    example = "$fraud"
    shorthand = "dispute"
    dispute = Text(required=True)
