"""Schedules that are changed, released or canceled, and what is refused (stripe-behaviour.md 2.12 and 3.11)."""

from typing import Any

import pytest
import stripe
from api.life import DAY, START, Life

MIDDLE = START + 14 * DAY
FEB, MAR, APR = START + 28 * DAY, START + 59 * DAY, START + 89 * DAY
MONTH = {"duration": {"interval": "month"}}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def price(life: Life) -> stripe.Price:
    return life.price()


@pytest.fixture
def subscription(life: Life, price: stripe.Price) -> stripe.Subscription:
    return life.subscribe(life.customer(), price)


def phase(price: stripe.Price, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"items": [{"price": price.id, "quantity": quantity}], **more}


def begin(life: Life, *phases: dict[str, Any], **more: Any) -> stripe.SubscriptionSchedule:
    params: Any = {"customer": life.customer().id, "start_date": "now", "phases": [*phases], **more}
    return life.client.v1.subscription_schedules.create(params)


def of(life: Life, subscription: stripe.Subscription) -> stripe.SubscriptionSchedule:
    return life.client.v1.subscription_schedules.create({"from_subscription": subscription.id})


def update(life: Life, made: stripe.SubscriptionSchedule, **params: Any) -> stripe.SubscriptionSchedule:
    return life.client.v1.subscription_schedules.update(made.id, params)


def now(life: Life, made: stripe.SubscriptionSchedule) -> stripe.SubscriptionSchedule:
    return life.client.v1.subscription_schedules.retrieve(made.id)


def quantities(life: Life, made: stripe.SubscriptionSchedule) -> list[int]:
    return [item.quantity for item in life.subscription(str(made.subscription))["items"].data]


def refused(call: Any, *args: Any, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        call(*args, **params)
    assert refusal.value.http_status == 400
    return refusal.value


def test_a_schedule_of_a_subscription_says_what_that_is(life: Life, price: stripe.Price) -> None:
    customer = life.customer()
    card = life.client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id}).id
    how: Any = {"default_payment_method": card, "description": "Seats", "metadata": {"a": "b"}}
    subscription = life.subscribe(customer, price, items=[{"price": price.id, "quantity": 3}], **how)
    made = of(life, subscription)
    assert (made.status, made.subscription, made.end_behavior) == ("active", subscription.id, "release")
    assert made.current_phase.to_dict() == {"start_date": START, "end_date": FEB}
    assert (made.default_settings.default_payment_method, made.default_settings.description) == (card, "Seats")
    [only] = made.phases
    assert [(item.price, item.quantity) for item in only["items"]] == [(price.id, 3)]
    assert (only.default_payment_method, only.description, only.currency) == (card, "Seats", "usd")
    assert made.billing_mode.to_dict() == subscription.billing_mode.to_dict()


def test_a_schedule_of_a_subscription_that_is_going_to_end(life: Life, subscription: stripe.Subscription) -> None:
    life.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    made = of(life, subscription)
    assert (made.end_behavior, made.phases[0].end_date) == ("cancel", FEB)
    update(life, made, end_behavior="release")
    after = life.subscription(subscription.id)
    assert (after.cancel_at, after.cancel_at_period_end) == (None, False)
    life.advance_to(FEB)
    assert life.subscription(subscription.id).status == "active"


def test_past_phases_stay_as_they_were(life: Life, price: stripe.Price) -> None:
    first, second = phase(price, **MONTH), phase(price, 2, **MONTH)
    made = begin(life, first, second)
    life.advance_to(FEB + DAY)
    again = {**phase(price, 2), "start_date": FEB, "end_date": MAR}
    changed = update(life, made, phases=[again, phase(price, 9, **MONTH)])
    assert [(each.start_date, each["items"][0].quantity) for each in changed.phases] == [(START, 1), (FEB, 2), (MAR, 9)]
    past = {**phase(price), "start_date": START, "end_date": FEB}
    changed = update(life, made, phases=[past, again])
    assert [(each.start_date, each["items"][0].quantity) for each in changed.phases] == [(START, 1), (FEB, 2)]


@pytest.mark.parametrize(
    ("other", "param"),
    [
        ({"items": "seven"}, "items"),
        ({"end_date": FEB - DAY}, "end_date"),
        ({"metadata": {"plan": "other"}}, "metadata"),
        ({"description": "other"}, "description"),
    ],
)
def test_a_past_phase_cannot_be_sent_otherwise(life: Life, price: stripe.Price, other: Any, param: str) -> None:
    made = begin(life, phase(price, **MONTH), phase(price, 2, **MONTH))
    life.advance_to(FEB + DAY)
    again = {**phase(price, 2), "start_date": FEB, "end_date": MAR}
    if "items" in other:
        other = phase(price, 7)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        update(life, made, phases=[{**phase(price), "start_date": START, "end_date": FEB, **other}, again])
    assert (refusal.value.http_status, refusal.value.param) == (400, f"phases[0][{param}]")
    assert now(life, made).phases[0].to_dict() == made.phases[0].to_dict()


def test_a_current_phase_can_end_later(life: Life, price: stripe.Price) -> None:
    made = begin(life, phase(price, **MONTH), phase(price, 2, **MONTH))
    long_one = {**phase(price), "start_date": START, "end_date": MAR}
    changed = update(life, made, phases=[long_one, phase(price, 2, **MONTH)])
    assert (changed.current_phase.end_date, changed.phases[1].end_date) == (MAR, APR)
    life.advance_to(FEB)
    assert quantities(life, made) == [1]
    life.advance_to(MAR)
    assert quantities(life, made) == [2]


def test_a_current_phase_can_end_at_once(life: Life, price: stripe.Price) -> None:
    made = begin(life, phase(price, **MONTH), phase(price, 2, **MONTH))
    life.advance_to(MIDDLE)
    short = {**phase(price), "start_date": START, "end_date": "now"}
    changed = update(life, made, phases=[short, phase(price, 5, end_date=FEB)])
    assert (changed.current_phase.start_date, changed.current_phase.end_date) == (MIDDLE, FEB)
    assert quantities(life, made) == [5]
    life.advance_to(FEB)
    assert now(life, made).status == "completed"
    # 40.00 ... less half a month of one seat, more half a month of five, and the month that begins
    assert life.subscription(str(made.subscription)).latest_invoice.total == -1000 + 5000 + 10_000


def test_a_start_can_be_moved_until_it_comes(life: Life, price: stripe.Price) -> None:
    made = begin(life, phase(price), start_date=FEB)
    update(life, made, phases=[{**phase(price, 2), "start_date": MAR}])
    life.advance_to(FEB + DAY)
    assert now(life, made).status == "not_started"
    life.advance_to(MAR)
    begun = now(life, made)
    assert (begun.status, quantities(life, begun)) == ("active", [2])


def test_a_schedule_can_be_begun_by_an_update(life: Life, price: stripe.Price) -> None:
    made = begin(life, phase(price), start_date=FEB)
    life.advance(DAY)
    life.events()
    changed = update(life, made, phases=[{**phase(price, 2), "start_date": "now"}])
    assert (changed.status, changed.current_phase.start_date) == ("active", START + DAY)
    assert quantities(life, changed) == [2]
    events = life.events()
    assert "customer.subscription.created" in events
    assert events[-1] == "subscription_schedule.updated"
    life.advance_to(FEB)
    assert now(life, made).subscription == changed.subscription


def test_how_a_change_of_the_current_phase_is_prorated(life: Life, subscription: stripe.Subscription) -> None:
    price, made = subscription["items"].data[0].price, of(life, subscription)
    life.advance_to(MIDDLE)
    four = {**phase(price, 4), "start_date": START, "end_date": FEB}
    update(life, made, phases=[four], proration_behavior="none")
    assert life.client.v1.invoice_items.list({"customer": str(subscription.customer)}).data == []
    six = {**phase(price, 6), "start_date": START, "end_date": FEB}
    update(life, made, phases=[six], proration_behavior="always_invoice")
    # flexible billing gives back what was billed: half of 20.00, not of 80.00
    assert life.subscription(subscription.id).latest_invoice.total == -1000 + 6000


def test_metadata_and_settings(life: Life, subscription: stripe.Subscription) -> None:
    made = of(life, subscription)
    update(life, made, metadata={"a": "b", "c": "d"})
    changed = update(life, made, metadata={"a": ""}, default_settings={"description": "By the seat"})
    assert (changed.metadata.to_dict(), changed.default_settings.description) == ({"c": "d"}, "By the seat")
    assert life.subscription(subscription.id).description == "By the seat"


def test_a_coupon_for_one_invoice_is_redeemed_once(life: Life, price: stripe.Price) -> None:
    life.client.v1.coupons.create({"id": "half", "percent_off": 50, "duration": "once"})
    half = [{"coupon": "half"}]
    made = begin(life, phase(price, discounts=half, **MONTH), phase(price, 2, discounts=half, **MONTH))
    life.advance(DAY)
    assert life.subscription(str(made.subscription)).discounts == [], "it has served its invoice"
    update(life, made, end_behavior="cancel")
    current = {**phase(price, 3), "start_date": START, "end_date": FEB, "discounts": half}
    update(life, made, phases=[current, phase(price, 2, discounts=half, **MONTH)])
    assert life.subscription(str(made.subscription)).discounts == []
    assert life.client.v1.coupons.retrieve("half").times_redeemed == 1
    life.advance_to(FEB)
    assert life.client.v1.coupons.retrieve("half").times_redeemed == 2, "the next phase has it anew"


def test_a_release_leaves_the_subscription_as_it_is(life: Life, price: stripe.Price) -> None:
    made = begin(life, phase(price, **MONTH), phase(price, 2, **MONTH))
    released = life.client.v1.subscription_schedules.release(made.id)
    assert (released.status, released.released_at, released.current_phase) == ("released", START, None)
    assert (released.subscription, released.released_subscription) == (None, made.subscription)
    life.advance_to(FEB)
    subscription = life.subscription(str(made.subscription))
    assert (subscription.schedule, subscription["items"].data[0].quantity) == (None, 1)
    for verb in ("release", "cancel"):
        again = getattr(life.client.v1.subscription_schedules, verb)
        assert "`released` status" in str(refused(again, made.id))


def test_a_release_can_keep_the_date_of_the_cancellation(life: Life, price: stripe.Price) -> None:
    schedules, made = life.client.v1.subscription_schedules, begin(life, phase(price, **MONTH), end_behavior="cancel")
    assert life.subscription(str(made.subscription)).cancel_at == FEB
    schedules.release(made.id, {"preserve_cancel_date": True})
    assert life.subscription(str(made.subscription)).cancel_at == FEB


def test_a_last_phase_that_ends_within_a_period_is_billed_in_part(life: Life, price: stripe.Price) -> None:
    """14 of the 31 days from 28 February to 31 March: 903 cents of 2000."""
    made = begin(life, phase(price, end_date=FEB + 14 * DAY), end_behavior="cancel")
    life.advance_to(FEB)
    assert life.subscription(str(made.subscription)).latest_invoice.total == 903
    life.advance_to(FEB + 14 * DAY)
    assert (now(life, made).status, life.subscription(str(made.subscription)).status) == ("completed", "canceled")


@pytest.mark.parametrize("word", ["none", "renew"])
def test_older_words_for_the_end_let_the_subscription_go_on(life: Life, price: stripe.Price, word: str) -> None:
    made = begin(life, phase(price, **MONTH), end_behavior=word)
    life.advance_to(FEB)
    assert (now(life, made).status, life.subscription(str(made.subscription)).status) == ("completed", "active")


def test_the_end_is_announced_a_week_before(life: Life, price: stripe.Price) -> None:
    begin(life, phase(price, end_date=START + 8 * DAY))
    begin(life, phase(price, end_date=START + 6 * DAY))
    life.events()
    assert life.advance(DAY - 1).count("subscription_schedule.expiring") == 0
    assert life.advance(1).count("subscription_schedule.expiring") == 1
    assert life.advance(20 * DAY).count("subscription_schedule.expiring") == 0


def test_a_cancellation_is_the_schedules_affair(life: Life, subscription: stripe.Subscription) -> None:
    made = of(life, subscription)
    for how in ({"cancel_at_period_end": True}, {"cancel_at": MAR}):
        error = refused(life.client.v1.subscriptions.update, subscription.id, how)
        assert f"is managed by the subscription schedule `{made.id}`" in str(error)
    error = refused(life.client.v1.subscriptions.pause, subscription.id, {"type": "subscription"})
    assert "schedule" in str(error)


def test_a_direct_change_is_a_change_of_the_current_phase(life: Life, subscription: stripe.Subscription) -> None:
    item, made = subscription["items"].data[0], of(life, subscription)
    first = {**phase(item.price), "start_date": START, "end_date": FEB}
    update(life, made, phases=[first, phase(item.price, 2, **MONTH)])
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item.id, "quantity": 7}]})
    assert [each["items"][0].quantity for each in now(life, made).phases] == [7, 2]
    life.advance_to(FEB)
    assert quantities(life, made) == [2]


def test_a_change_that_waits_for_its_payment_is_one_of_the_phase_when_it_is_paid(life: Life) -> None:
    customer, price = life.customer(), life.price()
    subscription = life.subscribe(customer, price)
    made = of(life, subscription)
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    item = subscription["items"].data[0].id
    how: Any = {"payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice"}
    waiting = life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 3}], **how})
    assert waiting.pending_update is not None
    assert now(life, made).phases[0]["items"][0].quantity == 1
    life.use_card(customer.id, "pm_card_visa")
    life.client.v1.invoices.pay(str(waiting.latest_invoice))
    assert now(life, made).phases[0]["items"][0].quantity == 3


def test_a_customer_takes_what_was_planned_along(life: Life, price: stripe.Price) -> None:
    customer = life.customer()
    made = begin(life, phase(price), customer=customer.id, start_date=FEB)
    life.client.v1.customers.delete(customer.id)
    assert now(life, made).status == "canceled"
    assert life.advance_to(MAR) == ["customer.deleted"] or life.events() == []


def test_lists(life: Life, price: stripe.Price) -> None:
    customer, schedules = life.customer(), life.client.v1.subscription_schedules
    waiting = begin(life, phase(price), customer=customer.id, start_date=FEB)
    running = begin(life, phase(price), customer=customer.id)
    canceled = begin(life, phase(price), customer=customer.id)
    schedules.cancel(canceled.id)
    life.advance(DAY)
    schedules.release(begin(life, phase(price), customer=customer.id).id)

    def found(**asked: Any) -> list[str]:
        return [each.id for each in schedules.list({"customer": customer.id, **asked}).data]

    assert len(found()) == 4
    assert found(scheduled=True) == [waiting.id]
    assert found(canceled_at={"lte": START}) == [canceled.id]
    assert len(found(released_at={"gt": START})) == 1
    assert found(completed_at={"gt": START}) == []
    assert running.id in found()


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("phases", {"phases": []}),
    ("phases[0][items][0][price]", {"phases": [{"items": [{"price": "price_none"}]}]}),
    ("phases[0][end_date]", {"phases": [{}, {}]}),
    ("phases[0][end_date]", {"phases": [{"end_date": START}]}),
    ("phases[0][end_date]", {"phases": [{"end_date": FEB, **MONTH}]}),
    ("phases[1][start_date]", {"phases": [{"end_date": FEB}, {"start_date": MAR}]}),
    ("phases[0][duration][interval_count]", {"phases": [{"duration": {"interval": "day", "interval_count": 0}}]}),
    ("phases[0][iterations]", {"phases": [{"iterations": 0}]}),
    ("phases[0][trial]", {"phases": [{"trial": True, "trial_end": MIDDLE, **MONTH}]}),
    ("phases[0][trial_end]", {"phases": [{"trial_end": MAR, **MONTH}]}),
    ("phases[0][billing_cycle_anchor]", {"phases": [{"trial": True, "billing_cycle_anchor": "phase_start"}]}),
    ("phases[0][invoice_settings][days_until_due]", {"phases": [{"collection_method": "send_invoice"}]}),
    ("phases[0][discounts][0][coupon]", {"phases": [{"discounts": [{"coupon": "none"}]}]}),
    ("phases[0][default_tax_rates]", {"phases": [{"default_tax_rates": ["txr_none"]}]}),
    ("default_payment_method", {"default_settings": {"default_payment_method": "pm_none"}}),
    ("customer", {"phases": [{"end_date": FEB}, {"automatic_tax": {"enabled": True}}]}),
    ("start_date", {"start_date": ""}),
    ("customer", {"customer": "cus_none"}),
    ("from_subscription", {"from_subscription": "sub_none"}),
]


@pytest.mark.parametrize(("param", "wrong"), REFUSED, ids=lambda case: str(case)[:60])
def test_what_cannot_be_is_refused_and_leaves_nothing(
    life: Life, price: stripe.Price, param: str, wrong: dict[str, Any]
) -> None:
    phases = [{"items": [{"price": price.id}], **each} for each in wrong.get("phases", [{}])]
    customer = life.customer()
    asked: Any = {"customer": customer.id, "start_date": "now", **wrong, "phases": phases}
    error = refused(life.client.v1.subscription_schedules.create, asked)
    assert error.param == param
    assert life.events() == []
    assert life.client.v1.subscriptions.list({"customer": customer.id}).data == []


def test_what_an_update_cannot_do(life: Life, subscription: stripe.Subscription) -> None:
    price, made = subscription["items"].data[0].price, of(life, subscription)
    life.advance(DAY)
    life.events()
    for param, phases in [
        ("phases[0][start_date]", [phase(price, end_date=FEB)]),
        ("phases[0][start_date]", [phase(price, start_date=START + 1, end_date=FEB)]),
        ("phases[0][end_date]", [phase(price, start_date=START, end_date=START + DAY - 1)]),
    ]:
        assert refused(update, life, made, phases=phases).param == param
    eleven = [phase(price, start_date=START, end_date=FEB), *(phase(price, **MONTH) for _ in range(10))]
    assert "up to 10" in str(refused(update, life, made, phases=eleven))
    assert "already attached" in str(refused(of, life, subscription))
    assert life.events() == []
    life.client.v1.subscription_schedules.cancel(made.id)
    assert "`canceled` status" in str(refused(update, life, made, metadata={"a": "b"}))
    assert "is canceled" in str(refused(of, life, subscription))


def test_currencies_do_not_mix(life: Life, price: stripe.Price) -> None:
    euro = life.client.v1.prices.create(
        {"currency": "eur", "unit_amount": 900, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    assert refused(begin, life, phase(price, **MONTH), phase(euro, **MONTH)).param == "phases"


def test_phases_are_sent_again_as_they_were_shown(life: Life, price: stripe.Price) -> None:
    """An integration reads the phases, changes one member and sends all of it: the account itself may be named."""
    itself: Any = {"type": "self"}
    made = begin(
        life,
        {
            "items": [{"price": price.id}],
            "automatic_tax": {"enabled": False, "liability": itself},
            "invoice_settings": {"issuer": itself},
            **MONTH,
        },
        default_settings={"invoice_settings": {"issuer": itself}},
    )
    assert made.phases[0].invoice_settings.issuer.type == "self"
    assert made.phases[0].automatic_tax.liability.type == "self"
    another: Any = {"type": "account", "account": "acct_other"}
    with pytest.raises(stripe.APIError) as refusal:
        begin(life, {"items": [{"price": price.id}], "invoice_settings": {"issuer": another}, **MONTH})
    assert refusal.value.http_status == 501
