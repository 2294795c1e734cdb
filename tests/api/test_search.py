"""Search in Stripe's query language: what is found for each resource, page by page, and what is no query."""

from typing import Any

import pytest
import stripe
from api.life import Life
from api.wire import Wire


def names(found: Any) -> list[str]:
    return [each.name for each in found.data]


@pytest.fixture
def people(client: stripe.StripeClient) -> None:
    for name, email, team in [("Ada Lovelace", "ada@example.com", "red"), ("Bea", "bea@example.org", "blue")]:
        client.v1.customers.create({"name": name, "email": email, "metadata": {"team": team, "order id": "1"}})
    client.v1.customers.create({"name": "Nobody"})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('email:"ada@example.com"', ["Ada Lovelace"]),
        ('email:"ADA@example.com"', ["Ada Lovelace"]),
        ('email~"example"', ["Bea", "Ada Lovelace"]),
        ('-email:"ada@example.com"', ["Nobody", "Bea"]),
        ("email:null", ["Nobody"]),
        ("-email:null", ["Bea", "Ada Lovelace"]),
        ('name:"Lovelace"', ["Ada Lovelace"]),
        ('metadata["team"]:"red"', ["Ada Lovelace"]),
        ('metadata["order id"]:"1" AND -metadata["team"]:"red"', ["Bea"]),
        ('metadata["team"]:null', ["Nobody"]),
        ('name:"Bea" OR metadata["team"]:"red"', ["Bea", "Ada Lovelace"]),
        ('name:"Bea" email~"example.com"', []),
        ("created>0", ["Nobody", "Bea", "Ada Lovelace"]),
        ("created<0", []),
    ],
)
def test_customers_are_found_newest_first(
    client: stripe.StripeClient, people: None, query: str, found: list[str]
) -> None:
    assert names(client.v1.customers.search({"query": query})) == found


def test_an_answer_is_a_search_result(client: stripe.StripeClient, wire: Wire, people: None) -> None:
    answer = wire.get("/v1/customers/search?query=created%3E0&limit=2").json()
    assert list(answer) == ["object", "data", "has_more", "next_page", "url"]
    assert (answer["object"], answer["url"], answer["has_more"]) == ("search_result", "/v1/customers/search", True)
    rest = wire.get(f"/v1/customers/search?query=created%3E0&limit=2&page={answer['next_page']}").json()
    assert (len(rest["data"]), rest["has_more"], rest["next_page"]) == (1, False, None)


def test_the_total_is_counted_when_it_is_expanded(client: stripe.StripeClient, people: None) -> None:
    found = client.v1.customers.search({"query": "-email:null", "limit": 1, "expand": ["total_count"]})
    assert (len(found.data), found.total_count) == (1, 2)  # type: ignore[attr-defined]


def test_the_sdk_walks_all_pages_and_what_changes_meanwhile_disturbs_nothing(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": f"Customer {number}"}).id for number in range(7)][::-1]
    walk = client.v1.customers.search({"query": 'name:"Customer"', "limit": 3}).auto_paging_iter()
    first = [next(walk).id for _ in range(3)]
    client.v1.customers.delete(first[2])  # the last one of the page, after which the next one begins
    client.v1.customers.create({"name": "Customer of later"})
    assert first + [each.id for each in walk] == made


def test_what_is_found_can_be_expanded(client: stripe.StripeClient) -> None:
    life = Life.begin(client)
    life.subscribe(life.customer(), life.price())
    [found] = client.v1.subscriptions.search({"query": "status:'active'", "expand": ["data.latest_invoice"]}).data
    assert isinstance(found.latest_invoice, stripe.Invoice)


def test_every_resource_with_its_own_fields(client: stripe.StripeClient) -> None:
    """One life, and each query finds the one object that it describes; objects of test clocks are found too."""
    life = Life.begin(client)
    price = life.price(1000, interval="year")
    customer = life.customer()
    subscription = life.subscribe(customer, price, metadata={"plan": "Pro"})
    invoice = client.v1.invoices.retrieve(str(subscription.latest_invoice.id))  # type: ignore[union-attr]
    [charge] = client.v1.charges.list({"customer": customer.id}).data
    client.v1.refunds.create({"charge": charge.id, "amount": 10})
    last4 = 'payment_method_details.card.last4:"4242"'
    v1 = client.v1
    asked: list[tuple[Any, str, str]] = [
        (v1.charges, f'customer:"{customer.id}" status:"succeeded" amount>999 {last4}', charge.id),
        (v1.charges, 'refunded:"false" AND disputed:"false" AND currency:"USD"', charge.id),
        (v1.invoices, f'subscription:"{subscription.id}" total:1000 status:"paid"', invoice.id),
        (v1.invoices, f'number:"{invoice.number}" currency:"usd"', invoice.id),
        (v1.invoices, f'customer:"{customer.id}" last_finalization_error_code:null', invoice.id),
        (v1.payment_intents, f'customer:"{customer.id}" amount>=1000 status:"succeeded"', charge.payment_intent),
        (v1.prices, f'active:"true" product:"{price.product}" type:"recurring" currency:"usd"', price.id),
        (v1.products, 'name:"pro" active:"true" shippable:null url:null', str(price.product)),
        (v1.subscriptions, 'metadata["plan"]:"pro" status:"active" canceled_at:null', subscription.id),
    ]
    for service, query, id in asked:
        assert [each.id for each in service.search({"query": query}).data] == [id], query
    for service, query in [
        (v1.charges, 'refunded:"true"'),
        (v1.charges, 'status:"failed"'),
        (v1.invoices, 'status:"open"'),
        (v1.prices, 'active:"false"'),
        (v1.prices, 'type:"one_time"'),
        (v1.subscriptions, "-canceled_at:null"),
    ]:
        assert service.search({"query": query}).data == [], query


@pytest.mark.parametrize(
    ("resource", "query", "message"),
    [
        ("customers", "ada", "We were unable to parse your search query. Try using the format `metadata"),
        ("customers", 'name:"a" AND name:"b" OR name:"c"', "AND and OR cannot be used in the same query"),
        ("customers", " ".join(['name:"a"'] * 11), "up to 10 clauses; this one has 11"),
        (
            "customers",
            'foo:"bar"',
            "Field `foo` is an unsupported search field for resource `customers`. See "
            "http://stripe.com/docs/search#query-fields-for-customers for a list of supported fields.",
        ),
        ("payment_intents", 'email:"a"', "query-fields-for-payment-intents for a list"),
        ("subscriptions", 'customer:"cus_1"', "Field `customer` is an unsupported search field"),
        ("customers", 'metadata:"red"', "We were unable to parse your search query"),
        ("customers", 'name["a"]:"red"', "We were unable to parse your search query"),
        ("customers", 'metadata["team"]~"red"', "Operator `~` is not supported for field `metadata`"),
        ("customers", 'email>"a"', "Operator `>` is not supported for field `email`"),
        ("customers", "created>null", "Operator `>` is not supported for field `created`"),
        ("customers", 'created~"100"', "Operator `~` is not supported for field `created`"),
        ("customers", 'name~"ad"', "at least 3 characters"),
        ("customers", 'created>"today"', "cannot be compared with `today`"),
        ("charges", 'payment_method_details.card.cvc:"1"', "is an unsupported search field for resource `charges`"),
    ],
)
def test_what_is_wrong_with_a_query(client: stripe.StripeClient, resource: str, query: str, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        getattr(client.v1, resource).search({"query": query})
    assert message in str(refused.value.user_message)
    assert (refused.value.http_status, refused.value.param) == (400, "query")


def test_a_query_has_to_be_sent_and_a_page_to_be_one(client: stripe.StripeClient, wire: Wire) -> None:
    assert wire.error(wire.get("/v1/customers/search"), 400)["message"] == "Missing required param: query."
    for page in ("x", "AAAA", "é", "A" * 400):
        with pytest.raises(stripe.InvalidRequestError, match="Invalid page"):
            client.v1.customers.search({"query": "created>0", "page": page})
