"""Previews of invoices, through the official SDK: what is shown is what comes, and nothing is left behind."""

import re
from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def preview(life: Life, **params: Any) -> stripe.Invoice:
    return life.client.v1.invoices.create_preview(params)


def essence(invoice: stripe.Invoice) -> dict[str, Any]:
    """What a preview and its invoice have in common: all but ids and what finalizing adds."""
    return {
        "amounts": (invoice.subtotal, invoice.total, invoice.starting_balance, invoice.currency),
        "window": (invoice.period_start, invoice.period_end),
        "lines": [
            (line.description, line.amount, line.quantity, line.period.start, line.period.end, line.discountable)
            for line in invoice.lines.data
        ],
    }


def latest(life: Life, customer: stripe.Customer) -> stripe.Invoice:
    return life.client.v1.invoices.list({"customer": customer.id, "limit": 1}).data[0]


def test_the_next_renewal(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    life.events()
    shown = preview(life, subscription=subscription.id, expand=["customer"])
    end = subscription["items"].data[0].current_period_end
    assert shown.id.startswith("upcoming_in_")
    assert (shown.status, shown.number, shown.billing_reason) == ("draft", None, "upcoming")
    assert (shown.amount_due, shown.created, shown.next_payment_attempt) == (2300, end, end + HOUR)
    assert shown.customer.email == "ada@example.com"
    assert {line.invoice for line in shown.lines.data} == {shown.id}
    assert life.events() == [], "a preview tells of nothing"
    with pytest.raises(stripe.InvalidRequestError, match="No such invoice"):
        life.client.v1.invoices.retrieve(shown.id)
    life.advance_to(end)
    assert essence(latest(life, customer)) == essence(shown)


def test_the_same_preview_is_the_same_again(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    assert preview(life, subscription=subscription.id) == preview(life, subscription=subscription.id)


def test_a_change_that_waits_for_the_renewal(life: Life) -> None:
    customer, dearer = life.customer(), life.price(5000)
    subscription = life.subscribe(customer, life.price())
    life.advance(9 * DAY)
    items = [{"id": subscription["items"].data[0].id, "price": dearer.id, "quantity": 3}]
    shown = preview(life, subscription=subscription.id, subscription_details={"items": items})
    assert [line.parent.subscription_item_details.proration for line in shown.lines.data] == [True, True, False]
    life.client.v1.subscriptions.update(subscription.id, {"items": items})
    life.advance_to(subscription["items"].data[0].current_period_end)
    assert essence(latest(life, customer)) == essence(shown)


def test_a_change_that_is_charged_now(life: Life) -> None:
    customer, dearer = life.customer(), life.price(5000)
    subscription = life.subscribe(customer, life.price())
    life.advance(9 * DAY)
    change = {
        "items": [{"id": subscription["items"].data[0].id, "price": dearer.id}],
        "proration_behavior": "always_invoice",
    }
    shown = preview(life, subscription=subscription.id, subscription_details=change)
    assert len(shown.lines.data) == 2, "only the prorations"
    life.client.v1.subscriptions.update(subscription.id, change)
    assert essence(latest(life, customer)) == essence(shown)


def test_a_change_that_cannot_be_paid_can_be_previewed(life: Life) -> None:
    customer, dearer = life.customer("pm_card_visa"), life.price(5000)
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    change = {
        "items": [{"id": subscription["items"].data[0].id, "price": dearer.id}],
        "proration_behavior": "always_invoice",
    }
    shown = preview(life, subscription=subscription.id, subscription_details=change)
    assert (shown.amount_due, shown.attempted) == (3000, False)
    assert life.events() == []
    assert life.subscription(subscription.id).status == "active"


def test_the_end_of_a_trial(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(), trial_period_days=14)
    assert preview(life, subscription=subscription.id).total == 2000
    shown = preview(life, subscription=subscription.id, subscription_details={"trial_end": "now"})
    life.client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert essence(latest(life, customer)) == essence(shown)


def test_a_subscription_that_does_not_exist_yet(life: Life) -> None:
    customer, price = life.customer(), life.price()
    shown = preview(life, customer=customer.id, subscription_details={"items": [{"price": price.id, "quantity": 2}]})
    assert shown.total == 4000
    assert life.client.v1.subscriptions.list({"customer": customer.id}).data == []
    life.subscribe(customer, price, items=[{"price": price.id, "quantity": 2}])
    assert essence(latest(life, customer)) == essence(shown)


def test_a_customer_that_does_not_exist_yet(life: Life) -> None:
    price = life.price()
    shown = preview(
        life,
        customer_details={"address": {"country": "DE", "postal_code": "10115"}},
        subscription_details={"items": [{"price": price.id}]},
        currency="usd",
    )
    assert (shown.total, shown.customer_address.country) == (2000, "DE")
    assert life.client.v1.customers.list().data == []


def test_what_waits_for_a_customer(life: Life) -> None:
    customer = life.customer()
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices for customer") as nothing:
        preview(life, customer=customer.id)
    assert (nothing.value.code, nothing.value.http_status) == ("invoice_upcoming_none", 404)
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    added = [{"amount": 200, "currency": "usd", "description": "More"}]
    shown = preview(life, customer=customer.id, invoice_items=added)
    assert (shown.total, [line.amount for line in shown.lines.data]) == (500, [300, 200])


def test_the_first_invoice_of_several_subscriptions(life: Life) -> None:
    customer = life.customer()
    life.subscribe(customer, life.price(9000, interval="year"))
    monthly = life.subscribe(customer, life.price())
    shown = preview(life, customer=customer.id)
    assert (shown.parent.subscription_details.subscription, shown.total) == (monthly.id, 2000)


def test_a_subscription_that_ends_has_no_next_invoice(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    ends = {"cancel_at_period_end": True}
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices") as nothing:
        preview(life, subscription=subscription.id, subscription_details=ends)
    assert nothing.value.code == "invoice_upcoming_none"
    assert preview(life, subscription=subscription.id).total == 2000, "nothing was canceled"
    life.client.v1.subscriptions.update(subscription.id, ends)
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices"):
        preview(life, subscription=subscription.id)


def test_recurring_leaves_out_what_is_charged_once(life: Life) -> None:
    customer, dearer = life.customer(), life.price(5000)
    subscription = life.subscribe(customer, life.price())
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    life.advance(9 * DAY)
    items = [{"id": subscription["items"].data[0].id, "price": dearer.id}]
    shown = preview(life, subscription=subscription.id, subscription_details={"items": items}, preview_mode="recurring")
    assert [line.amount for line in shown.lines.data] == [5000]


def test_a_discount_that_the_open_draft_uses_up(life: Life) -> None:
    life.client.v1.coupons.create({"id": "welcome", "percent_off": 50, "duration": "once"})
    customer = life.customer()
    subscription = life.subscribe(
        customer, life.price(), collection_method="send_invoice", days_until_due=5, discounts=[{"coupon": "welcome"}]
    )
    assert (subscription.latest_invoice.status, subscription.latest_invoice.total) == ("draft", 1000)
    assert preview(life, subscription=subscription.id).total == 2000
    assert preview(life, subscription=subscription.id, discounts=[{"coupon": "welcome"}]).total == 1000


def test_discounts_of_the_customer_can_be_left_out(life: Life) -> None:
    life.client.v1.coupons.create({"id": "tenth", "percent_off": 10, "duration": "forever"})
    customer, price = life.customer(), life.price()
    life.client.raw_request("post", f"/v1/customers/{customer.id}", coupon="tenth", stripe_version="2025-02-24.acacia")
    subscription = life.subscribe(customer, price)
    assert preview(life, subscription=subscription.id).total == 1800
    assert preview(life, subscription=subscription.id, discounts="").total == 2000


def test_a_pause_and_a_resumption(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(3100))
    life.advance_to(subscription["items"].data[0].current_period_end - 14 * DAY)
    pause = {"invoicing_behavior": "invoice", "type": "subscription"}
    shown = preview(life, subscription=subscription.id, subscription_details={"pause": pause})
    assert (len(shown.lines.data), shown.total < 0) == (1, True)
    life.client.v1.subscriptions.pause(subscription.id, pause)
    assert essence(latest(life, customer)) == essence(shown)
    shown = preview(life, subscription=subscription.id, subscription_details={"resume_at": "now"})
    life.client.v1.subscriptions.resume(subscription.id)
    assert essence(latest(life, customer)) == essence(shown)


def test_a_cancellation_now(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2800))
    life.advance(14 * DAY)
    shown = preview(life, subscription=subscription.id, subscription_details={"cancel_now": True})
    assert [line.amount for line in shown.lines.data] == [shown.total]
    assert shown.total == -1400, "14 of the 28 days from 31 January to 28 February"
    life.client.v1.subscriptions.cancel(subscription.id, {"invoice_now": True, "prorate": True})
    assert essence(latest(life, customer)) == essence(shown)


def test_details_of_the_customer_for_the_preview_alone(life: Life) -> None:
    customer = life.customer()
    rate = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False})
    subscription = life.subscribe(customer, life.price(), default_tax_rates=[rate.id])
    assert preview(life, subscription=subscription.id).total == 2400
    exempt = preview(life, subscription=subscription.id, customer_details={"tax_exempt": "exempt"})
    assert (exempt.total, exempt.customer_tax_exempt) == (2000, "exempt")
    assert life.client.v1.customers.retrieve(customer.id).tax_exempt == "none"


def test_a_version_that_had_no_hash_for_the_anchor(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2800))
    life.advance(14 * DAY)
    asked: dict[str, Any] = {"subscription": subscription.id, "subscription_details": {"billing_cycle_anchor": "now"}}
    old = life.client.raw_request("post", "/v1/invoices/create_preview", stripe_version="2025-09-30.clover", **asked)
    asked["subscription_details"] = {"billing_cycle_anchor": {"type": "now"}}
    assert old.data["total"] == life.client.v1.invoices.create_preview(asked).total == 1400


def test_upcoming_is_a_preview(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    shown = preview(life, subscription=subscription.id)
    life.advance(25 * DAY)
    (told,) = life.client.v1.events.list({"type": "invoice.upcoming"}).data
    assert "id" not in told.data.object
    assert essence(stripe.Invoice.construct_from(told.data.object.to_dict(), None)) == essence(shown)


def test_what_cannot_be_previewed_is_said(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    with pytest.raises(stripe.APIError) as refused:
        preview(life, subscription=subscription.id, issuer={"type": "account", "account": "acct_1"})
    assert (refused.value.http_status, refused.value.error.code) == (501, "mockbill_unsupported")
    anchor = {"type": "timestamp", "timestamp": START + 9 * DAY}
    with pytest.raises(stripe.InvalidRequestError, match="can only be set to `now`") as dated:
        preview(life, subscription=subscription.id, subscription_details={"billing_cycle_anchor": anchor})
    assert dated.value.param == "subscription_details[billing_cycle_anchor]"
    with pytest.raises(stripe.InvalidRequestError, match="customer, subscription or"):
        preview(life)
    with pytest.raises(stripe.InvalidRequestError, match="another customer"):
        preview(life, subscription=subscription.id, customer=life.customer().id)


def _story(*, looks: bool) -> str:
    """All that an account answers at the end of a short life, with or without looking ahead on the way."""
    settings = Settings.load({"seed": 7, "clock": "2026-01-31T10:00:00Z"}, environ={})
    with LocalServer(create_app(settings)) as server:
        client = stripe.StripeClient(
            "sk_test_twin", base_addresses={"api": server.url, "files": server.url}, max_network_retries=0
        )
        life = Life.begin(client)
        customer, dearer = life.customer(), life.price(5000)
        subscription = life.subscribe(customer, life.price())
        items = [{"id": subscription["items"].data[0].id, "price": dearer.id}]
        for behavior in ("create_prorations", "always_invoice"):
            if looks:
                change = {"items": items, "proration_behavior": behavior}
                preview(life, subscription=subscription.id, subscription_details=change)
        life.advance(40 * DAY)
        client.v1.subscriptions.update(subscription.id, {"items": items, "proration_behavior": "always_invoice"})
        lists = (client.v1.events, client.v1.invoices, client.v1.subscriptions, client.v1.charges)
        told = str([each.list({"limit": 100}).to_dict() for each in lists]).replace(server.url, "")
        return re.sub(r"'request': {.*?}", "", told)  # the SDK draws idempotency keys


def test_previews_leave_no_trace() -> None:
    assert _story(looks=True) == _story(looks=False)
