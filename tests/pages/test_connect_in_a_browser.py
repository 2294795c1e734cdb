"""Connect's pages in Chromium, with JavaScript and without: an owner is onboarded, and looks at what was earned."""

from typing import Any

import pytest
import requests
from pages.shop import Shop
from playwright.sync_api import Page, expect

from mockbill.server import LocalServer

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def sized(page: Page, request: pytest.FixtureRequest) -> Page:
    page.set_viewport_size(request.param)
    return page


def invited(shop: Shop, **params: Any) -> tuple[str, str]:
    """A new account, and the page that its owner is sent to."""
    asked: Any = {"type": "express", "business_profile": {"name": "Farm"}, **params}
    account = shop.client.v1.accounts.create(asked)
    urls: Any = {"refresh_url": f"{shop.site}/again", "return_url": f"{shop.site}/back"}
    link = shop.client.v1.account_links.create({"account": account.id, "type": "account_onboarding", **urls})
    return account.id, link.url


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side: neither the panel of the page, nor a value of its panel."""
    size = page.viewport_size
    assert size is not None
    left, right = 0.0, float(size["width"])
    for each in (page.locator("main"), *page.locator("dd").all(), *page.locator("button").all()):
        box = each.bounding_box()
        assert box is not None
        if box["x"] < left or box["x"] + box["width"] > right:
            return False
        if left == 0:
            left, right = box["x"], box["x"] + box["width"]
    return True


def test_an_owner_tells_all_and_comes_back_to_the_platform(sized: Page, shop: Shop) -> None:
    account, url = invited(shop)
    sized.goto(url)
    expect(sized.get_by_role("heading", name="Set up your account")).to_be_visible()
    expect(sized.get_by_test_id("account")).to_have_text("Farm")
    expect(sized.get_by_test_id("needed").get_by_role("listitem")).to_have_text(
        ["Bank account", "Description of what is sold", "Phone for customers", "Terms of service", "Website"]
    )
    assert fits(sized)
    sized.get_by_test_id("complete").click()
    expect(sized).to_have_url(f"{shop.site}/back")
    ready = shop.client.v1.accounts.retrieve(account)
    assert (ready.charges_enabled, ready.payouts_enabled) == (True, True)
    sized.goto(url)
    expect(sized).to_have_url(f"{shop.site}/again")


def test_an_owner_can_go_on_later(sized: Page, shop: Shop) -> None:
    account, url = invited(shop)
    sized.goto(url)
    sized.get_by_test_id("later").click()
    expect(sized).to_have_url(f"{shop.site}/back")
    assert shop.client.v1.accounts.retrieve(account).details_submitted is False


def test_an_owner_chooses_a_bank_account_at_which_payouts_fail(page: Page, shop: Shop) -> None:
    account, url = invited(shop)
    page.goto(url)
    page.get_by_label("Bank account").select_option(label="•••• 1113 · payouts fail: account closed")
    page.get_by_test_id("complete").click()
    expect(page).to_have_url(f"{shop.site}/back")
    (bank,) = shop.client.v1.accounts.external_accounts.list(account)
    assert bank.last4 == "1113"


def test_a_bank_account_that_the_platform_told_is_shown_and_not_asked_for(page: Page, shop: Shop) -> None:
    account, url = invited(shop, type="custom", external_account="btok_us_verified")
    page.goto(url)
    expect(page.get_by_test_id("bank")).to_have_text("•••• 6789")
    expect(page.get_by_test_id("bank-choice")).to_have_count(0)
    page.get_by_test_id("complete").click()
    expect(page).to_have_url(f"{shop.site}/back")
    assert len(shop.client.v1.accounts.external_accounts.list(account).data) == 1


def test_the_dashboard_shows_what_was_earned_and_paid_out(sized: Page, shop: Shop, server: LocalServer) -> None:
    account, url = invited(shop)
    sized.goto(url)
    sized.get_by_test_id("complete").click()
    expect(sized).to_have_url(f"{shop.site}/back")
    there: Any = {"stripe_account": account}
    daily: Any = {"payments": {"payouts": {"schedule": {"interval": "daily"}}}}
    shop.client.v1.balance_settings.update(daily, there)
    shop.client.v1.charges.create({"amount": 5000, "currency": "usd", "source": "tok_bypassPending"}, there)
    shop.client.v1.charges.create({"amount": 1000, "currency": "usd", "source": "tok_visa"}, there)
    sized.goto(shop.client.v1.accounts.login_links.create(account).url)
    expect(sized.get_by_role("heading", name="Welcome, Farm")).to_be_visible()
    expect(sized.get_by_test_id("available")).to_have_text("$48.25")
    expect(sized.get_by_test_id("pending")).to_have_text("$9.41")
    expect(sized.get_by_test_id("schedule")).to_have_text("daily")
    expect(sized.get_by_test_id("no-payouts")).to_be_visible()
    moved = {"by": "1 day", "account": account}
    requests.post(f"{server.url}/_mockbill/clock/advance", json=moved, timeout=10).raise_for_status()
    sized.reload()
    expect(sized.get_by_test_id("available")).to_have_text("$0.00")
    expect(sized.get_by_test_id("payouts")).to_contain_text("$48.25 pending")
    assert fits(sized)
