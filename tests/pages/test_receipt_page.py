"""The receipt of a charge, at its link."""

import stripe
from pages.billed import sent
from pages.shop import Visitor


def test_it_says_what_was_paid_by_what_and_what_came_back(
    client: stripe.StripeClient, visitor: Visitor, account: str
) -> None:
    charge = client.v1.charges.create(
        {"amount": 1500, "currency": "jpy", "source": "tok_visa", "description": "<b>Mug</b>"}
    )
    answer = visitor.get(charge.receipt_url)
    assert answer.status == 200
    for words in (f"¥1,500 paid to {account}", "<b>Mug</b>", "Visa •••• 4242"):
        assert words in answer.page.words
    assert "Refunded" not in answer.page.words
    client.v1.refunds.create({"charge": charge.id, "amount": 500})
    said = visitor.get(charge.receipt_url).page.words
    assert "Refunded -¥500" in said
    assert "Left ¥1,000" in said


def test_it_leads_to_the_invoice_that_was_paid(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    visitor.pay(invoice.hosted_invoice_url)
    (charge,) = client.v1.charges.list().data
    page = visitor.get(charge.receipt_url).page
    assert str(invoice.number) in page.words
    assert page.links[-1] == invoice.hosted_invoice_url


def test_what_was_declined_has_none(client: stripe.StripeClient, visitor: Visitor) -> None:
    invoice = sent(client)
    visitor.pay(invoice.hosted_invoice_url, "4000000000000002")
    (charge,) = client.v1.charges.list().data
    assert charge.receipt_url is None
    assert visitor.get(f"/receipts/{charge.id}").status == 404
    assert visitor.get("/receipts/ch_none").status == 404
