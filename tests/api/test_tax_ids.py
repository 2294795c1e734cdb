"""Tax ids of customers and of the account: form, verification, events, and what invoices keep of them."""

from typing import Any

import pytest
import stripe
from api.life import Life, advance


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def told(life: Life) -> list[tuple[str, Any]]:
    return [(event.type, event.data.object) for event in life.new_events()]


def test_a_tax_id_is_verified_after_a_moment(life: Life) -> None:
    customer = life.customer()
    made = life.client.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": "DE123456789"})
    assert (made.country, made.customer, made.verification.status) == ("DE", customer.id, "pending")
    assert made.owner.to_dict() == {"customer": customer.id, "customer_account": None, "type": "customer"}
    assert life.events() == ["customer.tax_id.created"]
    life.advance(60)
    shown = life.client.v1.customers.tax_ids.retrieve(customer.id, made.id)
    assert shown.verification.to_dict() == {"status": "verified", "verified_address": None, "verified_name": None}
    expanded = life.client.v1.customers.retrieve(customer.id, {"expand": ["tax_ids"]})
    assert [each.id for each in expanded.tax_ids.data] == [made.id]


def test_the_event_of_a_verification_says_what_was(life: Life) -> None:
    made = life.client.v1.customers.tax_ids.create(life.customer().id, {"type": "gb_vat", "value": "111111111"})
    life.events()
    now = life.client.v1.test_helpers.test_clocks.retrieve(life.clock.id).frozen_time
    advance(life.client, life.clock.id, now + 60)
    [updated] = [event for event in life.new_events() if event.type.startswith("customer.")]
    assert (updated.type, updated.data.object.id) == ("customer.tax_id.updated", made.id)
    assert updated.data.object.verification.status == "unverified"
    assert updated.data.previous_attributes.to_dict() == {"verification": {"status": "pending"}}


def test_some_stay_pending_and_most_are_never_looked_up(life: Life) -> None:
    customer = life.customer()
    tax_ids = life.client.v1.customers.tax_ids
    waits = tax_ids.create(customer.id, {"type": "au_abn", "value": "222222222"})
    other = tax_ids.create(customer.id, {"type": "us_ein", "value": "12-3456789"})
    assert other.verification.status == "unavailable"
    life.events()
    assert life.advance(86_400) == []
    assert tax_ids.retrieve(customer.id, waits.id).verification.status == "pending"


@pytest.mark.parametrize(
    ("type", "value"), [("eu_vat", "DE12"), ("no_vat", "123456789"), ("us_ein", "1"), ("eu_vat", "US123456789")]
)
def test_a_value_of_another_form_is_refused(life: Life, type: str, value: str) -> None:
    customer = life.customer()
    with pytest.raises(stripe.InvalidRequestError, match=f"Invalid value for {type}.") as refused:
        life.client.v1.customers.tax_ids.create(customer.id, {"type": type, "value": value})
    assert (refused.value.code, refused.value.param, refused.value.http_status) == ("tax_id_invalid", "value", 400)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.customers.create({"tax_id_data": [{"type": type, "value": value}]})
    assert (refused.value.code, refused.value.param) == ("tax_id_invalid", "tax_id_data[0][value]")
    assert life.events() == []


def test_a_customer_is_made_with_tax_ids_and_loses_one(life: Life) -> None:
    customer = life.client.v1.customers.create(
        {
            "tax_id_data": [
                {"type": "no_vat", "value": "123456789MVA"},
                {"type": "ch_vat", "value": "CHE-123.456.789 MWST"},
            ]
        }
    )
    assert life.events() == ["customer.created", "customer.tax_id.created", "customer.tax_id.created"]
    swiss, norwegian = life.client.v1.customers.tax_ids.list(customer.id).data
    assert (swiss.type, norwegian.type) == ("ch_vat", "no_vat")
    assert life.client.v1.customers.tax_ids.delete(customer.id, swiss.id).deleted
    [(type, gone)] = told(life)
    assert (type, gone.id) == ("customer.tax_id.deleted", swiss.id)
    assert [each.id for each in life.client.v1.customers.tax_ids.list(customer.id).data] == [norwegian.id]


def test_the_accounts_own_and_a_customers_are_listed_apart(life: Life) -> None:
    customer = life.customer()
    own = life.client.v1.tax_ids.create({"type": "eu_vat", "value": "IE1234567AB"})
    assert (own.owner.type, own.customer, own.verification, own.country) == ("self", None, None, "IE")
    owner: Any = {"type": "customer", "customer": customer.id}
    theirs = life.client.v1.tax_ids.create({"type": "us_ein", "value": "12-3456789", "owner": owner})
    assert life.events() == ["customer.tax_id.created"]
    assert [each.id for each in life.client.v1.tax_ids.list().data] == [own.id]
    assert [each.id for each in life.client.v1.tax_ids.list({"owner": owner}).data] == [theirs.id]
    assert life.client.v1.tax_ids.retrieve(theirs.id, {"expand": ["customer"]}).customer.id == customer.id
    assert life.client.v1.tax_ids.delete(own.id).deleted
    assert life.events() == []
    assert life.client.v1.tax_ids.list().data == []


def test_an_invoice_keeps_what_its_customer_was_when_it_was_finalized(life: Life) -> None:
    customer = life.customer()
    tax_ids, invoices = life.client.v1.customers.tax_ids, life.client.v1.invoices
    own = life.client.v1.tax_ids.create({"type": "us_ein", "value": "98-7654321"})
    draft = invoices.create({"customer": customer.id, "account_tax_ids": [own.id]})
    assert (draft.customer_tax_ids, draft.account_tax_ids) == ([], [own.id])
    made = tax_ids.create(customer.id, {"type": "eu_vat", "value": "DE123456789"})
    life.client.v1.invoice_items.create(
        {"customer": customer.id, "invoice": draft.id, "amount": 1000, "currency": "usd"}
    )
    opened = invoices.finalize_invoice(draft.id)
    tax_ids.delete(customer.id, made.id)
    kept = invoices.retrieve(opened.id, {"expand": ["account_tax_ids"]})
    assert [each.to_dict() for each in kept.customer_tax_ids] == [{"type": "eu_vat", "value": "DE123456789"}]
    assert [each.value for each in kept.account_tax_ids] == ["98-7654321"]


def test_an_invoice_shows_only_the_accounts_own(life: Life) -> None:
    customer = life.customer()
    theirs = life.client.v1.customers.tax_ids.create(customer.id, {"type": "us_ein", "value": "12-3456789"})
    life.events()
    for id, message in ((theirs.id, "belongs to a customer"), ("txi_none", "No such tax ID: 'txi_none'")):
        with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
            life.client.v1.invoices.create({"customer": customer.id, "account_tax_ids": [id]})
        assert refused.value.param == "account_tax_ids[0]"
    assert life.events() == []
