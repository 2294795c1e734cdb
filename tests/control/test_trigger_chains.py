"""Whole chains of what is triggered most on objects that exist: each event, and what it says was there before."""

from collections.abc import Callable
from typing import Any

import pytest
from api.chains import Chain, Row, charged, declined, paid
from api.life import Life
from control.api import START, Control
from control.test_trigger_existing import Shop, shop

__all__ = ["shop"]

UNCLOCKED: Any = None  # the account's own clock

_TRIED = {"attempt_count": 0, "attempted": False, "next_payment_attempt": None}
_BILLED = {
    "billing_cycle_anchor": "2026-01-31 10:00",
    "items": [(1, 2900, "2026-01-31 10:00", "2026-02-28 10:00")],
    "latest_invoice": "in#1",
}
_CAME_THROUGH = {"status": "succeeded", "failure_balance_transaction": None, "failure_reason": None}
_WAITED = {
    **dict.fromkeys(("billing_cycle_anchor", "cancel_at_period_end", "discount", "discounts", "metadata")),
    **dict.fromkeys(("trial_end", "trial_from_plan")),
    "expires_at": "2026-02-01 19:00",
    "subscription_items": [(2, 2900, "2026-01-31 10:00", "2026-02-28 10:00")],
}

# What exists, what is triggered for it ten hours later (on 2026-01-31 at 20:00), and all that follows.  2,857 is 2,900
# for the 662 hours of 672 that are left of the period then.
CHAINS: list[tuple[Callable[[Shop], Any], str, list[Row]]] = [
    (
        Shop.subscription,
        "customer.subscription.updated",
        [
            ("customer.subscription.updated", "active", {"metadata": {"triggered": None}}),
        ],
    ),
    (
        Shop.subscription,
        "customer.subscription.deleted",
        [
            ("customer.subscription.deleted", "canceled"),
        ],
    ),
    (
        Shop.trial,
        "customer.subscription.trial_will_end",
        [
            (
                "customer.subscription.updated",
                "trialing",
                {
                    "billing_cycle_anchor": "2026-02-14 10:00",
                    "items": [(1, 2900, "2026-01-31 10:00", "2026-02-14 10:00")],
                    "trial_end": "2026-02-14 10:00",
                },
            ),
            ("customer.subscription.trial_will_end", "trialing"),
        ],
    ),
    (
        Shop.trial,
        "customer.subscription.paused",
        [
            ("customer.subscription.paused", "paused"),
            ("customer.subscription.updated", "paused", {"status": "trialing", "status_details": None}),
        ],
    ),
    (
        Shop.subscription,
        "invoice.upcoming",
        [
            ("invoice.upcoming", "draft 2900"),
        ],
    ),
    (
        Shop.subscription,
        "invoice.paid",
        [
            ("invoice.created", "draft 2900"),
            ("invoice.finalized", "open 2900"),
            *charged(2900),
            *paid(2900),
            ("invoice_payment.paid", "2900"),
            ("customer.subscription.updated", "active", _BILLED),
        ],
    ),
    (
        Shop.past_due,
        "invoice.paid",
        [
            ("charge.succeeded", "2900"),
            ("payment_intent.succeeded", "succeeded 2900"),
            *paid(2900, "attempt_count", "attempted", next_payment_attempt="2026-02-03 10:00"),
            ("customer.subscription.updated", "active", {"status": "past_due"}),
            ("customer.updated", "0", {"delinquent": True}),
            ("invoice_payment.paid", "2900"),
        ],
    ),
    (
        Shop.subscription,
        "invoice.payment_failed",
        [
            ("invoice.created", "draft 2900"),
            ("invoice.finalized", "open 2900"),
            ("payment_intent.created", "requires_confirmation 2900"),
            *declined(2900),
            ("invoice.updated", "open 2900", _TRIED),
            ("customer.updated", "0", {"delinquent": False}),
            ("customer.subscription.updated", "past_due", {**_BILLED, "status": "active"}),
        ],
    ),
    (
        Shop.past_due,
        "invoice.payment_failed",
        [
            *declined(2900),
        ],
    ),
    (
        Shop.subscription,
        "invoice.payment_action_required",
        [
            ("invoice.created", "draft 2900"),
            ("invoice.finalized", "open 2900"),
            ("payment_intent.created", "requires_confirmation 2900"),
            ("payment_intent.requires_action", "requires_action 2900"),
            ("invoice.payment_action_required", "open 2900"),
            ("invoice.payment_failed", "open 2900"),
            ("invoice.updated", "open 2900", _TRIED),
            ("customer.updated", "0", {"delinquent": False}),
            ("customer.subscription.updated", "past_due", {**_BILLED, "status": "active"}),
        ],
    ),
    (
        Shop.subscription,
        "customer.subscription.pending_update_applied",
        [
            ("invoiceitem.created", "-2857 Unused time on Pro after 31 Jan 2026"),
            ("invoiceitem.created", "5714 Remaining time on 2 × Pro after 31 Jan 2026"),
            ("invoice.created", "draft 2857"),
            ("invoice.finalized", "open 2857"),
            ("payment_intent.created", "requires_confirmation 2857"),
            *declined(2857),
            ("invoice.updated", "open 2857", _TRIED),
            ("customer.updated", "0", {"delinquent": False}),
            ("customer.subscription.updated", "active", {"latest_invoice": "in#1", "pending_update": None}),
            ("charge.succeeded", "2857"),
            ("payment_intent.succeeded", "succeeded 2857"),
            *paid(2857, "attempt_count", "attempted", next_payment_attempt="2026-02-03 20:00"),
            ("customer.subscription.pending_update_applied", "active"),
            (
                "customer.subscription.updated",
                "active",
                {
                    "items": [(1, 2900, "2026-01-31 10:00", "2026-02-28 10:00")],
                    "pending_update": _WAITED,
                    "quantity": 1,
                },
            ),
            ("customer.updated", "0", {"delinquent": True}),
            ("invoice_payment.paid", "2857"),
        ],
    ),
    (
        Shop.open,
        "invoice.paid",
        [
            ("charge.succeeded", "500"),
            ("payment_intent.succeeded", "succeeded 500"),
            *paid(500, "auto_advance"),
            ("invoice_payment.paid", "500"),
        ],
    ),
    (
        Shop.open,
        "invoice.payment_failed",
        [
            *declined(500),
            ("invoice.updated", "open 500", {"attempt_count": 0, "attempted": False}),
            ("customer.updated", "0", {"delinquent": False}),
        ],
    ),
    (
        Shop.open,
        "invoice.voided",
        [
            ("invoice.voided", "void 500"),
            ("payment_intent.canceled", "canceled 500"),
        ],
    ),
    (
        Shop.draft,
        "invoice.finalized",
        [
            ("invoice.finalized", "open 500"),
            ("payment_intent.created", "requires_confirmation 500"),
        ],
    ),
    (
        Shop.intent,
        "payment_intent.succeeded",
        [
            ("charge.succeeded", "1000"),
            ("payment_intent.succeeded", "succeeded 1000"),
            ("charge.updated", "1000", {"balance_transaction": None}),
        ],
    ),
    (
        Shop.intent,
        "payment_intent.payment_failed",
        [
            ("charge.failed", "1000"),
            ("payment_intent.payment_failed", "requires_payment_method 1000"),
        ],
    ),
    (
        Shop.charge,
        "charge.refunded",
        [
            ("refund.created", "succeeded 1000"),
            ("charge.refunded", "1000", {"amount_refunded": 0, "refunded": False}),
        ],
    ),
    (
        Shop.charge,
        "charge.dispute.created",
        [
            ("charge.dispute.created", "needs_response 1000"),
            ("charge.dispute.funds_withdrawn", "needs_response 1000"),
            ("charge.updated", "1000", {"dispute": None, "disputed": False}),
        ],
    ),
    (
        Shop.dispute,
        "charge.dispute.closed",
        [
            ("charge.dispute.closed", "lost 1000"),
        ],
    ),
    (
        Shop.refund,
        "refund.failed",
        [
            ("refund.failed", "failed 1000"),
            ("refund.updated", "failed 1000", _CAME_THROUGH),
            ("charge.refund.updated", "failed 1000", _CAME_THROUGH),
            ("charge.updated", "1000", {"amount_refunded": 1000, "refunded": True}),
        ],
    ),
    (
        Shop.subscribing,
        "checkout.session.completed",
        [
            ("payment_intent.created", "requires_payment_method 2900"),
            ("charge.succeeded", "2900"),
            ("payment_method.attached", "card"),
            ("customer.created", "0"),
            ("customer.updated", "0", {"currency": None}),
            ("payment_intent.succeeded", "succeeded 2900"),
            ("customer.subscription.created", "active"),
            ("invoice.created", "draft 2900"),
            ("invoice.finalized", "open 2900"),
            ("invoice.paid", "paid 2900"),
            ("invoice.payment_succeeded", "paid 2900"),
            ("checkout.session.completed", ""),
            ("invoice_payment.paid", "2900"),
        ],
    ),
    (
        Shop.session,
        "checkout.session.completed",
        [
            ("payment_intent.created", "requires_payment_method 2900"),
            ("charge.succeeded", "2900"),
            ("payment_intent.succeeded", "succeeded 2900"),
            ("checkout.session.completed", ""),
            ("charge.updated", "2900", {"balance_transaction": None}),
        ],
    ),
    (
        Shop.session,
        "checkout.session.async_payment_failed",
        [
            ("payment_intent.created", "requires_payment_method 2900"),
            ("charge.pending", "2900"),
            ("payment_intent.processing", "processing 2900"),
            ("checkout.session.completed", ""),
            ("charge.failed", "2900"),
            ("payment_intent.payment_failed", "requires_payment_method 2900"),
            ("mandate.updated", "", {"status": "active"}),
            ("checkout.session.async_payment_failed", ""),
        ],
    ),
    (
        Shop.customer,
        "customer.deleted",
        [
            ("payment_method.detached", "card", {"customer": "cus#1"}),
            ("customer.updated", "0", {"invoice_settings": {"default_payment_method": "pm#1"}}),
            ("customer.deleted", "0"),
        ],
    ),
    (
        Shop.method,
        "payment_method.automatically_updated",
        [
            ("payment_method.automatically_updated", "card", {"card": {"exp_year": 2027}}),
        ],
    ),
]


@pytest.mark.parametrize(
    ("make", "type", "told"), [pytest.param(*row, id=f"{row[0].__name__}-{row[1]}") for row in CHAINS]
)
def test_all_that_follows_comes_in_order(
    shop: Shop, control: Control, make: Callable[[Shop], Any], type: str, told: list[Row]
) -> None:
    control.post("clock", now=START, mode="frozen")
    chain = Chain(Life(shop.client, UNCLOCKED))
    made = make(shop)
    control.post("clock/advance", by="10 hours")
    chain.told()
    answer = control.post("trigger", **{"type": type, "for": made.id})
    assert [event["type"] for event in answer["events"]] == [row[0] for row in told]
    assert chain.told() == told
