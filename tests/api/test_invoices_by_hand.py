"""What an invoice made by hand can say and do, through the official SDK: numbers, fields, moments, revisions."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def draft(life: Life, customer: stripe.Customer, amount: int = 1500, **params: Any) -> stripe.Invoice:
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": amount, "currency": "usd"})
    made = life.client.v1.invoices.create(
        {"customer": customer.id, "pending_invoice_items_behavior": "include", **params}
    )
    life.events()
    return made


def refused(life: Life, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as problem:
        life.client.v1.invoices.create({"customer": life.customer().id, **params})
    return problem.value


def test_a_number_of_ones_own(life: Life) -> None:
    customer = life.customer()
    own = draft(life, customer, number="2026/17")
    assert own.number == "2026/17"
    assert life.client.v1.invoices.finalize_invoice(own.id).number == "2026/17"
    following = life.client.v1.invoices.finalize_invoice(draft(life, customer).id)
    assert following.number == f"{customer.invoice_prefix}-0001", "the sequence has not moved"
    assert "in use already" in str(refused(life, number="2026/17"))
    assert "at most 26" in str(refused(life, number="x" * 27))
    other = draft(life, customer)
    assert life.client.v1.invoices.update(other.id, {"number": "2026/18"}).number == "2026/18"


def test_one_sequence_for_the_account() -> None:
    settings = Settings.load({"invoice_numbering": "account"}, environ={})
    with LocalServer(create_app(settings)) as server:
        addresses: Any = {"api": server.url, "files": server.url}
        life = Life.begin(stripe.StripeClient("sk_test_numbers", base_addresses=addresses, max_network_retries=0))
        drafts = [draft(life, life.customer()) for _ in range(3)]
        numbers = [life.client.v1.invoices.finalize_invoice(each.id).number or "" for each in drafts]
    assert [number.partition("-")[2] for number in numbers] == ["0001", "0002", "0003"]
    assert len({number.partition("-")[0] for number in numbers}) == 1


def test_what_is_printed_on_it(life: Life) -> None:
    fields = [{"name": "Order", "value": "17"}]
    texts = {"footer": "Thanks", "description": "For May", "statement_descriptor": "ADA LTD"}
    rendering = {"amount_tax_display": "include_inclusive_tax", "pdf": {"page_size": "a4"}}
    invoice = draft(life, life.customer(), custom_fields=fields, rendering=rendering, **texts)
    assert [field.to_dict() for field in invoice.custom_fields] == fields
    assert (invoice.footer, invoice.description, invoice.rendering.pdf.page_size) == ("Thanks", "For May", "a4")
    life.client.v1.invoices.pay(invoice.id)
    listed = life.client.v1.payment_intents.list({"customer": invoice.customer, "expand": ["data.latest_charge"]})
    (intent,) = listed.data
    assert (intent.statement_descriptor, intent.latest_charge.statement_descriptor) == ("ADA LTD", "ADA LTD")
    assert intent.latest_charge.calculated_statement_descriptor == "ADA LTD"


def test_what_cannot_be_printed_on_it(life: Life) -> None:
    assert refused(life, custom_fields=[{"name": "n", "value": "v"}] * 5).param == "custom_fields"
    assert refused(life, custom_fields=[{"name": "n" * 41, "value": "v"}]).param == "custom_fields[0][name]"
    assert refused(life, custom_fields=[{"name": "n", "value": "v" * 141}]).param == "custom_fields[0][value]"
    for descriptor in ("12345", "x" * 23, "A*B"):
        assert refused(life, statement_descriptor=descriptor).param == "statement_descriptor"


def test_finalizing_at_a_moment_of_ones_own(life: Life) -> None:
    invoice = draft(life, life.customer(), automatically_finalizes_at=START + 2 * DAY, auto_advance=True)
    assert (invoice.automatically_finalizes_at, invoice.next_payment_attempt) == (START + 2 * DAY, START + 2 * DAY)
    assert life.advance(2 * DAY - 1) == []
    assert "invoice.paid" in life.advance(1)
    assert refused(life, automatically_finalizes_at=START + 5 * 367 * DAY).param == "automatically_finalizes_at"
    assert refused(life, automatically_finalizes_at=START).param == "automatically_finalizes_at"
    late = {"automatically_finalizes_at": START + 9 * DAY, "auto_advance": False}
    assert refused(life, **late).param == "automatically_finalizes_at"


def test_going_on_by_itself_can_be_turned_on_and_off(life: Life) -> None:
    update = life.client.v1.invoices.update
    invoice = draft(life, life.customer(), auto_advance=True)
    stopped = update(invoice.id, {"auto_advance": False})
    assert (stopped.automatically_finalizes_at, stopped.next_payment_attempt) == (None, None)
    life.events()
    assert life.advance(DAY) == []
    life.client.v1.invoices.finalize_invoice(invoice.id)
    going = update(invoice.id, {"auto_advance": True})
    assert (going.status, going.next_payment_attempt) == ("open", START + DAY + HOUR)
    life.events()
    assert "invoice.paid" in life.advance(HOUR)


def test_from_charged_to_sent(life: Life) -> None:
    update = life.client.v1.invoices.update
    invoice = draft(life, life.customer())
    with pytest.raises(stripe.InvalidRequestError, match="days_until_due"):
        update(invoice.id, {"collection_method": "send_invoice"})
    sent = update(invoice.id, {"collection_method": "send_invoice", "days_until_due": 3})
    assert (sent.collection_method, sent.due_date) == ("send_invoice", START + 3 * DAY)
    assert update(invoice.id, {"due_date": START + 9 * DAY}).due_date == START + 9 * DAY
    charged = update(invoice.id, {"collection_method": "charge_automatically"})
    assert (charged.collection_method, charged.due_date) == ("charge_automatically", None)


def test_a_date_from_which_it_holds(life: Life) -> None:
    invoice = draft(life, life.customer(), effective_at=START - DAY)
    assert life.client.v1.invoices.finalize_invoice(invoice.id).effective_at == START - DAY


def test_only_what_waits_for_a_subscription(life: Life) -> None:
    customer = life.customer()
    subscription, other = (life.subscribe(customer, life.price()) for _ in range(2))
    item = life.client.v1.invoice_items.create
    for amount, owner in ((300, subscription), (500, other), (700, None)):
        of = {"subscription": owner.id} if owner else {}
        item({"customer": customer.id, "amount": amount, "currency": "usd", **of})
    invoice = life.client.v1.invoices.create({"subscription": subscription.id})
    assert ([line.amount for line in invoice.lines.data], invoice.billing_reason) == ([300], "manual")
    assert invoice.parent.subscription_details.subscription == subscription.id
    with pytest.raises(stripe.InvalidRequestError, match="Nothing to invoice for subscription") as nothing:
        life.client.v1.invoices.create({"subscription": subscription.id})
    assert nothing.value.code == "invoice_no_subscription_line_items"


def test_a_revision_takes_the_place_of_its_original(life: Life) -> None:
    customer = life.customer()
    original = life.client.v1.invoices.finalize_invoice(draft(life, customer, footer="Thanks").id)
    life.events()
    revision = life.client.v1.invoices.create({"from_invoice": {"action": "revision", "invoice": original.id}})
    assert life.events() == ["invoice.created"]
    assert (revision.status, revision.total, revision.footer) == ("draft", 1500, "Thanks")
    assert revision.from_invoice.invoice == original.id
    (line,) = revision.lines.data
    life.client.v1.invoices.line_items.update(revision.id, line.id, {"amount": 1200})
    assert life.client.v1.invoices.retrieve(original.id).latest_revision is None
    life.events()
    opened = life.client.v1.invoices.finalize_invoice(revision.id)
    assert (opened.status, opened.amount_due) == ("open", 1200)
    assert life.events() == [
        "invoice.voided",
        "payment_intent.canceled",
        "invoice.finalized",
        "payment_intent.created",
    ]
    voided = life.client.v1.invoices.retrieve(original.id)
    assert (voided.status, voided.latest_revision, voided.total) == ("void", revision.id, 1500)
    with pytest.raises(stripe.InvalidRequestError, match="can't be revised"):
        life.client.v1.invoices.create({"from_invoice": {"action": "revision", "invoice": original.id}})


def test_an_older_card_can_pay(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    card = life.client.v1.customers.payment_sources.create(customer.id, {"source": "tok_visa"})
    first, second = draft(life, customer, default_source=card.id), draft(life, customer)
    assert life.client.v1.invoices.pay(first.id).status == "paid"
    assert life.client.v1.invoices.pay(second.id, {"source": card.id}).status == "paid"


def test_written_off_by_hand(life: Life) -> None:
    invoice = life.client.v1.invoices.finalize_invoice(draft(life, life.customer()).id)
    written_off = life.client.v1.invoices.mark_uncollectible(invoice.id)
    assert written_off.status_details.uncollectible.reason == "user_forgiven"


def test_a_negative_total_becomes_credit(life: Life) -> None:
    customer = life.customer()
    paid = life.client.v1.invoices.finalize_invoice(draft(life, customer, amount=-700).id)
    assert (paid.status, paid.total, paid.amount_due, paid.ending_balance) == ("paid", -700, 0, -700)
    assert life.events() == [
        "customer.updated",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert life.client.v1.customers.retrieve(customer.id).balance == -700


def test_an_item_is_in_the_currency_of_its_invoice(life: Life) -> None:
    life.client.v1.customers.create({})
    customer = life.customer()
    invoice = life.client.v1.invoices.create({"customer": customer.id, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="another currency than its usd") as refusal:
        life.client.v1.invoice_items.create(
            {"customer": customer.id, "invoice": invoice.id, "amount": 500, "currency": "eur"}
        )
    assert (refusal.value.param, life.events()) == ("currency", ["invoice.created"])
    with pytest.raises(stripe.InvalidRequestError, match="Invalid currency: zzz"):
        life.client.v1.invoices.create({"customer": customer.id, "currency": "zzz"})


def test_a_balance_does_not_pay_in_another_currency(life: Life) -> None:
    customer = life.customer()
    invoice = life.client.v1.invoices.create({"customer": customer.id, "currency": "eur"})
    life.client.v1.customers.balance_transactions.create(customer.id, {"amount": 5000, "currency": "usd"})
    paid = life.client.v1.invoices.pay(invoice.id)
    assert (paid.amount_due, paid.starting_balance, paid.status) == (0, 0, "paid")
    assert life.client.v1.customers.retrieve(customer.id).balance == 5000


def test_a_revision_that_cannot_be_finalized_leaves_its_original(life: Life) -> None:
    customer = life.customer()
    life.client.v1.customers.update(customer.id, {"address": {"country": "DE"}})
    sent = {"collection_method": "send_invoice", "days_until_due": 3, "automatic_tax": {"enabled": True}}
    original = draft(life, customer, **sent)
    life.client.v1.invoices.finalize_invoice(original.id)
    revision = life.client.v1.invoices.create({"from_invoice": {"action": "revision", "invoice": original.id}})
    life.client.v1.customers.update(customer.id, {"address": ""})
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="location isn't recognized"):
        life.client.v1.invoices.finalize_invoice(revision.id)
    assert life.events() == ["invoice.finalization_failed"]
    assert life.client.v1.invoices.retrieve(original.id).status == "open"
    life.client.v1.customers.update(customer.id, {"address": {"country": "DE"}})
    assert life.client.v1.invoices.finalize_invoice(revision.id).status == "open"
    assert life.client.v1.invoices.retrieve(original.id).status == "void"


def test_another_quantity_is_one_of_the_same_price(life: Life) -> None:
    customer = life.customer()
    packs = life.client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 500,
            "product_data": {"name": "Crate"},
            "transform_quantity": {"divide_by": 3, "round": "up"},
        }
    )
    item = life.client.v1.invoice_items.create({"customer": customer.id, "pricing": {"price": packs.id}, "quantity": 4})
    changed = life.client.v1.invoice_items.update(item.id, {"quantity": 7})
    # seven bottles are three crates
    assert (item.amount, changed.amount, changed.pricing.price_details.price) == (1000, 1500, packs.id)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"amount": 100, "quantity": 3}, "quantity"),
        ({"amount": 100, "unit_amount_decimal": "5"}, "unit_amount_decimal"),
        ({"amount": 100, "period": {"start": 1_770_000_000, "end": 1_760_000_000}}, "period[end]"),
    ],
)
def test_what_an_item_cannot_be(life: Life, params: dict[str, Any], param: str) -> None:
    customer = life.customer()
    asked: Any = {"customer": customer.id, "currency": "usd"}
    item = life.client.v1.invoice_items.create({**asked, "amount": 1})
    life.events()
    for call in (
        lambda: life.client.v1.invoice_items.create({**asked, **params}),
        lambda: life.client.v1.invoice_items.update(item.id, params),  # type: ignore[arg-type]
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            call()
        assert (refusal.value.param, life.events()) == (param, [])


def test_automatic_tax_takes_no_rates_beside_it(life: Life) -> None:
    customer = life.customer()
    life.client.v1.customers.update(customer.id, {"address": {"country": "DE"}})
    vat = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 5, "inclusive": False}).id
    invoice = life.client.v1.invoices.create({"customer": customer.id, "automatic_tax": {"enabled": True}})
    asked: Any = {"customer": customer.id, "currency": "usd", "amount": 1000}
    item = life.client.v1.invoice_items.create({**asked, "invoice": invoice.id})
    taxed = life.client.v1.invoice_items.create({**asked, "tax_rates": [vat]})
    for call in (
        lambda: life.client.v1.invoice_items.update(item.id, {"tax_rates": [vat]}),
        lambda: life.client.v1.invoices.add_lines(invoice.id, {"lines": [{"invoice_item": taxed.id}]}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="together with"):
            call()


def test_what_was_made_on_a_draft_goes_with_it(life: Life) -> None:
    customer = life.customer()
    asked: Any = {"customer": customer.id, "currency": "usd"}
    waiting = life.client.v1.invoice_items.create({**asked, "amount": 100})
    invoice = life.client.v1.invoices.create({**asked, "pending_invoice_items_behavior": "include"})
    life.client.v1.invoice_items.create({**asked, "amount": 200, "invoice": invoice.id})
    life.events()
    life.client.v1.invoices.delete(invoice.id)
    assert life.events() == ["invoiceitem.deleted", "invoice.deleted"]
    [left] = life.client.v1.invoice_items.list({"customer": customer.id}).data
    assert (left.id, left.invoice) == (waiting.id, None)
