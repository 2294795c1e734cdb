"""A payment link opened and paid in Chromium, with JavaScript and without."""

import re

import pytest
from pages.shop import Shop
from pages.test_payment_links import link_of
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_link_is_opened_paid_and_thanks(page: Page, shop: Shop) -> None:
    said = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "The mug is on its way."}}
    link = link_of(shop, shop.mug, after_completion=said)
    page.goto(f"{link.url}?prefilled_email=ada%40example.com")
    expect(page).to_have_url(re.compile("/c/pay/cs_test_"))
    assert page.get_by_test_id("total").inner_text() == "$12.00"
    assert page.get_by_label("Email").input_value() == "ada@example.com"
    page.get_by_test_id("test-card-success").click()
    expect(page.get_by_test_id("message")).to_contain_text("The mug is on its way.")
    [session] = shop.client.v1.checkout.sessions.list({"payment_link": link.id}).data
    assert session.status == "complete"


def test_a_link_that_is_switched_off_says_what_its_seller_says(page: Page, shop: Shop) -> None:
    link = link_of(shop, shop.mug, inactive_message="Sold out until spring.")
    shop.client.v1.payment_links.update(link.id, {"active": False})
    page.goto(link.url)
    expect(page.get_by_test_id("message")).to_contain_text("Sold out until spring.")
