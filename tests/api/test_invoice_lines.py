"""The lines of a draft, changed through the invoice, through the official SDK."""

import pytest
import stripe
from api.life import Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def draft_of(life: Life, customer: stripe.Customer, *amounts: int) -> stripe.Invoice:
    invoice = life.client.v1.invoices.create({"customer": customer.id, "currency": "usd"})
    if amounts:
        lines = [{"amount": amount, "description": f"Work for {amount}"} for amount in amounts]
        invoice = life.client.v1.invoices.add_lines(invoice.id, {"lines": lines})
    life.events()
    return invoice


def amounts(invoice: stripe.Invoice) -> list[int]:
    return [line.amount for line in invoice.lines.data]


def test_lines_are_added_and_told_once(life: Life) -> None:
    customer = life.customer()
    waiting = life.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    invoice = draft_of(life, customer)
    product = life.client.v1.products.create({"name": "Chair"}).id
    data = {"currency": "usd", "product": product, "unit_amount": 700}
    life.events()
    added = life.client.v1.invoices.add_lines(
        invoice.id,
        {
            "lines": [
                {"invoice_item": waiting.id},
                {"amount": 500, "description": "Painting", "metadata": {"room": "7"}},
                {"price_data": data, "quantity": 2},
            ],
            "invoice_metadata": {"house": "1"},
        },
    )
    assert (amounts(added), added.total, added.metadata.to_dict()) == ([300, 500, 1400], 2200, {"house": "1"})
    assert [line.description for line in added.lines.data][1:] == ["Painting", "Chair"]
    assert life.events() == ["invoiceitem.created", "invoiceitem.created", "invoice.updated"]
    assert life.client.v1.invoice_items.retrieve(waiting.id).invoice == invoice.id


def test_lines_are_updated_in_their_place(life: Life) -> None:
    invoice = draft_of(life, life.customer(), 100, 200, 300)
    first, second, _ = invoice.lines.data
    changed = life.client.v1.invoices.update_lines(
        invoice.id, {"lines": [{"id": second.id, "amount": 250}, {"id": first.id, "description": "Else"}]}
    )
    assert (amounts(changed), changed.total) == ([100, 250, 300], 650)
    assert [line.id for line in changed.lines.data] == [line.id for line in invoice.lines.data]
    assert changed.lines.data[0].description == "Else"
    assert life.events() == ["invoice.updated"]
    line = life.client.v1.invoices.line_items.update(invoice.id, first.id, {"amount": 50})
    assert (line.id, line.amount) == (first.id, 50)
    assert life.client.v1.invoices.retrieve(invoice.id).total == 600


def test_lines_are_deleted_or_wait_again(life: Life) -> None:
    customer = life.customer()
    invoice = draft_of(life, customer, 100, 200, 300)
    first, second, _ = invoice.lines.data
    left = life.client.v1.invoices.remove_lines(
        invoice.id, {"lines": [{"id": first.id, "behavior": "delete"}, {"id": second.id, "behavior": "unassign"}]}
    )
    assert (amounts(left), left.total) == ([300], 300)
    assert life.events() == ["invoiceitem.deleted", "invoice.updated"]
    (waiting,) = life.client.v1.invoice_items.list({"customer": customer.id, "pending": True}).data
    assert waiting.amount == 200


def test_the_line_of_a_renewal_can_be_changed_for_an_hour(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.advance_to(subscription["items"].data[0].current_period_end)
    draft = life.subscription(subscription.id).latest_invoice
    (line,) = draft.lines.data
    changed = life.client.v1.invoices.line_items.update(draft.id, line.id, {"quantity": 3, "description": "Three"})
    assert (changed.amount, changed.quantity, changed.description) == (6000, 3, "Three")
    assert life.client.v1.invoices.line_items.update(draft.id, line.id, {"amount": 1234}).amount == 1234
    with pytest.raises(stripe.InvalidRequestError, match="unassigned"):
        life.client.v1.invoices.remove_lines(draft.id, {"lines": [{"id": line.id, "behavior": "unassign"}]})
    life.advance(3600)
    assert life.subscription(subscription.id).latest_invoice.amount_paid == 1234


def test_only_the_lines_of_drafts_change(life: Life) -> None:
    invoice = draft_of(life, life.customer(), 100)
    life.client.v1.invoices.finalize_invoice(invoice.id)
    life.events()
    invoices, line = life.client.v1.invoices, invoice.lines.data[0].id
    for call in (
        lambda: invoices.add_lines(invoice.id, {"lines": [{"amount": 1}]}),
        lambda: invoices.update_lines(invoice.id, {"lines": [{"id": line, "amount": 1}]}),
        lambda: invoices.remove_lines(invoice.id, {"lines": [{"id": line, "behavior": "delete"}]}),
        lambda: invoices.line_items.update(invoice.id, line, {"amount": 1}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="no longer editable") as refused:
            call()
        assert refused.value.code == "invoice_not_editable"
    assert life.events() == []


def test_what_is_wrong_changes_nothing(life: Life) -> None:
    customer = life.customer()
    invoice = draft_of(life, customer, 100)
    with pytest.raises(stripe.InvalidRequestError, match="No such line_item"):
        life.client.v1.invoices.update_lines(
            invoice.id, {"lines": [{"id": invoice.lines.data[0].id, "amount": 5}, {"id": "il_x", "amount": 1}]}
        )
    other = life.client.v1.invoice_items.create({"customer": life.customer().id, "amount": 300, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="another customer"):
        life.client.v1.invoices.add_lines(invoice.id, {"lines": [{"invoice_item": other.id}]})
    with pytest.raises(stripe.InvalidRequestError, match="up to 250"):
        life.client.v1.invoices.add_lines(invoice.id, {"lines": [{"amount": 1}] * 250})
    assert life.client.v1.invoices.retrieve(invoice.id).total == 100


def test_ten_lines_are_shown_and_the_rest_listed(life: Life) -> None:
    invoice = draft_of(life, life.customer(), *range(1, 26))
    assert (len(invoice.lines.data), invoice.lines.has_more, invoice.total) == (10, True, sum(range(1, 26)))
    assert len(list(invoice.lines.auto_paging_iter())) == 25
    (event,) = life.client.v1.events.list({"type": "invoice.updated"}).data
    assert len(event.data.object.lines.data) == 10
    listed = life.client.v1.invoices.list({"customer": invoice.customer}).data[0]
    assert (len(listed.lines.data), listed.lines.has_more) == (10, True)
    shown = life.client.v1.invoices.create_preview(
        {"customer": invoice.customer, "invoice_items": [{"amount": n, "currency": "usd"} for n in range(1, 13)]}
    )
    assert (len(shown.lines.data), shown.total) == (10, 78)
    assert [line.amount for line in shown.lines.auto_paging_iter()] == list(range(1, 13))
