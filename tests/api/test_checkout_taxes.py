"""Tax at a checkout: on its items and its total, and the same on the invoices that follow."""

from typing import Any

import pytest
import stripe
from api.life import HOUR
from api.test_checkout import SUBSCRIBED, Shop

from mockbill.server import LocalServer

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z
DAY = 86_400


@pytest.fixture
def shop(client: stripe.StripeClient, server: LocalServer, account: str) -> Shop:
    return Shop(client, server, account)


def rate(shop: Shop, percentage: float, *, inclusive: bool = False, name: str = "VAT") -> str:
    made = shop.client.v1.tax_rates.create({"display_name": name, "percentage": percentage, "inclusive": inclusive})
    shop.life.events()
    return made.id


def item(amount: int, *, once: bool = False, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Pro"}}
    if not once:
        data["recurring"] = {"interval": "month"}
    return {"price_data": data, "quantity": quantity, **fields}


def sums(session: stripe.checkout.Session) -> tuple[int | None, int, int | None]:
    assert session.total_details
    return session.amount_subtotal, session.total_details.amount_tax, session.amount_total


def test_the_tax_of_each_item_is_told_and_charged(shop: Shop) -> None:
    standard, reduced = rate(shop, 19), rate(shop, 7, inclusive=True)
    items = [
        item(1000, once=True, quantity=2, tax_rates=[standard]),
        item(999, once=True, tax_rates=[reduced]),
        item(500, once=True),
    ]
    session = shop.session("payment", line_items=items)
    # 2000 × 0.19 = 380 on top; 999 − 999/1.07 = 65.36 is inside
    assert sums(session) == (3499, 445, 3879)
    shown = shop.look(session.id, "line_items.data.taxes")
    assert [
        (each.amount_subtotal, each.amount_tax, each.amount_total, [tax.amount for tax in each.taxes])
        for each in shown.line_items.data
    ] == [(2000, 380, 2380, [380]), (999, 65, 999, [65]), (500, 0, 500, [])]
    [tax] = shown.line_items.data[0].taxes
    assert (tax.rate.id, tax.taxable_amount, tax.taxability_reason) == (standard, 2000, None)
    shop.act(session.id, "pay", email="ada@example.com")
    paid = shop.look(session.id, "payment_intent")
    assert (paid.payment_intent.amount_received, paid.payment_status) == (3879, "paid")


def test_the_first_invoice_is_what_was_charged_and_renewals_go_on_so(shop: Shop) -> None:
    standard, reduced = rate(shop, 19.6), rate(shop, 7)
    customer = shop.life.customer()
    session = shop.session(
        customer=customer.id,
        line_items=[item(999, quantity=3, tax_rates=[reduced]), item(501), item(450, once=True, tax_rates=[reduced])],
        subscription_data={"default_tax_rates": [standard]},
    )
    # 2997 × 0.07 = 209.79, 501 × 0.196 = 98.196, 450 × 0.07 = 31.5
    assert sums(session) == (3948, 210 + 98 + 32, 4288)
    shop.client.v1.tax_rates.update(reduced, {"active": False})
    shop.client.v1.tax_rates.update(standard, {"active": False})
    shop.life.events()
    shop.act(session.id, "pay")
    assert shop.life.events() == [type for type in SUBSCRIBED if type != "customer.created"]
    done = shop.look(session.id, "invoice", "subscription", "invoice.payments")
    assert (done.invoice.total, done.invoice.amount_paid, done.invoice.amount_due) == (4288, 4288, 4288)
    assert [line.taxes[0].amount for line in done.invoice.lines.data] == [210, 98, 32]
    assert [each.id for each in done.subscription.default_tax_rates] == [standard]
    assert [[each.id for each in row.tax_rates] for row in done.subscription["items"].data] == [[reduced], []]
    shop.life.advance_to(MONTH_END + HOUR)
    renewal = shop.life.subscription(done.subscription.id).latest_invoice
    assert (renewal.total, renewal.amount_paid) == (2997 + 210 + 501 + 98, 3806)


def test_a_trial_puts_its_tax_off_as_well(shop: Shop) -> None:
    standard = rate(shop, 20)
    session = shop.session(
        customer=shop.life.customer().id,
        line_items=[item(1000, tax_rates=[standard]), item(300, once=True, tax_rates=[standard])],
        subscription_data={"trial_period_days": 10},
    )
    assert sums(session) == (300, 60, 360)
    shop.act(session.id, "pay")
    done = shop.look(session.id, "invoice")
    assert (done.invoice.total, done.invoice.amount_paid) == (360, 360)
    shop.life.advance(10 * DAY + 2 * HOUR)
    assert shop.life.subscription(str(done.subscription)).latest_invoice.amount_paid == 1200


def test_who_becomes_exempt_before_paying_pays_no_tax(shop: Shop) -> None:
    customer = shop.life.customer()
    session = shop.session(customer=customer.id, line_items=[item(1190, tax_rates=[rate(shop, 19, inclusive=True)])])
    assert sums(session) == (1190, 190, 1190)
    shop.client.v1.customers.update(customer.id, {"tax_exempt": "exempt"})
    shop.act(session.id, "pay")
    done = shop.look(session.id, "invoice")
    assert sums(done) == (1190, 0, 1000)
    assert (done.invoice.total, done.invoice.amount_paid) == (1000, 1000)


def test_automatic_tax_at_the_checkout_and_after(shop: Shop) -> None:
    customer = shop.life.customer()
    shop.client.v1.customers.update(customer.id, {"address": {"country": "DE"}})
    session = shop.session(customer=customer.id, automatic_tax={"enabled": True})
    assert sums(session) == (2000, 380, 2380)
    assert session.automatic_tax.to_dict() == {
        "enabled": True,
        "liability": {"type": "self"},
        "provider": "stripe",
        "status": "complete",
    }
    shop.act(session.id, "pay")
    done = shop.look(session.id, "invoice", "subscription")
    assert (done.invoice.total, done.invoice.amount_paid, done.invoice.automatic_tax.status) == (2380, 2380, "complete")
    assert done.subscription.automatic_tax.enabled
    shop.life.advance_to(MONTH_END + HOUR)
    assert shop.life.subscription(done.subscription.id).latest_invoice.amount_paid == 2380


def test_automatic_tax_needs_an_address_and_no_rates(shop: Shop) -> None:
    on: Any = {"automatic_tax": {"enabled": True}}
    customer, standard = shop.life.customer(), rate(shop, 20)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.session(customer=customer.id, **on)
    assert refused.value.code == "customer_tax_location_invalid"
    with pytest.raises(stripe.InvalidRequestError, match="together with") as refused:
        shop.session(customer=customer.id, line_items=[item(1000, tax_rates=[standard])], **on)
    assert refused.value.param == "line_items[0][tax_rates]"
    with pytest.raises(stripe.InvalidRequestError, match="together with") as refused:
        shop.session(customer=customer.id, subscription_data={"default_tax_rates": [standard]}, **on)
    assert refused.value.param == "subscription_data[default_tax_rates]"
    with pytest.raises(stripe.APIError, match="address is not known") as unsupported:
        shop.session(**on)
    assert unsupported.value.http_status == 501


def test_an_archived_rate_cannot_be_sold_with(shop: Shop) -> None:
    standard = rate(shop, 20)
    shop.client.v1.tax_rates.update(standard, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="archived") as refused:
        shop.session(line_items=[item(1000, tax_rates=[standard])])
    assert refused.value.param == "line_items[0][tax_rates]"
    with pytest.raises(stripe.InvalidRequestError, match="archived") as refused:
        shop.session(subscription_data={"default_tax_rates": [standard]})
    assert refused.value.param == "subscription_data[default_tax_rates]"


def test_each_tier_is_taxed_as_the_line_that_it_becomes(shop: Shop) -> None:
    product = shop.client.v1.products.create({"name": "Seats"})
    price = shop.client.v1.prices.create(
        {
            "currency": "usd",
            "product": product.id,
            "recurring": {"interval": "month"},
            "billing_scheme": "tiered",
            "tiers_mode": "graduated",
            "tiers": [{"up_to": 1, "unit_amount": 105}, {"up_to": "inf", "unit_amount": 105}],
        }
    )
    line_items = [{"price": price.id, "quantity": 2, "tax_rates": [rate(shop, 10)]}]
    session = shop.session(customer=shop.life.customer().id, line_items=line_items)
    assert sums(session) == (210, 22, 232)  # 10.5 is 11, twice
    shop.act(session.id, "pay")
    done = shop.look(session.id, "invoice")
    assert (done.invoice.total, done.invoice.amount_paid) == (232, 232)
