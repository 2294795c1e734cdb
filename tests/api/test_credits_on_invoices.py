"""Credit grants on invoices: what they pay of metered lines, in which order, before taxes, and what comes back."""

from typing import Any

import pytest
import stripe
from api.chains import Chain, charged, paid
from api.life import DAY, HOUR, START, Life
from api.test_credit_grants import balance, grant, ledger
from api.usage import NEXT_MONTH, meter, metered, refused, report

TRANSACTION = "billing.credit_balance_transaction.created"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def credits(of: Any) -> list[int]:
    """What credit grants pay of an invoice or of a line, in the order in which they do."""
    told = getattr(of, "total_pretax_credit_amounts", None)
    told = of.pretax_credit_amounts if told is None else told
    return [each.amount for each in told if each.type == "credit_balance_transaction"]


def used(life: Life, units: int, **params: Any) -> tuple[str, str, str]:
    """A customer who uses ``units`` at 4 cents in her first month: ids of her, the subscription and the price."""
    price, customer = metered(life, meter(life)), life.customer().id
    subscription = life.client.v1.subscriptions.create({"customer": customer, "items": [{"price": price.id}], **params})
    report(life, customer, units)
    return customer, subscription.id, price.id


def latest(life: Life, subscription: str) -> stripe.Invoice:
    found = life.subscription(subscription).latest_invoice
    assert isinstance(found, stripe.Invoice)
    return found


def finalized(life: Life, subscription: str) -> stripe.Invoice:
    """The invoice of the first month, an hour after its end."""
    life.advance_to(NEXT_MONTH + HOUR)
    return latest(life, subscription)


def test_a_metered_month_that_is_paid_in_part_by_credits(life: Life) -> None:
    customer, subscription, _ = used(life, 250)  # 250 at 4 cents are 10.00
    made = grant(life, customer, 600)
    chain = Chain(life)
    chain.after(NEXT_MONTH)
    assert chain.after(NEXT_MONTH + HOUR) == [
        (TRANSACTION, ""),
        ("invoice.finalized", "open 400"),
        *charged(400),
        *paid(400, next_payment_attempt="2026-02-28 11:00"),
        ("invoice_payment.paid", "400"),
    ]
    invoice = latest(life, subscription)
    [line] = invoice.lines.data
    applied = life.client.v1.billing.credit_balance_transactions.list({"customer": customer}).data[0]
    [told] = invoice.total_pretax_credit_amounts or []
    assert told.to_dict() == {
        "amount": 600,
        "credit_balance_transaction": applied.id,
        "type": "credit_balance_transaction",
    }
    assert (line.pretax_credit_amounts or [])[0].to_dict() == told.to_dict()
    assert (invoice.subtotal, invoice.total, invoice.total_excluding_tax, invoice.amount_paid) == (1000, 400, 400, 400)
    assert applied.to_dict()["debit"] == {
        "amount": {"monetary": {"currency": "usd", "value": 600}, "type": "monetary"},
        "credits_applied": {"invoice": invoice.id, "invoice_line_item": line.id},
        "type": "credits_applied",
    }
    assert (applied.credit_grant, applied.effective_at, applied.type) == (made.id, NEXT_MONTH + HOUR, "debit")
    assert (ledger(life, customer), balance(life, customer)) == (
        [("credits_granted", 600), ("credits_applied", -600)],
        {"usd": 0},
    )


def test_a_month_that_credits_pay_whole_charges_nobody(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 1500)
    invoice = finalized(life, subscription)
    assert (invoice.status, invoice.total, invoice.amount_due, credits(invoice)) == ("paid", 0, 0, [1000])
    assert life.client.v1.events.list({"types": ["charge.succeeded", "payment_intent.created"]}).data == []
    assert balance(life, customer) == {"usd": 500}


def test_grants_pay_in_stripes_order(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    late = grant(life, customer, 300, expires_at=NEXT_MONTH + 60 * DAY)
    first = grant(life, customer, 100, priority=1)
    soon = grant(life, customer, 200, expires_at=NEXT_MONTH + 30 * DAY)
    paid_for = grant(life, customer, 300)
    free = grant(life, customer, 250, category="promotional")
    finalized(life, subscription)
    transactions = life.client.v1.billing.credit_balance_transactions.list({"customer": customer, "limit": 100}).data
    applied = [(each.credit_grant, -each.debit.amount.monetary.value) for each in transactions[::-1] if each.debit]  # type: ignore[union-attr]
    # 10.00: 1.00 by priority, 2.00 and 3.00 by expiry, 2.50 that were a gift, and 1.50 of what was paid for
    assert applied == [(first.id, -100), (soon.id, -200), (late.id, -300), (free.id, -250), (paid_for.id, -150)]
    assert balance(life, customer, paid_for.id) == {"usd": 150}


def test_what_credits_do_not_pay(life: Life) -> None:
    """Licensed lines, other currencies, other prices, what is not yet or no longer to be used, others' usage."""
    customer, subscription, price = used(life, 250)
    other = metered(life, meter(life, event_name="other"))
    seat = life.price(2000)
    item: Any = {"subscription": subscription, "price": seat.id, "proration_behavior": "none"}
    life.client.v1.subscription_items.create(item)
    grant(life, customer, 100, currency="eur")
    grant(life, customer, 200, applicability_config={"scope": {"prices": [{"id": other.id}]}})
    grant(life, customer, 300, effective_at=NEXT_MONTH + 2 * HOUR)
    grant(life, customer, 400, expires_at=NEXT_MONTH + HOUR - 1)
    grant(life, life.customer().id, 500)
    voided = grant(life, customer, 600)
    life.client.v1.billing.credit_grants.void_grant(voided.id)
    mine = grant(life, customer, 5000, applicability_config={"scope": {"prices": [{"id": price}]}})
    invoice = finalized(life, subscription)
    assert (invoice.subtotal, invoice.total, credits(invoice)) == (3000, 2000, [1000])
    by_price = {line.pricing.price_details.price: credits(line) for line in invoice.lines.data}  # type: ignore[union-attr]
    assert by_price == {seat.id: [], price: [1000]}
    assert balance(life, customer, mine.id) == {"usd": 4000}
    life.advance(HOUR)
    asked: Any = {"type": "applicability_scope", "applicability_scope": {"prices": [{"id": price}]}}
    of_price = life.client.v1.billing.credit_balance_summary.retrieve({"customer": customer, "filter": asked}).balances
    worth = [each.available_balance.to_dict()["monetary"] for each in of_price]
    # with the one that has just taken effect
    assert worth == [{"currency": "eur", "value": 100}, {"currency": "usd", "value": 4300}]


def test_credits_come_after_discounts_and_before_taxes(life: Life) -> None:
    client = life.client
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False})
    coupon = client.v1.coupons.create({"percent_off": 25, "duration": "forever"})
    customer, subscription, _ = used(life, 250, default_tax_rates=[rate.id], discounts=[{"coupon": coupon.id}])
    grant(life, customer, 500)
    invoice = finalized(life, subscription)
    # 10.00 less a quarter is 7.50, less 5.00 is 2.50; a fifth of that is 0.50
    [discount, credit] = invoice.total_pretax_credit_amounts or []
    assert (discount.type, discount.amount, credit.amount) == ("discount", 250, 500)
    assert discount.discount == invoice.discounts[0]
    assert [(tax.amount, tax.taxable_amount) for tax in invoice.total_taxes or []] == [(50, 250)]
    assert (invoice.subtotal, invoice.total_excluding_tax, invoice.total) == (1000, 250, 300)


def test_included_tax_is_that_of_what_is_left(life: Life) -> None:
    rate = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": True})
    customer, subscription, _ = used(life, 300, default_tax_rates=[rate.id])
    grant(life, customer, 600)
    invoice = finalized(life, subscription)
    # 12.00 less 6.00 is 6.00, of which one sixth is tax; of the 12.00 it would be 2.00
    assert [(tax.amount, tax.taxable_amount) for tax in invoice.total_taxes or []] == [(100, 500)]
    assert (invoice.total, invoice.total_excluding_tax, invoice.subtotal_excluding_tax) == (600, 500, 1000)


def test_a_void_invoice_gives_its_credits_back(life: Life) -> None:
    customer, subscription, _ = used(life, 250, collection_method="send_invoice", days_until_due=30)
    lasting, ending = (
        grant(life, customer, 400, priority=1),
        grant(life, customer, 300, expires_at=NEXT_MONTH + 2 * DAY),
    )
    invoice = finalized(life, subscription)
    assert (invoice.status, invoice.total, credits(invoice)) == ("open", 300, [400, 300])
    life.advance(5 * DAY)
    life.events()
    life.client.v1.invoices.void_invoice(str(invoice.id))
    assert life.events() == ["invoice.voided", *[TRANSACTION] * 3]
    assert ledger(life, customer)[-3:] == [
        ("credits_application_invoice_voided", 400),
        ("credits_application_invoice_voided", 300),
        ("credits_expired", -300),  # its time was over meanwhile
    ]
    assert balance(life, customer, lasting.id) == {"usd": 400}
    assert balance(life, customer, ending.id) == {"usd": 0}
    back = life.client.v1.billing.credit_balance_transactions.list({"customer": customer, "credit_grant": lasting.id})
    assert back.data[0].to_dict()["credit"]["credits_application_invoice_voided"] == {
        "invoice": invoice.id,
        "invoice_line_item": invoice.lines.data[0].id,
    }


def paused(life: Life, behavior: Any, units: int = 250) -> tuple[str, str]:
    """A customer with usage and 15.00 of credits whose collection is paused: ids of her and of the subscription."""
    customer, subscription, _ = used(life, units)
    grant(life, customer, 1500)
    life.client.v1.subscriptions.update(subscription, {"pause_collection": {"behavior": behavior}})
    life.events()
    return customer, subscription


def test_an_invoice_that_a_pause_voids_uses_up_no_credits_even_where_they_pay_all_of_it(life: Life) -> None:
    customer, subscription = paused(life, "void")
    chain = Chain(life)
    assert chain.after(NEXT_MONTH)[1:] == [
        ("invoice.created", "draft 0"),
        (TRANSACTION, ""),
        ("invoice.finalized", "open 0"),
        ("invoice.voided", "void 0"),
        (TRANSACTION, ""),
    ]
    assert ledger(life, customer)[1:] == [("credits_applied", -1000), ("credits_application_invoice_voided", 1000)]
    assert (latest(life, subscription).status, balance(life, customer)) == ("void", {"usd": 1500})


def test_nor_the_balance_of_the_customer(life: Life) -> None:
    customer, subscription = paused(life, "void", units=1)
    life.client.v1.billing.credit_grants.expire(
        life.client.v1.billing.credit_grants.list({"customer": customer}).data[0].id
    )
    life.client.v1.customers.update(customer, {"balance": -500})
    life.advance_to(NEXT_MONTH)
    assert (latest(life, subscription).status, life.client.v1.customers.retrieve(customer).balance) == ("void", -500)


@pytest.mark.parametrize(("behavior", "units", "left"), [("void", 0, 1500), ("mark_uncollectible", 250, 500)])
def test_other_invoices_of_a_pause_with_nothing_due_are_paid(life: Life, behavior: Any, units: int, left: int) -> None:
    customer, subscription = paused(life, behavior, units)
    life.advance_to(NEXT_MONTH)
    assert (latest(life, subscription).status, balance(life, customer)) == ("paid", {"usd": left})


def test_a_credit_note_gives_no_credits_back(life: Life) -> None:
    """Stripe's guide: they are not refunded by credit notes; one makes a new grant."""
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 600)
    invoice = finalized(life, subscription)
    line = invoice.lines.data[0].id
    notes, asked = life.client.v1.credit_notes, {"type": "invoice_line_item", "invoice_line_item": line, "amount": 1000}
    # all of the line: 10.00, of which credits had paid 6.00, so 4.00 are refunded
    note = notes.create({"invoice": str(invoice.id), "lines": [asked], "refund_amount": 400})  # type: ignore[list-item]
    assert (note.subtotal, note.total) == (1000, 400)
    assert [(each.type, each.amount) for each in note.pretax_credit_amounts] == [("credit_balance_transaction", 600)]
    assert (ledger(life, customer)[-1], balance(life, customer)) == (("credits_applied", -600), {"usd": 0})


def test_what_credits_have_paid_whole_has_nothing_to_be_credited(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 1000)
    invoice = finalized(life, subscription)
    refused(
        lambda: life.client.v1.credit_notes.create({"invoice": str(invoice.id), "amount": 1}),
        "must be above zero and not exceed",
        param="amount",
    )


def test_a_grant_that_expires_at_the_second_of_the_finalization_pays_nothing(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 600, expires_at=NEXT_MONTH + HOUR)
    lasting = grant(life, customer, 300, expires_at=NEXT_MONTH + HOUR + 1, priority=60)
    life.advance_to(NEXT_MONTH)
    assert credits(latest(life, subscription)) == [300]
    assert credits(finalized(life, subscription)) == [300]
    assert balance(life, customer, lasting.id) == {"usd": 0}
    told = sorted(ledger(life, customer))
    assert told == [
        ("credits_applied", -300),
        ("credits_expired", -600),
        ("credits_granted", 300),
        ("credits_granted", 600),
    ]


def test_grants_that_are_alike_pay_in_the_order_in_which_they_were_made(life: Life) -> None:
    customer, subscription, price = used(life, 250)
    any_price = grant(life, customer, 600)
    of_price = grant(life, customer, 600, applicability_config={"scope": {"prices": [{"id": price}]}})
    invoice = finalized(life, subscription)
    assert credits(invoice) == [600, 400]
    assert (balance(life, customer, any_price.id), balance(life, customer, of_price.id)) == ({"usd": 0}, {"usd": 200})


def test_a_preview_and_the_news_of_what_comes_show_credits(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 600)
    grant(life, customer, 100, effective_at=NEXT_MONTH)  # the last moment for an invoice whose period ends then
    grant(life, customer, 50, effective_at=NEXT_MONTH + 1)
    preview = life.client.v1.invoices.create_preview({"subscription": subscription})
    assert (preview.total, preview.amount_due, credits(preview)) == (300, 300, [600, 100])
    assert [each.credit_balance_transaction for each in preview.total_pretax_credit_amounts or []] == [None, None]
    assert balance(life, customer) == {"usd": 600}
    assert finalized(life, subscription).total == 300
    [news] = life.client.v1.events.list({"type": "invoice.upcoming"}).data
    assert (news.data.object["total"], credits(news.data.object)) == (300, [600, 100])


def test_a_draft_shows_credits_but_takes_none_until_it_is_finalized(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 600, priority=1)
    voided = grant(life, customer, 700)
    life.advance_to(NEXT_MONTH)
    draft = latest(life, subscription)
    assert (draft.total, credits(draft)) == (0, [600, 400])
    asked: Any = {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}
    summary = life.client.v1.billing.credit_balance_summary.retrieve({"customer": customer, "filter": asked})
    [told] = [each.to_dict() for each in summary.balances]
    assert told["ledger_balance"]["monetary"]["value"] == 1300
    assert told["available_balance"]["monetary"]["value"] == 300  # what the draft shows is not available any more
    assert ledger(life, customer) == [("credits_granted", 600), ("credits_granted", 700)]
    life.client.v1.billing.credit_grants.void_grant(voided.id)
    opened = life.client.v1.invoices.finalize_invoice(str(draft.id))
    assert (opened.total, credits(opened)) == (400, [600])


def test_what_comes_after_the_end_of_the_period_does_not_pay_for_it(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    life.advance_to(NEXT_MONTH + 60)
    late = grant(life, customer, 600)
    invoice = finalized(life, subscription)
    assert (invoice.total, credits(invoice)) == (1000, [])
    assert balance(life, customer, late.id) == {"usd": 600}


def test_a_grant_that_was_used_cannot_be_voided_but_its_rest_can_expire(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    made = grant(life, customer, 1500)
    finalized(life, subscription)
    grants = life.client.v1.billing.credit_grants
    refused(lambda: grants.void_grant(made.id), "has been applied to an invoice")
    grants.expire(made.id)
    assert ledger(life, customer)[-1] == ("credits_expired", -500)


def test_the_balance_of_the_customer_pays_what_credits_leave(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 600)
    life.client.v1.customers.update(customer, {"balance": -150})
    invoice = finalized(life, subscription)
    assert (invoice.total, invoice.starting_balance, invoice.amount_due) == (400, -150, 250)


def test_time_that_runs_out_before_the_usage_is_billed(life: Life) -> None:
    customer, subscription, _ = used(life, 250)
    grant(life, customer, 600, expires_at=START + 10 * DAY)
    invoice = finalized(life, subscription)
    assert (invoice.total, credits(invoice)) == (1000, [])
    assert ledger(life, customer) == [("credits_granted", 600), ("credits_expired", -600)]
