"""What a checkout shows is what is charged and what the first invoice says: discounts and taxes together."""

from typing import Any

import pytest
import stripe
from api.discounted import OLD
from api.test_checkout import Shop

from mockbill.server import LocalServer


@pytest.fixture
def shop(client: stripe.StripeClient, server: LocalServer, account: str) -> Shop:
    return Shop(client, server, account)


def rate(shop: Shop, percentage: float = 19, *, inclusive: bool = False) -> str:
    made = shop.client.v1.tax_rates.create({"display_name": "VAT", "percentage": percentage, "inclusive": inclusive})
    return made.id


def coupon(shop: Shop, **terms: Any) -> str:
    return shop.client.v1.coupons.create({"percent_off": 10, "duration": "forever", **terms}).id


def price(shop: Shop, **params: Any) -> str:
    return shop.client.v1.prices.create({"currency": "usd", "product_data": {"name": "Pro"}, **params}).id


def sums(session: stripe.checkout.Session) -> tuple[int, int, int | None]:
    """Discount, tax and total."""
    assert session.total_details
    return session.total_details.amount_discount, session.total_details.amount_tax, session.amount_total


def check_charged(shop: Shop, session: stripe.checkout.Session) -> stripe.Invoice:
    """Paid: the invoice has the same total, and its payment is of that amount."""
    assert shop.act(session.id, "pay", email="ada@example.com")["status"] == "complete"
    paid = shop.look(session.id, "invoice.payments")
    [payment] = paid.invoice.payments.data
    assert sums(paid) == sums(session)
    assert (paid.invoice.total, paid.invoice.amount_paid) == (session.amount_total, session.amount_total)
    assert (payment.amount_requested, payment.amount_paid) == (session.amount_total, session.amount_total)
    intent = shop.client.v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert intent.amount_received == session.amount_total
    invoice: stripe.Invoice = paid.invoice
    return invoice


def test_tiers_are_discounted_and_taxed_line_by_line(shop: Shop) -> None:
    tiers = [{"up_to": 1, "unit_amount": 100}, {"up_to": "inf", "unit_amount": 108}]
    tiered = price(shop, recurring={"interval": "month"}, billing_scheme="tiered", tiers_mode="graduated", tiers=tiers)
    # 10 % of 208 is 21: 10 off the first line, 11 off the second; 19 % of 90 is 17, of 97 is 18
    session = shop.session(
        line_items=[{"price": tiered, "quantity": 2, "tax_rates": [rate(shop)]}], discounts=[{"coupon": coupon(shop)}]
    )
    assert sums(session) == (21, 35, 222)
    assert [line.taxes[0].amount for line in check_charged(shop, session).lines.data if line.taxes] == [17, 18]


def test_what_recurs_stands_first_on_the_invoice_and_so_shares_first(shop: Shop) -> None:
    monthly, once = price(shop, unit_amount=1999, recurring={"interval": "month"}), price(shop, unit_amount=3333)
    items = [
        {"price": once, "quantity": 1, "tax_rates": [rate(shop)]},
        {"price": monthly, "quantity": 1, "tax_rates": [rate(shop, 7, inclusive=True)]},
    ]
    # 5.00 over 19.99 and 33.33: 187 and 313; 19 % of 30.20 is 5.74, and 1.19 are in 18.12
    fixed = coupon(shop, percent_off=None, amount_off=500, currency="usd")
    session = shop.session(line_items=items, discounts=[{"coupon": fixed}])
    assert sums(session) == (500, 574 + 119, 1999 + 3333 - 500 + 574)
    assert [line.amount for line in check_charged(shop, session).lines.data] == [1999, 3333]


def test_a_subscription_takes_the_discount_of_its_customer(shop: Shop) -> None:
    given: Any = {"email": "ada@example.com", "coupon": coupon(shop, percent_off=25)}
    customer = shop.client.v1.customers.create(given, OLD)  # type: ignore[arg-type]
    session = shop.session(customer=customer.id)
    assert (sums(session), session.discounts) == ((500, 0, 1500), None)
    assert check_charged(shop, session).amount_due == 1500
    own = shop.session(customer=customer.id, discounts=[{"coupon": coupon(shop)}])
    assert sums(own) == (200, 0, 1800)
    once = shop.session("payment", customer=customer.id)
    assert sums(once) == (0, 0, 2000)


def test_an_exempt_customer_is_told_to_be_one(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com", "tax_exempt": "exempt"})
    session = shop.session(customer=customer.id, subscription_data={"default_tax_rates": [rate(shop)]})
    assert sums(session) == (0, 0, 2000)
    check_charged(shop, session)
    details = shop.look(session.id).customer_details
    assert details
    assert details.tax_exempt == "exempt"


def test_the_parts_of_the_sums(shop: Shop) -> None:
    vat, name = rate(shop), coupon(shop)
    session = shop.session(subscription_data={"default_tax_rates": [vat]}, discounts=[{"coupon": name}])
    shown = shop.look(session.id, "total_details.breakdown")
    assert "breakdown" not in session.total_details.to_dict()
    [off], [tax] = shown.total_details.breakdown.discounts, shown.total_details.breakdown.taxes
    assert (off.amount, off.discount.source.coupon) == (200, name)
    # 19 % of 18.00
    assert (tax.amount, tax.rate.id, tax.taxable_amount) == (342, vat, 1800)
    check_charged(shop, session)
    paid = shop.look(session.id, "total_details.breakdown", "subscription")
    assert paid.total_details.breakdown.discounts[0].discount.id == paid.subscription.discounts[0]
