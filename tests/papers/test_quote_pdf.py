"""The PDF of a quote, streamed by the SDK."""

from typing import Any

import pytest
import stripe
from papers.reading import rows


def pdf_of(client: stripe.StripeClient, quote: str) -> bytes:
    content: bytes = client.v1.quotes.pdf(quote).io.read()
    return content


def quote_of(client: stripe.StripeClient, **params: Any) -> stripe.Quote:
    customer = client.v1.customers.create({"name": "Łukasz Żółć", "email": "lukasz@example.com"})
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 2000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"},
        }
    )
    sent: Any = {"customer": customer.id, "line_items": [{"price": price.id, "quantity": 2}], **params}
    return client.v1.quotes.create(sent)


def test_a_quote_says_what_is_offered_until_when(client: stripe.StripeClient, account: str) -> None:
    rate = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False})
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "once", "name": "Welcome"})
    quote = quote_of(
        client,
        header="An offer",
        description="As we said.",
        footer="While it lasts",
        default_tax_rates=[rate.id],
        discounts=[{"coupon": coupon.id}],
    )
    draft = pdf_of(client, quote.id)
    assert "DRAFT" in rows(draft)[0]
    number = client.v1.quotes.finalize_quote(quote.id).number
    content = pdf_of(client, quote.id)
    assert content == pdf_of(client, quote.id)
    said = rows(content)
    assert said[0] == f"Quote {account}"
    for line in (
        f"Quote number {number}",
        f"{account} Łukasz Żółć",
        "An offer",
        "As we said.",
        "Pro 2 $20.00 20% $40.00",
        "every month",
        # 40.00 less 10 % is 36.00, and 20 % of that is 7.20; the coupon is for once, so a renewal is 48.00.
        "Subtotal $40.00",
        "Welcome (10% off) -$4.00",
        "VAT (20%) on $36.00 $7.20",
        "Total $43.20",
        "Then every month $48.00",
        "While it lasts",
    ):
        assert line in said


def test_a_trial_is_free_on_acceptance(client: stripe.StripeClient) -> None:
    quote = quote_of(client, subscription_data={"trial_period_days": 14})
    assert "Due on acceptance $0.00" in rows(pdf_of(client, quote.id))


def test_a_quote_of_nothing_to_nobody_has_one_too(client: stripe.StripeClient) -> None:
    quote = client.v1.quotes.create()
    assert "Total $0.00" in rows(pdf_of(client, quote.id))


def test_there_is_none_of_a_quote_that_is_not_there(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such quote"):
        pdf_of(client, "qt_none")


def test_metered_prices_are_by_use(client: stripe.StripeClient) -> None:
    meter = client.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount_decimal": "0.5",
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
            "product_data": {"name": "Calls"},
        }
    )
    quote = quote_of(client, line_items=[{"price": price.id}])
    assert "Calls $0.005 by use" in rows(pdf_of(client, quote.id))
