"""Everything that a phase can say of its subscription, and when that comes about (stripe-behaviour.md 2.12)."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from api.usage import meter, metered, report
from api.wire import Wire

MIDDLE = START + 14 * DAY
FEB, MAR, APR = START + 28 * DAY, START + 59 * DAY, START + 89 * DAY
MONTH = {"duration": {"interval": "month"}}
YEAR_LATER = START + 365 * DAY


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def phase(price: stripe.Price, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"items": [{"price": price.id, "quantity": quantity}], **more}


def begin(life: Life, *phases: dict[str, Any], **more: Any) -> stripe.SubscriptionSchedule:
    params: Any = {"customer": life.customer().id, "start_date": "now", "phases": [*phases], **more}
    return life.client.v1.subscription_schedules.create(params)


def now(life: Life, made: stripe.SubscriptionSchedule) -> stripe.SubscriptionSchedule:
    return life.client.v1.subscription_schedules.retrieve(made.id)


def subscription(life: Life, made: stripe.SubscriptionSchedule) -> stripe.Subscription:
    return life.subscription(str(made.subscription or made.released_subscription))


def total(life: Life, made: stripe.SubscriptionSchedule) -> int:
    return int(subscription(life, made).latest_invoice.total)


def test_ends_are_counted_from_the_anchor(life: Life) -> None:
    """A month after a month after 31 January is 31 March, and the last phase lasts a period of its price."""
    price = life.price()
    made = begin(life, phase(price, **MONTH), phase(price, 2, **MONTH), phase(price, 3))
    assert [(each.start_date, each.end_date) for each in made.phases] == [(START, FEB), (FEB, MAR), (MAR, APR)]


def test_iterations_are_periods_of_the_price(life: Life, wire: Wire) -> None:
    price, customer = life.price(interval_count=2), life.customer()
    body = f"customer={customer.id}&start_date=now&phases[0][items][0][price]={price.id}&phases[0][iterations]=3"
    for version in (None, "2025-08-27.basil", "2024-06-20"):
        made = wire.post("/v1/subscription_schedules", body, Stripe_Version=version).json()
        assert made["phases"][0]["end_date"] == START + 181 * DAY, version  # 31 July
        assert made["billing_mode"]["type"] == ("classic" if version else "flexible")
    error = wire.error(wire.post("/v1/subscription_schedules", body, Stripe_Version="2025-09-30.clover"), 400)
    assert error["code"] == "parameter_unknown"


def test_older_versions_name_one_coupon(life: Life, wire: Wire) -> None:
    price, customer = life.price(), life.customer()
    life.client.v1.coupons.create({"id": "half", "percent_off": 50})
    body = f"customer={customer.id}&start_date=now&phases[0][items][0][price]={price.id}&phases[0][coupon]=half"
    made = wire.post("/v1/subscription_schedules", body, Stripe_Version="2024-06-20").json()
    assert life.subscription(made["subscription"]).latest_invoice.total == 1000


def test_a_phase_that_is_a_trial(life: Life) -> None:
    price = life.price()
    made = begin(life, phase(price, trial=True, **MONTH), phase(price, 2, **MONTH))
    assert (made.phases[0].trial, made.phases[0].trial_end) == (True, FEB)
    assert (subscription(life, made).status, total(life, made)) == ("trialing", 0)
    life.advance_to(FEB)
    assert (subscription(life, made).status, total(life, made)) == ("active", 4000)


def test_a_trial_within_a_phase(life: Life) -> None:
    made = begin(life, phase(life.price(), trial_end=MIDDLE, **MONTH))
    assert (subscription(life, made).status, subscription(life, made).trial_end) == ("trialing", MIDDLE)
    life.advance_to(MIDDLE)
    assert (subscription(life, made).status, subscription(life, made).billing_cycle_anchor) == ("active", MIDDLE)


def test_a_trial_that_comes_later(life: Life) -> None:
    price = life.price()
    made = begin(life, phase(price, **MONTH), phase(price, trial=True, **MONTH), phase(price, 2, **MONTH))
    life.advance_to(FEB)
    assert (subscription(life, made).status, subscription(life, made).trial_end, total(life, made)) == (
        "trialing",
        MAR,
        0,
    )
    life.advance_to(MAR)
    assert (subscription(life, made).status, total(life, made)) == ("active", 4000)


def test_discounts_are_redeemed_when_their_phase_begins(life: Life) -> None:
    price = life.price()
    life.client.v1.coupons.create({"id": "half", "percent_off": 50, "duration": "forever"})
    life.client.v1.coupons.create({"id": "tenth", "percent_off": 10, "duration": "forever"})
    half, tenth = [{"coupon": "half"}], [{"coupon": "tenth"}]
    made = begin(
        life,
        phase(price, **MONTH, discounts=half),
        phase(price, **MONTH, discounts=half),
        {"items": [{"price": price.id, "discounts": tenth}], **MONTH},
    )
    assert made.phases[0].discounts[0].coupon == "half"
    used = life.client.v1.coupons.retrieve
    totals, redeemed = [total(life, made)], [used("half").times_redeemed]
    for instant in (FEB, MAR):
        life.advance_to(instant)
        totals.append(total(life, made))
        redeemed.append(used("half").times_redeemed)
    assert (totals, redeemed) == ([1000, 1000, 1800], [1, 1, 1]), "the discount goes on where the next phase has it"


def test_a_coupon_that_is_gone_by_then_is_left_out(life: Life) -> None:
    price = life.price()
    life.client.v1.coupons.create({"id": "half", "percent_off": 50})
    made = begin(life, phase(price, **MONTH), phase(price, 2, **MONTH, discounts=[{"coupon": "half"}]))
    life.client.v1.coupons.delete("half")
    life.advance_to(FEB)
    assert (total(life, made), subscription(life, made).discounts) == (4000, [])


def test_a_coupon_that_is_gone_when_the_schedule_begins_is_left_out(life: Life) -> None:
    life.client.v1.coupons.create({"id": "half", "percent_off": 50})
    half = {"discounts": [{"coupon": "half"}]}
    price = life.price()
    made = begin(life, {"items": [{"price": price.id, **half}], **half}, start_date=FEB)
    life.client.v1.coupons.delete("half")
    life.advance_to(FEB)
    assert total(life, now(life, made)) == 2000


def test_a_card_that_is_gone_by_then_does_not_pay(life: Life) -> None:
    price, customer = life.price(), life.customer()
    card = life.client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id}).id
    with_card = {"default_payment_method": card}
    made = begin(life, phase(price, **MONTH), phase(price, 2, **MONTH, **with_card), customer=customer.id)
    later = begin(life, phase(price, **with_card), customer=customer.id, start_date=FEB)
    life.client.v1.payment_methods.detach(card)
    life.advance_to(FEB)
    for each in (made, now(life, later)):
        assert subscription(life, each).default_payment_method is None
    assert total(life, made) == 4000


def test_a_tax_rate_that_is_archived_by_then_is_levied_all_the_same(life: Life) -> None:
    price, rates = life.price(), life.client.v1.tax_rates
    rate = rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    taxed = {"default_tax_rates": [rate]}
    made = begin(life, phase(price, **MONTH), phase(price, **MONTH, **taxed))
    of_item = begin(life, phase(price, **MONTH), {"items": [{"price": price.id, "tax_rates": [rate]}], **MONTH})
    later = begin(life, phase(price, **taxed), start_date=FEB)
    rates.update(rate, {"active": False})
    life.advance_to(FEB)
    assert [total(life, each) for each in (made, of_item, now(life, later))] == [2400, 2400, 2400]


def test_a_schedule_that_cannot_begin_is_canceled(life: Life) -> None:
    """Automatic tax needs to know where the customer is, and does not any more."""
    customer = life.customer()
    life.client.v1.customers.update(customer.id, {"address": {"country": "DE"}})
    taxed = {"automatic_tax": {"enabled": True}}
    made = begin(life, phase(life.price(), **taxed), customer=customer.id, start_date=FEB)
    life.client.v1.customers.update(customer.id, {"address": ""})
    life.events()
    assert life.advance_to(FEB) == ["subscription_schedule.canceled"]
    assert now(life, made).status == "canceled"


def test_a_price_that_is_archived_by_then_is_sold_all_the_same(life: Life) -> None:
    price, next_one = life.price(), life.price(3000)
    made = begin(life, phase(price, **MONTH), phase(next_one, **MONTH))
    life.client.v1.prices.update(next_one.id, {"active": False})
    life.advance_to(FEB)
    assert total(life, made) == 3000


def test_a_price_that_is_made_for_the_phase(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Pro"}).id
    data = {"currency": "usd", "product": product, "recurring": {"interval": "month"}, "unit_amount": 700}
    made = begin(life, phase(life.price(), **MONTH), {"items": [{"price_data": data}], **MONTH})
    life.advance_to(FEB)
    assert total(life, made) == 700


def test_tax_rates_of_phases_and_items(life: Life) -> None:
    price = life.price()
    fifth, tenth = (
        life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": share, "inclusive": False}).id
        for share in (20, 10)
    )
    made = begin(
        life,
        phase(price, **MONTH, default_tax_rates=[fifth]),
        {"items": [{"price": price.id, "tax_rates": [tenth]}], **MONTH},
        phase(price, **MONTH),
    )
    assert made.phases[0].default_tax_rates[0].id == fifth
    totals = [total(life, made)]
    for instant in (FEB, MAR):
        life.advance_to(instant)
        totals.append(total(life, made))
    assert totals == [2400, 2200, 2000]


def test_how_invoices_are_collected(life: Life) -> None:
    price = life.price()
    sent = {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 9, "footer": "Thanks"}}
    made = begin(life, phase(price, **MONTH), phase(price, **MONTH, **sent), phase(price, **MONTH))
    life.advance_to(FEB)
    of_march = subscription(life, made)
    assert (of_march.collection_method, of_march.days_until_due) == ("send_invoice", 9)
    assert of_march.invoice_settings.footer == "Thanks"
    assert (of_march.latest_invoice.collection_method, of_march.latest_invoice.due_date) == (
        "send_invoice",
        FEB + 9 * DAY,
    )
    life.advance_to(MAR)
    of_april = subscription(life, made)
    assert (of_april.collection_method, of_april.invoice_settings.footer) == ("charge_automatically", None)


def test_what_phases_fall_back_on(life: Life) -> None:
    price, customer = life.price(), life.customer()
    card = life.client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id}).id
    settings = {
        "collection_method": "send_invoice",
        "invoice_settings": {"days_until_due": 5},
        "default_payment_method": card,
        "description": "By the seat",
    }
    own = {"description": "Special", "collection_method": "charge_automatically"}
    made = begin(
        life, phase(price, **MONTH), phase(price, **MONTH, **own), customer=customer.id, default_settings=settings
    )
    assert made.default_settings.description == "By the seat"
    first = subscription(life, made)
    assert (first.collection_method, first.days_until_due, first.description) == ("send_invoice", 5, "By the seat")
    assert first.default_payment_method == card
    life.advance_to(FEB)
    second = subscription(life, made)
    assert (second.collection_method, second.description) == ("charge_automatically", "Special")


def test_metadata_is_copied_when_the_phase_begins(life: Life) -> None:
    price = life.price()
    second = {"items": [{"price": price.id, "metadata": {"seat": "b"}}], "metadata": {"tier": "gold", "old": ""}}
    made = begin(life, phase(price, **MONTH, metadata={"tier": "tin", "old": "1"}), {**second, **MONTH})
    assert subscription(life, made).metadata.to_dict() == {"tier": "tin", "old": "1"}
    life.advance_to(FEB)
    assert subscription(life, made).metadata.to_dict() == {"tier": "gold"}
    assert subscription(life, made)["items"].data[0].metadata.to_dict() == {"seat": "b"}


def test_what_is_sold_once_when_a_phase_begins(life: Life) -> None:
    price = life.price()
    setup = life.client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Setup"}})
    added = {"add_invoice_items": [{"price": setup.id, "quantity": 2}]}
    until_end = {"end": {"type": "phase_end"}, "start": {"type": "phase_start"}}
    made = begin(
        life,
        phase(price, **MONTH, **added),
        phase(price, **MONTH, add_invoice_items=[{"price": setup.id, "period": until_end}]),
        phase(price, **MONTH, **added),
        phase(price, **MONTH),
    )
    assert total(life, made) == 3800
    told = []
    for instant in (FEB, MAR, APR):
        life.advance_to(instant)
        invoice = subscription(life, made).latest_invoice
        extra = [(line.amount, line.period.start, line.period.end) for line in invoice.lines.data[:-1]]
        told.append((invoice.total, *extra))
    assert told == [(2900, (900, FEB, MAR)), (3800, (1800, MAR, APR)), (2000,)]


def test_what_is_sold_once_at_a_price_of_its_own(life: Life) -> None:
    price, product = life.price(), life.client.v1.products.create({"name": "Setup"}).id
    data = {"currency": "usd", "product": product, "unit_amount": 900}
    made = begin(life, phase(price, **MONTH), phase(price, **MONTH, add_invoice_items=[{"price_data": data}]))
    life.advance_to(FEB)
    assert total(life, made) == 2900


def test_automatic_tax(life: Life) -> None:
    price, customer = life.price(), life.customer()
    life.client.v1.customers.update(customer.id, {"address": {"country": "DE"}})
    taxed = {"automatic_tax": {"enabled": True}}
    made = begin(life, phase(price, **MONTH), phase(price, **MONTH, **taxed), customer=customer.id)
    assert (total(life, made), made.phases[1].automatic_tax.enabled) == (2000, True)
    life.advance_to(FEB)
    assert total(life, made) == 2380  # 19 %


def test_a_billing_cycle_that_begins_with_the_phase(life: Life) -> None:
    """In the middle of a period the rest of that is given back, and a whole one is charged at once."""
    price = life.price()
    made = begin(life, phase(price, end_date=MIDDLE), phase(price, 2, **MONTH, billing_cycle_anchor="phase_start"))
    life.advance_to(MIDDLE)
    changed = subscription(life, made)
    assert (changed.billing_cycle_anchor, changed["items"].data[0].current_period_end) == (MIDDLE, MIDDLE + 28 * DAY)
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-1000, 4000]


def test_an_interval_that_changes_at_the_end_of_a_period(life: Life) -> None:
    """Anchored anew a year is billed whole, by the renewal; flexible billing else keeps its grid, and classic never."""
    month, year = life.price(), life.price(12_000, interval="year")
    anchored = {"billing_cycle_anchor": "phase_start", "proration_behavior": "none"}
    bills: dict[str, Any] = {}
    for name, mode, more in [
        ("anchored", "flexible", anchored),
        ("on the grid", "flexible", {"proration_behavior": "none"}),
        ("classic", "classic", {"proration_behavior": "none"}),
    ]:
        made = begin(life, phase(month, end_date=FEB), phase(year, **more), billing_mode={"type": mode})
        bills[name] = made
    life.advance_to(FEB)
    told = {name: subscription(life, made) for name, made in bills.items()}
    assert {name: (each.latest_invoice.total, each.billing_cycle_anchor) for name, each in told.items()} == {
        "anchored": (12_000, FEB),
        "on the grid": (2_000, START),
        "classic": (12_000, FEB),
    }
    assert told["anchored"].latest_invoice.billing_reason == "subscription_cycle"
    assert told["on the grid"]["items"].data[0].current_period_end == YEAR_LATER


def test_a_start_in_the_past(life: Life) -> None:
    """The period that runs since then is charged whole, and the billing cycle goes on from there."""
    life.advance(10 * DAY)
    made = begin(life, phase(life.price(), **MONTH), start_date=START)
    begun = subscription(life, made)
    assert (begun.start_date, made.current_phase.start_date, made.current_phase.end_date) == (START, START, FEB)
    assert [(line.amount, line.period.start, line.period.end) for line in begun.latest_invoice.lines.data] == [
        (2000, START, FEB)
    ]
    life.advance_to(FEB)
    assert total(life, made) == 2000


def test_several_items_come_and_go(life: Life) -> None:
    one, two, three = life.price(1000), life.price(200), life.price(30)
    both = {"items": [{"price": one.id}, {"price": two.id, "quantity": 2}]}
    made = begin(life, {**both, **MONTH}, {"items": [{"price": two.id, "quantity": 3}, {"price": three.id}], **MONTH})
    before = {item.price.id: item.id for item in subscription(life, made)["items"].data}
    life.advance_to(FEB)
    after = {item.price.id: item.id for item in subscription(life, made)["items"].data}
    assert (total(life, made), after.keys()) == (630, {two.id, three.id})
    assert after[two.id] == before[two.id], "the same price stays the same item"
    life.advance(HOUR)
    assert subscription(life, made).latest_invoice.status == "paid"


@pytest.mark.parametrize("behavior", ["create_prorations", "none"])
def test_what_was_used_of_a_price_that_ends_is_billed(life: Life, behavior: str) -> None:
    """100 calls of February at 4 cents; those of March at 7 cents come with the renewal after that."""
    calls = meter(life)
    cheap, dear = metered(life, calls), metered(life, calls, unit_amount=7)
    customer = life.customer()
    made = begin(
        life,
        {"items": [{"price": cheap.id}], **MONTH},
        {"items": [{"price": dear.id}], **MONTH, "proration_behavior": behavior},
        customer=customer.id,
    )
    report(life, customer.id, 100)
    life.advance_to(FEB)
    [used] = subscription(life, made).latest_invoice.lines.data
    assert (used.amount, used.period.start, used.period.end) == (400, START, FEB)
    report(life, customer.id, 10)
    life.advance_to(MAR)
    assert total(life, made) == 70
