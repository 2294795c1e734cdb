"""The checkout page paid in Chromium, with JavaScript and without."""

import re

import pytest
from pages.shop import Shop
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def opened(page: Page, url: str | None) -> Page:
    assert url is not None
    page.goto(url)
    return page


def typed(page: Page, card: str) -> None:
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry date").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Ada Lovelace")


def test_a_typed_card_pays_and_leads_to_the_shop(page: Page, shop: Shop) -> None:
    session = shop.checkout()
    opened(page, session.url)
    assert page.get_by_test_id("total").inner_text() == "$20.00"
    typed(page, "4242 4242 4242 4242")
    page.get_by_test_id("pay").click()
    page.wait_for_url(f"{shop.site}/thanks?session={session.id}")
    assert shop.look(session).status == "complete"


def test_one_click_on_the_test_card_pays(page: Page, shop: Shop) -> None:
    session = shop.checkout()
    opened(page, session.url).get_by_test_id("test-card-success").click()
    page.wait_for_url(f"{shop.site}/thanks?session={session.id}")
    assert shop.look(session).status == "complete"


@pytest.mark.parametrize(
    ("button", "reason"),
    [("declined", "Your card was declined."), ("insufficient-funds", "Your card has insufficient funds.")],
)
def test_a_declined_card_stays_and_says_why_and_the_next_one_pays(
    page: Page, shop: Shop, button: str, reason: str
) -> None:
    session = shop.checkout()
    opened(page, session.url).get_by_label("Name on card").fill("Grace Hopper")
    page.get_by_test_id(f"test-card-{button}").click()
    assert reason in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name on card").input_value() == "Grace Hopper"
    assert page.get_by_label("Card number").input_value() == ""
    assert shop.look(session).status == "open"
    page.get_by_test_id("test-card-success").click()
    page.wait_for_url(re.compile("/thanks"))


def test_enter_pays_with_the_typed_card_and_not_with_a_test_card(page: Page, shop: Shop) -> None:
    session = shop.checkout()
    typed(opened(page, session.url), "5555 5555 5555 4444")
    page.get_by_label("Name on card").press("Enter")
    page.wait_for_url(re.compile("/thanks"))
    assert shop.client.v1.payment_intents.list().data[0].status == "succeeded"
    charge = shop.client.v1.charges.list().data[0]
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert charge.payment_method_details.card.brand == "mastercard"


def test_what_is_missing_is_marked_and_has_the_focus(page: Page, shop: Shop) -> None:
    session = shop.checkout()
    opened(page, session.url).get_by_test_id("pay").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_test_id("email-error").inner_text() == "Enter your email address."
    email = page.get_by_label("Email")
    assert email.get_attribute("aria-invalid") == "true"
    expect(email).to_be_focused()


@pytest.mark.parametrize(("button", "leads_to"), [("complete", "/thanks"), ("fail", "failed=1")])
def test_3d_secure_is_completed_or_failed(page: Page, shop: Shop, button: str, leads_to: str) -> None:
    session = shop.checkout()
    opened(page, session.url).get_by_test_id("test-card-3ds").click()
    expect(page.get_by_role("heading", name="Verify it is you")).to_be_visible()
    page.get_by_test_id(button).click()
    page.wait_for_url(re.compile(re.escape(leads_to)))
    assert shop.look(session).status == ("complete" if button == "complete" else "open")
    if button == "fail":
        expect(page.get_by_role("alert")).to_contain_text("could not authenticate")


def test_the_way_back_leads_to_the_shop_and_leaves_the_session_open(page: Page, shop: Shop) -> None:
    session = shop.checkout()
    opened(page, session.url).get_by_role("link", name="Back").click()
    page.wait_for_url(f"{shop.site}/pricing")
    assert shop.look(session).status == "open"


def test_coming_back_after_paying_does_not_pay_again(page: Page, shop: Shop) -> None:
    session = shop.checkout()
    opened(page, session.url).get_by_test_id("test-card-success").click()
    page.wait_for_url(re.compile("/thanks"))
    page.go_back()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()
    assert (
        page.get_by_role("link", name="Return to").get_attribute("href") == f"{shop.site}/thanks?session={session.id}"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_fits_its_screen_and_wears_its_styles(browser: Browser, shop: Shop, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = opened(context.new_page(), shop.checkout(shop.pro, shop.seat, quantity=5).url)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 22)"}[scheme]
    order, pay = page.get_by_test_id("order").bounding_box(), page.get_by_test_id("pay").bounding_box()
    assert order is not None
    assert pay is not None
    assert (pay["x"] >= order["x"] + order["width"]) == (width > 860)  # two columns, or one
    context.close()


def test_every_control_can_be_reached_by_keyboard_and_has_a_test_id(browser: Browser, shop: Shop) -> None:
    context = browser.new_context()
    page = opened(context.new_page(), shop.checkout().url)
    reached = []
    for _ in range(11):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.testid"))
    assert reached == [
        "back", "test-card-success", "test-card-declined", "test-card-3ds", "test-card-insufficient-funds",
        "email", "card", "exp", "cvc", "name", "pay",
    ]  # fmt: skip
    context.close()
