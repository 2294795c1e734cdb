"""The page of an invoice paid in Chromium, with JavaScript and without, on a desk and on a phone."""

import pytest
import stripe
from pages.billed import sent
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 740}


def opened(page: Page, invoice: stripe.Invoice) -> Page:
    assert invoice.hosted_invoice_url is not None
    page.goto(invoice.hosted_invoice_url)
    return page


def test_one_click_pays_after_a_decline(page: Page, client: stripe.StripeClient) -> None:
    invoice = sent(client)
    opened(page, invoice).get_by_test_id("test-card-declined").click()
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined.")
    page.get_by_test_id("test-card-success").click()
    expect(page.get_by_test_id("state")).to_contain_text("Invoice paid")
    expect(page.get_by_test_id("status")).to_have_text("Paid")
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_typed_card_pays_on_a_phone_where_nothing_is_wider_than_the_screen(
    page: Page, client: stripe.StripeClient
) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    invoice = sent(client, customer_data={"name": "x" * 120})
    opened(page, invoice).get_by_label("Card number").fill("4242 4242 4242 4242")
    assert page.locator("body").bounding_box()["width"] == 375  # type: ignore[index]
    page.get_by_label("Expiry date").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("state")).to_contain_text("Invoice paid")
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_three_d_secure_comes_between(page: Page, client: stripe.StripeClient) -> None:
    invoice = sent(client)
    opened(page, invoice).get_by_test_id("test-card-3ds").click()
    page.get_by_test_id("complete").click()
    expect(page.get_by_test_id("state")).to_contain_text("Invoice paid")
    expect(page.get_by_test_id("receipt")).to_be_visible()
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
