"""Metered items that come, change and go within a period, and subscriptions that end with usage not billed yet."""

from dataclasses import dataclass
from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life, advance
from api.usage import NEXT_MONTH, meter, metered, refused, report, shown

CLASSIC = {"billing_mode": {"type": "classic"}}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@dataclass
class Caller:
    """A customer with a metered subscription of 4 cents a call, who has made ten calls in the first ten days."""

    life: Life
    customer: stripe.Customer
    meter: stripe.billing.Meter
    price: stripe.Price
    subscription: stripe.Subscription

    @property
    def item(self) -> str:
        return self.subscription["items"].data[0].id

    def call(self, times: int) -> None:
        report(self.life, self.customer.id, times)

    def change(self, **params: Any) -> stripe.Subscription:
        return self.life.client.v1.subscriptions.update(
            self.subscription.id,
            {"expand": ["latest_invoice"], **params},  # type: ignore[typeddict-item]
        )

    def renewed(self) -> list[tuple[str | None, int]]:
        """The lines of the next renewal."""
        self.life.advance_to(NEXT_MONTH)
        return shown(self.life.subscription(self.subscription.id).latest_invoice)

    def waiting(self) -> list[tuple[str | None, int]]:
        """The invoice items that wait."""
        items = self.life.client.v1.invoice_items.list({"customer": self.customer.id, "pending": True}).data
        return [(item.description, item.amount) for item in items]


def calling(life: Life, **params: Any) -> Caller:
    customer, calls = life.customer(), meter(life)
    price = metered(life, calls)
    caller = Caller(life, customer, calls, price, life.subscribe(customer, price, **params))
    caller.call(10)
    life.advance(10 * DAY)
    return caller


def test_another_price_bills_what_was_used_at_the_old_one(life: Life) -> None:
    caller = calling(life)
    dearer = metered(life, caller.meter, unit_amount=10)
    life.events()
    caller.change(items=[{"id": caller.item, "price": dearer.id}])
    assert life.events() == ["invoiceitem.created", "customer.subscription.updated"]
    assert caller.waiting() == [("10 × Calls (at $0.04 / month)", 40)]
    caller.call(3)
    assert caller.renewed() == [("10 × Calls (at $0.04 / month)", 40), ("3 × Calls (at $0.10 / month)", 30)]


def test_with_always_invoice_it_is_billed_at_once(life: Life) -> None:
    caller = calling(life)
    dearer = metered(life, caller.meter, unit_amount=10)
    changed = caller.change(items=[{"id": caller.item, "price": dearer.id}], proration_behavior="always_invoice")
    assert shown(changed.latest_invoice) == [("10 × Calls (at $0.04 / month)", 40)]
    assert changed.latest_invoice.billing_reason == "subscription_update"
    caller.call(3)
    assert caller.renewed()[-1] == ("3 × Calls (at $0.10 / month)", 30)


@pytest.mark.parametrize("how", [{"proration_behavior": "none"}, CLASSIC])
def test_without_prorations_and_in_classic_billing_what_was_used_before_is_let_go(life: Life, how: Any) -> None:
    mode = {"billing_mode": how["billing_mode"]} if "billing_mode" in how else {}
    caller = calling(life, **mode)
    dearer = metered(life, caller.meter, unit_amount=10)
    behavior = {} if mode else how
    caller.change(items=[{"id": caller.item, "price": dearer.id}], **behavior)
    assert caller.waiting() == []
    caller.call(3)
    assert caller.renewed() == [("3 × Calls (at $0.10 / month)", 30)]


def test_a_removed_item_leaves_its_usage_to_the_next_invoice(life: Life) -> None:
    caller = calling(life)
    seat = life.price(2000)
    caller.change(items=[{"id": caller.item, "deleted": True}, {"price": seat.id}])
    assert ("10 × Calls (at $0.04 / month)", 40) in caller.waiting()
    caller.call(5)  # nobody bills these
    assert [line for line in caller.renewed() if "Calls" in (line[0] or "")] == [("10 × Calls (at $0.04 / month)", 40)]


def test_its_usage_can_be_cleared_with_it(life: Life) -> None:
    caller = calling(life)
    seat = life.price(2000)
    life.client.v1.subscription_items.create({"subscription": caller.subscription.id, "price": seat.id})
    life.client.v1.subscription_items.delete(caller.item, {"clear_usage": True})
    assert [line for line in caller.waiting() if "Calls" in (line[0] or "")] == []


def test_an_item_that_comes_later_is_billed_from_then_on(life: Life) -> None:
    customer, calls = life.customer(), meter(life)
    subscription = life.subscribe(customer, life.price(2000))
    report(life, customer.id, 10)
    life.advance(10 * DAY)
    price = metered(life, calls)
    life.client.v1.subscription_items.create({"subscription": subscription.id, "price": price.id})
    report(life, customer.id, 7)
    life.advance_to(NEXT_MONTH)
    [_, line] = life.subscription(subscription.id).latest_invoice.lines.data
    assert (line.description, line.amount) == ("7 × Calls (at $0.04 / month)", 28)
    assert (line.period.start, line.period.end) == (START + 10 * DAY, NEXT_MONTH)


def test_metadata_of_an_item_cost_nothing(life: Life) -> None:
    caller = calling(life)
    caller.change(items=[{"id": caller.item, "metadata": {"a": "b"}}])
    assert caller.waiting() == []
    assert caller.renewed() == [("10 × Calls (at $0.04 / month)", 40)]


def test_a_quantity_is_refused(life: Life) -> None:
    caller = calling(life)
    items: Any = [{"price": caller.price.id, "quantity": 2}]
    refused(lambda: life.subscribe(caller.customer, caller.price, items=items), "quantity", param="items[0][quantity]")
    refused(lambda: caller.change(items=[{"id": caller.item, "quantity": 2}]), "quantity", param="items[0][quantity]")


def test_at_the_end_of_the_period_a_last_invoice_has_the_usage(life: Life) -> None:
    caller = calling(life)
    caller.change(cancel_at_period_end=True)
    life.events()
    assert life.advance_to(NEXT_MONTH) == ["invoice.created", "customer.subscription.deleted"]
    ended = life.subscription(caller.subscription.id)
    assert (ended.status, shown(ended.latest_invoice)) == ("canceled", [("10 × Calls (at $0.04 / month)", 40)])
    report(life, caller.customer.id, 10, timestamp=NEXT_MONTH - 1)  # late, but in time
    assert "invoice.paid" in life.advance(HOUR)
    assert life.subscription(caller.subscription.id).latest_invoice.total == 80


def test_a_cancellation_at_once_lets_the_usage_go_unless_it_is_invoiced(life: Life) -> None:
    caller = calling(life)
    client = life.client.v1.subscriptions
    kept = life.subscribe(caller.customer, caller.price)
    caller.call(20)
    life.advance(HOUR)
    canceled = client.cancel(kept.id)
    assert canceled.latest_invoice is None
    last = client.cancel(caller.subscription.id, {"invoice_now": True, "expand": ["latest_invoice"]}).latest_invoice
    assert (shown(last), last.status) == ([("30 × Calls (at $0.04 / month)", 120)], "paid")  # type: ignore[arg-type, union-attr]


def test_a_date_inside_the_period_bills_until_then(life: Life) -> None:
    caller = calling(life)
    caller.change(cancel_at=START + 20 * DAY)
    caller.call(1)
    life.advance_to(START + 20 * DAY)
    [line] = life.subscription(caller.subscription.id).latest_invoice.lines.data
    assert (line.quantity, line.period.end) == (11, START + 20 * DAY)


def test_a_new_billing_cycle_bills_the_usage_of_the_old_one(life: Life) -> None:
    caller = calling(life)
    anchored = caller.change(billing_cycle_anchor={"type": "now"})
    assert shown(anchored.latest_invoice) == [("10 × Calls (at $0.04 / month)", 40)]
    assert anchored["items"].data[0].current_period_start == START + 10 * DAY
    caller.call(2)
    life.advance(28 * DAY)
    assert shown(life.subscription(caller.subscription.id).latest_invoice) == [("2 × Calls (at $0.04 / month)", 8)]


def test_what_is_used_on_trial_is_free(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    subscription = life.subscribe(customer, price, trial_period_days=5)
    assert (subscription.status, subscription.latest_invoice) == ("trialing", None)
    report(life, customer.id, 50)
    assert "invoice.created" not in life.advance(5 * DAY)
    report(life, customer.id, 2)
    assert life.subscription(subscription.id).status == "active"
    life.advance(31 * DAY)
    assert shown(life.subscription(subscription.id).latest_invoice) == [("2 × Calls (at $0.04 / month)", 8)]


def test_in_classic_billing_a_trial_and_its_end_have_lines_over_nothing(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    subscription = life.subscribe(customer, price, trial_period_days=5, **CLASSIC)
    assert shown(subscription.latest_invoice) == [("Calls (Free trial)", 0)]
    report(life, customer.id, 50)
    life.advance(5 * DAY)
    assert shown(life.subscription(subscription.id).latest_invoice) == [("0 × Calls (at $0.04 / month)", 0)]


def test_a_backdated_subscription_bills_what_was_used_before_it_was_made(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    report(life, customer.id, 6, timestamp=START - 2 * DAY)
    subscription = life.subscribe(
        customer, price, backdate_start_date=START - 3 * DAY, billing_cycle_anchor=START + DAY
    )
    assert subscription.latest_invoice is None
    report(life, customer.id, 1)
    life.advance(DAY)
    assert shown(life.subscription(subscription.id).latest_invoice) == [("7 × Calls (at $0.04 / month)", 28)]


@pytest.mark.parametrize("mode", [{}, CLASSIC])
def test_a_preview_equals_the_invoice_that_comes(life: Life, mode: Any) -> None:
    customer, price, seat = life.customer(), metered(life, meter(life)), life.price(2000)
    subscription = life.subscribe(customer, seat, items=[{"price": price.id}, {"price": seat.id}], **mode)
    report(life, customer.id, 12)
    life.advance(DAY)
    preview = life.client.v1.invoices.create_preview({"subscription": subscription.id})
    assert shown(preview) == [("12 × Calls (at $0.04 / month)", 48), ("1 × Pro (at $20.00 / month)", 2000)]
    life.advance_to(NEXT_MONTH)
    invoice = life.subscription(subscription.id).latest_invoice
    assert (shown(invoice), invoice.amount_due) == (shown(preview), preview.amount_due)


def test_the_warning_of_a_renewal_has_the_usage_until_then(life: Life) -> None:
    calling(life)
    life.events()
    advance(life.client, life.clock.id, NEXT_MONTH - HOUR)
    [warned] = [event for event in life.new_events() if event.type == "invoice.upcoming"]
    assert warned.data.object["lines"]["data"][0]["quantity"] == 10


@pytest.mark.parametrize(("through", "waits"), [("now", [("10 × Calls (at $0.04 / month)", 40)]), ("none", [])])
def test_a_pause_bills_the_usage_until_then_unless_it_is_not_to(life: Life, through: str, waits: Any) -> None:
    caller = calling(life)
    client = life.client.v1.subscriptions
    bill_for: Any = {"outstanding_usage_through": {"type": through}}
    client.pause(caller.subscription.id, {"type": "subscription", "bill_for": bill_for})
    assert caller.waiting() == waits
    caller.call(50)
    resumed = client.resume(caller.subscription.id, {"billing_cycle_anchor": {"type": "now"}})
    assert resumed["items"].data[0].current_period_start == START + 10 * DAY


def test_what_is_used_while_it_is_paused_is_free_in_the_second_of_its_resumption_too(life: Life) -> None:
    caller = calling(life)
    life.client.v1.subscriptions.pause(caller.subscription.id, {"type": "subscription"})
    caller.call(100)
    life.client.v1.subscriptions.resume(caller.subscription.id)
    caller.call(3)
    life.advance(31 * DAY)
    invoices = life.client.v1.invoices.list({"customer": caller.customer.id}).data[::-1]
    assert [line for invoice in invoices for line in shown(invoice)] == [
        ("10 × Calls (at $0.04 / month)", 40),
        ("3 × Calls (at $0.04 / month)", 12),
    ]


def test_a_pause_can_be_invoiced_with_its_usage(life: Life) -> None:
    caller = calling(life)
    caller.call(10)
    paused = life.client.v1.subscriptions.pause(
        caller.subscription.id,
        {"type": "subscription", "invoicing_behavior": "invoice", "expand": ["latest_invoice"]},
    )
    assert (paused.status, shown(paused.latest_invoice)) == ("paused", [("20 × Calls (at $0.04 / month)", 80)])  # type: ignore[arg-type]


def test_what_comes_in_the_second_of_a_change_is_billed_once(life: Life) -> None:
    caller = calling(life)
    dearer = metered(life, caller.meter, unit_amount=10)
    caller.call(1)  # in the second of the change, before it
    caller.change(items=[{"id": caller.item, "price": dearer.id}])
    caller.call(2)  # and after it
    assert caller.waiting() == [("11 × Calls (at $0.04 / month)", 44)]
    assert caller.renewed()[-1] == ("2 × Calls (at $0.10 / month)", 20)


def test_a_cycle_or_a_trial_that_bills_nothing_brings_no_invoice(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    subscription = life.subscribe(customer, life.price(0))
    life.advance(DAY)
    item: Any = {"id": subscription["items"].data[0].id, "price": price.id}
    change: Any = {"items": [item], "billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    client = life.client.v1.subscriptions
    changed = client.update(subscription.id, change)
    assert changed.latest_invoice == subscription.latest_invoice.id  # type: ignore[union-attr]
    assert changed.billing_cycle_anchor == START + DAY
    other = life.subscribe(customer, life.price(0))
    item = {"id": other["items"].data[0].id, "price": price.id}
    trial: Any = {"items": [item], "trial_end": START + 5 * DAY, "proration_behavior": "none"}
    begun = client.update(other.id, trial)
    assert (begun.status, begun.latest_invoice) == ("trialing", other.latest_invoice.id)  # type: ignore[union-attr]


def test_a_second_change_bills_only_what_was_used_since_the_first(life: Life) -> None:
    caller = calling(life)
    dearer, dearest = metered(life, caller.meter, unit_amount=200), metered(life, caller.meter, unit_amount=300)
    caller.change(items=[{"id": caller.item, "price": dearer.id}])
    caller.call(3)
    life.advance(DAY)
    caller.change(items=[{"id": caller.item, "price": dearest.id}])
    assert sorted(amount for _, amount in caller.waiting()) == [40, 600]  # 10 at 4 cents, 3 at 2.00
    caller.call(2)
    assert sorted(amount for _, amount in caller.renewed()) == [40, 600, 600]  # and 2 at 3.00


def test_a_draft_follows_its_usage_whatever_becomes_of_the_item(life: Life) -> None:
    caller = calling(life)
    assert caller.renewed() == [("10 × Calls (at $0.04 / month)", 40)]
    draft = life.subscription(caller.subscription.id).latest_invoice
    life.advance(60)
    caller.change(billing_cycle_anchor={"type": "now"})
    report(life, caller.customer.id, 5, timestamp=NEXT_MONTH - 60)
    again = life.client.v1.invoices.retrieve(draft.id)
    assert (again.status, shown(again)) == ("draft", [("15 × Calls (at $0.04 / month)", 60)])


FAILING = "pm_card_chargeCustomerFail"
WHEN_PAID: Any = {"payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice"}


def test_a_change_that_is_never_paid_leaves_the_usage_to_the_old_price(life: Life) -> None:
    caller = calling(life)
    dearer = metered(life, caller.meter, unit_amount=200)
    caller.change(items=[{"id": caller.item, "price": dearer.id}])
    caller.call(3)
    life.advance(DAY)
    life.use_card(caller.customer.id, FAILING)
    dearest = metered(life, caller.meter, unit_amount=300)
    waiting = caller.change(items=[{"id": caller.item, "price": dearest.id}], **WHEN_PAID)
    assert waiting.pending_update is not None
    life.client.v1.invoices.void_invoice(waiting.latest_invoice.id)
    caller.call(2)
    assert [amount for _, amount in caller.renewed() if amount != 40] == [1000]  # 5 at 2.00, since the first change


def test_a_new_cycle_that_is_never_paid_bills_nothing(life: Life) -> None:
    caller = calling(life)
    caller.call(90)  # 4.00 in all: less than 0.50 is not charged
    life.use_card(caller.customer.id, FAILING)
    waiting = caller.change(billing_cycle_anchor={"type": "now"}, **WHEN_PAID)
    assert waiting.pending_update is not None
    life.client.v1.invoices.void_invoice(waiting.latest_invoice.id)
    caller.call(2)
    assert ("102 × Calls (at $0.04 / month)", 408) in caller.renewed()


def test_a_change_that_is_paid_later_counts_from_when_it_was_asked_for(life: Life) -> None:
    caller = calling(life)
    life.use_card(caller.customer.id, FAILING)
    dearer = metered(life, caller.meter, unit_amount=200)
    waiting = caller.change(
        items=[{"id": caller.item, "price": dearer.id}, {"price": life.price(5000).id}], **WHEN_PAID
    )
    caller.call(2)
    life.advance(HOUR)
    life.use_card(caller.customer.id, "pm_card_visa")
    life.client.v1.invoices.pay(waiting.latest_invoice.id)
    assert life.subscription(caller.subscription.id).pending_update is None
    assert ("2 × Calls (at $2.00 / month)", 400) in caller.renewed()


def test_the_last_invoice_of_a_planned_end_is_as_its_event_told(life: Life) -> None:
    caller = calling(life)
    caller.change(cancel_at_period_end=True)
    life.advance_to(NEXT_MONTH)
    final = life.subscription(caller.subscription.id).latest_invoice
    [told] = life.client.v1.events.list({"type": "invoice.created"}).data[:1]
    at = NEXT_MONTH + HOUR
    for invoice in (final, stripe.Invoice.construct_from(told.data.object, None)):
        assert (invoice.id, invoice.status, invoice.auto_advance) == (final.id, "draft", True)
        assert (invoice.automatically_finalizes_at, invoice.next_payment_attempt) == (at, at)
    life.advance(HOUR)
    assert life.client.v1.invoices.retrieve(final.id).status == "paid"


@pytest.mark.parametrize(
    ("behavior", "becomes"), [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")]
)
def test_the_last_invoice_is_put_aside_where_collection_is_paused(life: Life, behavior: Any, becomes: str) -> None:
    caller = calling(life)
    caller.call(90)
    caller.change(cancel_at_period_end=True, pause_collection={"behavior": behavior})
    life.advance_to(NEXT_MONTH)
    life.advance(2 * HOUR)
    final = life.subscription(caller.subscription.id).latest_invoice
    assert (final.amount_due, final.status, final.next_payment_attempt) == (400, becomes, None)
    assert life.subscription(caller.subscription.id).status == "canceled"
