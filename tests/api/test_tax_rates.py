"""Tax rates: made, changed, archived, and what they add to invoices, to the cent."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, Life

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z, 28 days after the start


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def rate(life: Life, percentage: float = 20, *, inclusive: bool = False, **fields: Any) -> stripe.TaxRate:
    made = life.client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive, **fields}
    )
    life.events()
    return made


def figures(invoice: stripe.Invoice) -> tuple[int, int | None, int | None, int]:
    return (invoice.subtotal, invoice.subtotal_excluding_tax, invoice.total_excluding_tax, invoice.total)


def test_a_tax_rate_is_made_changed_and_archived(life: Life) -> None:
    made = life.client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 19.5, "inclusive": True, "country": "DE", "jurisdiction": "Germany"}
    )
    assert (made.active, made.percentage, made.effective_percentage, made.rate_type) == (True, 19.5, 19.5, "percentage")
    assert (made.country, made.jurisdiction, made.description) == ("DE", "Germany", None)
    life.client.v1.tax_rates.update(made.id, {"active": False, "metadata": {"by": "ada"}})
    created, updated = life.new_events()
    assert (created.type, updated.type) == ("tax_rate.created", "tax_rate.updated")
    assert updated.data.previous_attributes.to_dict() == {"active": True, "metadata": {"by": None}}
    other = rate(life)
    tax_rates = life.client.v1.tax_rates
    assert [each.id for each in tax_rates.list({"active": False}).data] == [made.id]
    assert [each.id for each in tax_rates.list({"inclusive": False}).data] == [other.id]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"percentage": 20, "inclusive": False}, "display_name"),
        ({"display_name": "VAT", "inclusive": False}, "percentage"),
        ({"display_name": "VAT", "percentage": 20}, "inclusive"),
        ({"display_name": "VAT", "percentage": 100.5, "inclusive": False}, "percentage"),
        ({"display_name": "VAT", "percentage": -1, "inclusive": False}, "percentage"),
        ({"display_name": "VAT", "percentage": 7.12345, "inclusive": False}, "percentage"),
        ({"display_name": "VAT", "percentage": 20, "inclusive": False, "country": "Germany"}, "country"),
    ],
)
def test_what_a_tax_rate_needs(life: Life, params: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.tax_rates.create(params)
    assert refused.value.param == param
    assert life.client.v1.tax_rates.list().data == []


def test_percentage_and_inclusive_stay(life: Life) -> None:
    made = rate(life)
    for name, value in (("percentage", 10), ("inclusive", True)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            life.client.v1.tax_rates.update(made.id, {name: value})
        assert refused.value.param == name
    assert life.events() == []


def test_an_archived_rate_cannot_be_used_anew_but_stays_where_it_is(life: Life) -> None:
    made, customer, price = rate(life), life.customer(), life.price(1000)
    subscription = life.subscribe(customer, price, default_tax_rates=[made.id])
    life.client.v1.tax_rates.update(made.id, {"active": False})
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="archived") as refused:
        life.subscribe(customer, price, default_tax_rates=[made.id])
    assert refused.value.param == "default_tax_rates"
    with pytest.raises(stripe.InvalidRequestError, match="No such tax rate: 'txr_none'") as missing:
        life.subscribe(customer, price, items=[{"price": price.id, "tax_rates": ["txr_none"]}])
    assert (missing.value.param, missing.value.http_status) == ("items[0][tax_rates]", 400)
    assert life.events() == []
    life.client.v1.subscriptions.update(subscription.id, {"default_tax_rates": [made.id], "metadata": {"a": "b"}})
    life.advance_to(MONTH_END)
    assert life.subscription(subscription.id).latest_invoice.total == 1200


def test_at_most_five_rates_and_none_twice(life: Life) -> None:
    customer, price = life.customer(), life.price(1000)
    rates = [rate(life, 1).id for _ in range(6)]
    with pytest.raises(stripe.InvalidRequestError, match="at most 5"):
        life.subscribe(customer, price, default_tax_rates=rates)
    with pytest.raises(stripe.InvalidRequestError, match="more than once"):
        life.subscribe(customer, price, default_tax_rates=[rates[0], rates[0]])
    assert life.subscribe(customer, price, default_tax_rates=rates[:5]).latest_invoice.total == 1050


def test_exclusive_tax_is_charged_on_top_at_first_and_at_each_renewal(life: Life) -> None:
    made = rate(life, 19.6)
    subscription = life.subscribe(life.customer(), life.price(999), default_tax_rates=[made.id])
    # 999 × 0.196 = 195.804
    first = subscription.latest_invoice
    assert figures(first) == (999, 999, 999, 1195)
    assert (first.amount_paid, first.status) == (1195, "paid")
    assert [rate.id for rate in subscription.default_tax_rates] == [rate.id for rate in first.default_tax_rates]
    [tax] = first.lines.data[0].taxes
    assert tax.to_dict() == {
        "amount": 196,
        "tax_behavior": "exclusive",
        "tax_rate_details": {"tax_rate": made.id},
        "taxability_reason": "not_available",
        "taxable_amount": 999,
        "type": "tax_rate_details",
    }
    assert [each.to_dict() for each in first.total_taxes] == [tax.to_dict()]
    life.advance_to(MONTH_END + HOUR)
    renewal = life.subscription(subscription.id).latest_invoice
    assert (figures(renewal), renewal.status, renewal.amount_paid) == ((999, 999, 999, 1195), "paid", 1195)
    named = renewal.total_taxes[0].tax_rate_details.tax_rate
    assert life.client.v1.tax_rates.retrieve(named).percentage == 19.6


def test_inclusive_tax_is_in_the_price(life: Life) -> None:
    made = rate(life, 20, inclusive=True)
    invoice = life.subscribe(life.customer(), life.price(999), default_tax_rates=[made.id]).latest_invoice
    # 999 − 999/1.2 = 166.5
    assert figures(invoice) == (999, 832, 832, 999)
    assert [(tax.amount, tax.tax_behavior, tax.taxable_amount) for tax in invoice.total_taxes] == [
        (167, "inclusive", 832)
    ]


def test_an_items_rates_come_before_the_subscriptions(life: Life) -> None:
    reduced, standard = rate(life, 7), rate(life, 19)
    book, pen = life.price(1000), life.price(500)
    invoice = life.subscribe(
        life.customer(),
        book,
        items=[{"price": book.id, "tax_rates": [reduced.id]}, {"price": pen.id}],
        default_tax_rates=[standard.id],
    ).latest_invoice
    assert [(line.amount, line.taxes[0].amount) for line in invoice.lines.data] == [(1000, 70), (500, 95)]
    assert [(tax.amount, tax.taxable_amount) for tax in invoice.total_taxes] == [(70, 1000), (95, 500)]
    assert invoice.total == 1665


def test_an_items_rates_are_changed_for_the_next_invoice(life: Life) -> None:
    old, new, price = rate(life, 10), rate(life, 20), life.price(1000)
    subscription = life.subscribe(
        life.customer(), price, items=[{"price": price.id, "tax_rates": [old.id]}], expand=["latest_invoice"]
    )
    item = subscription["items"].data[0]
    assert ([each.id for each in item.tax_rates], subscription.latest_invoice.total) == ([old.id], 1100)
    life.events()
    changed = life.client.v1.subscription_items.update(item.id, {"tax_rates": [new.id], "proration_behavior": "none"})
    assert [each.id for each in changed.tax_rates] == [new.id]
    [event] = life.new_events()
    assert event.type == "customer.subscription.updated"
    before = event.data.previous_attributes.to_dict()
    assert list(before) == ["items"]
    assert [each["id"] for each in before["items"]["data"][0]["tax_rates"]] == [old.id]
    life.advance_to(MONTH_END)
    assert life.subscription(subscription.id).latest_invoice.total == 1200
    life.client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "tax_rates": ""}], "proration_behavior": "none"}
    )
    assert life.subscription(subscription.id)["items"].data[0].tax_rates == []


def test_prorations_are_taxed_like_the_item_and_credits_give_tax_back(life: Life) -> None:
    made, basic, pro = rate(life, 19), life.price(2000), life.price(5000)
    customer = life.customer()
    subscription = life.subscribe(customer, basic, items=[{"price": basic.id, "tax_rates": [made.id]}])
    life.advance(14 * DAY)
    life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription["items"].data[0].id, "price": pro.id}],
            "proration_behavior": "always_invoice",
        },
    )
    invoice = life.subscription(subscription.id).latest_invoice
    assert [(line.amount, line.taxes[0].amount) for line in invoice.lines.data] == [(-1000, -190), (2500, 475)]
    assert figures(invoice) == (1500, 1500, 1500, 1785)
    assert invoice.amount_paid == 1785
    assert invoice.total_taxes[0].amount == 285


def test_an_invoice_item_is_taxed_by_its_own_rates_or_its_invoices(life: Life) -> None:
    customer, low, high = life.customer(), rate(life, 5), rate(life, 25)
    invoices, items = life.client.v1.invoices, life.client.v1.invoice_items
    draft = invoices.create({"customer": customer.id, "default_tax_rates": [high.id]})
    own = items.create(
        {"customer": customer.id, "invoice": draft.id, "amount": 1000, "currency": "usd", "tax_rates": [low.id]}
    )
    items.create({"customer": customer.id, "invoice": draft.id, "amount": -200, "currency": "usd"})
    draft = invoices.retrieve(draft.id)
    assert [each.id for each in own.tax_rates] == [low.id]
    assert [line.taxes[0].amount for line in draft.lines.data] == [50, -50]
    assert (draft.total, draft.total_excluding_tax) == (800, 800)
    life.events()
    items.update(own.id, {"tax_rates": ""})
    assert life.events() == ["invoice.updated"]
    assert invoices.retrieve(draft.id).total == 1000
    changed = invoices.update(draft.id, {"default_tax_rates": [low.id]})
    assert changed.total == 840
    [event] = life.new_events()
    assert event.type == "invoice.updated"
    before = event.data.previous_attributes.to_dict()
    assert {name: before[name] for name in ("amount_due", "amount_remaining", "total")} == {
        "amount_due": 1000,
        "amount_remaining": 1000,
        "total": 1000,
    }
    assert [each["amount"] for each in before["total_taxes"]] == [200]
    assert invoices.update(draft.id, {"default_tax_rates": ""}).total_taxes == []


def test_rates_of_both_kinds_on_one_line(life: Life) -> None:
    inside, outside = rate(life, 25, inclusive=True), rate(life, 10)
    invoice = life.subscribe(
        life.customer(), life.price(1000), default_tax_rates=[inside.id, outside.id]
    ).latest_invoice
    # 1000 − 1000/1.25 = 200 is inside; 10 % of the other 800 comes on top
    assert [(tax.amount, tax.taxable_amount) for tax in invoice.total_taxes] == [(200, 800), (80, 800)]
    assert figures(invoice) == (1000, 800, 800, 1080)
