"""Lists: cursors both ways, newest first, limits, ranges and filters, at a cost that does not grow with the data."""

from typing import Any

import pytest
import stripe
from api.life import START, Life
from api.wire import Wire

from mockbill.app import Application
from mockbill.world.table import LiveTable


@pytest.fixture
def customers(client: stripe.StripeClient) -> list[str]:
    """Twenty-five customers, newest first."""
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(25)]
    return made[::-1]


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page["data"]]


def test_a_page_has_ten_and_the_newest_are_first(client: stripe.StripeClient, customers: list[str]) -> None:
    page = client.v1.customers.list()
    assert (ids(page), page.has_more, page.url) == (customers[:10], True, "/v1/customers")


def test_pages_go_on_after_a_cursor_to_the_end(client: stripe.StripeClient, customers: list[str]) -> None:
    page = client.v1.customers.list({"limit": 10, "starting_after": customers[9]})
    assert (ids(page), page.has_more) == (customers[10:20], True)
    page = client.v1.customers.list({"limit": 10, "starting_after": customers[19]})
    assert (ids(page), page.has_more) == (customers[20:], False)
    assert client.v1.customers.list({"starting_after": customers[-1]}).data == []
    assert client.v1.customers.list({"limit": 25}).has_more is False
    assert client.v1.customers.list({"limit": 24}).has_more is True


def test_pages_go_back_before_a_cursor_and_stay_newest_first(client: stripe.StripeClient, customers: list[str]) -> None:
    page = client.v1.customers.list({"limit": 10, "ending_before": customers[20]})
    assert (ids(page), page.has_more) == (customers[10:20], True)
    page = client.v1.customers.list({"limit": 10, "ending_before": customers[4]})
    assert (ids(page), page.has_more) == (customers[:4], False)
    assert client.v1.customers.list({"limit": 4, "ending_before": customers[4]}).has_more is False


def test_the_sdk_walks_all_pages_both_ways(client: stripe.StripeClient, customers: list[str]) -> None:
    assert [each.id for each in client.v1.customers.list({"limit": 7}).auto_paging_iter()] == customers
    back = client.v1.customers.list({"limit": 7, "ending_before": customers[-1]}).auto_paging_iter()
    assert [each.id for each in back] == customers[-2::-1]


@pytest.mark.parametrize(("limit", "given"), [(0, 1), (-5, 1), (1, 1), (100, 25), (101, 25), (10**9, 25)])
def test_limits_are_clamped(client: stripe.StripeClient, customers: list[str], limit: int, given: int) -> None:
    assert len(client.v1.customers.list({"limit": limit}).data) == given


def test_a_list_stays_in_order_after_deletions(client: stripe.StripeClient, customers: list[str]) -> None:
    for gone in (customers[0], customers[11], customers[24]):
        client.v1.customers.delete(gone)
    left = [id for position, id in enumerate(customers) if position not in (0, 11, 24)]
    assert ids(client.v1.customers.list({"limit": 100})) == left
    assert ids(client.v1.customers.list({"starting_after": customers[10], "limit": 2})) == customers[12:14]


@pytest.mark.parametrize("cursor", ["starting_after", "ending_before"])
def test_a_cursor_has_to_be_there(wire: Wire, cursor: str) -> None:
    error = wire.error(wire.get(f"/v1/customers?{cursor}=cus_none"), 400)
    assert (error["code"], error["message"], error["param"]) == (
        "resource_missing",
        "No such customer: 'cus_none'",
        cursor,
    )


def test_only_one_cursor(wire: Wire) -> None:
    made = wire.post("/v1/customers").json()["id"]
    error = wire.error(wire.get(f"/v1/customers?starting_after={made}&ending_before={made}"), 400)
    assert error["message"] == "Received both starting_after and ending_before parameters. Please pass in only one."


def test_created_ranges(life: Life) -> None:
    client = life.client
    made = {}
    for days in (0, 1, 2):
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START + days})
        made[days] = client.v1.customers.create({"test_clock": clock.id}).id
    customer = made[1]

    def invoices(created: Any) -> list[int]:
        page = client.v1.invoices.list({"customer": customer, "created": created})
        return [invoice.created - START for invoice in page.data]

    for _ in range(2):
        client.v1.invoices.create({"customer": customer})
    assert invoices(START + 1) == [1, 1]
    assert invoices({"gt": START + 1}) == []
    assert invoices({"gte": START + 1, "lte": START + 1}) == [1, 1]
    assert invoices({"lt": START + 1}) == []
    assert invoices({"gt": START, "lt": START + 2}) == [1, 1]
    assert invoices({"gte": START + 2}) == []
    assert invoices({"gt": 2**62}) == []
    assert invoices({"gt": -5}) == [1, 1]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_created_ranges_of_events(life: Life) -> None:
    customer = life.client.v1.customers.create({"test_clock": life.clock.id})
    life.client.v1.customers.create({})
    then = life.client.v1.events.list({"created": {"lte": START}}).data
    assert [event.data.object["id"] for event in then] == [customer.id]
    since = life.client.v1.events.list({"created": {"gt": START}, "type": "customer.created"}).data
    assert len(since) == 1


def test_events_by_type_types_and_wildcard(client: stripe.StripeClient) -> None:
    client.v1.customers.create({})
    product = client.v1.products.create({"name": "Pro"})
    client.v1.products.update(product.id, {"name": "Pro 2"})

    def types(**params: Any) -> list[str]:
        return [event.type for event in client.v1.events.list(params).data]  # type: ignore[arg-type]

    assert types(type="product.created") == ["product.created"]
    assert types(type="product.*") == ["product.updated", "product.created"]
    assert types(types=["customer.created", "product.updated"]) == ["product.updated", "customer.created"]
    assert types(type="invoice.paid") == []


def test_what_is_on_a_test_clock_is_hidden_from_account_wide_lists(life: Life) -> None:
    v1 = life.client.v1
    customer, plain = life.customer(), v1.customers.create({})
    subscription = life.subscribe(customer, life.price())
    assert ids(v1.customers.list()) == [plain.id]
    assert ids(v1.customers.list({"test_clock": life.clock.id})) == [customer.id]
    assert ids(v1.subscriptions.list()) == []
    assert ids(v1.subscriptions.list({"customer": customer.id})) == [subscription.id]
    assert ids(v1.subscriptions.list({"test_clock": life.clock.id})) == [subscription.id]
    assert ids(v1.invoices.list()) == []
    assert len(v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_subscriptions_by_status_price_period_and_collection(client: stripe.StripeClient) -> None:
    prices = [
        client.v1.prices.create(
            {"currency": "usd", "unit_amount": 100, "recurring": {"interval": "month"}, "product_data": {"name": "P"}}
        ).id
        for _ in range(2)
    ]
    card: Any = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = client.v1.customers.create(card)
    ended, live = (
        client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price}]}) for price in prices
    )
    client.v1.subscriptions.cancel(ended.id)

    def listed(**params: Any) -> list[str]:
        return ids(client.v1.subscriptions.list(params))  # type: ignore[arg-type]

    assert listed() == listed(status="active") == listed(price=prices[1]) == [live.id]
    assert listed(status="all") == [live.id, ended.id]
    assert listed(status="ended") == listed(status="canceled") == [ended.id]
    assert listed(price=prices[0], status="all") == [ended.id]
    assert listed(collection_method="send_invoice") == []
    assert listed(automatic_tax={"enabled": False}) == [live.id]
    assert listed(automatic_tax={"enabled": True}) == []
    end = live["items"].data[0].current_period_end
    assert listed(current_period_end={"lte": end}) == [live.id]
    assert listed(current_period_end={"lt": end}) == []
    assert listed(current_period_start={"gt": end}) == []
    with pytest.raises(stripe.InvalidRequestError, match="Invalid status: must be one of"):
        listed(status="gone")


def test_prices_and_products_by_what_they_are(client: stripe.StripeClient) -> None:
    pro = client.v1.products.create({"name": "Pro", "active": False, "url": "http://pro.example"}).id
    lite = client.v1.products.create({"name": "Lite"}).id

    def price(product: str, **params: Any) -> str:
        return client.v1.prices.create({"currency": "usd", "unit_amount": 1, "product": product, **params}).id  # type: ignore[arg-type]

    once = price(lite, active=False, lookup_key="once")
    monthly = price(lite, recurring={"interval": "month"}, lookup_key="monthly")
    yearly = price(pro, recurring={"interval": "year"}, currency="sek")

    def prices(**params: Any) -> list[str]:
        return ids(client.v1.prices.list(params))  # type: ignore[arg-type]

    assert prices(active=False) == [once]
    assert prices(active=True) == [yearly, monthly]
    assert prices(lookup_keys=["once", "monthly", "none"]) == [monthly, once]
    assert prices(lookup_keys=["monthly"], active=False) == []
    assert prices(recurring={"interval": "year"}) == prices(product=pro) == prices(currency="sek") == [yearly]
    assert prices(type="one_time") == [once]
    assert ids(client.v1.products.list({"active": False})) == [pro]
    assert ids(client.v1.products.list({"ids": [pro, lite, "prod_none"]})) == [lite, pro]
    assert ids(client.v1.products.list({"url": "http://pro.example"})) == [pro]


def test_invoice_payments_of_a_payment_intent(client: stripe.StripeClient) -> None:
    card: Any = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = client.v1.customers.create(card)
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 100, "recurring": {"interval": "month"}, "product_data": {"name": "P"}}
    )
    for _ in range(2):
        client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    newest, oldest = client.v1.payment_intents.list({"customer": customer.id}).data
    for intent in (newest, oldest):
        [payment] = client.v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
        ).data
        assert payment.payment.payment_intent == intent.id
    assert client.v1.invoice_payments.list({"payment": {"type": "payment_record"}}).data == []


def test_invoices_by_status_due_date_and_pending_items(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    item = client.v1.invoice_items.create({"customer": customer, "amount": 500, "currency": "usd"}).id
    assert ids(client.v1.invoice_items.list({"pending": True})) == [item]
    assert ids(client.v1.invoice_items.list({"pending": False})) == []
    invoice = client.v1.invoices.create(
        {
            "customer": customer,
            "collection_method": "send_invoice",
            "days_until_due": 3,
            "pending_invoice_items_behavior": "include",
        }
    )
    client.v1.invoices.finalize_invoice(invoice.id)
    assert ids(client.v1.invoice_items.list({"pending": True})) == []
    assert ids(client.v1.invoice_items.list({"pending": False, "invoice": invoice.id})) == [item]
    due = client.v1.invoices.retrieve(invoice.id).due_date
    assert due is not None
    assert ids(client.v1.invoices.list({"due_date": due})) == [invoice.id]
    assert ids(client.v1.invoices.list({"due_date": {"lt": due}})) == []
    assert ids(client.v1.invoices.list({"status": "open", "collection_method": "send_invoice"})) == [invoice.id]
    assert ids(client.v1.invoices.list({"status": "draft"})) == []


class Counted(dict[int, Any]):
    """Rows that count how often one is looked up, and refuse to be walked through."""

    looked_up = 0

    def __getitem__(self, key: int) -> Any:
        self.looked_up += 1
        return super().__getitem__(key)

    def __iter__(self) -> Any:
        raise AssertionError("a request walks through all documents")

    values = items = __iter__  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("limit=10", 11),
        ("limit=10&starting_after=cus_200", 11),
        ("limit=10&ending_before=cus_200", 11),
        ("limit=10&email=one@example.com", 1),
        ("limit=10&email=none@example.com", 0),
        ("created[lt]=1000", 0),
        ("created[gte]=1000&limit=3", 4),
    ],
)
def test_a_list_looks_at_no_more_than_it_answers(
    application: Application, wire: Wire, query: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = application.worlds.of(wire.account)
    with world.work() as w:
        for number in range(400):
            w.add("customer", id=f"cus_{number}", email="one@example.com" if number == 200 else "many@example.com")
    wire.get("/v1/customers?email=warm@example.com")  # an index is built when a field is first asked for
    table: LiveTable = world.table("customer")
    rows = Counted(table.rows)
    monkeypatch.setattr(table, "rows", rows)
    assert wire.get("/v1/customers?" + query).status_code == 200
    assert rows.looked_up <= most
