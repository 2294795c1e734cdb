"""expand[]: ids become objects, four levels deep, and what cannot be expanded is refused before anything is done."""

from typing import Any

import pytest
import stripe
from api.life import Life
from api.wire import Wire

from mockbill import surface
from mockbill.stripe_api import expand
from mockbill.world import Problem


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def subscription(life: Life) -> Any:
    return life.subscribe(life.customer(), life.price())


def retrieved(life: Life, subscription: Any, *paths: str) -> Any:
    return life.client.v1.subscriptions.retrieve(subscription.id, {"expand": list(paths)})


def test_ids_become_objects_wherever_they_are(life: Life, subscription: Any) -> None:
    shown = retrieved(
        life,
        subscription,
        "customer.invoice_settings.default_payment_method",
        "items.data.price.product",
        "latest_invoice.payments",
        "latest_invoice.confirmation_secret",
        "test_clock",
    )
    assert shown.customer.invoice_settings.default_payment_method.card.last4 == "4242"
    assert shown["items"].data[0].price.product.name == "Pro"
    assert shown.latest_invoice.payments.data[0].payment.payment_intent.startswith("pi_")
    assert shown.latest_invoice.confirmation_secret.type == "payment_intent"
    assert shown.test_clock.object == "test_helpers.test_clock"


def test_without_expand_they_stay_ids(life: Life, subscription: Any) -> None:
    shown = retrieved(life, subscription)
    assert isinstance(shown.customer, str)
    assert isinstance(shown["items"].data[0].price.product, str)
    invoice = life.client.v1.invoices.retrieve(shown.latest_invoice)
    assert "payments" not in invoice
    assert "confirmation_secret" not in invoice


def test_lists_are_expanded_through_data(life: Life, subscription: Any) -> None:
    [shown] = life.client.v1.subscriptions.list(
        {"customer": subscription.customer, "expand": ["data.customer", "data.latest_invoice.payments", "data"]}
    ).data
    assert shown.customer.email == "ada@example.com"  # type: ignore[union-attr]
    assert shown.latest_invoice.payments.data[0].status == "paid"  # type: ignore[union-attr]
    [event] = life.client.v1.events.list({"type": "customer.subscription.created"}).data
    assert isinstance(event.data.object["customer"], str)


def test_payments_lead_to_their_intent_and_charge(life: Life, subscription: Any) -> None:
    invoice = life.client.v1.invoices.retrieve(
        subscription.latest_invoice.id, {"expand": ["payments.data.payment.payment_intent"]}
    )
    intent: Any = invoice.payments.data[0].payment.payment_intent  # type: ignore[union-attr]
    assert intent.status == "succeeded"
    expanded = life.client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.balance_transaction", "latest_charge.refunds", "customer"]}
    )
    charge: Any = expanded.latest_charge
    assert charge.balance_transaction.source == charge.id
    assert charge.refunds.data == []


def test_line_items_of_a_checkout_session(life: Life) -> None:
    price = life.price()
    session = life.client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 2}],
            "success_url": "http://shop.example",
            "expand": ["line_items.data.price.product"],
        }
    )
    item: Any = session.line_items.data[0]  # type: ignore[union-attr]
    assert (item.quantity, item.price.product.name) == (2, "Pro")
    assert "line_items" not in life.client.v1.checkout.sessions.retrieve(session.id)


def test_every_kind_of_answer_can_be_expanded(life: Life, subscription: Any) -> None:
    v1 = life.client.v1
    product = v1.products.create(
        {"name": "x", "default_price_data": {"currency": "usd", "unit_amount": 5}, "expand": ["default_price"]}
    )
    assert product.default_price.unit_amount == 5  # type: ignore[union-attr]
    updated = v1.products.update(product.id, {"name": "y", "expand": ["default_price.product"]})
    assert updated.default_price.product.name == "y"  # type: ignore[union-attr]
    canceled: Any = v1.subscriptions.cancel(subscription.id, {"expand": ["customer", "latest_invoice"]})
    assert (canceled.status, canceled.customer.object, canceled.latest_invoice.object) == (
        "canceled", "customer", "invoice",
    )  # fmt: skip


def test_what_was_deleted_expands_to_what_is_left_of_it(life: Life, wire: Wire, subscription: Any) -> None:
    life.client.v1.customers.delete(subscription.customer)
    shown = retrieved(life, subscription, "customer.default_source")
    assert shown.customer.to_dict() == {"id": subscription.customer, "object": "customer", "deleted": True}
    made = wire.post("/v1/customers").json()["id"]
    gone = wire.call("DELETE", f"/v1/customers/{made}?expand[]=default_source")
    assert gone.json() == {"id": made, "object": "customer", "deleted": True}


def test_a_customer_shows_what_is_only_there_when_asked_for(life: Life, subscription: Any) -> None:
    everything = ["subscriptions.data.latest_invoice", "sources", "tax_ids", "tax", "cash_balance"]
    plain: Any = life.client.v1.customers.retrieve(subscription.customer)
    assert not {"subscriptions", "sources", "tax_ids", "tax", "cash_balance"} & plain.to_dict().keys()
    shown: Any = life.client.v1.customers.retrieve(subscription.customer, {"expand": everything})
    assert shown.subscriptions.data[0].latest_invoice.status == "paid"
    assert shown.subscriptions.url == f"/v1/customers/{shown.id}/subscriptions"
    assert (shown.tax_ids.data, shown.sources.data, shown.cash_balance) == ([], [], None)
    assert shown.tax.automatic_tax == "unrecognized_location"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("nothing", "because it doesn't exist: nothing."),
        ("customer.nothing", "because it doesn't exist: customer.nothing."),
        ("status", "expanded (status)."),
        ("description", "expanded (description)."),
        ("trial_end", "expanded (trial_end)."),
        ("metadata", "expanded (metadata)."),
        ("metadata.x", "expanded (metadata)."),
        ("items.price", "expanded (items.price). You may want to try expanding 'items.data.price' instead."),
        ("items.data.quantity", "expanded (items.data.quantity)."),
        ("latest_invoice.total", "expanded (latest_invoice.total)."),
        ("a.b.c.d.e", "more than 4 levels of a property. Property: a.b.c.d.e"),
        ("", "empty string"),
    ],
)
def test_what_cannot_be_expanded_is_refused_whatever_it_holds(wire: Wire, path: str, told: str) -> None:
    error = wire.error(wire.get(f"/v1/subscriptions/sub_none?expand[]={path}"), 400)
    assert told in error["message"]
    if path:
        error = wire.error(wire.get(f"/v1/subscriptions?expand[]={path}"), 400)
        assert "more than 4" in told or f"'data.{path.split('.')[0]}" in error["message"]


def test_a_list_refuses_what_its_objects_do_not_have_even_when_it_is_empty(wire: Wire) -> None:
    error = wire.error(wire.get("/v1/subscriptions?expand[]=data.nothing"), 400)
    assert error["message"] == "This property cannot be expanded because it doesn't exist: data.nothing."


def test_a_wrong_path_is_refused_before_anything_is_done(life: Life, wire: Wire) -> None:
    assert wire.post("/v1/customers?expand[]=nothing", "name=Ada").status_code == 400
    assert wire.get("/v1/customers").json()["data"] == []
    later = life.clock.frozen_time + 10
    clock = f"/v1/test_helpers/test_clocks/{life.clock.id}"
    assert wire.post(f"{clock}/advance", f"frozen_time={later}&expand[]=nothing").status_code == 400
    assert wire.get(clock).json()["frozen_time"] == life.clock.frozen_time


ANSWERED = {operation.kind for operation in surface.operations().values() if "/v1/" in operation.path} - {None}


@pytest.mark.parametrize("kind", sorted(map(str, ANSWERED)))
def test_every_field_of_every_kind_expands_or_is_refused(kind: str) -> None:
    refused = set()
    for name in surface.shape(kind):
        try:
            expand.tree_of((name,), kind, False)
        except Problem as problem:
            refused.add(problem.message)
    fields = {f"This property cannot be expanded ({name})." for name in surface.shape(kind)}
    assert refused <= fields
    assert not refused & {f"This property cannot be expanded ({name})." for name in surface.expandable(kind)}


def test_a_default_source_expands_to_the_card_that_it_is(wire: Wire) -> None:
    body = "source=tok_visa&expand[]=default_source"
    card = wire.post("/v1/customers", body).json()["default_source"]
    assert (card["object"], card["last4"], card["id"][:5]) == ("card", "4242", "card_")
    price = wire.post("/v1/prices", "currency=usd&unit_amount=5&recurring[interval]=month&product_data[name]=a").json()
    items = f"customer={card['customer']}&items[0][price]={price['id']}"
    made = wire.post("/v1/subscriptions", f"{items}&default_source={card['id']}&expand[]=default_source").json()
    assert made["default_source"] == card
    listed = wire.get("/v1/subscriptions?expand[]=data.default_source").json()["data"]
    assert listed[0]["default_source"] == card
    other = wire.post("/v1/customers", "expand[]=default_source").json()
    assert other["default_source"] is None
