"""The portal used in Chromium, with JavaScript and without, on a desktop and on a phone."""

from typing import Any

import pytest
import stripe
from api.portal import Portal
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
REASONS: Any = {"enabled": True, "options": ["too_expensive", "other"]}


@pytest.fixture
def portal(client: stripe.StripeClient) -> Portal:
    return Portal.open(client)


def opened(page: Page, portal: Portal, site: str, **features: Any) -> Page:
    page.goto(portal.session(portal.configuration(**features).id, return_url=f"{site}/account").url)
    return page


def now(portal: Portal) -> stripe.Subscription:
    return portal.client.v1.subscriptions.retrieve(portal.subscription.id)


def test_a_subscription_is_canceled_with_its_reason_and_taken_up_again(page: Page, portal: Portal, site: str) -> None:
    opened(page, portal, site, subscription_cancel={"enabled": True, "cancellation_reason": REASONS})
    page.get_by_role("link", name="Cancel subscription").click()
    page.get_by_label("It's too expensive").check()
    page.get_by_label("Anything else?").fill("Sorry")
    page.get_by_test_id("confirm-cancel").click()
    expect(page.get_by_role("status")).to_contain_text("will be canceled")
    details = now(portal).cancellation_details
    assert details is not None
    assert (details.feedback, details.comment) == ("too_expensive", "Sorry")
    page.get_by_role("button", name="Don’t cancel subscription").click()
    expect(page.get_by_role("status")).to_contain_text("goes on")
    assert now(portal).cancel_at is None


def test_the_way_back_leads_to_the_shop(page: Page, portal: Portal, site: str) -> None:
    opened(page, portal, site).get_by_role("link", name="Return to").click()
    page.wait_for_url(f"{site}/account")


def test_a_flow_returns_to_the_shop_when_it_is_done(page: Page, portal: Portal, site: str) -> None:
    back = {"type": "redirect", "redirect": {"return_url": f"{site}/canceled"}}
    flow = {**portal.flow("subscription_cancel"), "after_completion": back}
    page.goto(portal.session(portal.configuration().id, flow_data=flow).url)
    expect(page.get_by_role("heading", name="Cancel your subscription")).to_be_visible()
    page.get_by_test_id("confirm-cancel").click()
    page.wait_for_url(f"{site}/canceled")
    assert now(portal).cancel_at is not None


PAGES = ["", "/subscriptions/{subscription}/cancel"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_its_screen_and_every_control_can_be_named(
    browser: Browser, portal: Portal, path: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    address = path.format(subscription=portal.subscription.id, price=portal.pro.id)
    page.goto(portal.session(portal.configuration().id).url + address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 22)"}[scheme]
    controls = page.locator("a, button:not(.unseen), input:not([type=hidden]), select, textarea, summary")
    assert controls.count() > 0
    assert controls.evaluate_all("all => all.filter(each => !each.dataset.testid).map(each => each.outerHTML)") == []
    named = "all => all.filter(each => !each.labels.length).map(each => each.outerHTML)"
    assert page.locator("input:not([type=hidden]), select, textarea").evaluate_all(named) == []
    context.close()
