"""Dunning by an account's policy: each failed attempt, what is not tried again, what follows the last, recovery."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, Life
from control.api import Control

from mockbill.server import LocalServer

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z, when the first renewal is due
TRIED = MONTH_END + HOUR  # when it is first charged
FAILED = ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed", "invoice.updated"]
RECOVERED = [
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "customer.subscription.updated",
    "customer.updated",
    "invoice_payment.paid",
]


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def failing(life: Life, card: str = "pm_card_chargeCustomerFail", **params: Any) -> tuple[str, str]:
    """A subscriber whose renewal has just failed for the first time: ids of customer and subscription."""
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(), **params)
    life.use_card(customer.id, card)
    life.advance_to(TRIED)
    return customer.id, subscription.id


def told(life: Life, seconds: int) -> list[tuple[str, dict[str, Any]]]:
    """Each event of the time to come, with its previous attributes."""
    life.events()
    now = life.client.v1.test_helpers.test_clocks.retrieve(life.clock.id).frozen_time
    life.client.v1.test_helpers.test_clocks.advance(life.clock.id, {"frozen_time": now + seconds})
    while life.client.v1.test_helpers.test_clocks.retrieve(life.clock.id).status == "advancing":
        pass
    return [
        (event.type, event.data.to_dict().get("previous_attributes", {}))
        for event in life.new_events()
        if not event.type.startswith("test_helpers.")
    ]


def test_each_retry_tells_of_its_count_and_of_the_next_one(life: Life, control: Control) -> None:
    control.post("settings", dunning="1d,12h:past_due")
    _, subscription = failing(life)
    assert told(life, DAY) == [
        ("charge.failed", {}),
        ("payment_intent.payment_failed", {}),
        ("invoice.payment_failed", {}),
        ("invoice.updated", {"attempt_count": 1, "next_payment_attempt": TRIED + DAY}),
    ]
    invoice = life.subscription(subscription).latest_invoice
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (2, TRIED + DAY + 12 * HOUR)
    assert invoice.auto_advance is True


def test_a_policy_of_many_tries_makes_them_all(life: Life, control: Control) -> None:
    control.post("settings", dunning="smart:unpaid")
    _, subscription = failing(life)
    assert life.advance(14 * DAY - 1) == FAILED * 7
    assert life.subscription(subscription).status == "past_due"
    assert life.advance(1) == [*FAILED, "customer.subscription.updated"]
    ended = life.subscription(subscription)
    assert (ended.status, ended.latest_invoice.attempt_count) == ("unpaid", 9)


@pytest.mark.parametrize(
    ("end", "status", "tail"),
    [
        ("cancel", "canceled", [("customer.subscription.deleted", {})]),
        ("unpaid", "unpaid", [("customer.subscription.updated", {"status": "past_due"})]),
        ("past_due", "past_due", []),
        (
            "pause",
            "paused",
            [
                ("customer.subscription.paused", {}),
                ("customer.subscription.updated", {"status": "past_due", "status_details": None}),
            ],
        ),
    ],
)
def test_the_last_attempt_brings_what_the_policy_says(
    life: Life, control: Control, end: str, status: str, tail: list[tuple[str, dict[str, Any]]]
) -> None:
    control.post("settings", dunning=f"1d:{end}")
    customer, id = failing(life)
    assert told(life, DAY) == [
        ("charge.failed", {}),
        ("payment_intent.payment_failed", {}),
        ("invoice.payment_failed", {}),
        ("invoice.updated", {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": TRIED + DAY}),
        *tail,
    ]
    subscription = life.subscription(id)
    assert subscription.status == status
    invoice = subscription.latest_invoice
    assert (invoice.status, invoice.auto_advance, invoice.next_payment_attempt) == ("open", False, None)
    assert invoice.attempt_count == 2
    assert life.client.v1.customers.retrieve(customer).delinquent is True
    assert life.advance(10 * DAY) == []


def test_a_subscription_that_is_paused_by_its_policy_says_why(life: Life, control: Control) -> None:
    control.post("settings", dunning="1d:pause")
    _, id = failing(life)
    life.advance(DAY)
    assert life.subscription(id).status_details.to_dict() == {
        "paused": {
            "subscription": {"type": "final_payment_failure"},
            "transitioned_at": TRIED + DAY,
            "type": "subscription",
        }
    }
    assert life.advance(60 * DAY) == []  # it renews no more


def test_the_invoice_may_be_written_off_after_the_last_attempt(life: Life, control: Control) -> None:
    control.post("settings", dunning="1d:cancel:uncollectible")
    customer, id = failing(life)
    assert told(life, DAY)[4:] == [
        ("customer.subscription.deleted", {}),
        ("invoice.marked_uncollectible", {}),
    ]
    invoice = life.subscription(id).latest_invoice
    assert (invoice.status, invoice.status_transitions.marked_uncollectible_at) == ("uncollectible", TRIED + DAY)
    assert invoice.status_details.uncollectible.reason == "max_payment_attempts"
    assert life.client.v1.customers.retrieve(customer).delinquent is True


def test_without_retries_the_first_failure_is_the_last(life: Life, control: Control) -> None:
    control.post("settings", dunning=":cancel")
    _, id = failing(life)
    assert life.subscription(id).status == "canceled"


def test_an_unpaid_subscription_makes_drafts_and_paying_the_latest_one_revives_it(life: Life, control: Control) -> None:
    control.post("settings", dunning="1d:unpaid", upcoming_days=0)
    customer, id = failing(life)
    life.advance(DAY)
    first = life.subscription(id).latest_invoice.id
    april = MONTH_END + 31 * DAY + HOUR
    assert life.advance_to(april) == ["customer.subscription.updated", "invoice.created"]
    draft = life.subscription(id).latest_invoice
    assert (draft.status, draft.auto_advance, draft.next_payment_attempt) == ("draft", False, None)
    life.use_card(customer, "pm_card_visa")
    life.client.v1.invoices.pay(first)
    assert life.subscription(id).status == "unpaid"  # an older one does not do
    life.events()
    life.client.v1.invoices.pay(draft.id)
    assert life.events() == [
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "invoice_payment.paid",
    ]
    assert life.subscription(id).status == "active"


def test_an_older_invoice_that_is_given_up_spares_a_subscription_whose_latest_is_paid(
    life: Life, control: Control
) -> None:
    control.post("settings", dunning="40d:cancel")
    customer, id = failing(life)
    life.use_card(customer, "pm_card_visa")
    life.advance_to(MONTH_END + 31 * DAY + HOUR)
    assert life.subscription(id).latest_invoice.status == "paid"
    life.use_card(customer, "pm_card_chargeCustomerFail")
    assert life.advance_to(TRIED + 40 * DAY) == [*FAILED, "customer.updated"]  # delinquent again
    assert life.subscription(id).status == "active"


def test_a_new_card_before_the_next_attempt_is_the_one_that_is_charged(life: Life) -> None:
    customer, id = failing(life)
    working = life.use_card(customer, "pm_card_mastercard")
    assert life.advance(3 * DAY) == RECOVERED
    subscription = life.subscription(id)
    assert (subscription.status, subscription.latest_invoice.attempt_count) == ("active", 2)
    [charge, _] = life.client.v1.charges.list({"customer": customer, "limit": 2}).data
    assert (charge.status, charge.payment_method) == ("succeeded", working)
    assert life.client.v1.customers.retrieve(customer).delinquent is False


def test_the_same_card_is_not_tried_again_after_a_hard_decline(life: Life) -> None:
    # The card that Radar blocks as of the highest risk can be saved, and is declined at each charge.
    customer, id = failing(life, "pm_card_riskLevelHighest")
    charged = len(life.client.v1.charges.list({"customer": customer}).data)
    assert told(life, 3 * DAY) == [("invoice.updated", {"attempt_count": 1, "next_payment_attempt": TRIED + 3 * DAY})]
    invoice = life.subscription(id).latest_invoice
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (2, TRIED + 8 * DAY)
    assert len(life.client.v1.charges.list({"customer": customer}).data) == charged
    life.use_card(customer, "pm_card_visa")
    assert life.advance(5 * DAY) == RECOVERED
    assert life.subscription(id).latest_invoice.attempt_count == 3


def test_hard_declines_all_the_way_end_the_subscription_as_others_do(life: Life) -> None:
    _, id = failing(life, "pm_card_riskLevelHighest")
    assert life.advance(15 * DAY) == ["invoice.updated"] * 3 + ["customer.subscription.deleted"]
    assert life.subscription(id).latest_invoice.attempt_count == 4


def test_which_declines_are_hard_is_the_accounts_to_say(life: Life, control: Control) -> None:
    control.post("settings", hard_declines="generic_decline")
    failing(life)
    assert life.advance(3 * DAY) == ["invoice.updated"]
    control.post("settings", hard_declines="none")
    assert life.advance(5 * DAY) == FAILED


def test_nobody_is_charged_where_there_is_nothing_to_charge(life: Life) -> None:
    customer, id = failing(life)
    for method in life.client.v1.customers.payment_methods.list(customer).data:
        life.client.v1.payment_methods.detach(method.id)
    life.events()
    assert life.advance(3 * DAY) == ["invoice.updated"]
    assert life.subscription(id).latest_invoice.attempt_count == 2


def test_a_renewal_that_wants_its_holder_waits_for_her(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, "pm_card_authenticationRequired")
    life.advance_to(MONTH_END)
    assert told(life, HOUR) == [
        ("invoice.finalized", {}),
        ("payment_intent.created", {}),
        ("payment_intent.requires_action", {}),
        ("invoice.payment_action_required", {}),
        ("invoice.payment_failed", {}),
        ("invoice.updated", {"attempt_count": 0, "attempted": False, "next_payment_attempt": TRIED}),
        ("customer.subscription.updated", {"status": "active"}),
        ("customer.updated", {"delinquent": False}),
    ]
    assert life.subscription(subscription.id).status == "past_due"
    assert life.advance(3 * DAY) == ["invoice.updated"]  # authentication_required: the card itself is not tried again
    life.use_card(customer.id, "pm_card_visa")
    assert life.advance(5 * DAY) == RECOVERED


def one_off(life: Life, customer: str) -> str:
    invoice = life.client.v1.invoices.create({"customer": customer, "auto_advance": True})
    life.client.v1.invoice_items.create({"customer": customer, "invoice": invoice.id, "amount": 900, "currency": "usd"})
    life.events()
    return invoice.id


def test_an_invoice_of_no_subscription_is_not_retried_by_itself(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    invoice = one_off(life, customer.id)
    life.advance(HOUR)
    tried = life.client.v1.invoices.retrieve(invoice)
    assert (tried.attempt_count, tried.next_payment_attempt, tried.status) == (1, None, "open")
    assert life.advance(60 * DAY) == []


def test_an_invoice_of_no_subscription_is_retried_where_the_account_says_so(life: Life, control: Control) -> None:
    control.post("settings", invoice_retries="2d:uncollectible")
    customer = life.customer("pm_card_chargeCustomerFail")
    invoice = one_off(life, customer.id)
    life.advance(HOUR)
    begun = life.client.v1.invoices.retrieve(invoice)
    assert begun.next_payment_attempt == begun.created + HOUR + 2 * DAY
    assert life.advance(2 * DAY) == [*FAILED, "invoice.marked_uncollectible"]
    assert life.client.v1.invoices.retrieve(invoice).status_details.uncollectible.reason == "max_payment_attempts"
    assert life.advance(60 * DAY) == []


def sent(life: Life, control: Control, **settings: Any) -> str:
    """A subscription whose invoices are sent, due after 5 days; the first one is finalized."""
    control.post("settings", **settings)
    subscription = life.subscribe(
        life.customer(card=None), life.price(interval="year"), collection_method="send_invoice", days_until_due=5
    )
    life.advance(HOUR)
    return subscription.id


@pytest.mark.parametrize(
    ("end", "status", "tail"),
    [
        ("cancel", "canceled", ["customer.subscription.deleted"]),
        ("unpaid", "unpaid", ["customer.subscription.updated"]),
        ("pause:uncollectible", "paused", ["customer.subscription.paused", "customer.subscription.updated",
                                           "invoice.marked_uncollectible"]),
    ],
)  # fmt: skip
def test_a_sent_invoice_brings_the_end_days_after_it_was_due(
    life: Life, control: Control, end: str, status: str, tail: list[str]
) -> None:
    id = sent(life, control, dunning=f"3d:{end}", sent_invoice_days=30)
    due = life.subscription(id).latest_invoice.due_date
    life.advance_to(due + 30 * DAY - 1)
    assert life.subscription(id).status in ("active", "past_due")
    assert [type for type in life.advance(1) if type != "customer.updated"] == ["invoice.updated", *tail]
    ended = life.subscription(id)
    assert (ended.status, ended.latest_invoice.auto_advance) == (status, False)
    if "uncollectible" in end:
        assert ended.latest_invoice.status_details.uncollectible.reason == "payment_not_received"


def test_a_sent_invoice_is_waited_for_without_end_unless_the_account_says_otherwise(
    life: Life, control: Control
) -> None:
    id = sent(life, control)
    life.advance(300 * DAY)
    assert life.subscription(id).status in ("active", "past_due")
    assert life.subscription(id).latest_invoice.auto_advance is True


def test_an_invoice_that_was_written_off_can_still_be_paid_and_revives_the_subscription(
    life: Life, control: Control
) -> None:
    control.post("settings", dunning="1d:past_due:uncollectible")
    customer, id = failing(life)
    life.advance(DAY)
    invoice = life.subscription(id).latest_invoice
    assert (invoice.status, life.subscription(id).status) == ("uncollectible", "past_due")
    life.use_card(customer, "pm_card_visa")
    assert life.client.v1.invoices.pay(invoice.id).status == "paid"
    assert life.subscription(id).status == "active"


def test_a_subscription_that_its_policy_paused_can_be_resumed(life: Life, control: Control) -> None:
    control.post("settings", dunning="1d:pause")
    customer, id = failing(life)
    life.advance(DAY)
    life.use_card(customer, "pm_card_visa")
    resumed = life.client.v1.subscriptions.resume(id, {"payment_behavior": "resume_on_payment_success"})
    assert resumed.status == "active"
    assert "status_details" not in resumed.to_dict()


def test_a_first_payment_is_not_retried(life: Life) -> None:
    subscription = life.subscribe(life.customer("pm_card_chargeCustomerFail"), life.price())
    assert subscription.status == "incomplete"
    assert (subscription.latest_invoice.attempt_count, subscription.latest_invoice.next_payment_attempt) == (1, None)
    life.events()
    assert life.advance(23 * HOUR) == ["customer.subscription.updated", "invoice.voided", "payment_intent.canceled"]
    assert life.subscription(subscription.id).status == "incomplete_expired"
