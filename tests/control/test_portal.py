"""The billing portal by script: cancel, take it back, change the plan, save a card."""

from typing import Any

import pytest
import stripe
from api.portal import BACK, Portal, Told
from control.api import Control


@pytest.fixture
def portal(client: stripe.StripeClient) -> Portal:
    return Portal.open(client)


def now(portal: Portal) -> stripe.Subscription:
    return portal.client.v1.subscriptions.retrieve(portal.subscription.id)


def test_a_subscription_is_canceled_and_taken_up_again(control: Control, portal: Portal) -> None:
    reason = {"enabled": True, "options": ["unused"]}
    feature = {"enabled": True, "cancellation_reason": reason}
    session = portal.session(portal.configuration(subscription_cancel=feature).id)
    told = Told(portal.client)
    answer = control.post(f"portal/{session.id}/cancel", at_period_end=True, feedback="unused", comment="Bye")
    assert answer == {
        "status": "active",
        "redirect_to": session.url,
        "subscription": portal.subscription.id,
        "cancel_at": now(portal).cancel_at,
    }
    assert answer["cancel_at"] is not None
    details = now(portal).cancellation_details
    assert details is not None
    assert (details.feedback, details.comment) == ("unused", "Bye")
    assert control.post(f"portal/{session.id}/resume")["cancel_at"] is None
    assert told.types() == ["customer.subscription.updated"] * 2
    refused = control.try_post(f"portal/{session.id}/cancel", at_period_end=False)
    assert (refused.status, refused.error["param"]) == (400, "at_period_end")


def test_a_flow_says_what_is_changed_and_leads_to_where_it_ends(control: Control, portal: Portal) -> None:
    after = {"type": "redirect", "redirect": {"return_url": BACK}}
    flow = portal.flow("subscription_update_confirm", items=[{"id": portal.item, "price": portal.pro.id}])
    session = portal.session(portal.configuration().id, flow_data={**flow, "after_completion": after})
    assert control.post(f"portal/{session.id}/change")["redirect_to"] == BACK
    assert now(portal)["items"].data[0].price.id == portal.pro.id
    again = control.post(f"portal/{session.id}/change", price=portal.basic.id, quantity=2)
    assert (again["status"], again["redirect_to"]) == ("active", session.url)
    assert now(portal)["items"].data[0].quantity == 2


def test_a_change_that_waits_is_taken_back(control: Control, portal: Portal) -> None:
    waits: Any = {"conditions": [{"type": "decreasing_item_amount"}]}
    configuration = portal.configuration(subscription_update=portal.updates(schedule_at_period_end=waits))
    session = portal.session(configuration.id)
    control.post(f"portal/{session.id}/change", price=portal.pro.id)
    control.post(f"portal/{session.id}/change", price=portal.basic.id)
    assert now(portal).schedule is not None
    control.post(f"portal/{session.id}/resume")
    assert now(portal).schedule is None


def test_a_card_is_saved_declined_or_challenged(control: Control, portal: Portal) -> None:
    session = portal.session(portal.configuration().id)
    saved = control.post(f"portal/{session.id}/card", card="5555 5555 5555 4444")
    assert (saved["status"], saved["redirect_to"]) == ("succeeded", session.url)
    settings = portal.client.v1.customers.retrieve(portal.customer).invoice_settings
    assert settings is not None
    assert settings.default_payment_method == saved["payment_method"]
    declined = control.post(f"portal/{session.id}/card", card="4000000000000002")
    assert (declined["status"], declined["error"]["code"]) == ("declined", "card_declined")
    assert "/3ds/seti_" in control.post(f"portal/{session.id}/card", card="4000002760003184")["redirect_to"]


def test_a_declined_card_changes_no_plan(control: Control, portal: Portal) -> None:
    broke = portal.client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": portal.customer}).id
    portal.client.v1.customers.update(portal.customer, {"invoice_settings": {"default_payment_method": broke}})
    updates = portal.updates(proration_behavior="always_invoice")
    session = portal.session(portal.configuration(subscription_update=updates).id)
    answer = control.post(f"portal/{session.id}/change", price=portal.pro.id)
    assert (answer["status"], answer["error"]["code"]) == ("declined", "card_declined")
    assert now(portal)["items"].data[0].price.id == portal.basic.id


def test_a_change_that_asks_for_3d_secure_leads_to_its_challenge(control: Control, portal: Portal) -> None:
    asking = portal.client.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": portal.customer}).id
    portal.client.v1.customers.update(portal.customer, {"invoice_settings": {"default_payment_method": asking}})
    updates = portal.updates(proration_behavior="always_invoice")
    session = portal.session(portal.configuration(subscription_update=updates).id)
    answer = control.post(f"portal/{session.id}/change", price=portal.pro.id)
    assert (answer["status"], "/3ds/pi_" in answer["redirect_to"]) == ("requires_action", True)


def test_what_the_page_would_not_do_is_refused(control: Control, client: stripe.StripeClient, portal: Portal) -> None:
    bare: Any = {"features": {"invoice_history": {"enabled": True}}}
    off = portal.session(client.v1.billing_portal.configurations.create(bare).id)
    for verb in ("cancel", "resume", "change", "card"):
        assert control.try_post(f"portal/{off.id}/{verb}").status == 400
        assert control.try_post(f"portal/bps_none/{verb}").status == 404
    session = portal.session(portal.configuration().id)
    assert control.try_post(f"portal/{session.id}/cancel", subscription="sub_none").status == 404
    other: Any = {"customer": portal.customer, "items": [{"price": portal.pro.id}]}
    client.v1.subscriptions.create(other)
    refused = control.try_post(f"portal/{session.id}/cancel")
    assert (refused.status, refused.error["param"]) == (422, "subscription")


def test_an_expired_session_does_nothing_more(control: Control, portal: Portal) -> None:
    session = portal.session(portal.configuration().id)
    control.post("clock/advance", by="10 minutes")
    refused = control.try_post(f"portal/{session.id}/cancel")
    assert (refused.status, refused.error["code"]) == (409, "portal_session_expired")
    assert now(portal).cancel_at is None
