"""Corners of a subscription's life that a fuzzer of its calls has found; each was wrong once."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from control.api import Control

from mockbill.billing import subscriptions
from mockbill.server import LocalServer

HALF = 14 * DAY
FAILS, ASKS = "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


def upgrade(life: Life, subscription: stripe.Subscription, amount: int, **params: Any) -> stripe.Subscription:
    """To another price, invoiced at once."""
    item = subscription["items"].data[0].id
    return life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": item, "price": life.price(amount).id}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
            **params,
        },
    )


def late(life: Life, **params: Any) -> stripe.Subscription:
    """A subscription whose first renewal could not be paid."""
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), **params)
    life.use_card(customer.id, FAILS)
    life.advance(28 * DAY + HOUR)
    subscription = life.subscription(subscription.id)
    assert subscription.status == "past_due"
    life.events()
    return subscription


def test_an_update_that_must_be_paid_is_refused_where_nothing_can_pay(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    method = life.client.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method
    life.client.v1.payment_methods.detach(str(method))
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source") as refused:
        upgrade(life, subscription, 5000, payment_behavior="error_if_incomplete")
    assert refused.value.code == "resource_missing"
    assert life.events() == []


def test_trying_again_by_hand_to_the_same_end_updates_nothing(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.use_card(customer.id, ASKS)
    life.advance(28 * DAY + HOUR)
    invoice = life.subscription(subscription.id).latest_invoice.id
    for chain in (["invoice.payment_action_required", "invoice.payment_failed"],) * 2:
        life.events()
        with pytest.raises(stripe.CardError):
            life.client.v1.invoices.pay(invoice)
        assert [type for type in life.events() if type.startswith("invoice.")] == chain


def test_writing_off_what_is_late_makes_the_subscription_active(life: Life) -> None:
    subscription = late(life)
    life.client.v1.invoices.mark_uncollectible(subscription.latest_invoice.id)
    told = life.new_events()
    assert [event.type for event in told] == [
        "invoice.marked_uncollectible",
        "customer.subscription.updated",
        "customer.updated",
    ]
    assert told[1].data["previous_attributes"].to_dict() == {"status": "past_due"}
    assert life.subscription(subscription.id).status == "active"


def test_what_is_written_off_can_be_tried_again_without_harm(life: Life) -> None:
    subscription = late(life)
    invoice = subscription.latest_invoice.id
    life.client.v1.invoices.mark_uncollectible(invoice)
    with pytest.raises(stripe.CardError):
        life.client.v1.invoices.pay(invoice)
    assert life.subscription(subscription.id).status == "active"


def test_a_credit_that_settles_a_waiting_update_counts_as_the_latest_payment(life: Life) -> None:
    subscription = late(life)
    cheaper = upgrade(life, subscription, 500, payment_behavior="pending_if_incomplete")
    invoice = cheaper.latest_invoice
    assert (cheaper.status, invoice.status, invoice.total) == ("active", "paid", -1498)  # an hour is gone
    (told,) = [event for event in life.new_events() if event.type == "customer.subscription.updated"]
    assert told.data["previous_attributes"]["status"] == "past_due"


def test_an_update_that_lapsed_does_not_stand_between_a_late_invoice_and_its_payment(life: Life) -> None:
    subscription = late(life)
    waiting = upgrade(life, subscription, 5000, payment_behavior="pending_if_incomplete")
    assert waiting.pending_update
    life.advance(23 * HOUR)
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(subscription.latest_invoice.id)
    assert life.subscription(subscription.id).status == "active"


def test_voiding_what_is_late_helps_after_an_update_has_lapsed(life: Life) -> None:
    subscription = late(life)
    upgrade(life, subscription, 5000, payment_behavior="pending_if_incomplete")
    life.advance(23 * HOUR)
    life.client.v1.invoices.void_invoice(subscription.latest_invoice.id)
    assert life.subscription(subscription.id).status == "active"


def test_a_waiting_update_that_fails_for_good_leaves_the_subscription_alone(life: Life, control: Control) -> None:
    control.post("settings", dunning="1h:cancel")
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.use_card(customer.id, FAILS)
    life.advance(HALF)
    upgrade(life, subscription, 5000, payment_behavior="pending_if_incomplete")
    life.advance(22 * HOUR)
    assert life.subscription(subscription.id).status == "active"


def test_what_is_sent_on_trial_and_falls_due_leaves_the_trial_alone(life: Life) -> None:
    once = life.client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Setup"}})
    subscription = life.subscribe(
        life.customer(None),
        life.price(2000),
        trial_period_days=10,
        collection_method="send_invoice",
        days_until_due=1,
        add_invoice_items=[{"price": once.id}],
    )
    life.advance(3 * DAY)
    trying = life.subscription(subscription.id)
    assert (trying.status, trying.latest_invoice.status) == ("trialing", "open")


def test_a_trial_that_ends_now_into_free_time_brings_no_invoice(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(), life.price(2000), trial_period_days=10, proration_behavior="none", cancel_at=START + 10 * DAY
    )
    first = subscription.latest_invoice.id
    life.advance(DAY)
    life.events()
    ended = life.client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert (ended.status, ended.latest_invoice) == ("active", first)
    assert life.events() == ["customer.subscription.trial_will_end", "customer.subscription.updated"]


def test_an_incomplete_subscription_ends_at_its_date(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(), life.price(2000), payment_behavior="default_incomplete", cancel_at=START + 22 * HOUR
    )
    life.events()
    assert life.advance(22 * HOUR) == ["customer.subscription.deleted"]
    assert life.subscription(subscription.id).status == "canceled"


def test_pausing_with_an_invoice_bills_what_waits_along_with_its_credit(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    item = subscription["items"].data[0].id
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 3}]})
    life.advance(HALF)
    life.client.v1.subscriptions.pause(subscription.id, {"type": "subscription", "invoicing_behavior": "invoice"})
    # -20.00 and +60.00 for all of the period wait since the change; half of the 60.00 is given back
    invoice = life.subscription(subscription.id).latest_invoice
    assert [line.amount for line in invoice.lines.data] == [-2000, 6000, -3000]
    assert invoice.amount_paid == 1000


def test_the_warning_of_a_short_trial_knows_that_its_discount_is_used(life: Life) -> None:
    once = life.client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Setup"}})
    coupon = life.client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    life.events()
    life.subscribe(
        life.customer(),
        life.price(2000),
        trial_period_days=2,
        discounts=[{"coupon": coupon.id}],
        add_invoice_items=[{"price": once.id}],
    )
    (warning,) = [event for event in life.new_events() if event.type == "customer.subscription.trial_will_end"]
    assert warning.data.object["discounts"] == []


def test_items_and_a_date_change_in_one_update(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    changed = upgrade(life, subscription, 5600, cancel_at=START + 21 * DAY)
    # half of 20.00 is given back; of the 28 days at 56.00 there are 7 left
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-1000, 1400]
    assert (changed.cancel_at, changed["items"].data[0].current_period_end) == (START + 21 * DAY, START + 21 * DAY)
    again = upgrade(life, changed, 2800, cancel_at="")
    # the 7 days are given back, and half of 28.00 is charged
    assert [line.amount for line in again.latest_invoice.lines.data] == [-1400, 1400]
    assert (again.cancel_at, again["items"].data[0].current_period_end) == (None, START + 28 * DAY)


def test_a_date_beside_a_new_item_gives_back_what_was_paid_beyond_it(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"price": life.price(5600).id}],
            "cancel_at": START + 21 * DAY,
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-500, 1400]
    free = life.client.v1.subscriptions.update(
        changed.id,
        {
            "items": [{"price": life.price(100).id}],
            "cancel_at": START + 20 * DAY,
            "proration_behavior": "none",
        },
    )
    assert free.latest_invoice == changed.latest_invoice.id
    life.events()
    life.client.v1.subscriptions.update(changed.id, {"cancel_at": ""})
    assert life.events() == ["customer.subscription.updated"]  # what cost nothing to cut costs nothing to restore


def test_an_added_item_is_charged_until_the_planned_end_only(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at=START + 28 * DAY)
    yearly = life.price(36_500, interval="year")
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {"items": [{"price": yearly.id}], "proration_behavior": "always_invoice", "expand": ["latest_invoice"]},
    )
    assert [line.amount for line in changed.latest_invoice.lines.data] == [2800]  # 28 of 365 days
    assert [item.current_period_end for item in changed["items"].data] == [START + 28 * DAY] * 2


def test_a_new_cycle_moves_a_cancellation_at_the_end_of_the_period_along(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at_period_end=True)
    life.advance(HALF)
    anew = life.client.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}, "expand": ["latest_invoice"]}
    )
    assert [line.amount for line in anew.latest_invoice.lines.data] == [-1000, 2000]
    month_on = START + HALF + 28 * DAY  # 14 March
    assert (anew.cancel_at_period_end, anew.cancel_at) == (True, month_on)
    assert anew["items"].data[0].current_period_end == month_on


def test_a_new_cycle_that_a_date_cuts_short_is_charged_in_part(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at=START + 35 * DAY)
    life.advance(HALF)
    anew = life.client.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}, "expand": ["latest_invoice"]}
    )
    assert [line.amount for line in anew.latest_invoice.lines.data] == [-1000, 1500]  # 21 of 28 days
    assert anew["items"].data[0].current_period_end == START + 35 * DAY


def test_resuming_shortly_before_the_planned_end_is_charged_in_part(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at=START + 35 * DAY)
    life.client.v1.subscriptions.pause(
        subscription.id, {"type": "subscription", "bill_for": {"unused_time_from": {"type": "none"}}}
    )
    life.advance(HALF)
    life.client.v1.subscriptions.resume(subscription.id, {"payment_behavior": "resume_on_payment_success"})
    resumed = life.subscription(subscription.id)
    assert (resumed.status, resumed.latest_invoice.amount_paid) == ("active", 1500)  # 21 of 28 days


@pytest.mark.parametrize("behavior", ["allow_incomplete", "error_if_incomplete"])
def test_a_trial_that_ends_now_has_a_paid_period_before_it_cancels(life: Life, behavior: Any) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), trial_period_days=10, cancel_at_period_end=True)
    life.advance(DAY)
    paying = life.client.v1.subscriptions.update(
        subscription.id, {"trial_end": "now", "payment_behavior": behavior, "expand": ["latest_invoice"]}
    )
    assert (paying.status, paying.latest_invoice.amount_paid) == ("active", 2000)
    assert paying.cancel_at == paying["items"].data[0].current_period_end == START + 29 * DAY


def test_a_trial_that_moves_beyond_the_planned_end_does_not_move_that(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), trial_period_days=10, cancel_at=START + 8 * DAY)
    moved = life.client.v1.subscriptions.update(subscription.id, {"trial_end": START + 20 * DAY})
    assert (moved.trial_end, moved.cancel_at) == (START + 20 * DAY, START + 8 * DAY)
    assert moved["items"].data[0].current_period_end == START + 8 * DAY


def coupon(life: Life, **params: Any) -> str:
    made = life.client.v1.coupons.create({"percent_off": 50, "duration": "forever", **params})
    life.events()
    return made.id


def failing(life: Life, **params: Any) -> stripe.Subscription:
    """A subscription in the middle of its first period, whose card no longer works."""
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), **params)
    life.use_card(customer.id, FAILS)
    life.advance(HALF)
    life.events()
    return subscription


def test_a_coupon_is_given_back_when_the_update_that_redeemed_it_lapses(life: Life) -> None:
    only = coupon(life, max_redemptions=1)
    subscription = failing(life)
    waiting = upgrade(life, subscription, 5000, payment_behavior="pending_if_incomplete", discounts=[{"coupon": only}])
    assert (waiting.discounts, len(waiting.pending_update.discounts)) == ([], 1)
    assert not [type for type in life.events() if type.startswith("customer.discount.")]
    assert not life.client.v1.coupons.retrieve(only).valid
    life.advance(23 * HOUR)
    again = life.client.v1.coupons.retrieve(only)
    assert (again.valid, again.times_redeemed) == (True, 0)


def test_a_code_is_open_again_when_the_update_that_redeemed_it_lapses(life: Life) -> None:
    promotion = {"type": "coupon", "coupon": coupon(life)}
    code = life.client.v1.promotion_codes.create({"promotion": promotion, "code": "ONE", "max_redemptions": 1})
    subscription = failing(life)
    discounts = [{"promotion_code": code.id}]
    upgrade(life, subscription, 5000, payment_behavior="pending_if_incomplete", discounts=discounts)
    assert not life.client.v1.promotion_codes.retrieve(code.id).active
    life.advance(23 * HOUR)
    again = life.client.v1.promotion_codes.retrieve(code.id)
    assert (again.active, again.times_redeemed) == (True, 0)


def test_discounts_of_an_update_are_told_of_when_it_is_applied(life: Life) -> None:
    old, new = coupon(life), coupon(life, percent_off=20)
    subscription = failing(life, discounts=[{"coupon": old}])
    waiting = upgrade(life, subscription, 5000, payment_behavior="pending_if_incomplete", discounts=[{"coupon": new}])
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(waiting.latest_invoice.id)
    assert [type for type in life.events() if type.startswith("customer.")] == [
        "customer.discount.created",
        "customer.discount.deleted",
        "customer.subscription.pending_update_applied",
        "customer.subscription.updated",
        "customer.updated",
    ]
    assert life.subscription(subscription.id).discounts == waiting.pending_update.discounts


def test_a_discount_that_an_update_used_up_does_not_come_back_with_it(life: Life) -> None:
    once = coupon(life, duration="once")
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    item = subscription["items"].data[0].id
    updated = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": item, "discounts": [{"coupon": once}]}],
            "billing_cycle_anchor": {"type": "now"},
            "payment_behavior": "pending_if_incomplete",
            "expand": ["latest_invoice"],
        },
    )
    assert [line.amount for line in updated.latest_invoice.lines.data] == [-1000, 2000]
    assert (updated.latest_invoice.total, updated["items"].data[0].discounts) == (0, [])


def test_paying_what_is_late_counts_while_the_next_invoice_is_a_draft(life: Life, control: Control) -> None:
    control.post("settings", dunning="10d:cancel")
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000, interval="week"))
    life.use_card(customer.id, FAILS)
    life.advance(7 * DAY + HOUR)
    unpaid = life.subscription(subscription.id).latest_invoice.id
    life.advance_to(START + 14 * DAY)
    current = life.subscription(subscription.id)
    assert (current.status, current.latest_invoice.status) == ("past_due", "draft")
    life.use_card(customer.id, "pm_card_visa")
    life.client.v1.invoices.pay(unpaid)
    assert life.subscription(subscription.id).status == "active"


def test_a_trial_that_ends_now_in_a_pause_tells_of_all_that_changed(life: Life) -> None:
    settings = {"end_behavior": {"missing_payment_method": "pause"}}
    subscription = life.subscribe(life.customer(None), life.price(2000), trial_period_days=10, trial_settings=settings)
    life.advance(DAY)
    life.events()
    life.client.v1.subscriptions.update(
        subscription.id, {"trial_end": "now", "metadata": {"a": "b"}, "cancel_at": START + 20 * DAY}
    )
    paused, updated = life.new_events()
    assert (paused.type, updated.type) == ("customer.subscription.paused", "customer.subscription.updated")
    before = updated.data["previous_attributes"].to_dict()
    assert before.pop("items")["data"][0]["current_period_end"] == START + 10 * DAY
    assert before == {
        "billing_cycle_anchor": START + 10 * DAY,
        "cancel_at": None,
        "canceled_at": None,
        "cancellation_details": {"reason": None},
        "metadata": {"a": None},
        "status": "trialing",
        "status_details": None,
        "trial_end": START + 10 * DAY,
    }


def test_voiding_the_only_late_one_of_sent_invoices_helps_though_a_later_one_is_there(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(None), life.price(2000), collection_method="send_invoice", days_until_due=30
    )
    first = subscription.latest_invoice.id
    life.advance(31 * DAY)
    late_one = life.subscription(subscription.id)
    assert (late_one.status, late_one.latest_invoice.status) == ("past_due", "open")
    assert late_one.latest_invoice.id != first
    life.client.v1.invoices.void_invoice(first)
    assert life.subscription(subscription.id).status == "active"


def test_a_draft_of_a_deleted_customer_that_is_made_to_advance_does_not_stop_time(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.advance(28 * DAY)
    draft = life.subscription(subscription.id).latest_invoice.id
    life.client.v1.customers.delete(customer.id)
    life.client.v1.invoices.update(draft, {"auto_advance": True})
    life.advance(2 * HOUR)
    assert life.client.v1.invoices.retrieve(draft).auto_advance is False


def test_what_is_unpaid_gives_nothing_back_when_it_is_canceled(life: Life, control: Control) -> None:
    control.post("settings", dunning="1d:unpaid")
    subscription = late(life)
    life.advance(2 * DAY)
    assert life.subscription(subscription.id).status == "unpaid"
    life.events()
    ended = life.client.v1.subscriptions.cancel(subscription.id)
    assert life.events() == ["customer.subscription.deleted"]
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    left = life.client.v1.invoices.retrieve(subscription.latest_invoice.id)
    assert (left.status, left.auto_advance) == ("open", False)


def test_a_customer_has_five_hundred_subscriptions_at_most(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    assert subscriptions.MOST == 500
    monkeypatch.setattr(subscriptions, "MOST", 2)  # five hundred take their time
    customer, price = life.customer(), life.price()
    first = life.subscribe(customer, price)
    life.subscribe(customer, price)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.subscribe(customer, price)
    assert refused.value.code == "customer_max_subscriptions"
    life.client.v1.subscriptions.cancel(first.id)
    assert life.subscribe(customer, price).status == "active"


def test_the_last_invoice_is_sent_where_invoices_are_sent(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(None), life.price(2000), collection_method="send_invoice", days_until_due=5
    )
    item = subscription["items"].data[0].id
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 3}]})
    life.events()
    ended = life.client.v1.subscriptions.cancel(subscription.id, {"invoice_now": True})
    assert life.events() == [
        "invoice.created",
        "invoice.finalized",
        "invoice.sent",
        "customer.subscription.deleted",
    ]
    assert life.client.v1.invoices.retrieve(str(ended.latest_invoice)).total == 4000


def test_the_last_invoice_is_put_aside_while_collection_pauses(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    item = subscription["items"].data[0].id
    changes: Any = {"items": [{"id": item, "quantity": 3}], "pause_collection": {"behavior": "void"}}
    life.client.v1.subscriptions.update(subscription.id, changes)
    ended = life.client.v1.subscriptions.cancel(subscription.id, {"invoice_now": True})
    last = life.client.v1.invoices.retrieve(str(ended.latest_invoice))
    assert (last.status, last.total, last.amount_paid) == ("void", 4000, 0)
