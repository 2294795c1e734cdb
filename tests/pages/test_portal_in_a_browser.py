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


def test_the_plan_is_changed_for_what_the_preview_says(page: Page, portal: Portal, site: str) -> None:
    opened(page, portal, site, subscription_update=portal.updates(proration_behavior="always_invoice"))
    page.get_by_role("link", name="Update subscription").click()
    page.get_by_role("radio", name="Pro").check()
    page.get_by_label("Quantity").fill("2")
    page.get_by_test_id("continue").click()
    shown = page.get_by_test_id("preview-total").inner_text()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("is updated")
    expect(page.get_by_test_id("plan-amount")).to_have_text("$60.00")
    assert page.get_by_test_id("invoice-total").first.inner_text() == shown


def test_a_card_is_added_by_one_click_and_the_old_one_removed(page: Page, portal: Portal, site: str) -> None:
    opened(page, portal, site).get_by_role("link", name="Add payment method").click()
    page.get_by_test_id("test-card-declined").click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    page.get_by_test_id("test-card-3ds").click()
    page.get_by_test_id("complete").click()
    expect(page.get_by_role("status")).to_contain_text("is saved")
    expect(page.get_by_test_id("method-label").first).to_contain_text("3184")
    page.get_by_role("button", name="Remove Visa •••• 4242").click()
    expect(page.get_by_test_id("method")).to_have_count(1)


def test_enter_saves_the_typed_card_and_not_a_test_card(page: Page, portal: Portal, site: str) -> None:
    opened(page, portal, site).get_by_role("link", name="Add payment method").click()
    page.get_by_label("Card number").fill("5555 5555 5555 4444")
    page.get_by_label("Expiry date").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Security code").press("Enter")
    expect(page.get_by_test_id("method-label").first).to_contain_text("Mastercard •••• 4444")


def test_details_and_a_tax_id_are_given(page: Page, portal: Portal, site: str) -> None:
    opened(page, portal, site).get_by_role("link", name="Update information").click()
    page.get_by_label("Email").fill("nobody")
    page.get_by_test_id("save-details").click()
    assert page.get_by_test_id("email-error").inner_text() == "Enter an email address such as ada@example.com."
    page.get_by_label("Email").fill("countess@example.com")
    page.get_by_test_id("save-details").click()
    expect(page.get_by_test_id("customer-email")).to_have_text("countess@example.com")
    page.get_by_role("link", name="Update information").click()
    page.get_by_label("Type").select_option("eu_vat")
    page.get_by_label("Tax id", exact=True).fill("DE123456789")
    page.get_by_test_id("add-tax-id").click()
    expect(page.get_by_test_id("customer-tax-id")).to_have_text("DE123456789")


OF_SUBSCRIPTION = "/subscriptions/{subscription}"
PAGES = [
    "",
    f"{OF_SUBSCRIPTION}/cancel",
    f"{OF_SUBSCRIPTION}/pause",
    f"{OF_SUBSCRIPTION}/update",
    f"{OF_SUBSCRIPTION}/update/confirm?price={{price}}&quantity=3",
    "/payment-methods/add",
    "/details",
]


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1280, "light")])
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
