"""Taxes after discounts: reckoned on what is left, and the sums that show it."""

from typing import Any

import pytest
import stripe
from api.life import HOUR, Life

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def rate(life: Life, percentage: float, *, inclusive: bool = False) -> str:
    made = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": percentage, "inclusive": inclusive})
    return made.id


def coupon(life: Life, **fields: Any) -> str:
    made = life.client.v1.coupons.create({"duration": "forever", **fields})
    life.events()
    return made.id


def sums(invoice: stripe.Invoice) -> tuple[int, int | None, int | None, int]:
    return invoice.subtotal, invoice.subtotal_excluding_tax, invoice.total_excluding_tax, invoice.total


def test_exclusive_tax_is_on_what_the_discount_leaves(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(1000),
        default_tax_rates=[rate(life, 19)],
        discounts=[{"coupon": coupon(life, percent_off=25)}],
    )
    # 1000 − 250 = 750; 750 × 0.19 = 142.5
    assert sums(subscription.latest_invoice) == (1000, 1000, 750, 893)
    assert [(tax.amount, tax.taxable_amount) for tax in subscription.latest_invoice.total_taxes] == [(143, 750)]
    life.advance_to(MONTH_END + HOUR)
    renewal = life.subscription(subscription.id).latest_invoice
    assert (sums(renewal), renewal.amount_paid) == ((1000, 1000, 750, 893), 893)


def test_inclusive_tax_is_in_what_the_discount_leaves(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(1190),
        default_tax_rates=[rate(life, 19, inclusive=True)],
        discounts=[{"coupon": coupon(life, percent_off=50)}],
    )
    # of 1190 there are 190 inside; of the 595 that are left, 95
    assert sums(subscription.latest_invoice) == (1190, 1000, 500, 595)
    assert [(tax.amount, tax.taxable_amount) for tax in subscription.latest_invoice.total_taxes] == [(95, 500)]


def test_an_items_discount_is_off_the_subtotal_and_untaxed_items_stay_so(life: Life) -> None:
    book, pen = life.price(1190), life.price(500)
    off = coupon(life, amount_off=595, currency="usd")
    invoice = life.subscribe(
        life.customer(),
        book,
        items=[
            {"price": book.id, "tax_rates": [rate(life, 19, inclusive=True)], "discounts": [{"coupon": off}]},
            {"price": pen.id},
        ],
    ).latest_invoice
    assert sums(invoice) == (1095, 1000, 1000, 1095)
    assert [[tax.amount for tax in line.taxes] for line in invoice.lines.data] == [[95], []]


def test_a_discount_of_everything_leaves_no_tax(life: Life) -> None:
    invoice = life.subscribe(
        life.customer(),
        life.price(1000),
        default_tax_rates=[rate(life, 19), rate(life, 5, inclusive=True)],
        discounts=[{"coupon": coupon(life, percent_off=100)}],
    ).latest_invoice
    assert (invoice.total, invoice.status, [tax.amount for tax in invoice.total_taxes]) == (0, "paid", [0, 0])


def test_an_exempt_customer_is_spared_the_tax_in_the_discounted_price(life: Life) -> None:
    customer = life.customer()
    life.client.v1.customers.update(customer.id, {"tax_exempt": "exempt"})
    invoice = life.subscribe(
        customer,
        life.price(1190),
        default_tax_rates=[rate(life, 19, inclusive=True)],
        discounts=[{"coupon": coupon(life, percent_off=50)}],
    ).latest_invoice
    assert sums(invoice) == (1190, 1000, 500, 500)


def test_an_item_with_rates_cannot_be_put_on_an_automatically_taxed_invoice(life: Life) -> None:
    customer, standard = life.customer(), rate(life, 19)
    draft = life.client.v1.invoices.create({"customer": customer.id, "automatic_tax": {"enabled": True}})
    item: Any = {"customer": customer.id, "invoice": draft.id, "amount": 100, "currency": "usd"}
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="together with") as refused:
        life.client.v1.invoice_items.create({**item, "tax_rates": [standard]})
    assert refused.value.param == "tax_rates"
    assert life.events() == []


@pytest.mark.parametrize(
    ("rounding", "each"),
    # 19 % of 0.50 is 9.5 cents: three times 10; or 28.5 for all, 29 cents, of which the first two lines take 10
    [("line", [10, 10, 10]), ("invoice", [10, 10, 9])],
)
def test_an_account_rounds_tax_by_line_or_by_invoice(rounding: str, each: list[int]) -> None:
    settings = Settings.load({"tax_rounding": rounding}, environ={})
    with LocalServer(create_app(settings)) as server:
        addresses: Any = {"api": server.url, "files": server.url}
        life = Life.begin(stripe.StripeClient("sk_test_rounding", base_addresses=addresses, max_network_retries=0))
        asked: Any = {"customer": life.customer().id, "currency": "usd"}
        invoice = life.client.v1.invoices.create({**asked, "default_tax_rates": [rate(life, 19)]})
        lines: Any = [{"amount": 50}, {"amount": 50}, {"amount": 50}]
        taxed = life.client.v1.invoices.add_lines(invoice.id, {"lines": lines})
    assert [line.taxes[0].amount for line in taxed.lines.data if line.taxes] == each
    assert taxed.total_taxes
    assert (taxed.total_taxes[0].amount, taxed.total) == (sum(each), 150 + sum(each))
