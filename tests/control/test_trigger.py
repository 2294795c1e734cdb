"""Triggering: an event comes about, on objects whose state agrees with it."""

import pytest
import stripe
from control.api import Control


def types(answer: dict) -> list[str]:
    return [event["type"] for event in answer["events"]]


def test_a_failed_payment_leaves_an_open_invoice_that_was_attempted(
    control: Control, client: stripe.StripeClient
) -> None:
    answer = control.post("trigger", type="invoice.payment_failed")
    (failed,) = [event for event in answer["events"] if event["id"] == answer["event"]]
    invoice = client.v1.invoices.retrieve(failed["data"]["object"]["id"])
    assert (invoice.status, invoice.attempt_count, invoice.amount_due) == ("open", 1, 2000)
    assert answer["synthetic"] is False
    assert client.v1.events.retrieve(answer["event"]).type == "invoice.payment_failed"


def test_a_customer_that_exists_takes_part(control: Control, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    answer = control.post("trigger", type="invoice.paid", customer=customer.id)
    assert "customer.created" not in types(answer)
    (invoice,) = client.v1.invoices.list({"customer": customer.id}).data
    assert (invoice.status, invoice.amount_paid) == ("paid", 2000)


def test_an_object_that_exists_takes_part(control: Control, client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    answer = control.post("trigger", **{"type": "customer.updated", "for": customer.id, "set": {"name": "Ada"}})
    assert types(answer) == ["customer.updated"]
    assert client.v1.customers.retrieve(customer.id).name == "Ada"


def test_what_is_set_is_a_parameter_of_the_principal_call(control: Control, client: stripe.StripeClient) -> None:
    given = {"amount": 5000, "metadata.order_id": 6735}
    answer = control.post("trigger", type="charge.succeeded", set=given)
    charge = next(each["data"]["object"] for each in answer["events"] if each["id"] == answer["event"])
    assert (charge["amount"], charge["metadata"]) == (5000, {"order_id": "6735"})


def test_it_happens_as_often_as_was_asked(control: Control) -> None:
    assert types(control.post("trigger", type="customer.created", times=3)) == ["customer.created"] * 3


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"type": "invoice.payed"}, 422, "type_unknown", "nearest: invoice.paid"),
        ({"type": "payment_failed"}, 422, "type_unknown", "invoice.payment_failed"),
        ({"type": "charge.succeeded", "set": {"amout": 1}}, 422, "set_invalid", "nearest: amount"),
        ({"type": "charge.succeeded", "set": {"amount": "many"}}, 422, "set_invalid", "Invalid integer: many"),
        ({"type": "charge.succeeded", "set": {"shipping.addres.city": "x"}}, 422, "set_invalid", "nearest: address"),
        ({"type": "charge.succeeded", "set": {"metadata..a": "x"}}, 422, "set_invalid", "is no path"),
        ({"type": "customer.deleted", "set": {"name": "x"}}, 422, "set_invalid", "Nothing can be set"),
        ({"type": "customer.updated", "for": "cus_none"}, 404, "object_missing", "No such object"),
        ({"type": "customer.updated", "customer": "cus_none"}, 404, "customer_missing", "No such customer"),
        ({"type": "customer.created", "times": 0}, 422, "field_invalid", "times"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    control: Control, body: dict, status: int, code: str, words: str
) -> None:
    answer = control.try_post("trigger", **body)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert words in answer.error["message"]
    assert control.get("events")["data"] == []


def test_an_object_of_another_kind_is_refused_with_those_that_would_do(
    control: Control, client: stripe.StripeClient
) -> None:
    product = client.v1.products.create({"name": "Pro"})
    answer = control.try_post("trigger", **{"type": "customer.updated", "for": product.id})
    assert (answer.status, answer.error["param"]) == (409, "for")
    assert "customer" in answer.error["message"]


def test_the_list_tells_what_is_caused_on_what(control: Control) -> None:
    known = {each["type"]: each for each in control.get("trigger")["data"]}
    assert known["customer.updated"] == {
        "type": "customer.updated",
        "caused": True,
        "for": ["customer"],
        "sets": "POST /v1/customers/{customer}",
    }
    assert known["issuing_card.created"]["caused"] is False


def test_what_billing_cannot_cause_is_made_up_and_marked(control: Control, client: stripe.StripeClient) -> None:
    answer = control.post("trigger", type="issuing_card.updated", set={"status": "canceled", "metadata.who": "ada"})
    (event,) = answer["events"]
    card = event["data"]["object"]
    assert answer["synthetic"] is True
    assert (card["object"], card["status"], card["metadata"]) == ("issuing.card", "canceled", {"who": "ada"})
    assert event["data"]["previous_attributes"] == {"metadata": {"who": None}, "status": "active"}
    (listed,) = control.get("events")["data"]
    assert (listed["id"], listed["synthetic"]) == (event["id"], True)
    assert "synthetic" not in client.v1.events.retrieve(event["id"]).to_dict()


def test_a_made_up_event_can_be_about_an_object_that_exists(control: Control, client: stripe.StripeClient) -> None:
    holder = client.v1.issuing.cardholders.create(
        {
            "name": "Ada",
            "type": "individual",
            "billing": {"address": {"line1": "1 St", "city": "X", "country": "US", "postal_code": "94103"}},
        }
    )
    given = {"for": holder.id, "set": {"status": "blocked"}}
    answer = control.post("trigger", **{"type": "issuing_cardholder.updated", **given})
    told = answer["events"][0]["data"]["object"]
    assert (told["id"], told["name"], told["status"]) == (holder.id, "Ada", "blocked")
    assert client.v1.issuing.cardholders.retrieve(holder.id).status == "active"  # only the event says otherwise


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"statsu": "x"}, "nearest: status"),
        ({"status": "happy"}, "one of active, canceled, inactive"),
        ({"exp_month": "soon"}, "of type integer"),
        ({"cardholder.nam": "x"}, "nearest: name"),
        ({"last4.x": "1"}, "holds nothing"),
    ],
)
def test_what_is_set_on_a_made_up_object_is_typed(control: Control, given: dict, words: str) -> None:
    refused = control.try_post("trigger", type="issuing_card.created", set=given)
    assert (refused.status, refused.error["param"]) == (422, "set")
    assert words in refused.error["message"]


def test_thin_events_are_triggered_too(control: Control, client: stripe.StripeClient) -> None:
    twin = control.post("trigger", type="v1.customer.created")
    assert [event["type"] for event in twin["events"]] == ["customer.created", "v1.customer.created"]
    assert twin["synthetic"] is False
    other = control.post("trigger", type="v2.money_management.financial_account.created")
    (event,) = other["events"]
    assert (event["object"], event["related_object"]["type"]) == (
        "v2.core.event",
        "v2.money_management.financial_account",
    )
    assert other["synthetic"] is True
