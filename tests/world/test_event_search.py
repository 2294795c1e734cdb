"""Searching the log of events: by its indexes what is found is what looking at every event finds."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.app import create_app
from mockbill.rules.log_query import Term
from mockbill.settings import Settings
from mockbill.world import World
from mockbill.world.event_search import Missing, Search

CUSTOMERS = ("cus_a", "cus_b", "ada")
TERMS = st.builds(
    Term,
    st.just("type"),
    st.sampled_from(("customer.created", "*.updated", "invoice.*", "customer.created,invoice.paid", "nothing", "*")),
    st.booleans(),
) | st.builds(
    Term,
    st.sampled_from(("for", "customer", "text")),
    st.sampled_from((*CUSTOMERS, "sub_1", "in_1", "CUS_A")),
    st.booleans(),
)
MOMENTS = st.builds(
    Term,
    st.sampled_from(("since", "after", "before")),
    st.sampled_from(("1769853600", "1769853603", "2030-01-01", "first", "middle")),
    st.booleans(),
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An account in which a few things have happened to a few objects, a second apart."""
    application = create_app(Settings.load({"seed": 7}, environ={}))
    found = application.worlds.of("searched")
    for second, customer in enumerate((*CUSTOMERS, *CUSTOMERS)):
        with found.work({"id": f"req_{second}", "idempotency_key": None}) as w:
            w.stand_at(1769853600 + second)
            doc = {"id": customer, "object": "customer"}
            w.emit("customer.created" if second < 3 else "customer.updated", doc)
            about = {"subscription_details": {"subscription": f"sub_{second % 2}"}}
            w.emit("invoice.paid", {"id": f"in_{second}", "object": "invoice", "customer": customer, "parent": about})
            w.emit("invoice_payment.paid", {"id": "inpay_1", "object": "invoice_payment", "invoice": f"in_{second}"})
    yield found
    application.close()


@given(terms=st.lists(TERMS | MOMENTS, max_size=4), newest_first=st.booleans())
def test_indexes_find_what_looking_at_each_event_finds(world: World, terms: list[Term], newest_first: bool) -> None:
    every = list(world.table("event").select())
    named = {"first": every[0]["id"], "middle": every[9]["id"]}
    asked = [term._replace(value=named.get(term.value, term.value)) for term in terms]
    search = Search(world, asked)
    expected = [event for event in every if search.fits(event)]
    found = list(search.walk(newest_first=newest_first))
    assert found == (expected[::-1] if newest_first else expected)
    among = [event["id"] for event in every[::2]]
    assert list(search.walk(among=among)) == [event for event in expected if event["id"] in among]


@pytest.mark.parametrize(
    ("terms", "count"),
    [
        ([Term("for", "sub_1")], 3),  # the invoices of every other second
        ([Term("for", "in_1")], 2),  # it and its payment
        ([Term("customer", "ada")], 4),  # created, updated and two invoices: an id need not look like one
        ([Term("request", "req_5")], 3),
        ([Term("since", "1769853605")], 3),
        ([Term("after", "1769853604"), Term("type", "invoice.paid")], 1),
        ([Term("before", "1769853601")], 3),
        ([Term("text", "INPAY")], 6),
    ],
)
def test_what_is_found(world: World, terms: list[Term], count: int) -> None:
    assert len(list(Search(world, terms).walk())) == count


def test_an_event_that_a_search_begins_with_must_be_there(world: World) -> None:
    with pytest.raises(Missing, match="evt_none"):
        Search(world, [Term("since", "evt_none")])
    with pytest.raises(ValueError, match="no instant"):
        Search(world, [Term("before", "yesterday")])
