"""Credit grants: made, changed, expired and voided; their transactions and what a customer has of them."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import DAY, START, Life

METERED = {"scope": {"price_type": "metered"}}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def grant(life: Life, customer: str, value: int = 1000, **params: Any) -> stripe.billing.CreditGrant:
    currency = params.pop("currency", "usd")
    return life.client.v1.billing.credit_grants.create(
        {
            "customer": customer,
            "amount": {"type": "monetary", "monetary": {"currency": currency, "value": value}},
            "applicability_config": METERED,  # type: ignore[typeddict-item]
            **params,
        }
    )


def balance(life: Life, customer: str, grant: str | None = None) -> dict[str, int]:
    """What a customer has by currency: all that pays for anything metered, or one grant."""
    asked: Any = (
        {"type": "credit_grant", "credit_grant": grant}
        if grant
        else {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}
    )
    found = life.client.v1.billing.credit_balance_summary.retrieve({"customer": customer, "filter": asked})
    told = {}
    for each in found.balances:
        assert each.available_balance.to_dict() == each.ledger_balance.to_dict()
        assert each.available_balance.monetary is not None
        told[each.available_balance.monetary.currency] = each.available_balance.monetary.value
    return told


def ledger(life: Life, customer: str) -> list[tuple[str, int]]:
    """The transactions of a customer, oldest first: types, and amounts with their sign."""
    told = []
    for each in life.client.v1.billing.credit_balance_transactions.list({"customer": customer}).data[::-1]:
        side = each.credit or each.debit
        assert side is not None
        assert side.amount.monetary is not None
        assert each.type == ("credit" if each.credit else "debit")
        told.append((str(side.type), side.amount.monetary.value * (1 if each.credit else -1)))
    return told


def test_a_grant_says_what_it_is(life: Life) -> None:
    customer = life.customer().id
    made = grant(life, customer, name="Welcome", metadata={"a": "b"})
    assert made.to_dict() == {
        "id": made.id,
        "object": "billing.credit_grant",
        "amount": {"monetary": {"currency": "usd", "value": 1000}, "type": "monetary"},
        "applicability_config": {"scope": {"price_type": "metered"}},
        "category": "paid",
        "created": START,
        "customer": customer,
        "customer_account": None,
        "effective_at": START,
        "expires_at": None,
        "livemode": False,
        "metadata": {"a": "b"},
        "name": "Welcome",
        "priority": 50,
        "test_clock": life.clock.id,
        "updated": START,
        "voided_at": None,
    }
    assert made.id.startswith("credgr_test_")
    grants = life.client.v1.billing.credit_grants
    assert grants.retrieve(made.id) == made
    other = grant(life, life.customer().id, category="promotional", priority=0)
    assert (other.category, other.priority) == ("promotional", 0)
    assert [each.id for each in grants.list().data] == [other.id, made.id]
    assert [each.id for each in grants.list({"customer": customer}).data] == [made.id]


def test_the_transaction_of_a_grant(life: Life) -> None:
    customer = life.customer().id
    made = grant(life, customer)
    assert life.events() == ["billing.credit_grant.created", "billing.credit_balance_transaction.created"]
    [told] = life.client.v1.billing.credit_balance_transactions.list({"customer": customer}).data
    assert told.to_dict() == {
        "id": told.id,
        "object": "billing.credit_balance_transaction",
        "created": START,
        "credit": {
            "amount": {"monetary": {"currency": "usd", "value": 1000}, "type": "monetary"},
            "credits_application_invoice_voided": None,
            "type": "credits_granted",
        },
        "credit_grant": made.id,
        "debit": None,
        "effective_at": START,
        "livemode": False,
        "test_clock": life.clock.id,
        "type": "credit",
    }
    assert told.id.startswith("cbtxn_test_")
    assert life.client.v1.billing.credit_balance_transactions.retrieve(told.id) == told


def test_what_a_customer_has(life: Life) -> None:
    customer, other = life.customer().id, life.customer().id
    assert balance(life, customer) == {}
    first = grant(life, customer, 1000)
    grant(life, customer, 250)
    grant(life, customer, 700, currency="eur")
    grant(life, other, 9999)
    assert balance(life, customer) == {"usd": 1250, "eur": 700}
    assert balance(life, customer, first.id) == {"usd": 1000}
    assert ledger(life, other) == [("credits_granted", 9999)]


def test_an_update_moves_the_expiry_and_changes_metadata(life: Life) -> None:
    made = grant(life, life.customer().id, expires_at=START + 5 * DAY)
    life.advance(DAY)
    chain = Chain(life)
    chain.told()
    grants = life.client.v1.billing.credit_grants
    grants.update(made.id, {"expires_at": START + 9 * DAY, "metadata": {"a": "b"}})
    [(type, _, before)] = chain.told()
    assert (type, before) == (
        "billing.credit_grant.updated",
        {"expires_at": "2026-02-05 10:00", "metadata": {"a": None}, "updated": "2026-01-31 10:00"},
    )
    assert grants.update(made.id, {"expires_at": ""}).expires_at is None
    grants.update(made.id, {"metadata": {"a": "b"}})
    assert len(chain.told()) == 1  # what changes nothing is not told of


def test_a_grant_takes_effect_and_expires_in_its_time(life: Life) -> None:
    customer = life.customer().id
    grant(life, customer, effective_at=START + DAY, expires_at=START + 3 * DAY)
    assert (ledger(life, customer), balance(life, customer)) == ([], {"usd": 0})
    life.events()
    assert life.advance(DAY) == ["billing.credit_balance_transaction.created"]
    assert (ledger(life, customer), balance(life, customer)) == ([("credits_granted", 1000)], {"usd": 1000})
    assert life.advance(2 * DAY - 1) == []
    assert life.advance(1) == ["billing.credit_balance_transaction.created"]
    assert ledger(life, customer) == [("credits_granted", 1000), ("credits_expired", -1000)]
    assert balance(life, customer) == {"usd": 0}
    [expired, granted] = life.client.v1.billing.credit_balance_transactions.list({"customer": customer}).data
    assert (granted.effective_at, expired.effective_at) == (START + DAY, START + 3 * DAY)


@pytest.mark.parametrize(
    ("verb", "field", "type"),
    [("expire", "expires_at", "credits_expired"), ("void_grant", "voided_at", "credits_voided")],
)
def test_a_grant_is_ended_by_hand(life: Life, verb: str, field: str, type: str) -> None:
    customer = life.customer().id
    made = grant(life, customer)
    life.advance(DAY)
    chain = Chain(life)
    chain.told()
    ended = getattr(life.client.v1.billing.credit_grants, verb)(made.id)
    assert (getattr(ended, field), ended.updated) == (START + DAY, START + DAY)
    assert chain.told() == [
        ("billing.credit_grant.updated", "", {field: None, "updated": "2026-01-31 10:00"}),
        ("billing.credit_balance_transaction.created", ""),
    ]
    assert ledger(life, customer) == [("credits_granted", 1000), (type, -1000)]
    assert balance(life, customer) == {"usd": 0}
    assert life.advance(10 * DAY) == []
    for again in ("expire", "void_grant"):
        with pytest.raises(stripe.InvalidRequestError, match=r"expired|voided"):
            getattr(life.client.v1.billing.credit_grants, again)(made.id)
    with pytest.raises(stripe.InvalidRequestError, match=r"expired|voided"):
        life.client.v1.billing.credit_grants.update(made.id, {"expires_at": START + 99 * DAY})


def test_a_grant_that_never_took_effect_leaves_no_trace_when_it_is_voided(life: Life) -> None:
    customer = life.customer().id
    made = grant(life, customer, effective_at=START + DAY)
    life.client.v1.billing.credit_grants.void_grant(made.id)
    life.advance(2 * DAY)
    assert (ledger(life, customer), balance(life, customer)) == ([], {"usd": 0})


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({"customer": "cus_none"}, "customer", "No such customer"),
        ({"customer": ""}, "customer", "customer"),
        ({"amount": {"type": "monetary"}}, "amount[monetary]", "Missing required param"),
        (
            {"amount": {"type": "monetary", "monetary": {"currency": "xxx", "value": 1}}},
            "amount[monetary][currency]",
            "Invalid currency: xxx",
        ),
        (
            {"amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 0}}},
            "amount[monetary][value]",
            "must be greater than 0",
        ),
        (
            {"applicability_config": {"scope": {"price_type": "metered", "prices": [{"id": "price_x"}]}}},
            "applicability_config[scope]",
            "exactly one of these parameters",
        ),
        (
            {"applicability_config": {"scope": {"prices": [{"id": "price_x"}]}}},
            "applicability_config[scope][prices][0][id]",
            "No such price: 'price_x'",
        ),
        (
            {"applicability_config": {"scope": {"prices": [{"id": "price_x"}] * 21}}},
            "applicability_config[scope][prices]",
            "up to 20 prices",
        ),
        ({"priority": 101}, "priority", "between 0 and 100, not 101"),
        ({"priority": -1}, "priority", "between 0 and 100, not -1"),
        ({"effective_at": START - 1}, "effective_at", "cannot be in the past"),
        ({"expires_at": START}, "expires_at", "must be in the future"),
        ({"expires_at": START + 5, "effective_at": START + 5}, "expires_at", "must be after the effective_at"),
    ],
)
def test_what_no_grant_can_be(life: Life, params: dict[str, Any], param: str, message: str) -> None:
    customer = life.customer().id
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        grant(life, **{"customer": customer, **params})
    assert refused.value.param == param
    assert life.client.v1.billing.credit_grants.list().data == []


def test_credits_pay_for_no_licensed_price(life: Life) -> None:
    scope: Any = {"scope": {"prices": [{"id": life.price().id}]}}
    with pytest.raises(stripe.InvalidRequestError, match="only pay for metered prices"):
        grant(life, life.customer().id, applicability_config=scope)


def test_what_is_asked_of_balances_has_to_be_whole(life: Life) -> None:
    billing, customer = life.client.v1.billing, life.customer().id
    other = grant(life, life.customer().id).id
    asked: list[tuple[Any, str]] = [
        ({"customer": customer, "filter": {"type": "credit_grant"}}, "filter[credit_grant]"),
        ({"customer": customer, "filter": {"type": "applicability_scope"}}, "filter[applicability_scope]"),
        ({"customer": customer, "filter": {"type": "credit_grant", "credit_grant": other}}, "filter[credit_grant]"),
        ({"filter": {"type": "credit_grant", "credit_grant": other}}, "customer"),
    ]
    for params, param in asked:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            billing.credit_balance_summary.retrieve(params)
        assert refused.value.param == param
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: customer"):
        billing.credit_balance_transactions.list()
    assert billing.credit_balance_transactions.list({"customer": customer, "credit_grant": other}).data == []


def test_a_grant_goes_along_when_its_customer_is_put_on_a_clock(life: Life) -> None:
    customer = life.client.v1.customers.create({"email": "ada@example.com"})
    made = grant(life, customer.id, expires_at=customer.created + 5 * DAY)
    clocks = life.client.v1.test_helpers.test_clocks
    life.clock = clocks.create({"frozen_time": customer.created, "customer": customer.id})
    assert made.test_clock is None
    assert life.client.v1.billing.credit_grants.retrieve(made.id).test_clock == life.clock.id
    life.events()
    assert life.advance(5 * DAY) == ["billing.credit_balance_transaction.created"]
    assert balance(life, customer.id) == {"usd": 0}
