"""Quotes: what becomes of them when they are finalized, accepted, canceled or forgotten."""

from typing import Any

import pytest
import stripe
from api.discounted import coupon
from api.life import DAY, HOUR, START, Life, advance
from api.quoting import accepted, items_of, once, quote_of

LAST_DAY = 253_402_214_400  # 9999-12-31T00:00:00Z
MARCH_2 = 1_772_445_600  # 2026-03-02T10:00:00Z, 30 days after the start


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_a_new_quote_is_a_draft_that_says_what_it_comes_to(life: Life) -> None:
    quote = quote_of(life, {"price": life.price(2000).id, "quantity": 3}, once(life, 5000), header="For Ada")
    assert life.events() == ["quote.created"]
    assert (quote.status, quote.number, quote.currency, quote.header) == ("draft", None, "usd", "For Ada")
    assert (quote.amount_subtotal, quote.amount_total) == (11000, 11000)
    assert quote.computed.upfront.amount_total == 11000
    recurring = quote.computed.recurring
    assert recurring is not None
    assert (recurring.amount_total, recurring.interval, recurring.interval_count) == (6000, "month", 1)
    assert (quote.created, quote.expires_at) == (START, MARCH_2)
    assert quote.invoice_settings.to_dict() == {
        "custom_fields": None,
        "days_until_due": None,
        "description": None,
        "footer": None,
        "issuer": {"type": "self"},
    }
    assert quote.subscription_data.billing_mode.to_dict() == {
        "flexible": {"proration_discounts": "included"},
        "type": "flexible",
    }


def test_an_accepted_quote_starts_a_subscription_whose_first_invoice_is_a_draft_for_an_hour(life: Life) -> None:
    quote = quote_of(life, life.price(2000).id, subscription_data={"metadata": {"deal": "7"}, "description": "Pro"})
    life.events()
    opened = life.client.v1.quotes.finalize_quote(quote.id)
    assert life.events() == ["quote.finalized"]
    assert opened.status == "open"
    assert opened.customer
    prefix = life.client.v1.customers.retrieve(str(opened.customer)).invoice_prefix
    assert opened.number == f"QT-{prefix}-0001-1"
    assert opened.status_transitions.finalized_at == START
    done = life.client.v1.quotes.accept(quote.id, {"expand": ["subscription", "invoice"]})
    assert life.events() == [
        "customer.updated",
        "customer.subscription.created",
        "invoice.created",
        "quote.accepted",
    ]
    subscription: Any = done.subscription
    invoice: Any = done.invoice
    assert (done.status, done.status_transitions.accepted_at) == ("accepted", START)
    assert (subscription.status, subscription.metadata["deal"], subscription.description) == ("active", "7", "Pro")
    assert (invoice.status, invoice.billing_reason, invoice.total) == ("draft", "subscription_create", 2000)
    assert invoice.parent.quote_details.quote == quote.id
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.automatically_finalizes_at == START + HOUR
    life.advance(HOUR)
    assert life.subscription(subscription.id).latest_invoice.status == "paid"  # type: ignore[union-attr]


def test_what_is_sold_once_becomes_a_draft_invoice(life: Life) -> None:
    quote = quote_of(life, {"price": once(life, 5000), "quantity": 2}, invoice_settings={"footer": "Thank you"})
    assert quote.computed.recurring is None
    done = accepted(life, quote)
    assert life.events() == ["customer.updated", "invoiceitem.created", "invoice.created", "quote.accepted"]
    invoice: Any = done.invoice
    assert done.subscription is None
    assert (invoice.status, invoice.total, invoice.billing_reason) == ("draft", 10000, "quote_accept")
    assert (invoice.parent.type, invoice.parent.quote_details.quote) == ("quote_details", quote.id)
    assert (invoice.footer, invoice.auto_advance) == ("Thank you", False)
    life.client.v1.invoices.pay(invoice.id)


def test_a_quote_that_nobody_accepts_is_canceled_in_time(life: Life) -> None:
    quote = quote_of(life, life.price().id)
    life.events()
    assert life.advance_to(MARCH_2 - 1) == []
    assert life.advance_to(MARCH_2) == ["quote.canceled"]
    late = life.client.v1.quotes.retrieve(quote.id)
    assert (late.status, late.status_transitions.canceled_at) == ("canceled", MARCH_2)
    with pytest.raises(stripe.InvalidRequestError, match="this one is canceled") as refusal:
        life.client.v1.quotes.accept(quote.id)
    assert refusal.value.code == "status_transition_invalid"
    assert life.advance(40 * DAY) == []


def test_a_sent_quote_sends_its_invoices(life: Life) -> None:
    terms: Any = {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 14}}
    done = accepted(life, quote_of(life, life.price(2000).id, **terms))
    subscription: Any = done.subscription
    assert (subscription.collection_method, subscription.days_until_due) == ("send_invoice", 14)
    assert life.events()[-2:] == ["invoice.created", "quote.accepted"]
    assert life.advance(HOUR) == ["invoice.finalized", "invoice.sent"]
    alone: Any = accepted(life, quote_of(life, once(life, 900), **terms)).invoice
    assert (alone.collection_method, alone.due_date) == ("send_invoice", START + HOUR + 14 * DAY)
    with pytest.raises(stripe.InvalidRequestError, match="days_until_due"):
        quote_of(life, life.price().id, collection_method="send_invoice")


def test_a_draft_can_be_changed_and_an_open_quote_only_put_off(life: Life) -> None:
    customer = life.customer().id
    quote = life.client.v1.quotes.create({"test_clock": life.clock.id})
    assert (quote.amount_total, quote.currency, quote.customer) == (0, None, None)
    for missing in ("customer", "line_items"):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            life.client.v1.quotes.finalize_quote(quote.id)
        assert refusal.value.param == missing
        life.client.v1.quotes.update(quote.id, {"customer": customer})
    setup = once(life, 300)
    life.client.v1.quotes.update(quote.id, {"line_items": [{"price": setup}, {"price": life.price(2000).id}]})
    second = items_of(life, quote)[1]
    changed = life.client.v1.quotes.update(quote.id, {"line_items": [{"id": second.id, "quantity": 2}]})
    assert (changed.amount_total, changed.status) == (4000, "draft")
    assert [each.id for each in items_of(life, quote)] == [second.id]
    life.client.v1.quotes.finalize_quote(quote.id, {"expires_at": START + DAY})
    later = life.client.v1.quotes.update(quote.id, {"expires_at": START + 2 * DAY})
    assert later.expires_at == START + 2 * DAY
    with pytest.raises(stripe.InvalidRequestError, match="only update expires_at and metadata"):
        life.client.v1.quotes.update(quote.id, {"description": "New"})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be changed"):
        life.client.v1.quotes.update(life.client.v1.quotes.create({"customer": customer}).id, {"customer": "cus_x"})
    assert life.client.v1.quotes.cancel(quote.id).status == "canceled"


def test_a_line_item_is_named_once_in_an_update(life: Life) -> None:
    quote = quote_of(life, once(life, 500))
    [item] = items_of(life, quote)
    twice: Any = [{"id": item.id}, {"id": item.id, "quantity": 2}]
    with pytest.raises(stripe.InvalidRequestError, match="more than once") as refusal:
        life.client.v1.quotes.update(quote.id, {"line_items": twice})
    assert refusal.value.param == "line_items[1][id]"
    unknown: Any = [{"id": "li_x", "price": once(life, 700)}]
    with pytest.raises(stripe.InvalidRequestError, match="No such line_item: 'li_x'"):
        life.client.v1.quotes.update(quote.id, {"line_items": unknown})
    assert items_of(life, quote) == [item]


def test_a_quote_of_a_deleted_customer_is_not_cloned(life: Life) -> None:
    done = accepted(life, quote_of(life, once(life, 500)))
    life.client.v1.customers.delete(str(done.customer))
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as refusal:
        life.client.v1.quotes.create({"from_quote": {"quote": done.id}})
    assert (refusal.value.http_status, refusal.value.param) == (400, "from_quote[quote]")
    assert life.events() == []


def test_a_revision_takes_the_number_on_and_the_place_of_the_original(life: Life) -> None:
    off = coupon(life, percent_off=50)
    first = quote_of(life, {"price": life.price(2000).id, "quantity": 2}, discounts=[{"coupon": off}])
    number = life.client.v1.quotes.finalize_quote(first.id).number
    assert number is not None
    revision = life.client.v1.quotes.create({"from_quote": {"quote": first.id, "is_revision": True}})
    assert (revision.status, revision.number, revision.amount_total) == ("draft", None, 2000)
    assert revision.from_quote is not None
    assert (revision.from_quote.quote, revision.from_quote.is_revision) == (first.id, True)
    life.events()
    assert life.client.v1.quotes.finalize_quote(revision.id).number == number[:-1] + "2"
    assert life.events() == ["quote.canceled", "quote.finalized"]
    assert life.client.v1.quotes.retrieve(first.id).status == "canceled"
    again = life.client.v1.quotes.create({"from_quote": {"quote": revision.id}})
    assert life.client.v1.quotes.finalize_quote(again.id).number == number.replace("0001-1", "0002-1")
    with pytest.raises(stripe.InvalidRequestError, match="from_quote, header"):
        life.client.v1.quotes.create({"from_quote": {"quote": revision.id}, "header": "New"})
    with pytest.raises(stripe.InvalidRequestError, match="revise an open quote"):
        life.client.v1.quotes.create({"from_quote": {"quote": first.id, "is_revision": True}})


def test_prices_that_are_archived_meanwhile_are_sold_as_agreed(life: Life) -> None:
    monthly, setup = life.price(2000).id, once(life, 700)
    data: Any = {"currency": "usd", "unit_amount": 50, "product": life.client.v1.products.create({"name": "Box"}).id}
    quote = quote_of(life, monthly, setup, {"price_data": data, "quantity": 2})
    for price in (monthly, setup):
        life.client.v1.prices.update(price, {"active": False})
    done = accepted(life, quote)
    invoice: Any = done.invoice
    assert (invoice.total, quote.amount_total) == (2800, 2800)


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        ({"application_fee_percent": 5}, 400, "application_fee_percent"),
        ({"transfer_data": {"destination": "acct_x"}}, 400, "transfer_data[destination]"),
        ({"expires_at": START}, 400, "expires_at"),
        ({"subscription_data": {"trial_period_days": 1000}}, 400, "subscription_data[trial_period_days]"),
        ({"subscription_data": {"trial_period_days": 0}}, 400, "subscription_data[trial_period_days]"),
        ({"subscription_data": {"effective_date": 999_999_999_999}}, 400, "subscription_data[effective_date]"),
        ({"subscription_data": {"effective_date": 0}}, 400, "subscription_data[effective_date]"),
        (
            {"subscription_data": {"effective_date": LAST_DAY, "trial_period_days": 30}},
            400,
            "subscription_data[effective_date]",
        ),
        ({"subscription_data": {"effective_date": "current_period_end"}}, 501, "subscription_data[effective_date]"),
        ({"line_items": [{"price": "price_x"}]}, 400, "line_items[0][price]"),
        ({"line_items": [{"id": "li_x"}]}, 400, "line_items[0][id]"),
        ({"discounts": [{"coupon": "none"}]}, 400, "discounts[0][coupon]"),
        ({"invoice_settings": {"days_until_due": 3}}, 400, "invoice_settings[days_until_due]"),
        ({"default_tax_rates": ["txr_x"]}, 400, "default_tax_rates"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    life: Life, params: dict[str, Any], status: int, param: str
) -> None:
    life.events()
    sent: Any = params
    with pytest.raises(stripe.StripeError) as refusal:
        life.client.v1.quotes.create(sent)
    assert (refusal.value.http_status, refusal.value.error and refusal.value.error.param) == (status, param)
    assert life.events() == []
    assert life.client.v1.quotes.list().data == []


def test_recurring_prices_of_different_intervals_are_not_quoted_together(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="same interval"):
        quote_of(life, life.price().id, life.price(interval="year").id)


def test_lists_go_by_customer_status_and_clock(life: Life) -> None:
    one, other = quote_of(life, life.price().id), quote_of(life, life.price().id)
    life.client.v1.quotes.cancel(one.id)
    quotes = life.client.v1.quotes
    assert [each.id for each in quotes.list({"test_clock": life.clock.id}).data] == [other.id, one.id]
    assert [each.id for each in quotes.list({"test_clock": life.clock.id, "status": "canceled"}).data] == [one.id]
    assert [each.id for each in quotes.list({"customer": str(other.customer)}).data] == [other.id]
    assert quotes.list().data == []


def test_a_quote_that_takes_effect_later_becomes_a_schedule(life: Life) -> None:
    start, off = START + 10 * DAY, coupon(life, percent_off=50)
    data: Any = {"effective_date": start, "metadata": {"deal": "7"}}
    monthly, setup = life.price(2000).id, once(life, 5000)
    quote = quote_of(life, monthly, setup, subscription_data=data, discounts=[{"coupon": off}])
    assert (quote.amount_total, quote.computed.upfront.amount_total) == (3500, 3500)
    done = accepted(life, quote)
    assert life.events() == ["customer.updated", "subscription_schedule.created", "quote.accepted"]
    assert (done.subscription, done.invoice) == (None, None)
    schedule = life.client.v1.subscription_schedules.retrieve(str(done.subscription_schedule))
    assert (schedule.status, schedule.phases[0].start_date) == ("not_started", start)
    assert schedule.phases[0].metadata is not None
    assert schedule.phases[0].metadata["deal"] == "7"
    assert "customer.subscription.created" in life.advance_to(start + 2 * HOUR)
    started = life.client.v1.subscription_schedules.retrieve(schedule.id).subscription
    [invoice] = life.client.v1.invoices.list({"subscription": str(started)}).data
    assert invoice.total == 3500


def test_a_date_that_has_passed_is_ignored_and_a_trial_lies_within_its_schedule(life: Life) -> None:
    data: Any = {"effective_date": START + DAY, "trial_period_days": 45}
    past, future = (quote_of(life, life.price(2000).id, subscription_data=data) for _ in range(2))
    schedule = life.client.v1.subscription_schedules.retrieve(str(accepted(life, future).subscription_schedule))
    assert schedule.phases[0].trial_end == START + 46 * DAY
    life.advance(2 * DAY)
    subscription: Any = accepted(life, past).subscription
    assert (subscription.status, subscription.trial_end) == ("trialing", START + 47 * DAY)


def test_a_trial_that_ends_with_the_calendar_leaves_no_time_for_the_first_period(life: Life) -> None:
    quote = quote_of(life, life.price().id, subscription_data={"effective_date": LAST_DAY - 3 * DAY})
    updated = life.client.v1.quotes.update(quote.id, {"subscription_data": {"trial_period_days": 2}})
    with pytest.raises(stripe.InvalidRequestError, match="before the year 10000"):
        accepted(life, updated)
    assert life.client.v1.quotes.retrieve(quote.id).status == "open"


def test_what_a_quote_says_of_its_invoices_stands_on_each_of_them(life: Life) -> None:
    printed: Any = {"description": "As agreed", "footer": "Thanks", "custom_fields": [{"name": "PO", "value": "17"}]}
    done = accepted(life, quote_of(life, life.price(2000).id, invoice_settings=printed))
    life.advance(40 * DAY)
    made = life.client.v1.invoices.list({"customer": str(done.customer)}).data
    assert [(each.description, each.footer, each.custom_fields and each.custom_fields[0].value) for each in made] == [
        ("As agreed", "Thanks", "17"),
        ("As agreed", "Thanks", "17"),
    ]


def test_quotes_go_with_their_customer_and_with_their_clock(life: Life) -> None:
    v1 = life.client.v1
    one, other = quote_of(life, life.price().id), quote_of(life, life.price().id)
    nobodys = v1.quotes.create({"test_clock": life.clock.id})
    done = accepted(life, quote_of(life, once(life, 500)))
    life.events()
    v1.customers.delete(str(one.customer))
    assert life.events() == ["quote.canceled", "payment_method.detached", "customer.updated", "customer.deleted"]
    v1.test_helpers.test_clocks.delete(life.clock.id)
    statuses = [v1.quotes.retrieve(quote.id).status for quote in (one, other, nobodys, done)]
    assert statuses == ["canceled", "canceled", "canceled", "accepted"]


def test_a_customer_takes_its_quotes_along_to_a_clock(life: Life) -> None:
    customer = life.client.v1.customers.create({})
    quote = quote_of(life, life.price().id, customer=customer.id)
    at = quote.expires_at - DAY
    clock = life.client.v1.test_helpers.test_clocks.create({"frozen_time": at, "customer": customer.id})
    assert life.client.v1.quotes.retrieve(quote.id).test_clock == clock.id
    advance(life.client, clock.id, quote.expires_at)
    assert life.client.v1.quotes.retrieve(quote.id).status == "canceled"
