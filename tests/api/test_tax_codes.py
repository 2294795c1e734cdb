"""Tax codes: what of Stripe's list is here, and what products say about them."""

import pytest
import stripe
from api.wire import Wire


def test_the_codes_that_shops_use_are_listed(client: stripe.StripeClient) -> None:
    first = client.v1.tax_codes.list({"limit": 1}).data[0]
    assert (first.id, first.object, first.name) == ("txcd_99999999", "tax_code", "General - Tangible Goods")
    assert first.description
    ids = [code.id for code in client.v1.tax_codes.list({"limit": 7}).auto_paging_iter()]
    assert len(ids) == len(set(ids)) > 50
    assert {"txcd_00000000", "txcd_20030000", "txcd_10103000", "txcd_10103001", "txcd_92010001"} <= set(ids)
    assert client.v1.tax_codes.retrieve("txcd_92010001").name == "Shipping"


def test_a_code_that_is_not_listed_is_not_there(wire: Wire) -> None:
    assert wire.error(wire.get("/v1/tax_codes/txcd_12345678"), 404)["message"] == "No such tax code: 'txcd_12345678'"


def test_a_product_names_a_code_and_shows_it_expanded(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Pro", "tax_code": "txcd_10103001", "expand": ["tax_code"]})
    assert product.tax_code.name == "Software as a service (SaaS) - business use"
    plain = client.v1.products.retrieve(product.id)
    assert plain.tax_code == "txcd_10103001"
    bare = client.v1.products.create({"name": "Bare", "expand": ["tax_code"]})
    assert bare.tax_code is None


def test_a_code_that_stripe_may_have_is_taken(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Pro", "tax_code": "txcd_37071001", "expand": ["tax_code"]})
    assert (product.tax_code.id, product.tax_code.description) == ("txcd_37071001", "")


@pytest.mark.parametrize("code", ["saas", "txcd_1", "txcd_101030011", "txr_10103001"])
def test_what_is_no_code_is_refused(client: stripe.StripeClient, code: str) -> None:
    product = client.v1.products.create({"name": "Pro"})
    asked = [
        lambda: client.v1.products.create({"name": "Pro", "tax_code": code}),
        lambda: client.v1.products.update(product.id, {"tax_code": code}),
        lambda: client.v1.tax.settings.update({"defaults": {"tax_code": code}}),
    ]
    for ask in asked:
        with pytest.raises(stripe.InvalidRequestError, match=f"No such tax code: '{code}'") as refused:
            ask()
        assert (refused.value.http_status, refused.value.code) == (400, "resource_missing")
    assert client.v1.products.retrieve(product.id).tax_code is None
