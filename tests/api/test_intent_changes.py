"""What an intent lets change, and what it does not: the invoice that it pays, and whose payment method it has."""

from typing import Any

import pytest
import stripe
from api.life import DAY, Life
from api.payments import pay


def invoice_and_intent(life: Life) -> tuple[str, str]:
    """An open invoice of $20.00, and the id of its intent."""
    client, customer = life.client.v1, life.customer().id
    invoice = client.invoices.create({"customer": customer})
    client.invoice_items.create({"customer": customer, "amount": 2000, "currency": "usd", "invoice": invoice.id})
    invoice = client.invoices.finalize_invoice(invoice.id, {"expand": ["payments"]})
    assert invoice.payments is not None
    return str(invoice.id), str(invoice.payments.data[0].payment.payment_intent)


@pytest.mark.parametrize(("name", "value"), [("amount", 100), ("currency", "jpy"), ("customer", None)])
def test_the_intent_of_an_invoice_is_not_another_payment(client: stripe.StripeClient, name: str, value: Any) -> None:
    life = Life.begin(client)
    _, intent = invoice_and_intent(life)
    before = client.v1.payment_intents.retrieve(intent).to_dict()
    wanted: Any = {name: value or life.customer(card=None).id}
    with pytest.raises(stripe.InvalidRequestError, match="created by the invoice") as refused:
        client.v1.payment_intents.update(intent, wanted)
    assert refused.value.param == name
    assert client.v1.payment_intents.retrieve(intent).to_dict() == before
    assert client.v1.payment_intents.update(intent, {"description": "Tea"}).description == "Tea"


def test_another_customer_does_not_get_the_card_of_the_first(client: stripe.StripeClient) -> None:
    ada, bob = (client.v1.customers.create().id for _ in range(2))
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": ada}).id
    paying = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "customer": ada, "payment_method": card}
    )
    saving = client.v1.setup_intents.create({"customer": ada, "payment_method": card})
    for intents, id in ((client.v1.payment_intents, paying.id), (client.v1.setup_intents, saving.id)):
        with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method") as refused:
            intents.update(id, {"customer": bob})
        assert refused.value.param == "payment_method"
        assert intents.retrieve(id).customer == ada
        own = client.v1.payment_methods.attach("pm_card_visa", {"customer": bob}).id
        assert intents.update(id, {"customer": bob, "payment_method": own}).customer == bob


def test_the_statement_of_a_capture_is_told_by_its_charge(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    client.v1.payment_intents.capture(intent.id, {"statement_descriptor_suffix": "NIGHTS"})
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.statement_descriptor_suffix, charge.calculated_statement_descriptor) == (
        "NIGHTS",
        "MOCKBILL* NIGHTS",
    )


def test_a_charge_on_a_clock_ahead_does_not_bring_the_funds_of_others(client: stripe.StripeClient) -> None:
    today = pay(client).created
    pending = client.v1.balance.retrieve().pending[0].amount
    life = Life.begin(client, at=today + 30 * DAY)
    customer = life.customer()
    pay(client, customer=customer.id, card=str(customer.invoice_settings.default_payment_method))
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 2 * pending)


def test_an_update_takes_no_type_that_does_not_pay_in_the_currency(client: stripe.StripeClient) -> None:
    older: Any = {"stripe_version": "2026-06-24.dahlia"}
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_method_types": ["card"]}, older
    )
    with pytest.raises(stripe.InvalidRequestError, match="support the following currencies: eur") as refused:
        client.v1.payment_intents.update(intent.id, {"payment_method_types": ["card", "sepa_debit"]}, older)
    assert refused.value.param == "currency"
    assert client.v1.payment_intents.retrieve(intent.id).payment_method_types == ["card"]


def test_a_type_that_no_payment_method_has_is_refused(client: stripe.StripeClient) -> None:
    older: Any = {"stripe_version": "2026-06-24.dahlia"}
    wanted: Any = {"amount": 1000, "currency": "usd", "payment_method_types": ["card", "crad"]}
    with pytest.raises(stripe.InvalidRequestError, match="crad is invalid") as refused:
        client.v1.payment_intents.create(wanted, older)
    assert refused.value.param == "payment_method_types"
    intent = client.v1.setup_intents.create({"payment_method_types": ["card", "ideal"]}, older)
    with pytest.raises(stripe.InvalidRequestError, match="crad is invalid"):
        client.v1.setup_intents.update(intent.id, {"payment_method_types": ["crad"]}, older)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("payment_intents", {"amount": 1000, "currency": "usd"}),
        ("setup_intents", {}),
        ("invoices", {}),
        ("promotion_codes", {"promotion": {"type": "coupon", "coupon": "any"}}),
        ("payment_methods/pm_card_visa/attach", {}),
    ],
)
def test_accounts_are_no_customers_yet_and_nothing_is_made_as_if(
    client: stripe.StripeClient, path: str, params: dict[str, Any]
) -> None:
    with pytest.raises(stripe.APIError) as refused:
        client.raw_request("post", f"/v1/{path}", **params, customer_account="acct_1234567890123456")
    assert refused.value.http_status == 501
    assert refused.value.json_body["error"]["code"] == "mockbill_unsupported"
    assert client.v1.events.list().data == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("single_use", {"amount": 1000, "currency": "usd"}),
        ("attach_to_self", True),
        ("flow_directions", ["outbound"]),
    ],
)
def test_what_a_setup_intent_does_not_do_yet_is_refused(client: stripe.StripeClient, name: str, value: Any) -> None:
    with pytest.raises(stripe.APIError) as refused:
        client.raw_request("post", "/v1/setup_intents", **{name: value})
    assert refused.value.http_status == 501
    assert refused.value.json_body["error"]["code"] == "mockbill_unsupported"


def test_an_intent_is_confirmed_over_the_amount_that_the_page_showed(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa"})
    back: Any = {"return_url": "https://shop.example/back"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.confirm(intent.id, {**back, "amount_to_confirm": 900})
    assert refused.value.param == "amount_to_confirm"
    assert client.v1.payment_intents.confirm(intent.id, {**back, "amount_to_confirm": 1000}).status == "succeeded"


@pytest.mark.parametrize("reference", ["order_7", ""])
def test_the_intent_of_an_invoice_stays_its_own_whatever_it_is_called(
    client: stripe.StripeClient, reference: str
) -> None:
    life = Life.begin(client)
    invoice, intent = invoice_and_intent(life)
    with pytest.raises(stripe.InvalidRequestError, match="created by the invoice") as refused:
        client.v1.payment_intents.update(intent, {"payment_details": {"order_reference": reference}})
    assert refused.value.param == "payment_details[order_reference]"
    same: Any = {"payment_details": {"customer_reference": "mine", "order_reference": invoice}}
    assert client.v1.payment_intents.update(intent, same).payment_details.customer_reference == "mine"
    with pytest.raises(stripe.InvalidRequestError, match="created by the invoice"):
        client.v1.payment_intents.cancel(intent)


def test_an_intent_that_names_an_invoice_as_its_order_is_not_the_invoices(client: stripe.StripeClient) -> None:
    life = Life.begin(client)
    invoice, _ = invoice_and_intent(life)
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_details": {"order_reference": invoice}}
    )
    assert client.v1.payment_intents.update(intent.id, {"amount": 900}).amount == 900
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"
