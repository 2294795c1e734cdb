"""Tax transactions: calculations that are recorded, and what is reversed of them."""

from typing import Any

import pytest
import stripe

GERMAN: Any = {"address": {"country": "DE"}, "address_source": "billing"}
LINES: Any = [
    {"amount": 1000, "reference": "A", "metadata": {"sku": "1"}, "quantity": 2},
    {"amount": 1190, "reference": "B", "tax_behavior": "inclusive"},
]


def sold(client: stripe.StripeClient, reference: str = "order_1", **params: Any) -> stripe.tax.Transaction:
    """A sale of 1000 + 190, 1190 with 190 in it, and 500 + 95 for shipping."""
    calculation = client.v1.tax.calculations.create(
        {"currency": "eur", "customer_details": GERMAN, "line_items": LINES, "shipping_cost": {"amount": 500}}
    )
    assert calculation.id
    return client.v1.tax.transactions.create_from_calculation(
        {"calculation": calculation.id, "reference": reference, **params}
    )


def reverse(
    client: stripe.StripeClient, original: stripe.tax.Transaction, reference: str, **params: Any
) -> stripe.tax.Transaction:
    return client.v1.tax.transactions.create_reversal(
        {"original_transaction": original.id, "reference": reference, "mode": "full", **params}
    )


def lines_of(client: stripe.StripeClient, transaction: stripe.tax.Transaction) -> list[Any]:
    return client.v1.tax.transactions.line_items.list(transaction.id).data


def taken(client: stripe.StripeClient, reversal: stripe.tax.Transaction) -> list[Any]:
    """Amount and tax of each line, by reference, and of shipping."""
    told = [(line.reference, line.amount, line.amount_tax) for line in lines_of(client, reversal)]
    cost = reversal.shipping_cost
    return [*told, ("shipping", cost.amount, cost.amount_tax)] if cost else told


def refusal(client: stripe.StripeClient, original: stripe.tax.Transaction, **params: Any) -> stripe.StripeError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        reverse(client, original, params.pop("reference", "refused"), **params)
    assert refused.value.http_status == 400
    return refused.value


def test_a_calculation_is_recorded(client: stripe.StripeClient) -> None:
    made = sold(client, metadata={"order": "1"}, posted_at=1_790_000_000, expand=["line_items"])
    assert made.id.startswith("tax_1")
    assert (made.object, made.type, made.currency, made.reference, made.reversal, made.posted_at) == (
        "tax.transaction", "transaction", "eur", "order_1", None, 1_790_000_000,
    )  # fmt: skip
    assert made.metadata is not None
    assert made.metadata.to_dict() == {"order": "1"}
    assert made.customer_details.address is not None
    assert made.customer_details.address.country == "DE"
    assert made.shipping_cost is not None
    assert (made.shipping_cost.amount, made.shipping_cost.amount_tax) == (500, 95)
    assert made.line_items is not None
    [first, second] = made.line_items.data
    assert first.to_dict() == {
        "id": first.id,
        "object": "tax.transaction_line_item",
        "amount": 1000,
        "amount_tax": 190,
        "livemode": False,
        "metadata": {"sku": "1"},
        "product": None,
        "quantity": 2,
        "reference": "A",
        "reversal": None,
        "tax_behavior": "exclusive",
        "tax_code": "txcd_10000000",
        "type": "transaction",
    }
    assert (second.amount, second.amount_tax, second.tax_behavior) == (1190, 190, "inclusive")
    again = client.v1.tax.transactions.retrieve(made.id)
    assert "line_items" not in again.to_dict()
    assert [line.id for line in lines_of(client, again)] == [first.id, second.id]


def test_a_full_reversal_takes_everything_back(client: stripe.StripeClient) -> None:
    sale = sold(client)
    back = reverse(client, sale, "refund_1", metadata={"why": "returned"})
    assert (back.type, back.currency, back.tax_date) == ("reversal", "eur", sale.tax_date)
    assert back.reversal is not None
    assert back.reversal.original_transaction == sale.id
    assert taken(client, back) == [("A", -1000, -190), ("B", -1190, -190), ("shipping", -500, -95)]
    [line, _] = lines_of(client, back)
    assert (line.type, line.quantity, line.reversal.original_line_item) == (
        "reversal", 2, lines_of(client, sale)[0].id,
    )  # fmt: skip
    assert str(refusal(client, sale)).endswith(
        f"You can't reverse transaction '{sale.id}' because it has been fully reversed."
    )


def test_a_partial_reversal_takes_what_it_names(client: stripe.StripeClient) -> None:
    sale = sold(client)
    first, second = lines_of(client, sale)
    back = reverse(
        client,
        sale,
        "refund_1",
        mode="partial",
        line_items=[
            {"amount": -400, "amount_tax": -76, "original_line_item": first.id, "reference": "A1", "quantity": 1}
        ],
        shipping_cost={"amount": -500, "amount_tax": -95},
    )
    assert taken(client, back) == [("A1", -400, -76), ("shipping", -500, -95)]
    assert lines_of(client, back)[0].quantity == 1
    rest = reverse(client, sale, "refund_2")
    assert taken(client, rest) == [("A", -600, -114), ("B", -1190, -190)]
    assert second.reference == "B"


def test_a_flat_amount_is_spread_over_the_sale(client: stripe.StripeClient) -> None:
    sale = sold(client)  # 1190 + 1190 + 595 = 2975
    half = reverse(client, sale, "refund_1", mode="partial", flat_amount=-1190)  # two fifths
    assert taken(client, half) == [("A", -400, -76), ("B", -476, -76), ("shipping", -200, -38)]
    assert refusal(client, sale, mode="partial", flat_amount=-1786).param == "flat_amount"
    rest = reverse(client, sale, "refund_2", mode="partial", flat_amount=-1785)
    assert taken(client, rest) == [("A", -600, -114), ("B", -714, -114), ("shipping", -300, -57)]
    assert "fully reversed" in str(refusal(client, sale))


def test_a_reversal_that_is_reversed_gives_back_what_it_took(client: stripe.StripeClient) -> None:
    sale = sold(client)
    mistaken = reverse(client, sale, "refund_1", mode="partial", flat_amount=-1190)
    undone = reverse(client, mistaken, "undo_1")
    assert taken(client, undone) == [("A", 400, 76), ("B", 476, 76), ("shipping", 200, 38)]
    assert undone.reversal is not None
    assert undone.reversal.original_transaction == mistaken.id
    assert "fully reversed" in str(refusal(client, mistaken))
    assert "only be reversed in full" in str(refusal(client, undone, mode="partial", flat_amount=-1))
    whole = reverse(client, sale, "refund_2")
    assert taken(client, whole) == [("A", -1000, -190), ("B", -1190, -190), ("shipping", -500, -95)]


def test_references_are_unique_across_all_transactions(client: stripe.StripeClient) -> None:
    sale = sold(client)
    with pytest.raises(stripe.InvalidRequestError, match="order_1' already exists") as refused:
        sold(client)
    assert refused.value.param == "reference"
    assert refusal(client, sale, reference="order_1").param == "reference"
    reverse(client, sale, "refund_1")
    with pytest.raises(stripe.InvalidRequestError, match="refund_1' already exists"):
        sold(client, "refund_1")


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "line_items"),
        ({"flat_amount": 5}, "flat_amount"),
        ({"flat_amount": -2976}, "flat_amount"),
        ({"flat_amount": -5, "shipping_cost": {"amount": -1, "amount_tax": 0}}, "shipping_cost"),
        ({"shipping_cost": {"amount": -501, "amount_tax": 0}}, "shipping_cost[amount]"),
        ({"shipping_cost": {"amount": 0, "amount_tax": -96}}, "shipping_cost[amount_tax]"),
        ({"mode": "full", "flat_amount": -5}, "flat_amount"),
        ({"line": {"amount": -1001}}, "line_items[0][amount]"),
        ({"line": {"amount_tax": -191}}, "line_items[0][amount_tax]"),
        ({"line": {"amount": 1}}, "line_items[0][amount]"),
        ({"line": {"original_line_item": "tax_li_x"}}, "line_items[0][original_line_item]"),
        ({"line": {"original_line_item": "shipping_cost"}}, "line_items[0][original_line_item]"),
        ({"original_transaction": "tax_x"}, "original_transaction"),
    ],
)
def test_what_cannot_be_reversed_is_refused_and_changes_nothing(
    client: stripe.StripeClient, params: Any, param: str
) -> None:
    sale = sold(client)
    sent = {"mode": "partial", **params}
    if line := sent.pop("line", None):
        whole = {"amount": -1, "amount_tax": 0, "original_line_item": lines_of(client, sale)[0].id, "reference": "A1"}
        sent["line_items"] = [{**whole, **line}]
    assert refusal(client, sale, **sent).param == param
    assert len(taken(client, reverse(client, sale, "refund_1"))) == 3


def test_a_line_is_named_once_and_so_is_each_reference(client: stripe.StripeClient) -> None:
    sale = sold(client)
    first, second = ({"amount": -1, "amount_tax": 0, "original_line_item": line.id} for line in lines_of(client, sale))
    twice = [{**first, "reference": "A1"}, {**first, "reference": "A2"}]
    assert refusal(client, sale, mode="partial", line_items=twice).param == "line_items[1][original_line_item]"
    alike = [{**first, "reference": "A1"}, {**second, "reference": "A1"}]
    assert refusal(client, sale, mode="partial", line_items=alike).param == "line_items[1][reference]"
