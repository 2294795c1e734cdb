"""The discount on the checkout page, and its box for promotion codes: by plain HTTP, and in Chromium."""

from typing import Any

import pytest
import stripe
from pages.shop import Shop, Visitor
from playwright.sync_api import Browser


def code(shop: Shop, name: str, **terms: Any) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 25, "duration": "forever", **terms})
    shop.client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": name})


def box(session: stripe.checkout.Session) -> str:
    return f"/c/pay/{session.id}/promotion-code"


def test_a_session_with_a_coupon_shows_what_it_takes_off_and_has_no_box(shop: Shop, visitor: Visitor) -> None:
    coupon = shop.client.v1.coupons.create({"amount_off": 500, "currency": "usd", "name": "Spring sale"})
    session = shop.checkout(discounts=[{"coupon": coupon.id}])
    page = visitor.get(session.url)
    words = page.page.words
    assert "Spring sale $5.00 off -$5.00" in words
    assert "Total due today $15.00" in words
    assert "$15.00 today, then $20.00 per month" in words
    assert 'name="promotion_code"' not in page.text
    assert visitor.post(box(session), promotion_code="SAVE").status == 422


def test_a_code_is_typed_taken_off_and_typed_again(shop: Shop, visitor: Visitor) -> None:
    code(shop, "SAVE25", duration="repeating", duration_in_months=3)
    session = shop.checkout(allow_promotion_codes=True)
    assert 'name="promotion_code"' in visitor.get(session.url).text
    applied = visitor.post(box(session), promotion_code=" save25 ")
    assert (applied.status, applied.location) == (303, f"/c/pay/{session.id}")
    words = visitor.get(session.url).page.words
    assert "SAVE25 Remove 25% off for 3 months -$5.00" in words
    assert "Total due today $15.00" in words
    assert visitor.post(box(session), remove="1").status == 303
    assert "Total due today $20.00" in visitor.get(session.url).page.words
    visitor.post(box(session), promotion_code="SAVE25")
    paid = visitor.pay(session.url)
    assert paid.status == 303
    assert shop.look(session).amount_total == 1500


def test_a_wrong_code_comes_back_with_the_reason(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(allow_promotion_codes=True)
    refused = visitor.post(box(session), promotion_code="NOPE<b>")
    assert refused.status == 422
    assert "This code is invalid." in refused.page.words
    assert 'value="NOPE&lt;b&gt;"' in refused.text
    assert "Total due today $20.00" in refused.page.words


def test_nothing_typed_changes_nothing(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(allow_promotion_codes=True)
    assert visitor.post(box(session), promotion_code="").status == 303
    assert shop.look(session).discounts is None


def test_a_session_that_is_over_takes_no_code(shop: Shop, visitor: Visitor) -> None:
    code(shop, "SAVE25")
    session = shop.checkout(allow_promotion_codes=True)
    shop.client.v1.checkout.sessions.expire(session.id)
    assert visitor.post(box(session), promotion_code="SAVE25").status == 410


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_a_code_is_redeemed_in_a_browser(browser: Browser, shop: Shop, javascript: bool) -> None:
    code(shop, "SAVE25")
    session = shop.checkout(allow_promotion_codes=True)
    page = browser.new_page(java_script_enabled=javascript)
    assert session.url
    page.goto(session.url)
    page.get_by_label("Promotion code").fill("wrong")
    page.get_by_test_id("apply-promotion-code").click()
    assert page.get_by_test_id("promotion_code-error").inner_text() == "This code is invalid."
    page.get_by_label("Promotion code").fill("save25")
    page.get_by_label("Promotion code").press("Enter")
    assert page.get_by_test_id("discount-amount").inner_text() == "-$5.00"
    page.get_by_test_id("remove-promotion-code").click()
    assert page.get_by_test_id("total").inner_text() == "$20.00"
    page.get_by_label("Promotion code").fill("SAVE25")
    page.get_by_test_id("apply-promotion-code").click()
    assert page.get_by_test_id("total").inner_text() == "$15.00"
    page.get_by_test_id("test-card-success").click()
    page.wait_for_url("**/thanks*")
    assert shop.look(session).amount_total == 1500
    page.close()


def test_what_comes_later_is_taxed_without_the_discount_for_once(shop: Shop, visitor: Visitor) -> None:
    vat = shop.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False})
    coupon = shop.client.v1.coupons.create({"amount_off": 500, "currency": "usd", "duration": "once"})
    session = shop.checkout(discounts=[{"coupon": coupon.id}], subscription_data={"default_tax_rates": [vat.id]})
    words = visitor.get(session.url).page.words
    # 15.00 and 19 % of it today, 20.00 and 19 % of it later
    assert "$17.85 today, then $23.80 per month" in words
    subtotal, discount, tax = (words.index(each) for each in ("Subtotal $20.00", "-$5.00", "VAT (19%) $2.85"))
    assert subtotal < discount < tax
    assert "Total due today $17.85" in words


def test_a_customers_own_discount_is_shown_and_cannot_be_taken_off(shop: Shop, visitor: Visitor) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 25, "duration": "repeating", "duration_in_months": 3})
    given: Any = {"email": "ada@example.com", "coupon": coupon.id}
    customer = shop.client.v1.customers.create(given, {"stripe_version": "2024-06-20"})
    code(shop, "HALF", percent_off=50)
    session = shop.checkout(customer=customer.id, allow_promotion_codes=True)
    words = visitor.get(session.url).page.words
    assert f"{coupon.id} 25% off for 3 months -$5.00" in words
    assert "Total due today $15.00" in words
    visitor.post(box(session), promotion_code="HALF")
    assert "HALF Remove 50% off forever -$10.00" in visitor.get(session.url).page.words
