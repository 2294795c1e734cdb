"""Customers who are exempt, or to whom the reverse charge applies: on new invoices, drafts, and at finalization."""

from typing import Any

import pytest
import stripe
from api.life import HOUR, Life

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def rate(life: Life, percentage: float, *, inclusive: bool = False) -> str:
    made = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": percentage, "inclusive": inclusive})
    life.events()
    return made.id


def spare(life: Life, customer: stripe.Customer, kind: Any) -> None:
    life.events()
    life.client.v1.customers.update(customer.id, {"tax_exempt": kind})
    assert life.events() == ["customer.updated"]


@pytest.mark.parametrize(("kind", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")])
def test_no_tax_is_charged(life: Life, kind: str, reason: str) -> None:
    customer = life.customer()
    spare(life, customer, kind)
    invoice = life.subscribe(customer, life.price(1000), default_tax_rates=[rate(life, 19)]).latest_invoice
    assert (invoice.customer_tax_exempt, invoice.subtotal, invoice.total, invoice.amount_paid) == (
        kind, 1000, 1000, 1000,
    )  # fmt: skip
    [tax] = invoice.total_taxes
    assert (tax.amount, tax.taxable_amount, tax.taxability_reason) == (0, 1000, reason)


@pytest.mark.parametrize("kind", ["exempt", "reverse"])
def test_the_included_tax_is_taken_off(life: Life, kind: str) -> None:
    customer = life.customer()
    spare(life, customer, kind)
    included = rate(life, 19, inclusive=True)
    invoice = life.subscribe(customer, life.price(1190), default_tax_rates=[included]).latest_invoice
    assert (invoice.subtotal, invoice.subtotal_excluding_tax) == (1190, 1000)
    assert (invoice.total, invoice.total_excluding_tax, invoice.amount_paid) == (1000, 1000, 1000)
    assert [tax.amount for tax in invoice.total_taxes] == [0]


def test_a_draft_follows_its_customer_when_it_is_finalized(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(1000), default_tax_rates=[rate(life, 19)])
    life.advance_to(MONTH_END)
    spare(life, customer, "exempt")
    draft = life.subscription(subscription.id).latest_invoice
    assert (draft.status, draft.customer_tax_exempt, draft.total) == ("draft", "none", 1190)
    assert life.advance(HOUR)[0] == "invoice.finalized"
    paid = life.subscription(subscription.id).latest_invoice
    assert (paid.status, paid.customer_tax_exempt, paid.total, paid.amount_paid) == ("paid", "exempt", 1000, 1000)


def test_a_finalized_invoice_stays_as_it_is(life: Life) -> None:
    customer = life.customer()
    invoice = life.subscribe(customer, life.price(1000), default_tax_rates=[rate(life, 19)]).latest_invoice
    spare(life, customer, "reverse")
    kept = life.client.v1.invoices.retrieve(invoice.id)
    assert (kept.customer_tax_exempt, kept.total) == ("none", 1190)
