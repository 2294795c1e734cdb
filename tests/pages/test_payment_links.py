"""Payment links: each visit opens a checkout of its own, as the link says."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from pages.shop import Shop, Visitor

WHERE = "after_completion[redirect][url]"


def link_of(shop: Shop, *prices: str, **params: Any) -> stripe.PaymentLink:
    sent: Any = {"line_items": [{"price": price, "quantity": 1} for price in prices or (shop.pro,)], **params}
    return shop.client.v1.payment_links.create(sent)


def opened(shop: Shop, visitor: Visitor, link: stripe.PaymentLink, query: str = "") -> stripe.checkout.Session:
    """The session to which a visit leads."""
    answer = visitor.get(link.url + query)
    assert answer.status == 303, answer.text
    assert answer.location is not None
    path = urlsplit(answer.location).path
    assert visitor.get(path).status == 200
    return shop.client.v1.checkout.sessions.retrieve(path.rpartition("/")[2], {"expand": ["line_items"]})


def paid(visitor: Visitor, session: stripe.checkout.Session, **typed: str) -> str:
    """Where paying leads."""
    answer = visitor.pay(f"/c/pay/{session.id}", **typed)
    assert answer.status == 303, answer.text
    assert answer.location is not None
    return answer.location


def test_a_new_link_says_what_its_sessions_will_be(shop: Shop) -> None:
    link = link_of(shop, shop.mug, metadata={"campaign": "spring"})
    assert (link.active, link.currency, link.submit_type, link.metadata["campaign"]) == (True, "usd", "auto", "spring")
    assert (link.customer_creation, link.payment_method_collection) == ("if_required", "always")
    assert link.after_completion.to_dict() == {
        "hosted_confirmation": {"custom_message": None},
        "type": "hosted_confirmation",
    }
    assert link.tax_id_collection.to_dict() == {"enabled": False, "required": "never"}
    listed = shop.client.v1.payment_links.line_items.list(link.id).data
    assert [(item.quantity, item.amount_total, item.price and item.price.id) for item in listed] == [
        (1, 1200, shop.mug)
    ]
    assert shop.events()[-1] == "payment_link.created"
    assert link_of(shop).customer_creation == "always"


def test_each_visit_opens_a_session_of_its_own(shop: Shop, visitor: Visitor) -> None:
    link = link_of(shop, shop.mug, metadata={"campaign": "spring"}, payment_intent_data={"description": "A mug"})
    first, second = opened(shop, visitor, link), opened(shop, visitor, link)
    assert first.id != second.id
    assert (first.mode, first.payment_link, first.amount_total, first.metadata) == (
        "payment",
        link.id,
        1200,
        link.metadata,
    )
    paid(visitor, first)
    done = shop.look(first)
    intent: Any = done.payment_intent
    assert (done.status, intent.description, intent.amount) == ("complete", "A mug", 1200)
    assert shop.look(second).status == "open"
    found = shop.client.v1.checkout.sessions.list({"payment_link": link.id}).data
    assert {each.id for each in found} == {first.id, second.id}


def test_a_link_for_something_recurring_starts_a_subscription(shop: Shop, visitor: Visitor) -> None:
    data: Any = {"trial_period_days": 14, "metadata": {"plan": "pro"}, "description": "Pro, after a trial"}
    session = opened(shop, visitor, link_of(shop, shop.pro, subscription_data=data))
    assert session.mode == "subscription"
    paid(visitor, session)
    subscription: Any = shop.look(session).subscription
    assert (subscription.status, subscription.metadata["plan"]) == ("trialing", "pro")
    assert subscription.description == "Pro, after a trial"


def test_paying_leads_to_the_seller_or_to_a_message(shop: Shop, visitor: Visitor) -> None:
    url = f"{shop.site}/thanks?session={{CHECKOUT_SESSION_ID}}"
    away = link_of(shop, after_completion={"type": "redirect", "redirect": {"url": url}})
    session = opened(shop, visitor, away)
    assert paid(visitor, session) == f"{shop.site}/thanks?session={session.id}"
    message = "The mug is on its way."
    here = link_of(
        shop,
        shop.mug,
        after_completion={"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": message}},
    )
    page = visitor.get(paid(visitor, opened(shop, visitor, here)))
    assert (page.status, message in page.text) == (200, True)


def test_the_address_can_fill_in_what_is_known_of_a_visitor(shop: Shop, visitor: Visitor) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    shop.client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING"})
    link = link_of(shop, shop.mug, allow_promotion_codes=True)
    query = "?prefilled_email=grace%40example.com&client_reference_id=cart_7&prefilled_promo_code=SPRING&locale=de"
    session = opened(shop, visitor, link, query)
    assert (session.client_reference_id, session.amount_total, session.locale) == ("cart_7", 600, "de")
    assert session.customer_email is None
    assert "grace@example.com" in visitor.get(f"/c/pay/{session.id}").text
    wrong = opened(shop, visitor, link, "?prefilled_email=x&client_reference_id=a%20b&prefilled_promo_code=NO&locale=!")
    assert (wrong.client_reference_id, wrong.amount_total, wrong.locale) == (None, 1200, None)
    locked = opened(shop, visitor, link, "?locked_prefilled_email=ada%40example.com")
    assert locked.customer_email == "ada@example.com"


@pytest.mark.parametrize(
    "address", ["x", "a@b", "a%20b@example.com", "@example.com", "a@b@example.com", "a" * 900 + "@b.c"]
)
def test_what_is_no_address_is_not_filled_in(shop: Shop, visitor: Visitor, address: str) -> None:
    link = link_of(shop, shop.mug)
    for name in ("prefilled_email", "locked_prefilled_email"):
        session = opened(shop, visitor, link, f"?{name}={address}")
        assert session.customer_email is None
        assert f'value="{address.replace("%20", " ")}"' not in visitor.get(f"/c/pay/{session.id}").text


def test_a_link_that_is_switched_off_says_so(shop: Shop, visitor: Visitor) -> None:
    link = link_of(shop, inactive_message="Sold out.")
    shop.client.v1.payment_links.update(link.id, {"active": False})
    [event, *_] = shop.client.v1.events.list({"type": "payment_link.updated"}).data
    assert event.to_dict()["data"]["previous_attributes"] == {"active": True}
    page = visitor.get(link.url)
    assert (page.status, "Sold out." in page.text) == (410, True)
    assert shop.client.v1.checkout.sessions.list().data == []
    shop.client.v1.payment_links.update(link.id, {"active": True, "inactive_message": ""})
    opened(shop, visitor, link)
    assert [each.id for each in shop.client.v1.payment_links.list({"active": False}).data] == []


def test_a_limit_of_completed_sessions_switches_the_link_off(shop: Shop, visitor: Visitor) -> None:
    link = link_of(shop, shop.mug, restrictions={"completed_sessions": {"limit": 2}})
    first, second, late = (opened(shop, visitor, link) for _ in range(3))
    paid(visitor, first)
    counted = shop.client.v1.payment_links.retrieve(link.id)
    assert counted.restrictions is not None
    assert (counted.active, counted.restrictions.completed_sessions.count) == (True, 1)
    paid(visitor, second)
    assert shop.client.v1.payment_links.retrieve(link.id).active is False
    assert shop.look(late).status == "expired"
    assert visitor.get(link.url).status == 410
    assert shop.events()[-3:] == ["charge.updated", "payment_link.updated", "checkout.session.expired"]


def test_items_can_be_made_up_on_the_spot_and_changed(shop: Shop, visitor: Visitor) -> None:
    data: Any = {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Box"}}
    link = shop.client.v1.payment_links.create({"line_items": [{"price_data": data, "quantity": 2}]})
    [item] = shop.client.v1.payment_links.line_items.list(link.id).data
    assert opened(shop, visitor, link).amount_total == 1400
    shop.client.v1.payment_links.update(link.id, {"line_items": [{"id": item.id, "quantity": 3}]})
    changed = opened(shop, visitor, link)
    assert changed.amount_total == 2100
    assert changed.line_items is not None
    assert changed.line_items.data[0].description == "Box"
    assert shop.events()[-1] == "payment_link.updated"


def test_what_is_archived_meanwhile_is_still_sold_by_the_link(shop: Shop, visitor: Visitor) -> None:
    link = link_of(shop, shop.mug)
    shop.client.v1.prices.update(shop.mug, {"active": False})
    assert opened(shop, visitor, link).amount_total == 1200


def test_looking_at_the_head_of_a_link_is_no_visit(shop: Shop, visitor: Visitor) -> None:
    assert visitor.session.head(link_of(shop).url, timeout=30).status_code == 200
    assert shop.client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        ({"line_items": []}, 400, "line_items"),
        ({"shipping_address_collection": {"allowed_countries": ["SE"]}}, 501, "shipping_address_collection"),
        ({"automatic_tax": {"enabled": True}}, 501, "automatic_tax"),
        ({"billing_address_collection": "required"}, 501, "billing_address_collection"),
        ({"tax_id_collection": {"enabled": True}}, 501, "tax_id_collection"),
        ({"application_fee_percent": 10}, 400, "application_fee_percent"),
        ({"payment_intent_data": {"description": "x"}}, 400, "payment_intent_data"),
        ({"customer_creation": "if_required"}, 400, "customer_creation"),
        ({"after_completion": {"type": "redirect"}}, 400, "after_completion[redirect][url]"),
        (
            {"after_completion": {"type": "redirect", "redirect": {"url": "shop"}}},
            400,
            "after_completion[redirect][url]",
        ),
        ({"restrictions": {"completed_sessions": {"limit": 0}}}, 400, "restrictions[completed_sessions][limit]"),
        ({"subscription_data": {"trial_period_days": 0}}, 400, "subscription_data[trial_period_days]"),
    ],
)
def test_what_no_session_could_be_is_refused(shop: Shop, params: dict[str, Any], status: int, param: str) -> None:
    before = shop.events()
    with pytest.raises(stripe.StripeError) as refusal:
        link_of(shop, **params)
    assert (refusal.value.http_status, refusal.value.error and refusal.value.error.param) == (status, param)
    assert shop.events() == before
    assert shop.client.v1.payment_links.list().data == []


def test_what_is_metered_is_not_sold_by_links_yet(shop: Shop) -> None:
    made = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    meter = shop.client.v1.billing.meters.create(made)  # type: ignore[arg-type]
    data: Any = {"interval": "month", "usage_type": "metered", "meter": meter.id}
    price = shop.client.v1.prices.create(
        {"currency": "usd", "unit_amount": 4, "recurring": data, "product_data": {"name": "Calls"}}
    )
    with pytest.raises(stripe.StripeError) as refusal:
        link_of(shop, price.id)
    assert refusal.value.http_status == 501
