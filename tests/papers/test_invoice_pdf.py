"""The PDF of an invoice and of a credit note: what they say is what the API says."""

from typing import Any

import pytest
import requests
import stripe
from papers.reading import fetched, pages, rows

from mockbill.server import LocalServer


def sent_invoice(client: stripe.StripeClient, *items: Any, **params: Any) -> stripe.Invoice:
    """A finalized invoice to pay within 30 days; ``customer_data`` are the customer's."""
    customer = client.v1.customers.create(params.pop("customer_data", {"name": "Ada Lovelace"})).id
    asked: Any = {"customer": customer, "collection_method": "send_invoice", "days_until_due": 30, **params}
    draft = client.v1.invoices.create(asked)
    for item in items or ({"amount": 1234, "currency": "usd", "description": "Mug"},):
        client.v1.invoice_items.create({"customer": customer, "invoice": draft.id, **item})
    return client.v1.invoices.finalize_invoice(draft.id)


def test_it_says_who_owes_what_to_whom_and_why(client: stripe.StripeClient, account: str) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False})
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "once", "name": "Welcome"})
    invoice = sent_invoice(
        client,
        {"currency": "usd", "unit_amount_decimal": "2000", "quantity": 3, "description": "Seats"},
        customer_data={
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "balance": -300,
            "address": {"line1": "1 Main St", "postal_code": "BA1", "city": "Bath", "country": "GB"},
            "tax_id_data": [{"type": "gb_vat", "value": "GB123456789"}],
        },
        default_tax_rates=[rate.id],
        discounts=[{"coupon": coupon.id}],
        description="Thank you.",
        footer="Acme Ltd, Bath",
        custom_fields=[{"name": "PO number", "value": "A-17"}],
    )
    said = rows(fetched(invoice.invoice_pdf))
    assert said[0].startswith("Invoice")
    assert account in said[0]
    for line in (
        f"Invoice number {invoice.number}",
        "PO number A-17",
        "From Bill to",
        f"{account} Ada Lovelace",
        "1 Main St",
        "BA1 Bath",
        "ada@example.com",
        "GB VAT GB123456789",
        "Thank you.",
        "Seats 3 $20.00 20% $60.00",
        # 60.00 less 10 % is 54.00; 20 % of that is 10.80; 3.00 come from the balance.
        "Subtotal $60.00",
        "Welcome (10% off) -$6.00",
        "Total excluding tax $54.00",
        "VAT (20%) on $54.00 $10.80",
        "Total $64.80",
        "Applied balance -$3.00",
        "Amount due $61.80",
        "Acme Ltd, Bath",
    ):
        assert line in said


def test_it_is_found_at_its_link_and_is_the_same_each_time(client: stripe.StripeClient, server: LocalServer) -> None:
    invoice = sent_invoice(client)
    assert invoice.invoice_pdf is not None
    answer = requests.get(invoice.invoice_pdf, timeout=10)
    assert answer.headers["Content-Disposition"] == f"inline; filename=Invoice-{invoice.number}.pdf"
    assert answer.content == requests.get(invoice.invoice_pdf, timeout=10).content
    by_another_name = invoice.invoice_pdf.replace("127.0.0.1", "localhost")
    assert requests.get(by_another_name, timeout=10).content == answer.content
    assert requests.get(invoice.invoice_pdf.replace("test_", "test_x"), timeout=10).status_code == 404
    assert requests.get(f"{server.url}/i/acct_nobody/test_x/pdf", timeout=10).status_code == 404


def test_a_draft_has_none(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    assert client.v1.invoices.create({"customer": customer}).invoice_pdf is None


def test_it_follows_the_invoice(client: stripe.StripeClient) -> None:
    invoice = sent_invoice(client)
    assert "Amount due $12.34" in rows(fetched(invoice.invoice_pdf))
    client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    paid = rows(fetched(invoice.invoice_pdf))
    assert {"Amount paid -$12.34", "Amount due $0.00"} <= set(paid)
    assert any("PAID" in line for line in paid)
    other = sent_invoice(client)
    client.v1.invoices.void_invoice(other.id)
    void = rows(fetched(other.invoice_pdf))
    assert "$12.34 void" in void
    assert "Amount due $0.00" in void


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [("jpy", 1500, "¥1,500"), ("kwd", 12340, "KWD 12.340"), ("pln", 9900, "PLN 99.00"), ("inr", 9900, "₹99.00")],
)
def test_every_currency_is_written_as_the_checkout_writes_it(
    client: stripe.StripeClient, currency: str, amount: int, written: str
) -> None:
    invoice = sent_invoice(client, {"amount": amount, "currency": currency, "description": "Mug"}, currency=currency)
    assert f"Amount due {written}" in rows(fetched(invoice.invoice_pdf))


@pytest.mark.parametrize("name", ["Łukasz Żółć", "Ελένη Παππά", "Žofia Дмитрий", "Ada “the first” Lovelace – Ltd"])
def test_names_are_written_in_their_own_letters(client: stripe.StripeClient, name: str) -> None:
    invoice = sent_invoice(client, customer_data={"name": name})
    assert name in "\n".join(rows(fetched(invoice.invoice_pdf)))


def test_a_name_in_letters_that_nothing_has_is_shown_as_boxes(client: stripe.StripeClient) -> None:
    invoice = sent_invoice(client, customer_data={"name": "Ada 🎉"})
    assert "Ada □" in "\n".join(rows(fetched(invoice.invoice_pdf)))


def test_long_invoices_go_on_for_pages_that_are_numbered(client: stripe.StripeClient) -> None:
    items = [{"amount": 100, "currency": "usd", "description": f"Item {each:03}"} for each in range(70)]
    said = pages(fetched(sent_invoice(client, *items).invoice_pdf))
    assert len(said) > 2
    for place, page in enumerate(said, 1):
        assert f"Page {place} of {len(said)}" in page
    assert [f"Item {each:03}" for each in range(70) if f"Item {each:03}" not in "".join(said)] == []
    assert "$70.00" in said[-1]


def test_its_paper_is_what_the_rendering_asks_for(client: stripe.StripeClient) -> None:
    def sheet(**params: Any) -> str:
        content = fetched(sent_invoice(client, **params).invoice_pdf)
        return content.split(b"/MediaBox", 1)[1].split(b"]", 1)[0].decode().strip(" [")

    assert sheet(rendering={"pdf": {"page_size": "a4"}}) == "0 0 595.28 841.89"
    assert sheet(rendering={"pdf": {"page_size": "letter"}}) == sheet() == "0 0 612 792"


def test_a_credit_note_says_what_it_gives_back(client: stripe.StripeClient) -> None:
    invoice = sent_invoice(client)
    client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    note = client.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 500, "credit_amount": 500, "memo": "Sorry.", "reason": "order_change"}
    )
    said = rows(fetched(note.pdf))
    assert said[0].startswith("Credit note")
    for line in (
        f"Credit note number {note.number}",
        f"Invoice number {invoice.number}",
        "Reason Order change",
        "Sorry.",
        "Total $5.00",
        "Credited to the balance $5.00",
    ):
        assert line in said
    assert "Credited after payment $5.00" in rows(fetched(invoice.invoice_pdf))
