"""The customer's details in the portal: changed as far as the configuration lets them; tax ids."""

from typing import Any

import pytest
import stripe
from api.portal import Portal, Told
from pages.shop import Visitor

ALL = ["name", "email", "phone", "address", "shipping", "tax_id"]
ADDRESS = {"line1": "Storgatan 1", "postal_code": "111 22", "city": "Stockholm", "country": "SE"}


@pytest.fixture
def portal(client: stripe.StripeClient) -> Portal:
    return Portal.open(client)


def details(portal: Portal, *allowed: str, path: str = "details") -> str:
    feature = {"enabled": True, "allowed_updates": list(allowed)}
    return f"{portal.session(portal.configuration(customer_update=feature).id).url}/{path}"


def sent(prefix: str) -> dict[str, str]:
    return {f"{prefix}_{name}": value for name, value in ADDRESS.items()}


def now(portal: Portal) -> dict[str, Any]:
    return portal.client.v1.customers.retrieve(portal.customer).to_dict()


def test_everything_that_is_allowed_can_be_changed_in_one_form(portal: Portal, visitor: Visitor) -> None:
    url = details(portal, *ALL)
    told = Told(portal.client)
    typed = {"name": "Ada", "email": "countess@example.com", "phone": "+46 8 1", **sent("address"), **sent("shipping")}
    answer = visitor.post(url, **typed, shipping_name="Byron")
    assert told.types() == ["customer.updated"]
    customer = now(portal)
    assert (customer["name"], customer["email"], customer["phone"]) == ("Ada", "countess@example.com", "+46 8 1")
    assert {name: customer["address"][name] for name in ADDRESS} == ADDRESS
    assert (customer["shipping"]["name"], customer["shipping"]["address"]["city"]) == ("Byron", "Stockholm")
    words = visitor.get(answer.location).page.words
    assert "Your billing information is saved." in words
    assert "Storgatan 1, 111 22 Stockholm, SE" in words


def test_what_is_not_allowed_has_no_field_and_is_not_changed(portal: Portal, visitor: Visitor) -> None:
    url = details(portal, "name")
    text = visitor.get(url).text
    assert ('name="name"' in text, 'name="email"' in text) == (True, False)
    visitor.post(url, name="Ada", email="other@example.com", **sent("address"))
    customer = now(portal)
    assert (customer["name"], customer["email"], customer["address"]) == ("Ada", "ada@example.com", None)
    assert visitor.post(details(portal, "name", path="tax-ids"), tax_id_type="eu_vat", tax_id="SE1").status == 403
    off = portal.configuration(customer_update={"enabled": False}).id
    assert visitor.get(f"{portal.session(off).url}/details").status == 403
    assert visitor.post(f"{portal.session(off).url}/details", name="Eve").status == 403


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"email": "nobody"}, "Enter an email address such as ada@example.com."),
        ({"email": ""}, "Enter your email address."),
        ({"address_line1": "Storgatan 1", "address_country": "Sweden"}, "Enter the two letters of a country"),
        ({"shipping_line1": "Storgatan 1"}, "Enter the name for shipping."),
    ],
)
def test_what_cannot_be_read_comes_back_with_the_reason(
    portal: Portal, visitor: Visitor, typed: dict[str, str], error: str
) -> None:
    before = now(portal)
    answer = visitor.post(details(portal, *ALL), **{"email": "ada@example.com", "name": "<b>Ada", **typed})
    assert (answer.status, error in answer.page.words) == (422, True)
    assert "&lt;b&gt;Ada" in answer.text
    assert now(portal) == before


def test_an_address_that_is_emptied_is_gone(portal: Portal, visitor: Visitor) -> None:
    portal.client.v1.customers.update(portal.customer, {"address": ADDRESS})  # type: ignore[typeddict-item]
    visitor.post(details(portal, "address"), **{f"address_{name}": "" for name in ADDRESS})
    assert now(portal)["address"] is None


def test_tax_ids_are_added_and_removed(portal: Portal, visitor: Visitor) -> None:
    url = details(portal, "tax_id", path="")
    told = Told(portal.client)
    visitor.post(f"{url}tax-ids", tax_id_type="eu_vat", tax_id="DE123456789")
    (owned,) = portal.client.v1.customers.tax_ids.list(portal.customer).data
    assert (owned.type, owned.value) == ("eu_vat", "DE123456789")
    assert "DE123456789" in visitor.get(f"{url}details").page.words
    assert visitor.post(f"{url}tax-ids/{owned.id}/remove").status == 303
    assert told.types()[0] == "customer.tax_id.created"
    assert portal.client.v1.customers.tax_ids.list(portal.customer).data == []
    assert visitor.post(f"{url}tax-ids/{owned.id}/remove").status == 404
    for wrong in ({"tax_id_type": "eu_vat", "tax_id": "DE1"}, {"tax_id_type": "none", "tax_id": "1"}, {}):
        assert visitor.post(f"{url}tax-ids", **wrong).status == 422


def test_the_flow_ends_with_the_form(portal: Portal, visitor: Visitor) -> None:
    after = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Noted"}}
    flow = {"type": "customer_update", "after_completion": after}
    start = visitor.get(portal.session(portal.configuration().id, flow_data=flow).url).location
    answer = visitor.post(start, name="Ada", email="ada@example.com")
    assert "Noted" in visitor.get(answer.location).page.words
