"""Discounts of items, invoices and invoice items: each on its own, stacked, inherited, and taken off again."""

from typing import Any

import pytest
import stripe
from api.discounted import MARCH, OLD, amount_coupon, coupon, invoices, months
from api.life import HOUR, Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, at=MARCH)


def taken(invoice: stripe.Invoice) -> list[list[int]]:
    return [[each.amount for each in line.discount_amounts] for line in invoice.lines.data]


def give(life: Life, customer: stripe.Customer, **how: Any) -> str:
    held = life.client.v1.customers.update(customer.id, how, OLD).discount  # type: ignore[arg-type]
    life.events()
    assert held
    return held.id


def test_an_items_discount_comes_off_its_line_before_that_of_the_subscription(life: Life) -> None:
    # Pro 20.00 half off is 10.00; a tenth of 10.00 + 5.00 is 1.50, 2 to 1
    pro, extra = life.price(2000), life.price(500)
    subscription = life.client.v1.subscriptions.create(
        {
            "customer": life.customer().id,
            "items": [{"price": pro.id, "discounts": [{"coupon": coupon(life, percent_off=50)}]}, {"price": extra.id}],
            "discounts": [{"coupon": coupon(life, percent_off=10)}],
            "expand": ["items.data.discounts"],
        }
    )
    own = subscription["items"].data[0].discounts[0]
    assert own.subscription_item == subscription["items"].data[0].id
    assert own.subscription is None
    invoice = invoices(life, subscription.id)[0]
    assert [line.discounts for line in invoice.lines.data] == [[own.id], []]
    assert invoice.discounts == subscription.discounts
    assert taken(invoice) == [[1000, 100], [50]]
    assert (invoice.subtotal, invoice.total) == (1500, 1350)
    assert [(each.discount, each.amount) for each in invoice.total_discount_amounts] == [
        (own.id, 1000),
        (subscription.discounts[0], 150),
    ]


def test_an_items_discount_for_once_leaves_the_item_after_its_invoice(life: Life) -> None:
    name = coupon(life, percent_off=50, duration="once")
    subscription = life.client.v1.subscriptions.create(
        {"customer": life.customer().id, "items": [{"price": life.price(2000).id, "discounts": [{"coupon": name}]}]}
    )
    assert subscription["items"].data[0].discounts == []
    told = [type for type in life.events() if type.startswith(("customer.discount", "customer.sub"))]
    assert told == [
        "customer.discount.created",
        "customer.subscription.created",
        "customer.discount.deleted",
        "customer.subscription.updated",
    ]
    life.advance_to(months(1) + 2 * HOUR)
    assert [invoice.total for invoice in invoices(life, subscription.id)] == [1000, 2000]


def test_an_item_is_discounted_and_no_longer_by_updates(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.events()
    item = subscription["items"].data[0].id
    items = life.client.v1.subscription_items
    held = items.update(item, {"discounts": [{"coupon": coupon(life)}]}).discounts
    assert life.events() == ["customer.discount.created", "customer.subscription.updated"]
    assert items.update(item, {"metadata": {"a": "1"}}).discounts == held
    life.advance_to(months(1) + 2 * HOUR)
    assert items.update(item, {"discounts": ""}).discounts == []
    assert life.events() == ["customer.discount.deleted", "customer.subscription.updated"]
    life.advance_to(months(2) + 2 * HOUR)
    assert [invoice.total for invoice in invoices(life, subscription.id)] == [2000, 1500, 2000]


def draft(life: Life, customer: stripe.Customer, **params: Any) -> stripe.Invoice:
    for amount in (1000, 2000):
        life.client.v1.invoice_items.create({"customer": customer.id, "amount": amount, "currency": "usd"})
    return life.client.v1.invoices.create(
        {"customer": customer.id, "pending_invoice_items_behavior": "include", **params}  # type: ignore[typeddict-item]
    )


def test_an_invoice_inherits_the_customers_discount_unless_it_is_told_otherwise(life: Life) -> None:
    customer = life.customer()
    held = give(life, customer, coupon=coupon(life, percent_off=10))
    inherits = draft(life, customer)
    assert (inherits.discounts, inherits.total) == ([held], 2700)
    does_not = draft(life, customer, discounts="")
    assert (does_not.discounts, does_not.total) == ([], 3000)
    own = draft(life, customer, discounts=[{"coupon": amount_coupon(life, 500)}])
    assert (own.total, taken(own)) == (2500, [[166], [334]])
    both = draft(life, customer, discounts=[{"discount": held}, {"coupon": amount_coupon(life, 500)}])
    assert (both.discounts[0], both.total) == (held, 2200)


def test_a_discount_of_an_invoice_is_told_with_the_invoice_only(life: Life) -> None:
    made = draft(life, life.customer(), discounts=[{"coupon": coupon(life)}], expand=["discounts"])
    assert made.discounts[0].invoice == made.id
    assert "customer.discount.created" not in life.events()
    changed = life.client.v1.invoices.update(made.id, {"discounts": [{"coupon": coupon(life, percent_off=50)}]})
    assert (changed.total, changed.amount_due) == (1500, 1500)
    told = life.new_events()
    assert [event.type for event in told] == ["invoice.updated"]
    assert told[0].data.previous_attributes.total == 2250
    cleared = life.client.v1.invoices.update(made.id, {"discounts": ""})
    assert (cleared.total, cleared.total_discount_amounts, taken(cleared)) == (3000, [], [[], []])


def test_a_customers_discount_for_once_serves_one_manual_invoice(life: Life) -> None:
    customer = life.customer()
    held = give(life, customer, coupon=coupon(life, percent_off=10, duration="once"))
    made = draft(life, customer)
    life.events()
    paid = life.client.v1.invoices.pay(made.id)
    assert (paid.status, paid.total, paid.discounts) == ("paid", 2700, [held])
    assert [type for type in life.events() if type.startswith("customer.")] == [
        "customer.discount.deleted",
        "customer.updated",
    ]
    assert draft(life, customer).total == 3000


def test_an_invoice_item_has_discounts_of_its_own(life: Life) -> None:
    customer = life.customer()
    item = life.client.v1.invoice_items.create(
        {
            "customer": customer.id,
            "amount": 1000,
            "currency": "usd",
            "discounts": [{"coupon": coupon(life, percent_off=50)}],
            "expand": ["discounts"],
        }
    )
    assert item.discounts is not None
    assert item.discounts[0].invoice_item == item.id
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": -100, "currency": "usd"})
    made = life.client.v1.invoices.create(
        {
            "customer": customer.id,
            "pending_invoice_items_behavior": "include",
            "discounts": [{"coupon": coupon(life, percent_off=10)}],
        }
    )
    # half of 10.00, then a tenth of the 5.00 that are left; the credit of 1.00 is not discounted
    assert sorted(taken(made)) == [[], [500, 50]]
    assert (made.subtotal, made.total) == (400, 350)
    life.client.v1.invoice_items.update(item.id, {"discounts": ""})
    made = life.client.v1.invoices.retrieve(made.id)
    assert (made.subtotal, made.total) == (900, 800)


def test_a_line_that_is_not_discountable_is_left_alone(life: Life) -> None:
    customer = life.customer()
    life.client.v1.invoice_items.create(
        {"customer": customer.id, "amount": 1000, "currency": "usd", "discountable": False}
    )
    made = draft(life, customer, discounts=[{"coupon": coupon(life, percent_off=50)}])
    assert made.total == 1000 + 1500


def test_an_invoice_takes_only_discounts_of_its_own_and_of_those_above_it(life: Life) -> None:
    stranger = give(life, life.customer(), coupon=coupon(life))
    with pytest.raises(stripe.InvalidRequestError, match=f"No such discount: '{stranger}'"):
        draft(life, life.customer(), discounts=[{"discount": stranger}])


def test_everything_that_names_a_discount_can_be_expanded(life: Life) -> None:
    name = coupon(life)
    made = draft(
        life,
        life.customer(),
        discounts=[{"coupon": name}],
        expand=["discounts.source.coupon", "total_discount_amounts.discount", "lines.data.discount_amounts.discount"],
    )
    assert made.discounts[0].source.coupon.id == name
    assert made.total_discount_amounts[0].discount.id == made.discounts[0].id
    assert made.lines.data[0].discount_amounts[0].discount.object == "discount"


def test_the_line_of_a_subscriptions_item_is_discounted_on_its_draft_alone(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance_to(months(1))
    renewal = invoices(life, subscription.id)[-1]
    line = renewal.lines.data[0]
    half = coupon(life, percent_off=50)
    changed = life.client.v1.invoices.line_items.update(renewal.id, line.id, {"discounts": [{"coupon": half}]})
    assert [each.amount for each in changed.discount_amounts or []] == [1000]
    assert life.client.v1.invoices.retrieve(renewal.id).total == 1000
    life.advance_to(months(2) + 2 * HOUR)
    assert [invoice.total for invoice in invoices(life, subscription.id)] == [2000, 1000, 2000]


def test_a_preview_is_discounted_as_the_invoice_that_comes(life: Life) -> None:
    customer, price = life.customer(), life.price(2000)
    discounts = [
        {"coupon": coupon(life, percent_off=50, duration="repeating", duration_in_months=2)},
        {"coupon": amount_coupon(life, 300)},
    ]
    subscription = life.subscribe(customer, price, discounts=discounts)
    for month, total in ((1, 700), (2, 1700), (3, 1700)):
        preview = life.client.v1.invoices.create_preview({"subscription": subscription.id})
        life.advance_to(months(month))
        came = invoices(life, subscription.id)[-1]
        assert preview.total == came.total == total
        assert taken(preview) == taken(came)


def test_a_preview_redeems_nothing(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    name = coupon(life, percent_off=50)
    preview = life.client.v1.invoices.create_preview({"subscription": subscription.id, "discounts": [{"coupon": name}]})
    assert preview.total == 1000
    assert life.client.v1.coupons.retrieve(name).times_redeemed == 0
    assert life.subscription(subscription.id).discounts == []


def test_a_discount_is_told_once_though_a_subscription_took_it_over_from_its_customer(life: Life) -> None:
    customer = life.customer()
    held = give(life, customer, coupon=coupon(life, duration="once"))
    subscription = life.subscribe(customer, life.price(2000), trial_period_days=7)
    life.client.v1.subscriptions.update(subscription.id, {"discounts": [{"discount": held}]})
    life.events()
    told = life.advance_to(months(1))
    assert told.count("customer.discount.deleted") == 1
    assert life.client.v1.customers.retrieve(customer.id).discount is None
    assert life.subscription(subscription.id).discounts == []


def test_a_downgrade_gives_back_what_was_paid_and_not_what_was_taken_off(life: Life) -> None:
    # 20.00 half off was 10.00: at the very start of the period all of it comes back
    subscription = life.subscribe(
        life.customer(), life.price(2000), discounts=[{"coupon": coupon(life, percent_off=50)}]
    )
    item = subscription["items"].data[0].id
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {"items": [{"id": item, "price": life.price(1000).id}], "proration_behavior": "create_prorations"},
    )
    waiting = life.client.v1.invoice_items.list({"customer": str(changed.customer), "pending": True}).data
    assert sorted(each.amount for each in waiting)[0] == -1000
