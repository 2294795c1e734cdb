"""Discounts on customers and subscriptions: what they take off, when they end, and what is told of it."""

from typing import Any

import pytest
import stripe
from api.discounted import MARCH, OLD, amount_coupon, coupon, invoices, months
from api.life import DAY, HOUR, Life, advance


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, at=MARCH)


def test_a_percentage_comes_off_every_invoice_of_the_subscription(life: Life) -> None:
    customer, price = life.customer(), life.price(2000)
    subscription = life.subscribe(customer, price, discounts=[{"coupon": coupon(life, percent_off=25)}])
    life.advance_to(months(1) + 2 * HOUR)

    for invoice in invoices(life, subscription.id):
        assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (2000, 1500, 1500)
        assert invoice.discounts == subscription.discounts
        line = invoice.lines.data[0]
        expected = [{"amount": 500, "discount": subscription.discounts[0]}]
        assert [each.to_dict() for each in line.discount_amounts] == expected
        assert [each.to_dict() for each in invoice.total_discount_amounts] == expected
        assert (line.amount, line.subtotal) == (2000, 2000)


def test_a_discount_says_what_it_is_of_and_where_it_is(life: Life) -> None:
    customer = life.customer()
    name = coupon(life, duration="repeating", duration_in_months=3)
    subscription = life.subscribe(
        customer, life.price(), discounts=[{"coupon": name}], expand=["discounts.source.coupon", "discounts.customer"]
    )
    discount = subscription.discounts[0]
    assert discount.id.startswith("di_")
    assert (discount.start, discount.end) == (MARCH, months(3))
    assert (discount.source.type, discount.source.coupon.id) == ("coupon", name)
    assert discount.source.coupon.times_redeemed == 1
    assert discount.customer.id == customer.id
    assert discount.subscription == subscription.id
    assert (discount.promotion_code, discount.invoice, discount.invoice_item, discount.subscription_item) == (None,) * 4


def test_the_birth_of_a_discounted_subscription_is_told_whole(life: Life) -> None:
    life.subscribe(life.customer(), life.price(), discounts=[{"coupon": coupon(life)}])
    assert [type for type in life.events() if type.startswith(("customer.", "invoice."))] == [
        "customer.updated",
        "customer.discount.created",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]


def test_once_leaves_the_subscription_when_the_first_invoice_is_finalized(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(), life.price(), discounts=[{"coupon": coupon(life, duration="once", percent_off=10)}]
    )
    assert subscription.discounts == []
    told = [event for event in life.new_events() if event.type.startswith(("customer.discount", "customer.sub"))]
    assert [event.type for event in told] == [
        "customer.discount.created",
        "customer.subscription.created",
        "customer.discount.deleted",
        "customer.subscription.updated",
    ]
    created, deleted = told[0].data.object, told[2].data.object
    assert created == deleted
    assert told[1].data.object.discounts == [created.id]
    assert told[3].data.previous_attributes.to_dict() == {"discounts": [created.id]}
    assert told[3].data.object.discounts == []

    life.advance_to(months(1) + 2 * HOUR)
    first, second = invoices(life, subscription.id)
    assert (first.discounts, first.total, second.discounts, second.total) == ([created.id], 1800, [], 2000)


def test_once_waits_through_a_free_trial(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(),
        trial_period_days=7,
        discounts=[{"coupon": coupon(life, duration="once", percent_off=50)}],
    )
    assert len(subscription.discounts) == 1
    life.advance_to(MARCH + 7 * DAY + 2 * HOUR)
    assert life.subscription(subscription.id).discounts == []
    assert [invoice.total for invoice in invoices(life, subscription.id)] == [0, 1000]


def test_repeating_serves_the_invoices_of_its_months_and_ends_with_them(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(),
        discounts=[{"coupon": coupon(life, duration="repeating", duration_in_months=3, percent_off=50)}],
    )
    life.advance_to(months(3) - 1)
    life.events()
    assert life.subscription(subscription.id).discounts == subscription.discounts
    advance(life.client, life.clock.id, months(3))
    told = life.new_events()
    types = [event.type for event in told if not event.type.startswith("test_helpers.")]
    assert types == [
        "customer.discount.deleted",
        "customer.subscription.updated",
        "customer.subscription.updated",
        "invoice.created",
    ]
    updated = [event for event in told if event.type == "customer.subscription.updated"]
    assert updated[0].data.previous_attributes.to_dict() == {"discounts": subscription.discounts}
    assert "discounts" not in updated[1].data.previous_attributes.to_dict()
    life.advance_to(months(4) + 2 * HOUR)
    assert [invoice.total for invoice in invoices(life, subscription.id)] == [1000, 1000, 1000, 2000, 2000]


def test_moving_in_one_step_ends_a_discount_in_the_same_month(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(),
        discounts=[{"coupon": coupon(life, duration="repeating", duration_in_months=2, percent_off=50)}],
    )
    life.advance_to(months(3) + 2 * HOUR)
    assert [invoice.total for invoice in invoices(life, subscription.id)] == [1000, 1000, 2000, 2000]


def test_everything_off_makes_an_active_subscription_without_a_card(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(card=None), life.price(), discounts=[{"coupon": coupon(life, percent_off=100)}]
    )
    assert subscription.status == "active"
    invoice = invoices(life, subscription.id)[0]
    assert (invoice.status, invoice.subtotal, invoice.total, invoice.amount_due) == ("paid", 2000, 0, 0)
    life.advance_to(months(1) + 2 * HOUR)
    assert [invoice.status for invoice in invoices(life, subscription.id)] == ["paid", "paid"]


def test_an_amount_is_never_more_than_the_invoice(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), discounts=[{"coupon": amount_coupon(life, 3000)}])
    invoice = invoices(life, subscription.id)[0]
    assert (invoice.total, invoice.total_discount_amounts[0].amount) == (0, 2000)


def test_discounts_stack_in_their_order(life: Life) -> None:
    # 2000 - 500 = 1500, of which a tenth is 150; the other way round it would be 1300
    five, tenth = amount_coupon(life, 500), coupon(life, percent_off=10)
    subscription = life.subscribe(life.customer(), life.price(2000), discounts=[{"coupon": five}, {"coupon": tenth}])
    invoice = invoices(life, subscription.id)[0]
    assert [each.amount for each in invoice.total_discount_amounts] == [500, 150]
    assert (invoice.subtotal, invoice.total) == (2000, 1350)


def test_a_coupon_for_some_products_leaves_the_others_alone(life: Life) -> None:
    pro, extra = life.price(2000), life.price(1000)
    name = coupon(life, percent_off=50, applies_to={"products": [extra.product]})
    subscription = life.client.v1.subscriptions.create(
        {
            "customer": life.customer().id,
            "items": [{"price": pro.id}, {"price": extra.id}],
            "discounts": [{"coupon": name}],
        }
    )
    invoice = invoices(life, subscription.id)[0]
    assert [[each.amount for each in line.discount_amounts] for line in invoice.lines.data] == [[], [500]]
    assert invoice.total == 2500


def test_an_amount_is_spread_as_stripes_example_says(life: Life) -> None:
    small, large = life.price(1000), life.price(2000)
    subscription = life.client.v1.subscriptions.create(
        {
            "customer": life.customer().id,
            "items": [{"price": small.id}, {"price": large.id}],
            "discounts": [{"coupon": amount_coupon(life, 500)}],
        }
    )
    invoice = invoices(life, subscription.id)[0]
    assert [line.discount_amounts[0].amount for line in invoice.lines.data] == [166, 334]


def test_a_customers_discount_is_set_as_older_versions_do_and_serves_all_its_subscriptions(life: Life) -> None:
    customer, price = life.customer(), life.price(2000)
    life.client.v1.customers.update(customer.id, {"coupon": coupon(life)}, OLD)  # type: ignore[typeddict-unknown-key]
    told = life.new_events()
    assert [event.type for event in told] == ["customer.discount.created", "customer.updated"]
    assert told[1].data.previous_attributes.to_dict() == {"discount": None}
    subscription = life.subscribe(customer, price)
    assert subscription.discounts == []
    life.advance_to(months(1) + 2 * HOUR)
    held = life.client.v1.customers.retrieve(customer.id).discount
    assert [(each.total, each.discounts) for each in invoices(life, subscription.id)] == [(1500, [held.id])] * 2


def test_a_subscription_with_discounts_of_its_own_does_not_take_the_customers(life: Life) -> None:
    customer, price = life.customer(), life.price(2000)
    life.client.v1.customers.update(customer.id, {"coupon": coupon(life)}, OLD)  # type: ignore[typeddict-unknown-key]
    subscription = life.subscribe(customer, price, discounts=[{"coupon": coupon(life, percent_off=10)}])
    assert invoices(life, subscription.id)[0].total == 1800


def test_another_coupon_takes_the_place_of_a_customers_first(life: Life) -> None:
    customer, first, second = life.customer(), coupon(life), coupon(life)
    customers = life.client.v1.customers
    before = customers.update(customer.id, {"coupon": first}, OLD).discount  # type: ignore[typeddict-unknown-key]
    life.events()
    after = customers.update(customer.id, {"coupon": second}, OLD).discount  # type: ignore[typeddict-unknown-key]
    told = life.new_events()
    assert [event.type for event in told] == ["customer.discount.updated", "customer.updated"]
    assert told[0].data.object.id == after.id
    assert told[0].data.previous_attributes.id == before.id
    customers.update(customer.id, {"coupon": ""}, OLD)  # type: ignore[typeddict-unknown-key]
    assert life.events() == ["customer.discount.deleted", "customer.updated"]
    assert customers.retrieve(customer.id).discount is None


def test_newer_versions_cannot_set_a_customers_discount(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.customers.create({"coupon": coupon(life)})  # type: ignore[typeddict-unknown-key]
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "coupon")


def test_a_customers_discount_for_once_is_gone_after_the_invoice(life: Life) -> None:
    customer, price = life.customer(), life.price(2000)
    name = coupon(life, duration="once")
    life.client.v1.customers.update(customer.id, {"coupon": name}, OLD)  # type: ignore[typeddict-unknown-key]
    subscription = life.subscribe(customer, price)
    assert life.client.v1.customers.retrieve(customer.id).discount is None
    life.advance_to(months(1) + 2 * HOUR)
    assert [each.total for each in invoices(life, subscription.id)] == [1500, 2000]


def test_a_customers_discount_is_deleted(life: Life) -> None:
    customer = life.customer()
    life.client.v1.customers.update(customer.id, {"coupon": coupon(life)}, OLD)  # type: ignore[typeddict-unknown-key]
    life.events()
    gone = life.client.v1.customers.delete_discount(customer.id)
    assert (gone.object, gone.deleted, gone.customer) == ("discount", True, customer.id)
    assert life.events() == ["customer.discount.deleted", "customer.updated"]
    with pytest.raises(stripe.InvalidRequestError, match=f"No active discount for customer: {customer.id}") as none:
        life.client.v1.customers.delete_discount(customer.id)
    assert none.value.http_status == 404


def test_an_update_replaces_the_discounts_of_a_subscription(life: Life) -> None:
    first, second = coupon(life), coupon(life, percent_off=10)
    subscription = life.subscribe(life.customer(), life.price(2000), discounts=[{"coupon": first}])
    life.events()
    kept = subscription.discounts[0]
    both = life.client.v1.subscriptions.update(subscription.id, {"discounts": [{"discount": kept}, {"coupon": second}]})
    assert both.discounts[0] == kept
    told = life.new_events()
    assert [event.type for event in told] == ["customer.discount.created", "customer.subscription.updated"]
    assert told[1].data.previous_attributes.to_dict() == {"discounts": [kept]}
    one = life.client.v1.subscriptions.update(subscription.id, {"discounts": [{"discount": both.discounts[1]}]})
    assert one.discounts == [both.discounts[1]]
    assert life.events() == ["customer.discount.deleted", "customer.subscription.updated"]
    none = life.client.v1.subscriptions.update(subscription.id, {"discounts": ""})
    assert none.discounts == []
    assert life.events() == ["customer.discount.deleted", "customer.subscription.updated"]


def test_a_subscriptions_discounts_are_deleted(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), discounts=[{"coupon": coupon(life)}])
    life.events()
    gone = life.client.v1.subscriptions.delete_discount(subscription.id)
    assert (gone.id, gone.deleted) == (subscription.discounts[0], True)
    assert life.events() == ["customer.discount.deleted", "customer.subscription.updated"]
    assert life.subscription(subscription.id).discounts == []
    with pytest.raises(stripe.InvalidRequestError, match=f"No active discount for subscription: {subscription.id}"):
        life.client.v1.subscriptions.delete_discount(subscription.id)


def test_a_deleted_coupon_goes_on_in_the_discounts_that_were_made_of_it(life: Life) -> None:
    name = coupon(life)
    subscription = life.subscribe(life.customer(), life.price(2000), discounts=[{"coupon": name}])
    life.client.v1.coupons.delete(name)
    life.client.v1.coupons.create({"id": name, "percent_off": 90})
    life.advance_to(months(1) + 2 * HOUR)
    assert [each.total for each in invoices(life, subscription.id)] == [1500, 1500]


@pytest.mark.parametrize(
    ("discounts", "message", "param"),
    [
        ([{"coupon": "nope"}], "No such coupon: 'nope'", "discounts[0][coupon]"),
        ([{"promotion_code": "nope"}], "No such promotion code: 'nope'", "discounts[0][promotion_code]"),
        ([{"discount": "nope"}], "No such discount: 'nope'", "discounts[0][discount]"),
        ([{"coupon": "A"}, {"coupon": "A"}], "You cannot apply the same coupon twice: A.", "discounts[1]"),
        ([{"coupon": "A", "discount": "di_1"}], "You may only specify one of these parameters", "discounts[0]"),
        ([{"coupon": "EUR"}], "cannot be applied to a purchase in usd", "discounts[0][coupon]"),
        ([{"coupon": "ONE"}], "Coupon ONE is used up and cannot be applied.", "discounts[0][coupon]"),
        ([{"coupon": "LATE"}], "Coupon expired: LATE", "discounts[0][coupon]"),
        ([{"coupon": "A"}] * 21, "up to 20 discounts", "discounts"),
    ],
)
def test_a_discount_that_cannot_be_had_changes_nothing(life: Life, discounts: Any, message: str, param: str) -> None:
    customer, price = life.customer(), life.price(2000)
    coupon(life, id="A")
    life.client.v1.coupons.create({"id": "EUR", "amount_off": 100, "currency": "eur"})
    coupon(life, id="ONE", max_redemptions=1)
    life.client.v1.customers.update(customer.id, {"coupon": "ONE"}, OLD)  # type: ignore[typeddict-unknown-key]
    soon = life.client.v1.coupons.retrieve("A").created + HOUR  # coupons are made on the account's own clock
    coupon(life, id="LATE", redeem_by=soon)
    life.advance_to(soon + 1)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.subscribe(customer, price, discounts=discounts)
    assert message in str(refused.value)
    assert refused.value.param == param
    assert refused.value.http_status == 400
    assert life.events() == []
    assert life.client.v1.coupons.retrieve("A").times_redeemed == 0


def test_older_versions_name_one_coupon_or_code_for_a_subscription(life: Life) -> None:
    customer, price, name = life.customer(), life.price(2000), coupon(life)
    asked: Any = {"customer": customer.id, "items": [{"price": price.id}], "coupon": name}
    subscription = life.client.v1.subscriptions.create(asked, OLD)
    assert (len(subscription.discounts), invoices(life, subscription.id)[0].total) == (1, 1500)
    cleared: Any = {"coupon": ""}
    assert life.client.v1.subscriptions.update(subscription.id, cleared, OLD).discounts == []


def test_a_promotion_code_gives_a_customer_a_discount_in_older_versions(life: Life) -> None:
    promotion: Any = {"promotion": {"type": "coupon", "coupon": coupon(life)}}
    code = life.client.v1.promotion_codes.create(promotion)
    asked: Any = {"promotion_code": code.id, "test_clock": life.clock.id}
    life.events()
    held = life.client.v1.customers.create(asked, OLD).discount
    assert held
    assert (held.promotion_code, held.subscription) == (code.id, None)
    assert life.events() == ["customer.created", "customer.discount.created"]
    both: Any = {"promotion_code": code.id, "coupon": "x"}
    with pytest.raises(stripe.InvalidRequestError, match="only specify one of these parameters"):
        life.client.v1.customers.create(both, OLD)


def test_a_discount_ends_while_its_subscription_is_on_trial(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(2000),
        trial_period_days=45,
        discounts=[{"coupon": coupon(life, duration="repeating", duration_in_months=1)}],
    )
    life.advance_to(MARCH + 45 * DAY + 2 * HOUR)
    assert [invoice.total for invoice in invoices(life, subscription.id)] == [0, 2000]
