"""The balance of a customer, moved by hand."""

import pytest
import stripe


def test_a_movement_of_the_balance_is_described_later(client: stripe.StripeClient) -> None:
    ada, eve = client.v1.customers.create({}).id, client.v1.customers.create({}).id
    moves = client.v1.customers.balance_transactions
    credit = moves.create(ada, {"amount": -500, "currency": "usd", "description": "Sorry", "metadata": {"by": "ada"}})
    assert (credit.type, credit.ending_balance) == ("adjustment", -500)
    told = moves.update(ada, credit.id, {"description": "For the outage", "metadata": {"case": "7"}})
    assert (told.description, told.amount) == ("For the outage", -500)
    assert told.metadata is not None
    assert told.metadata.to_dict() == {"by": "ada", "case": "7"}
    assert client.v1.customers.retrieve(ada).balance == -500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        moves.update(eve, credit.id, {"description": "Mine"})
    assert refused.value.http_status == 404
