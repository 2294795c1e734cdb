"""Metered billing through the official SDK: what was used in a period is billed by the invoice after it."""

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from api.usage import NEXT_MONTH, meter, metered, report, shown


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_a_month_of_usage_is_billed_after_it(life: Life) -> None:
    price = metered(life, meter(life))
    customer = life.customer()
    subscription = life.subscribe(customer, price)
    assert (subscription.status, subscription.latest_invoice) == ("active", None)
    assert "quantity" not in subscription["items"].data[0].to_dict()
    report(life, customer.id, 20)
    life.advance(3 * DAY)
    report(life, customer.id, 5)
    life.advance_to(NEXT_MONTH)
    draft = life.subscription(subscription.id).latest_invoice
    assert (draft.status, draft.billing_reason, draft.amount_due) == ("draft", "subscription_cycle", 100)
    [line] = draft.lines.data
    assert (line.description, line.quantity, line.amount) == ("25 × Calls (at $0.04 / month)", 25, 100)
    assert (line.period.start, line.period.end) == (START, NEXT_MONTH)
    life.advance(HOUR)
    paid = life.subscription(subscription.id).latest_invoice
    assert (paid.status, paid.amount_paid) == ("paid", 100)


def test_licensed_items_are_billed_for_the_month_that_comes_and_metered_ones_for_that_which_went(life: Life) -> None:
    customer = life.customer()
    price, seat = metered(life, meter(life)), life.price(2000)
    subscription = life.subscribe(customer, seat, items=[{"price": seat.id}, {"price": price.id}])
    assert shown(subscription.latest_invoice) == [("1 × Pro (at $20.00 / month)", 2000)]
    report(life, customer.id, 10)
    life.advance_to(NEXT_MONTH)
    invoice = life.subscription(subscription.id).latest_invoice
    assert [(line.description, line.amount, line.period.start) for line in invoice.lines.data] == [
        ("1 × Pro (at $20.00 / month)", 2000, NEXT_MONTH),
        ("10 × Calls (at $0.04 / month)", 40, START),
    ]


def test_in_classic_billing_the_first_invoice_has_a_line_over_nothing(life: Life) -> None:
    price = metered(life, meter(life))
    customer = life.customer()
    subscription = life.subscribe(customer, price, billing_mode={"type": "classic"})
    first = subscription.latest_invoice
    assert (first.status, first.total) == ("paid", 0)
    assert shown(first) == [("0 × Calls (at $0.04 / month)", 0)]
    report(life, customer.id, 3)
    life.advance_to(NEXT_MONTH)
    assert shown(life.subscription(subscription.id).latest_invoice) == [("3 × Calls (at $0.04 / month)", 12)]


def test_an_event_that_is_late_counts_while_the_invoice_is_a_draft(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, metered(life, meter(life)))
    report(life, customer.id, 1)
    life.advance_to(NEXT_MONTH + 600)
    [before] = life.subscription(subscription.id).latest_invoice.lines.data
    life.events()
    report(life, customer.id, 2, timestamp=NEXT_MONTH - 60)
    report(life, customer.id, 100)  # of the new period
    [updated] = life.new_events()
    assert updated.type == "invoice.updated"
    assert updated.to_dict()["data"]["previous_attributes"]["amount_due"] == 4
    [line] = life.subscription(subscription.id).latest_invoice.lines.data
    assert (line.id, line.quantity, line.amount) == (before.id, 3, 12)
    life.advance(HOUR)
    report(life, customer.id, 7, timestamp=NEXT_MONTH - 60)  # too late: nobody is billed for it
    assert life.subscription(subscription.id).latest_invoice.total == 12
