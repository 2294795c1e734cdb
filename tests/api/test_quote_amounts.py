"""What a quote comes to: discounts, taxes, trials, and what it tells of them when asked."""

from typing import Any

import pytest
import stripe
from api.discounted import coupon
from api.life import DAY, START, Life
from api.quoting import accepted, items_of, once, quote_of, rate


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_discounts_and_taxes_are_those_of_the_invoice_that_follows(life: Life) -> None:
    off, ever = coupon(life, percent_off=10, duration="once"), coupon(life, percent_off=25)
    vat = rate(life, 20)
    quote = quote_of(
        life,
        {"price": life.price(2000).id, "quantity": 3, "discounts": [{"coupon": ever}]},
        {"price": once(life, 5000), "tax_rates": [vat]},
        discounts=[{"coupon": off}],
    )
    # 6000 − 1500 (25 %) = 4500, − 450 (10 %) = 4050; 5000 − 500 = 4500, + 900 tax
    assert (quote.amount_subtotal, quote.amount_total) == (11000, 9450)
    assert quote.total_details.to_dict() == {"amount_discount": 2450, "amount_shipping": 0, "amount_tax": 900}
    recurring = quote.computed.recurring
    assert recurring is not None
    assert (recurring.amount_subtotal, recurring.amount_total) == (6000, 4500)  # the discount for once is over by then
    assert life.client.v1.coupons.retrieve(off).times_redeemed == 0
    shown = life.client.v1.quotes.retrieve(quote.id, {"expand": ["line_items.data.taxes", "line_items.data.discounts"]})
    assert shown.line_items is not None
    first, second = shown.line_items.data
    assert (first.amount_subtotal, first.amount_discount, first.amount_tax, first.amount_total) == (6000, 1950, 0, 4050)
    assert (second.amount_discount, second.amount_tax, second.amount_total) == (500, 900, 5400)
    assert [(each.amount, each.rate.id) for each in second.taxes or []] == [(900, vat)]
    assert [each.amount for each in first.discounts or []] == [1500, 450]
    done = accepted(life, quote)
    invoice: Any = done.invoice
    assert (invoice.total, invoice.subtotal) == (9450, 9500)
    assert life.client.v1.coupons.retrieve(off).times_redeemed == 1
    assert len(quote.discounts) == 1
    assert quote.discounts != invoice.discounts


def test_a_trial_puts_off_what_recurs_but_not_what_is_sold_once(life: Life) -> None:
    quote = quote_of(life, life.price(2000).id, once(life, 700), subscription_data={"trial_period_days": 14})
    assert (quote.amount_total, quote.computed.upfront.amount_total) == (2700, 700)
    recurring = quote.computed.recurring
    assert recurring is not None
    assert recurring.amount_total == 2000
    upfront = life.client.v1.quotes.computed_upfront_line_items.list(quote.id)
    assert [(each.amount_total, each.quantity) for each in upfront.data] == [(0, 1), (700, 1)]
    assert [each.amount_total for each in items_of(life, quote)] == [2000, 700]
    done = accepted(life, quote)
    subscription: Any = done.subscription
    invoice: Any = done.invoice
    assert (subscription.status, subscription.trial_end, invoice.total) == ("trialing", START + 14 * DAY, 700)


def test_what_waits_for_the_customer_is_no_part_of_the_quote_but_comes_along(life: Life) -> None:
    customer = life.customer().id
    life.client.v1.invoice_items.create({"customer": customer, "amount": 111, "currency": "usd"})
    quote = quote_of(life, life.price(2000).id, customer=customer)
    assert quote.computed.upfront.amount_total == 2000
    invoice: Any = accepted(life, quote).invoice
    assert invoice.total == 2111


def test_breakdowns_and_the_items_of_the_first_invoice_are_shown_when_asked_for(life: Life) -> None:
    vat, off = rate(life, 20), coupon(life, percent_off=50)
    quote = quote_of(
        life,
        {"price": life.price(2000).id, "tax_rates": [vat]},
        {"price": once(life, 1000), "tax_rates": [vat]},
        discounts=[{"coupon": off}],
    )
    get = life.client.v1.quotes.retrieve
    shown = get(quote.id, {"expand": ["total_details.breakdown", "computed.recurring.total_details.breakdown"]})
    whole = shown.total_details.breakdown
    assert whole is not None
    assert [(each.amount, each.discount.id) for each in whole.discounts] == [(1500, quote.discounts[0])]
    assert [(each.amount, each.rate.id, each.taxable_amount) for each in whole.taxes] == [(300, vat, 1500)]
    recurring: Any = shown.computed.recurring
    assert [each.amount for each in recurring.total_details.breakdown.taxes] == [200]
    assert "line_items" not in shown.to_dict()["computed"]["upfront"]
    assert "breakdown" not in shown.to_dict()["computed"]["upfront"]["total_details"]
    items = get(quote.id, {"expand": ["computed.upfront.line_items"]}).computed.upfront.line_items
    assert items is not None
    assert [each.amount_total for each in items.data] == [1200, 600]


def test_of_a_metered_price_a_quote_knows_no_amount(life: Life) -> None:
    meter = life.client.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    calls = life.price(4, usage_type="metered", meter=meter.id).id
    quote = quote_of(life, {"price": calls}, life.price(2000).id)
    assert (quote.amount_total, [each.quantity for each in items_of(life, quote)]) == (2000, [None, 1])
    with pytest.raises(stripe.InvalidRequestError, match="cannot set the quantity for metered"):
        quote_of(life, {"price": calls, "quantity": 2})
    invoice: Any = accepted(life, quote).invoice
    assert invoice.total == 2000
    alone = quote_of(life, calls)
    assert (alone.amount_total, alone.computed.recurring and alone.computed.recurring.amount_total) == (0, 0)
    done = accepted(life, alone)
    assert done.invoice is None
    assert done.subscription is not None


def test_automatic_tax_waits_for_the_address_of_the_customer(life: Life) -> None:
    customer = life.customer().id
    quote = quote_of(life, life.price(2000).id, customer=customer, automatic_tax={"enabled": True})
    assert (quote.automatic_tax.enabled, quote.automatic_tax.status) == (True, "requires_location_inputs")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.quotes.finalize_quote(quote.id)
    assert refusal.value.code == "customer_tax_location_invalid"
    life.client.v1.customers.update(customer, {"address": {"country": "DE"}})
    opened = life.client.v1.quotes.finalize_quote(quote.id, {"expand": ["total_details.breakdown"]})
    assert opened.automatic_tax.to_dict() == {
        "enabled": True,
        "liability": {"type": "self"},
        "provider": "stripe",
        "status": "complete",
    }
    assert (opened.amount_total, opened.total_details.amount_tax) == (2380, 380)  # 19 % in Germany
    assert opened.total_details.breakdown is not None
    assert opened.total_details.breakdown.taxes[0].rate.percentage == 19
    invoice: Any = life.client.v1.quotes.accept(quote.id, {"expand": ["invoice"]}).invoice
    assert (invoice.total, invoice.automatic_tax.status) == (2380, "complete")
    with pytest.raises(stripe.InvalidRequestError, match="cannot use tax rates together"):
        quote_of(life, life.price().id, automatic_tax={"enabled": True}, default_tax_rates=[rate(life, 5)])


def test_discounts_stay_replace_each_other_and_go(life: Life) -> None:
    half, tenth = coupon(life, percent_off=50), coupon(life, percent_off=10)
    vat = rate(life, 10)
    quote = quote_of(life, life.price(2000).id, discounts=[{"coupon": half}], default_tax_rates=[vat])
    assert quote.default_tax_rates == [vat]
    update = life.client.v1.quotes.update
    kept: Any = {"discounts": [{"discount": quote.discounts[0]}, {"coupon": tenth}]}
    both = update(quote.id, kept)
    assert (both.discounts[0], both.amount_total) == (quote.discounts[0], 990)  # 1000 − 100 + 10 %
    with pytest.raises(stripe.InvalidRequestError, match="same coupon twice"):
        update(quote.id, {"discounts": [{"coupon": half}, {"coupon": half}]})
    plain = update(quote.id, {"discounts": "", "default_tax_rates": ""})
    assert (plain.discounts, plain.default_tax_rates, plain.amount_total) == ([], [], 2000)
    assert life.client.v1.coupons.retrieve(half).times_redeemed == 0
