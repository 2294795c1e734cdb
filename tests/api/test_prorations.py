"""Prorations line by line: what is given back, of which invoice, in which order and words, and what events tell."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

MONTH_END = START + 28 * DAY
HALF = 14 * DAY
NOW = START + HALF
CLASSIC = {"billing_mode": {"type": "classic"}}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def update(life: Life, subscription: stripe.Subscription, *items: Any, **params: Any) -> stripe.Subscription:
    sent = {"items": list(items)} if items else {}
    return life.client.v1.subscriptions.update(subscription.id, {"expand": ["latest_invoice"], **sent, **params})


def waiting(life: Life, subscription: stripe.Subscription) -> list[stripe.InvoiceItem]:
    """The items that wait for the next invoice, in the order in which they were made."""
    listed = life.client.v1.invoice_items.list({"customer": subscription.customer, "pending": True, "limit": 100})
    return listed.data[::-1]


def item(subscription: stripe.Subscription, number: int = 0) -> str:
    return str(subscription["items"].data[number].id)


def half_way(life: Life, *prices: stripe.Price, **params: Any) -> stripe.Subscription:
    subscription = life.subscribe(life.customer(), prices[0], items=[{"price": price.id} for price in prices], **params)
    life.advance(HALF)
    life.events()
    return subscription


def test_an_upgrade_tells_what_was_before(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    pro = life.price(5000)
    update(life, subscription, {"id": item(subscription), "price": pro.id})
    events = life.new_events()
    assert [event.type for event in events] == [
        "invoiceitem.created",
        "invoiceitem.created",
        "customer.subscription.updated",
    ]
    old = subscription["items"].data[0].to_dict()
    assert events[-1].data.previous_attributes.to_dict() == {"items": {"data": [old]}, "plan": old["plan"]}
    assert [event.data.object.amount for event in events[:2]] == [-1000, 2500]


def test_a_downgrade_at_once_is_credit_for_the_next_invoice(life: Life) -> None:
    subscription = half_way(life, life.price(5000))
    changed = update(
        life,
        subscription,
        {"id": item(subscription), "price": life.price(2000).id},
        proration_behavior="always_invoice",
    )
    assert life.events() == [
        "invoiceitem.created",
        "invoiceitem.created",
        "invoice.created",
        "customer.updated",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
    ]
    invoice = changed.latest_invoice
    assert (invoice.total, invoice.amount_due, invoice.starting_balance, invoice.ending_balance) == (-1500, 0, 0, -1500)
    assert (invoice.period_start, invoice.period_end) == (START, NOW)
    life.advance_to(MONTH_END + HOUR)
    assert life.subscription(subscription.id).latest_invoice.amount_paid == 500


def test_another_quantity_prorates_the_whole_item_anew(life: Life) -> None:
    subscription = half_way(life, life.price(700))
    update(life, subscription, {"id": item(subscription), "quantity": 3})
    told = [(made.amount, made.quantity, made.description) for made in waiting(life, subscription)]
    assert told == [
        (-350, 1, "Unused time on Pro after 14 Feb 2026"),
        (1050, 3, "Remaining time on 3 × Pro after 14 Feb 2026"),
    ]
    events = life.new_events()
    assert sorted(events[-1].data.previous_attributes.to_dict()) == ["items", "quantity"]
    assert events[-1].data.previous_attributes.quantity == 1


def test_several_items_at_once_are_told_item_by_item(life: Life) -> None:
    subscription = half_way(life, life.price(2000), life.price(1000))
    update(
        life,
        subscription,
        {"id": item(subscription, 0), "deleted": True},
        {"id": item(subscription, 1), "quantity": 2},
        {"price": life.price(300).id},
    )
    assert [made.amount for made in waiting(life, subscription)] == [-1000, -500, 1000, 150]
    life.advance_to(MONTH_END)
    renewal = life.subscription(subscription.id).latest_invoice
    assert [line.amount for line in renewal.lines.data] == [-1000, -500, 1000, 150, 2000, 300]


def test_an_item_that_changes_in_name_only_costs_nothing(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    update(life, subscription, {"id": item(subscription), "metadata": {"seat": "1"}})
    assert waiting(life, subscription) == []


def test_a_proration_has_the_form_that_was_recorded(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    changed = update(life, subscription, {"id": item(subscription), "quantity": 2}, proration_behavior="always_invoice")
    credit, debit = changed.latest_invoice.lines.data
    for line in (credit, debit):
        assert (line.period.start, line.period.end) == (NOW, MONTH_END)
        assert not line.discountable
        assert line.pricing.unit_amount_decimal is None
        assert line.parent.type == "subscription_item_details"
        assert line.parent.subscription_item_details.proration
        assert line.parent.subscription_item_details.subscription_item == item(subscription)


def test_a_credit_names_the_lines_that_were_billed(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    first = life.client.v1.invoices.retrieve(subscription.latest_invoice.id)
    changed = update(life, subscription, {"id": item(subscription), "quantity": 2}, proration_behavior="always_invoice")
    credit, debit = changed.latest_invoice.lines.data
    credited = credit.parent.subscription_item_details.proration_details.credited_items
    assert credited.to_dict() == {"invoice": first.id, "invoice_line_items": [first.lines.data[0].id]}
    assert debit.parent.subscription_item_details.proration_details.credited_items is None


def test_a_second_change_gives_back_the_first_that_still_waits(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    update(life, subscription, {"id": item(subscription), "quantity": 2})
    life.advance(7 * DAY)
    update(life, subscription, {"id": item(subscription), "quantity": 1})
    # Half of 20.00 back and half of 40.00; then a half of that 20.00 back, and a quarter of 20.00.
    made = waiting(life, subscription)
    assert [each.amount for each in made] == [-1000, 2000, -1000, 500]
    assert made[2].proration_details.credited_items.to_dict() == {"invoice_item": made[1].id, "type": "invoice_item"}
    life.advance_to(MONTH_END)
    renewal = life.subscription(subscription.id).latest_invoice
    credited = renewal.lines.data[2].parent.subscription_item_details.proration_details.credited_items
    assert credited.to_dict() == {"invoice": renewal.id, "invoice_line_items": [renewal.lines.data[1].id]}


def test_flexible_billing_gives_back_what_was_billed_and_classic_what_it_costs_now(life: Life) -> None:
    cheap, dear = life.price(1000), life.price(4000)
    flexible = half_way(life, cheap)
    classic = life.subscribe(life.customer(), cheap, **CLASSIC)
    for subscription, credit in ((flexible, -500), (classic, -4000)):
        update(life, subscription, {"id": item(subscription), "price": dear.id}, proration_behavior="none")
        update(life, subscription, {"id": item(subscription), "deleted": True}, {"price": life.price(8000).id})
        assert waiting(life, subscription)[0].amount == credit


def test_what_was_never_billed_is_not_given_back(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    added = update(life, subscription, {"price": life.price(1000).id}, proration_behavior="none")
    update(life, added, {"id": item(added, 1), "deleted": True})
    assert waiting(life, subscription) == []


def test_what_was_billed_and_not_paid_is_given_back_too(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance_to(MONTH_END + HOUR)
    assert life.subscription(subscription.id).status == "past_due"
    life.advance_to(MONTH_END + 31 * DAY // 4)
    update(life, subscription, {"id": item(subscription), "quantity": 2})
    assert [made.amount for made in waiting(life, subscription)] == [-1500, 3000]


def test_the_tiers_of_a_price_come_back_as_one(life: Life) -> None:
    tiered = life.client.v1.prices.create(
        {
            "currency": "usd",
            "billing_scheme": "tiered",
            "tiers_mode": "graduated",
            "tiers": [{"up_to": 2, "unit_amount": 500}, {"up_to": "inf", "unit_amount": 400}],
            "recurring": {"interval": "month"},
            "product_data": {"name": "Seats"},
        }
    )
    subscription = life.subscribe(life.customer(), tiered, items=[{"price": tiered.id, "quantity": 5}])
    life.advance(HALF)
    update(life, subscription, {"id": item(subscription), "quantity": 8})
    # Five cost 2 × 5.00 + 3 × 4.00, eight 2 × 5.00 + 6 × 4.00; halves of both.
    credit, debit = waiting(life, subscription)
    assert (credit.amount, credit.description) == (-1100, "Unused time on 5 × Seats after 14 Feb 2026")
    assert (debit.amount, debit.description) == (1700, "Remaining time on 8 × Seats after 14 Feb 2026")
    assert len(credit.proration_details.credited_items.invoice_line_item_details.invoice_line_items) == 2


def test_a_proration_date_gives_the_amounts_that_its_preview_showed(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    sent = {"items": [{"id": item(subscription), "price": life.price(5000).id}], "proration_date": START + 7 * DAY}
    always = {**sent, "proration_behavior": "always_invoice"}
    shown = life.client.v1.invoices.create_preview({"subscription": subscription.id, "subscription_details": always})
    life.advance(DAY)
    made = update(life, subscription, **always).latest_invoice
    # Three quarters of 20.00 back, three quarters of 50.00 to pay.
    told = [(line.amount, line.description, line.period.start) for line in made.lines.data]
    assert told == [(line.amount, line.description, line.period.start) for line in shown.lines.data]
    assert [each[0] for each in told] == [-1500, 3750]
    assert told[0][1] == "Unused time on Pro after 7 Feb 2026"


@pytest.mark.parametrize("moment", [START - 1, MONTH_END + 1])
def test_a_proration_date_outside_the_period_is_refused(life: Life, moment: int) -> None:
    subscription = half_way(life, life.price(2000))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        update(life, subscription, {"id": item(subscription), "quantity": 2}, proration_date=moment)
    assert refused.value.param == "proration_date"
    assert life.events() == []


def test_prorations_that_wait_come_along_with_those_that_do_not(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    update(life, subscription, {"id": item(subscription), "quantity": 2})
    changed = update(life, subscription, {"id": item(subscription), "quantity": 3}, proration_behavior="always_invoice")
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-1000, 2000, -2000, 3000]
    assert waiting(life, subscription) == []


def test_items_of_two_intervals_are_prorated_over_their_own_periods(life: Life) -> None:
    subscription = half_way(life, life.price(2000), life.price(36500, interval="year"))
    update(
        life, subscription, {"id": item(subscription, 0), "quantity": 2}, {"id": item(subscription, 1), "quantity": 2}
    )
    # 14 of 28 days of 20.00, and 351 of 365 days of 365.00.
    assert [made.amount for made in waiting(life, subscription)] == [-1000, 2000, -35100, 70200]


def test_an_incomplete_subscription_can_only_be_paid_for(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), payment_behavior="default_incomplete")
    with pytest.raises(stripe.InvalidRequestError, match="has not been paid") as refused:
        update(life, subscription, {"id": item(subscription), "quantity": 2})
    assert (refused.value.http_status, refused.value.param) == (400, "items")
    assert update(life, subscription, metadata={"seen": "yes"}).metadata.to_dict() == {"seen": "yes"}


def coupon(life: Life, **terms: Any) -> list[dict[str, str]]:
    return [{"coupon": life.client.v1.coupons.create({"duration": "forever", **terms}).id}]


def test_discounts_are_a_part_of_what_is_given_back_and_charged(life: Life) -> None:
    subscription = half_way(life, life.price(2000), discounts=coupon(life, percent_off=10))
    update(life, subscription, {"id": item(subscription), "price": life.price(5000).id})
    # 18.00 were billed: a half comes back; a half of 50.00 less a tenth is to pay.
    made = waiting(life, subscription)
    assert [(each.amount, each.net_amount, each.proration_details.discount_amounts) for each in made] == [
        (-900, -900, []),
        (2250, 2250, []),
    ]
    life.advance_to(MONTH_END)
    renewal = life.subscription(subscription.id).latest_invoice
    assert (renewal.subtotal, renewal.total) == (1350 + 5000, 1350 + 4500)


def test_discounts_can_be_itemized(life: Life) -> None:
    mode = {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}
    subscription = half_way(life, life.price(2000), discounts=coupon(life, percent_off=10), billing_mode=mode)
    changed = update(
        life,
        subscription,
        {"id": item(subscription), "price": life.price(5000).id},
        proration_behavior="always_invoice",
    )
    told = [
        (line.amount, [each.amount for each in line.discount_amounts]) for line in changed.latest_invoice.lines.data
    ]
    assert told == [(-1000, [-100]), (2500, [250])]
    assert (changed.latest_invoice.total, changed.latest_invoice.amount_paid) == (1350, 1350)


def test_an_amount_off_comes_back_as_it_was_spread(life: Life) -> None:
    subscription = half_way(
        life, life.price(1000), life.price(2000), discounts=coupon(life, amount_off=500, currency="usd")
    )
    update(life, subscription, {"id": item(subscription), "deleted": True})
    # 5.00 over 10.00 and 20.00 are 1.66 and 3.34; half of 8.34 comes back.
    assert [made.amount for made in waiting(life, subscription)] == [-417]


def test_a_coupon_that_was_good_once_is_given_back_with_what_it_was_good_for(life: Life) -> None:
    subscription = half_way(life, life.price(2000), discounts=coupon(life, percent_off=50, duration="once"))
    update(life, subscription, {"id": item(subscription), "quantity": 2})
    assert [made.amount for made in waiting(life, subscription)] == [-500, 2000]


def test_items_are_sent_once_up_to_twenty_and_without_usage_to_clear(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    twice = {"id": item(subscription), "quantity": 2}
    for sent, param in (
        ([twice, twice], "items[1][id]"),
        ([{**twice, "clear_usage": True}], "items[0][clear_usage]"),
        ([{"price": life.price(100).id} for _ in range(20)], "items"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            update(life, subscription, *sent)
        assert refused.value.param == param
    assert waiting(life, subscription) == []


def test_prorations_are_taxed_as_the_periods_are(life: Life) -> None:
    rate = life.client.v1.tax_rates.create({"display_name": "VAT", "inclusive": False, "percentage": 10})
    subscription = half_way(life, life.price(2000), default_tax_rates=[rate.id])
    changed = update(
        life,
        subscription,
        {"id": item(subscription), "price": life.price(5000).id},
        proration_behavior="always_invoice",
    )
    lines = changed.latest_invoice.lines.data
    assert [[tax.amount for tax in line.taxes] for line in lines] == [[-100], [250]]
    assert (changed.latest_invoice.subtotal, changed.latest_invoice.total) == (1500, 1650)


def test_a_free_month_is_given_back_for_nothing(life: Life) -> None:
    subscription = half_way(life, life.price(2000), discounts=coupon(life, percent_off=100, duration="once"))
    changed = update(
        life,
        subscription,
        {"id": item(subscription), "quantity": 2},
        proration_behavior="always_invoice",
    )
    assert [line.amount for line in changed.latest_invoice.lines.data] == [0, 2000]


def once(life: Life, amount: int) -> list[dict[str, Any]]:
    price = life.client.v1.prices.create({"currency": "usd", "unit_amount": amount, "product_data": {"name": "Set-up"}})
    life.events()
    return [{"price": price.id}]


def test_what_is_sold_once_comes_along_with_prorations(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    changed = update(
        life,
        subscription,
        {"id": item(subscription), "quantity": 2},
        add_invoice_items=once(life, 900),
        proration_behavior="always_invoice",
    )
    assert [line.amount for line in changed.latest_invoice.lines.data] == [900, -1000, 2000]


def test_alone_it_is_invoiced_at_once_in_classic_billing_only(life: Life) -> None:
    price = life.price(2000)
    flexible = half_way(life, price)
    classic = life.subscribe(life.customer(), price, **CLASSIC)
    for subscription, total in ((flexible, 2000), (classic, 900)):
        changed = update(life, subscription, add_invoice_items=once(life, 900), proration_behavior="always_invoice")
        assert changed.latest_invoice.total == total
    assert [made.amount for made in waiting(life, flexible)] == [900]


def test_it_is_discarded_with_the_update_that_it_came_with(life: Life) -> None:
    subscription = half_way(life, life.price(2000))
    life.use_card(subscription.customer, "pm_card_chargeCustomerFail")
    waits = update(
        life,
        subscription,
        {"id": item(subscription), "quantity": 2},
        add_invoice_items=once(life, 900),
        payment_behavior="pending_if_incomplete",
        proration_behavior="always_invoice",
    )
    assert (waits.latest_invoice.total, waits.pending_update is None) == (1900, False)
    life.advance(23 * HOUR)
    assert waiting(life, subscription) == []
