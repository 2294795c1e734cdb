"""The page of an invoice without a browser: what it says, and what paying on it brings about."""

import pytest
import stripe
from pages.billed import sent, types
from pages.shop import Visitor
from papers.reading import fetched, rows

CHAIN = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]
HOSTILE = "<script>alert(1)</script>\"'>{{7*7}}"


def test_it_says_what_is_owed_and_for_what(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client, description="Thank you.", footer="Acme Ltd")
    answer = visitor.get(invoice.hosted_invoice_url)
    assert answer.status == 200
    for words in (
        str(invoice.number),
        "$25.00 due",
        "Consulting",
        "Ada Lovelace",
        "Thank you.",
        "Acme Ltd",
        "Pay $25.00",
    ):
        assert words in answer.page.words
    assert answer.page.card_form() is not None


def test_a_card_pays_it_as_the_api_does(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    before = len(types(client))
    answer = visitor.pay(invoice.hosted_invoice_url)
    assert (answer.status, answer.location) == (303, str(invoice.hosted_invoice_url).removeprefix(visitor.server.url))
    on_the_page = types(client, before)
    other = sent(client)
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": str(other.customer)}).id
    before = len(types(client))
    client.v1.invoices.pay(other.id, {"payment_method": card})
    assert on_the_page == types(client, before)
    assert on_the_page == CHAIN
    paid = client.v1.invoices.retrieve(invoice.id)
    assert (paid.status, paid.amount_paid) == ("paid", 2500)
    page = visitor.get(answer.location).page
    assert "Invoice paid" in page.words
    assert page.card_form() is None
    (receipt,) = [link for link in page.links if link.endswith("/receipt")]
    said = rows(fetched(visitor.server.url + receipt))
    assert said[0].startswith("Receipt")
    assert "Paid by Visa •••• 4242" in said


def test_a_second_click_pays_nothing_more(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    visitor.pay(invoice.hosted_invoice_url)
    before = len(types(client))
    assert visitor.pay(invoice.hosted_invoice_url).status == 303
    assert types(client, before) == []


def test_a_declined_card_says_why_and_stays_an_attempt(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    answer = visitor.pay(invoice.hosted_invoice_url, "4000000000009995")
    assert answer.status == 402
    assert "Your card has insufficient funds." in answer.page.alert
    tried = client.v1.invoices.retrieve(invoice.id)
    assert (tried.status, tried.attempt_count) == ("open", 1)
    assert "invoice.payment_failed" in types(client)
    assert visitor.pay(invoice.hosted_invoice_url).status == 303
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


@pytest.mark.parametrize(("answer", "status"), [("complete", "paid"), ("fail", "open")])
def test_three_d_secure_is_asked_for_and_decides(
    client: stripe.StripeClient, visitor: Visitor, answer: str, status: str
) -> None:
    invoice = sent(client)
    asked = visitor.pay(invoice.hosted_invoice_url, "4000002760003184")
    assert (asked.status, str(asked.location).endswith("/authenticate")) == (303, True)
    assert "$25.00" in visitor.get(asked.location).page.words
    assert "waits for you" in visitor.get(invoice.hosted_invoice_url).page.words
    back = visitor.post(asked.location, challenge=answer)
    assert back.status == 303
    assert client.v1.invoices.retrieve(invoice.id).status == status
    said = visitor.get(back.location).page
    assert ("We could not authenticate your card" in said.alert) == (status == "open")
    assert visitor.get(asked.location).status == 303


def test_fields_that_are_empty_are_told_and_nothing_is_tried(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    before = len(types(client))
    answer = visitor.post(invoice.hosted_invoice_url, card="", exp="soon", cvc="")
    assert answer.status == 422
    assert "Enter your card number." in answer.text
    assert visitor.pay(invoice.hosted_invoice_url, "4242424242424241").status == 402
    assert types(client, before) == []


def test_an_invoice_that_is_void_says_so_and_takes_nothing(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    client.v1.invoices.void_invoice(invoice.id)
    page = visitor.get(invoice.hosted_invoice_url).page
    assert "This invoice is void" in page.words
    assert page.card_form() is None
    assert visitor.pay(invoice.hosted_invoice_url).status == 303
    assert client.v1.invoices.retrieve(invoice.id).status == "void"


def test_an_uncollectible_invoice_can_still_be_paid(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    client.v1.invoices.mark_uncollectible(invoice.id)
    assert "Uncollectible" in visitor.get(invoice.hosted_invoice_url).page.words
    visitor.pay(invoice.hosted_invoice_url)
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_the_first_invoice_of_a_subscription_is_paid_there_and_keeps_the_card(
    client: stripe.StripeClient, visitor: Visitor
) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com"}).id
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    started = client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price.id}], "payment_behavior": "default_incomplete"}
    )
    invoice = client.v1.invoices.retrieve(str(started.latest_invoice))
    visitor.pay(invoice.hosted_invoice_url)
    assert client.v1.subscriptions.retrieve(started.id).status == "active"
    (card,) = client.v1.customers.payment_methods.list(customer).data
    assert card.card is not None
    assert card.card.last4 == "4242"


def test_nothing_from_people_is_unescaped(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(
        client,
        customer_data={"name": HOSTILE},
        description=HOSTILE,
        footer=HOSTILE,
        custom_fields=[{"name": HOSTILE[:30], "value": HOSTILE[:30]}],
    )
    text = visitor.get(invoice.hosted_invoice_url).text
    assert "<script" not in text
    assert "{{7*7}}" in text


def test_a_link_to_nothing_says_so(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    assert visitor.get(f"{invoice.hosted_invoice_url}x").status == 404
    assert visitor.get("/i/acct_nobody/test_x").status == 404
    assert visitor.pay("/i/acct_nobody/test_x").status == 404
    assert visitor.get(f"{invoice.hosted_invoice_url}/receipt").status == 404
