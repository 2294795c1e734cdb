"""Refunds of what was paid by bank transfer: to the customer's cash balance, and from there to her bank."""

import pytest
import stripe
from api.chains import Chain
from api.life import HOUR, START, Life
from api.test_bank_transfers import cash, fund, order


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def customer(life: Life) -> str:
    return life.customer(card=None).id


def moves(life: Life, customer: str) -> list[tuple[str, int]]:
    """What moved her cash, oldest first."""
    listed = life.client.v1.customers.cash_balance_transactions.list(customer).data
    return [(each.type, each.net_amount) for each in listed][::-1]


def send_back(life: Life, customer: str, amount: int, mail: str = "") -> stripe.Refund:
    asked = {"instructions_email": mail} if mail else {}
    return life.client.v1.refunds.create(
        {"origin": "customer_balance", "customer": customer, "amount": amount, "currency": "eur", **asked}  # type: ignore[typeddict-item]
    )


def test_a_payment_from_cash_is_given_back_as_cash(life: Life, customer: str) -> None:
    fund(life, customer, 1000)
    intent = order(life, customer)
    life.events()
    refund = life.client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    assert (refund.status, refund.destination_details.type) == ("succeeded", "customer_cash_balance")
    assert cash(life, customer) == {"eur": 400}
    assert moves(life, customer)[-1] == ("refunded_from_payment", 400)
    assert life.events() == ["customer_cash_balance_transaction.created", "refund.created", "charge.refunded"]


def test_cash_goes_back_to_the_bank(life: Life, customer: str) -> None:
    fund(life, customer, 1000)
    life.events()
    chain = Chain(life)
    refund = send_back(life, customer, 700)
    assert (refund.status, refund.charge, refund.destination_details.type) == ("pending", None, "eu_bank_transfer")
    assert [row[0] for row in chain.told()] == ["customer_cash_balance_transaction.created", "refund.created"]
    assert (cash(life, customer), moves(life, customer)[-1]) == ({"eur": 300}, ("return_initiated", -700))
    assert chain.after(START + HOUR) == [
        ("refund.updated", "succeeded 700", {"pending_reason": "processing", "status": "pending"})
    ]
    with pytest.raises(stripe.InvalidRequestError, match="no more than the customer's cash balance") as refusal:
        send_back(life, customer, 301)
    assert refusal.value.param == "amount"


@pytest.mark.parametrize("how", ["cancel", "expire"])
def test_the_customer_may_be_asked_where_it_is_to_go(life: Life, customer: str, how: str) -> None:
    fund(life, customer, 1000)
    refund = send_back(life, customer, 700, "ada@example.com")
    assert (refund.status, refund.instructions_email) == ("requires_action", "ada@example.com")
    assert refund.next_action.display_details.email_sent.email_sent_to == "ada@example.com"
    life.events()
    if how == "cancel":
        assert life.client.v1.refunds.cancel(refund.id).status == "canceled"
    else:
        assert life.client.v1.test_helpers.refunds.expire(refund.id).status == "failed"
    told = ["customer_cash_balance_transaction.created", *(["refund.failed"] if how == "expire" else [])]
    assert life.events() == [*told, "refund.updated"]
    assert (cash(life, customer), moves(life, customer)[-1]) == ({"eur": 1000}, ("return_canceled", 700))


def test_nobody_elses_cash(life: Life, customer: str) -> None:
    fund(life, customer, 1000)
    other = life.customer(card=None).id
    with pytest.raises(stripe.InvalidRequestError, match="cash balance"):
        send_back(life, other, 1)
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: customer"):
        life.client.v1.refunds.create({"origin": "customer_balance", "amount": 1, "currency": "eur"})
