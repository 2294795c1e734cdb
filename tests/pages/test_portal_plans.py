"""Changing the plan in the portal: what is offered, previews that equal invoices, changes that wait."""

import re
from typing import Any

import pytest
import stripe
from api.life import DAY, START, advance
from api.portal import Portal, Told, subscriber
from pages.shop import Answer, Visitor

HALF = START + 14 * DAY  # of the 28 days of February: the period of a subscription from 31 January


@pytest.fixture
def clock(client: stripe.StripeClient) -> str:
    return client.v1.test_helpers.test_clocks.create({"frozen_time": START}).id


@pytest.fixture
def portal(client: stripe.StripeClient, clock: str) -> Portal:
    """A subscriber of Basic on a clock, in the middle of a month of 28 days."""
    made = Portal.open(client)
    made.customer = subscriber(client, test_clock=clock)
    asked: Any = {"customer": made.customer, "items": [{"price": made.basic.id}]}
    made.subscription = client.v1.subscriptions.create(asked)
    advance(client, clock, HALF)
    return made


def of_subscription(portal: Portal, verb: str = "update/confirm", **updates: Any) -> str:
    configuration = portal.configuration(subscription_update=portal.updates(**updates))
    return f"{portal.session(configuration.id).url}/subscriptions/{portal.subscription.id}/{verb}"


def now(portal: Portal) -> stripe.Subscription:
    return portal.client.v1.subscriptions.retrieve(portal.subscription.id, {"expand": ["latest_invoice"]})


def price_of(subscription: stripe.Subscription) -> tuple[str, int]:
    item = subscription["items"].data[0]
    return item.price.id, item.quantity


def total(answer: Answer) -> str:
    found = re.search(r'data-testid="preview-total">([^<]+)<', answer.text)
    assert found is not None
    return found[1]


def test_what_is_offered_can_be_chosen(portal: Portal, visitor: Visitor) -> None:
    answer = visitor.get(of_subscription(portal, "update"))
    assert "Basic Current $10.00 per month Basic $100.00 per year Pro $30.00 per month" in answer.page.words
    assert 'name="quantity"' in answer.text
    assert 'name="code"' in answer.text
    prices_only = visitor.get(of_subscription(portal, "update", default_allowed_updates=["price"])).text
    assert 'name="quantity"' not in prices_only
    assert 'name="code"' not in prices_only


def test_the_form_asks_for_quantities_that_can_be_had(portal: Portal, visitor: Visitor) -> None:
    assert 'min="1" max="999999"' in visitor.get(of_subscription(portal, "update")).text
    seats = {"enabled": True, "minimum": 2, "maximum": 50}
    product = {"product": str(portal.basic.product), "prices": [portal.basic.id], "adjustable_quantity": seats}
    assert 'min="2" max="50"' in visitor.get(of_subscription(portal, "update", products=[product])).text
    fixed = {**product, "adjustable_quantity": {"enabled": False}}
    assert 'name="quantity"' not in visitor.get(of_subscription(portal, "update", products=[fixed])).text


def test_a_change_that_is_charged_at_once_costs_what_the_preview_said(portal: Portal, visitor: Visitor) -> None:
    url = of_subscription(portal, proration_behavior="always_invoice")
    shown = visitor.get(f"{url}?price={portal.pro.id}&quantity=2")
    # Half of February: 2 x $30.00 / 2 for what comes, $10.00 / 2 back for what was paid.
    assert total(shown) == "$25.00"
    assert "Amount due today" in shown.page.words
    assert "Pro × 2 · $60.00 per month" in shown.page.words
    told = Told(portal.client)
    answer = visitor.post(url, price=portal.pro.id, quantity="2", at=str(HALF))
    subscription = now(portal)
    assert price_of(subscription) == (portal.pro.id, 2)
    assert isinstance(subscription.latest_invoice, stripe.Invoice)
    assert (subscription.latest_invoice.amount_paid, subscription.latest_invoice.status) == (2500, "paid")
    types = told.types()
    assert "invoice.paid" in types
    assert "customer.subscription.updated" in types
    assert "Your subscription is updated." in visitor.get(answer.location).page.words


def test_what_a_smaller_plan_leaves_over_goes_to_the_balance_and_comes_from_it_later(
    client: stripe.StripeClient, portal: Portal, visitor: Visitor
) -> None:
    item = portal.subscription["items"].data[0].id
    upgraded: Any = {"items": [{"id": item, "price": portal.pro.id}], "proration_behavior": "always_invoice"}
    client.v1.subscriptions.update(portal.subscription.id, upgraded)
    url = of_subscription(portal, proration_behavior="always_invoice")
    shown = visitor.get(f"{url}?price={portal.basic.id}")
    # Half of February: $30.00 / 2 back, $10.00 / 2 for what comes.
    assert ("To your balance $10.00" in shown.page.words, total(shown)) == (True, "$0.00")
    visitor.post(url, price=portal.basic.id, at=str(HALF))
    assert client.v1.customers.retrieve(portal.customer).balance == -1000
    again = visitor.get(f"{url}?price={portal.pro.id}")
    assert ("From your balance -$10.00" in again.page.words, total(again)) == (True, "$0.00")


def test_the_moment_of_the_preview_counts(client: stripe.StripeClient, clock: str, visitor: Visitor) -> None:
    portal = Portal.open(client)
    portal.customer = subscriber(client, test_clock=clock)
    asked: Any = {"customer": portal.customer, "items": [{"price": portal.basic.id}]}
    portal.subscription = client.v1.subscriptions.create(asked)
    advance(client, clock, HALF)
    url = of_subscription(portal, proration_behavior="always_invoice")
    shown = visitor.get(f"{url}?price={portal.pro.id}")
    advance(client, clock, HALF + 3000)
    at = re.search(r'name="at" value="(\d+)"', shown.text)
    assert at is not None
    visitor.post(url, price=portal.pro.id, at=at[1])
    invoice = now(portal).latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (total(shown), invoice.amount_paid) == ("$10.00", 1000)


def test_prorations_wait_for_the_next_invoice_as_the_preview_said(
    client: stripe.StripeClient, portal: Portal, clock: str, visitor: Visitor
) -> None:
    url = of_subscription(portal, proration_behavior="create_prorations")
    shown = visitor.get(f"{url}?price={portal.pro.id}")
    assert (total(shown), "Amount due on 28 Feb 2026" in shown.page.words) == ("$40.00", True)
    told = Told(client)
    visitor.post(url, price=portal.pro.id)
    assert told.types() == ["invoiceitem.created", "invoiceitem.created", "customer.subscription.updated"]
    advance(client, clock, START + 29 * DAY)
    invoice = now(portal).latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert invoice.amount_due == 4000


def test_a_promotion_code_comes_along(client: stripe.StripeClient, portal: Portal, visitor: Visitor) -> None:
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    client.v1.promotion_codes.create({"code": "HALF", "promotion": {"type": "coupon", "coupon": coupon}})
    url = of_subscription(portal)
    wrong = visitor.get(f"{url}?price={portal.pro.id}&code=NONE")
    assert (wrong.status, "This code is invalid." in wrong.page.words) == (422, True)
    assert total(visitor.get(f"{url}?price={portal.pro.id}&code=half")) == "$15.00"
    visitor.post(url, price=portal.pro.id, code="half")
    subscription = now(portal)
    assert (price_of(subscription)[0], len(subscription.discounts)) == (portal.pro.id, 1)


def test_a_card_that_is_declined_changes_nothing(portal: Portal, visitor: Visitor) -> None:
    broke = portal.client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": portal.customer}).id
    portal.client.v1.customers.update(portal.customer, {"invoice_settings": {"default_payment_method": broke}})
    before = now(portal)
    url = of_subscription(portal, proration_behavior="always_invoice")
    answer = visitor.post(url, price=portal.pro.id)
    assert (answer.status, "Your card was declined." in answer.page.words) == (402, True)
    assert 'data-testid="other-card"' in answer.text
    assert now(portal) == before


@pytest.mark.parametrize(("press", "bought"), [("complete", "pro"), ("fail", "basic")])
def test_3d_secure_comes_before_a_change_that_is_charged(
    portal: Portal, visitor: Visitor, press: str, bought: str
) -> None:
    asking = portal.client.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": portal.customer}).id
    portal.client.v1.customers.update(portal.customer, {"invoice_settings": {"default_payment_method": asking}})
    url = of_subscription(portal, proration_behavior="always_invoice")
    challenge = visitor.post(url, price=portal.pro.id).location
    assert "/3ds/pi_" in str(challenge)
    assert price_of(now(portal))[0] == portal.basic.id
    back = visitor.get(visitor.post(challenge, challenge=press).location).location
    said = visitor.get(back).page.words
    assert price_of(now(portal))[0] == getattr(portal, bought).id
    assert now(portal).pending_update is None
    assert ("Your subscription is updated." if press == "complete" else "We could not authenticate your card.") in said


@pytest.mark.parametrize(("behavior", "status"), [("end_trial", "active"), ("continue_trial", "trialing")])
def test_a_trial_ends_with_a_change_or_goes_on(
    client: stripe.StripeClient, visitor: Visitor, behavior: str, status: str
) -> None:
    portal = Portal.open(client, trial_period_days=14)
    url = of_subscription(portal, trial_update_behavior=behavior)
    shown = visitor.get(f"{url}?price={portal.pro.id}")
    assert total(shown) == "$30.00"
    assert ("due today" in shown.page.words) == (behavior == "end_trial")
    visitor.post(url, price=portal.pro.id)
    subscription = now(portal)
    assert (subscription.status, price_of(subscription)[0]) == (status, portal.pro.id)


def test_a_new_billing_cycle_begins_where_the_configuration_says(portal: Portal, visitor: Visitor) -> None:
    url = of_subscription(portal, billing_cycle_anchor="now", proration_behavior="none")
    assert total(visitor.get(f"{url}?price={portal.pro.id}")) == "$30.00"
    visitor.post(url, price=portal.pro.id)
    assert now(portal).billing_cycle_anchor == HALF


@pytest.mark.parametrize(
    ("condition", "bought", "wanted"),
    [("decreasing_item_amount", "pro", "basic"), ("shortening_interval", "yearly", "pro")],
)
def test_less_is_for_the_next_period_where_the_configuration_says(
    client: stripe.StripeClient, clock: str, visitor: Visitor, condition: str, bought: str, wanted: str
) -> None:
    portal = Portal.open(client)
    customer = subscriber(client, test_clock=clock)
    old, new = getattr(portal, bought).id, getattr(portal, wanted).id
    portal.customer = customer
    portal.subscription = client.v1.subscriptions.create({"customer": customer, "items": [{"price": old}]})
    ends = portal.subscription["items"].data[0].current_period_end
    url = of_subscription(portal, schedule_at_period_end={"conditions": [{"type": condition}]})
    shown = visitor.get(f"{url}?price={new}")
    assert "It changes on" in shown.page.words
    assert total(shown) == ("$10.00" if wanted == "basic" else "$30.00")
    told = Told(client)
    home = visitor.get(visitor.post(url, price=new).location)
    assert told.types() == [
        "subscription_schedule.created", "customer.subscription.updated", "subscription_schedule.updated",
    ]  # fmt: skip
    assert "Your plan will change at the end of its period." in home.page.words
    assert "It changes to " in home.page.words
    assert 'data-testid="keep-plan"' in home.text
    assert price_of(now(portal)) == (old, 1)
    assert visitor.post(url, price=new).status == 409
    advance(client, clock, ends + DAY)
    assert price_of(now(portal)) == (new, 1)


def test_a_change_that_waits_can_be_taken_back(portal: Portal, visitor: Visitor) -> None:
    condition = {"conditions": [{"type": "decreasing_item_amount"}]}
    portal.client.v1.subscriptions.update(portal.subscription.id, {"items": [{"id": portal.item, "quantity": 3}]})
    url = of_subscription(portal, schedule_at_period_end=condition)
    visitor.post(url, quantity="1")
    assert now(portal).schedule is not None
    told = Told(portal.client)
    assert visitor.post(url.replace("/update/confirm", "/keep")).status == 303
    assert told.types() == ["subscription_schedule.released", "customer.subscription.updated"]
    assert (now(portal).schedule, price_of(now(portal))[1]) == (None, 3)
    assert visitor.post(url.replace("/update/confirm", "/keep")).status == 409


def test_what_is_not_offered_is_refused(client: stripe.StripeClient, portal: Portal, visitor: Visitor) -> None:
    other = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1, "recurring": {"interval": "month"}, "product_data": {"name": "Other"}}
    ).id
    url = of_subscription(portal)
    for asked in (f"price={other}", "price=price_none", "", "quantity=many", "quantity=1000000"):
        assert visitor.get(f"{url}?{asked}").status == 422, asked
    assert visitor.post(url, price=other).status == 409
    off = portal.configuration(subscription_update={"enabled": False}).id
    closed = f"{portal.session(off).url}/subscriptions/{portal.subscription.id}/update"
    assert (visitor.get(closed).status, visitor.get(f"{closed}/confirm?price={portal.pro.id}").status) == (403, 403)
    assert visitor.post(f"{closed}/confirm", price=portal.pro.id).status == 403
    assert price_of(now(portal)) == (portal.basic.id, 1)


def test_the_flow_of_an_update_lets_choose(portal: Portal, visitor: Visitor) -> None:
    flow = portal.flow("subscription_update")
    start = visitor.get(portal.session(portal.configuration().id, flow_data=flow).url).location
    assert "Update your subscription" in visitor.get(start).page.words
    assert visitor.post(f"{start}/confirm", price=portal.pro.id).status == 303
    assert price_of(now(portal)) == (portal.pro.id, 1)


def test_the_flow_of_a_confirmation_knows_what_is_to_be_confirmed(
    client: stripe.StripeClient, portal: Portal, visitor: Visitor
) -> None:
    coupon = client.v1.coupons.create({"amount_off": 500, "currency": "usd", "duration": "once"}).id
    items = [{"id": portal.item, "price": portal.pro.id, "quantity": 2}]
    flow = portal.flow("subscription_update_confirm", items=items, discounts=[{"coupon": coupon}])
    configuration = portal.configuration(subscription_update=portal.updates(proration_behavior="none")).id
    start = visitor.get(portal.session(configuration, flow_data=flow).url).location
    shown = visitor.get(start)
    assert "Pro × 2 · $60.00 per month" in shown.page.words
    assert total(shown) == "$55.00"
    assert visitor.post(start, price="ignored").status == 303
    subscription = now(portal)
    assert (price_of(subscription), len(subscription.discounts)) == ((portal.pro.id, 2), 1)
