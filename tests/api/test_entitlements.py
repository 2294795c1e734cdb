"""Entitlements: features on products, what subscriptions entitle their customers to, and what is told of it."""

from typing import Any

import pytest
import stripe
from api.chains import Chain, Row, charged, paid
from api.life import DAY, HOUR, Life

NEXT = 1_772_272_800  # 2026-02-28T10:00:00Z, when the first renewal is due


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def feature(client: stripe.StripeClient, key: str) -> stripe.entitlements.Feature:
    return client.v1.entitlements.features.create({"name": key.title(), "lookup_key": key})


def brings(client: stripe.StripeClient, product: Any, *keys: str) -> list[str]:
    """Have a product bring features, made now where there are none with these keys; answers the ids of the ties."""
    ties = []
    for key in keys:
        known = client.v1.entitlements.features.list({"lookup_key": key}).data
        made = known[0] if known else feature(client, key)
        ties.append(client.v1.products.features.create(str(product), {"entitlement_feature": made.id}).id)
    return ties


def entitled(client: stripe.StripeClient, customer: str) -> list[str]:
    """The keys of a customer's features, newest first."""
    found = client.v1.entitlements.active_entitlements.list({"customer": customer})
    return [each.lookup_key for each in found.data]


def summary(now: list[str], before: list[str]) -> Row:
    return (
        "entitlements.active_entitlement_summary.updated",
        f"cus#1 {now}",
        {"entitlements": before},
    )


# features


def test_a_feature_is_made_changed_archived_and_listed(client: stripe.StripeClient) -> None:
    features = client.v1.entitlements.features
    made = features.create({"name": "API access", "lookup_key": "api", "metadata": {"team": "red"}})
    assert made.to_dict() == {
        "id": made.id,
        "object": "entitlements.feature",
        "active": True,
        "livemode": False,
        "lookup_key": "api",
        "metadata": {"team": "red"},
        "name": "API access",
    }
    assert made.id.startswith("feat_test_")
    renamed = features.update(made.id, {"name": "API", "metadata": {"team": ""}})
    assert (renamed.name, renamed.metadata.to_dict(), features.retrieve(made.id)) == ("API", {}, renamed)
    other = feature(client, "sso")
    assert [each.id for each in features.list().data] == [other.id, made.id]
    features.update(made.id, {"active": False})
    assert [each.id for each in features.list().data] == [other.id, made.id]
    assert [each.id for each in features.list({"archived": False}).data] == [other.id]
    assert [each.id for each in features.list({"archived": True}).data] == [made.id]
    assert [each.id for each in features.list({"lookup_key": "sso"}).data] == [other.id]


def test_what_is_wrong_with_a_feature(client: stripe.StripeClient) -> None:
    features, product = client.v1.entitlements.features, client.v1.products.create({"name": "Pro"}).id
    made = feature(client, "api")
    wrong: list[tuple[Any, str, str]] = [
        (lambda: feature(client, "api"), "lookup_key", "'api' exists already"),
        (lambda: feature(client, "a" * 81), "lookup_key", "at most 80 characters"),
        (lambda: features.create({"name": "a" * 81, "lookup_key": "b"}), "name", "at most 80 characters"),
        (lambda: features.update(made.id, {"name": "a" * 81}), "name", "at most 80 characters"),
        (lambda: features.update(made.id, {"lookup_key": "b"}), "lookup_key", "unknown parameter"),  # type: ignore[typeddict-unknown-key]
        (lambda: features.retrieve("feat_none"), "id", "No such entitlements.feature: 'feat_none'"),
        (lambda: brings(client, "prod_none", "api"), "id", "No such product"),
        (
            lambda: client.v1.products.features.create(product, {"entitlement_feature": "feat_none"}),
            "entitlement_feature",
            "No such entitlements.feature",
        ),
        (
            lambda: client.v1.entitlements.active_entitlements.list({"customer": "cus_none"}),
            "customer",
            "No such customer",
        ),
    ]
    for call, param, message in wrong:
        with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
            call()
        assert refused.value.param == param
    brings(client, product, "api")
    with pytest.raises(stripe.InvalidRequestError, match="attached to this product already"):
        brings(client, product, "api")
    features.update(made.id, {"active": False})
    other = client.v1.products.create({"name": "Other"}).id
    with pytest.raises(stripe.InvalidRequestError, match="is archived"):
        client.v1.products.features.create(other, {"entitlement_feature": made.id})


def test_the_features_of_a_product(client: stripe.StripeClient) -> None:
    attached = client.v1.products.features
    pro, basic = (client.v1.products.create({"name": name}).id for name in ("Pro", "Basic"))
    [api, sso] = brings(client, pro, "api", "sso")
    [also] = brings(client, basic, "api")
    assert [each.id for each in attached.list(pro).data] == [sso, api]
    assert [each.id for each in attached.list(basic).data] == [also]
    shown = attached.retrieve(pro, api)
    assert (shown.object, shown.id.startswith("prodft_"), shown.entitlement_feature.lookup_key) == (
        "product_feature",
        True,
        "api",
    )
    client.v1.entitlements.features.update(shown.entitlement_feature.id, {"name": "API access"})
    assert attached.retrieve(pro, api).entitlement_feature.name == "API access"
    assert attached.delete(pro, api).to_dict() == {"id": api, "object": "product_feature", "deleted": True}
    assert [each.id for each in attached.list(pro).data] == [sso]
    for product, id in ((pro, api), (pro, also), (basic, sso)):
        with pytest.raises(stripe.InvalidRequestError, match="No such product_feature"):
            attached.retrieve(product, id)


# the chains


def test_a_subscription_entitles_from_its_creation_to_its_cancellation(life: Life) -> None:
    client, price, customer = life.client, life.price(), life.customer()
    brings(client, price.product, "api", "sso")
    life.events()
    chain = Chain(life)
    subscription = life.subscribe(customer, price)
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        *charged(2000),
        ("customer.subscription.created", "active"),
        summary(["sso", "api"], []),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        *paid(2000)[1:],
        ("invoice_payment.paid", "2000"),
    ]
    assert entitled(client, customer.id) == ["sso", "api"]
    assert [row[0] for row in chain.after(NEXT + HOUR)].count("entitlements.active_entitlement_summary.updated") == 0
    client.v1.subscriptions.cancel(subscription.id)
    assert chain.told() == [
        ("customer.subscription.deleted", "canceled"),
        summary([], ["sso", "api"]),
    ]
    assert entitled(client, customer.id) == []


def test_the_summary_that_is_told_of(life: Life) -> None:
    price, customer = life.price(), life.customer()
    brings(life.client, price.product, *(f"feature-{number:02}" for number in range(12)))
    life.subscribe(customer, price)
    [told] = [event for event in life.new_events() if event.type.startswith("entitlements.")]
    shown = told.data.object.to_dict()
    listed = life.client.v1.entitlements.active_entitlements.list({"customer": customer.id, "limit": 10})
    assert shown == {
        "object": "entitlements.active_entitlement_summary",
        "customer": customer.id,
        "entitlements": {
            "object": "list",
            "data": [each.to_dict() for each in listed.data],
            "has_more": True,
            "url": f"/v1/customer/{customer.id}/entitlements",
        },
        "livemode": False,
    }
    assert told.to_dict()["data"]["previous_attributes"] == {"entitlements": {"data": [], "has_more": False}}
    assert len(list(listed.auto_paging_iter())) == 12
    one = life.client.v1.entitlements.active_entitlements.retrieve(listed.data[0].id, {"expand": ["feature"]})
    assert isinstance(one.feature, stripe.entitlements.Feature)
    assert (one.id.startswith("ent_test_"), one.lookup_key, one.feature.lookup_key) == (
        True,
        "feature-11",
        "feature-11",
    )


def test_another_product_on_the_item_brings_its_features_at_once(life: Life) -> None:
    client, basic, pro, customer = life.client, life.price(1000), life.price(3000), life.customer()
    brings(client, basic.product, "api")
    brings(client, pro.product, "api", "sso")
    subscription = life.subscribe(customer, basic)
    kept = client.v1.entitlements.active_entitlements.list({"customer": customer.id}).data[0].id
    chain = Chain(life)
    chain.told()
    client.v1.subscriptions.update(
        subscription.id,
        {"items": [{"id": subscription.items.data[0].id, "price": pro.id}], "proration_behavior": "none"},  # type: ignore[union-attr]
    )
    [updated, told] = chain.told()
    assert updated[:2] == ("customer.subscription.updated", "active")
    assert told == summary(["sso", "api"], ["api"])
    listed = client.v1.entitlements.active_entitlements.list({"customer": customer.id}).data
    assert listed[1].id == kept  # what stays is the same entitlement


def test_a_pause_takes_the_features_and_its_end_gives_them_back(life: Life) -> None:
    client, price, customer = life.client, life.price(), life.customer()
    brings(client, price.product, "api")
    subscription = life.subscribe(customer, price)
    chain = Chain(life)
    chain.told()
    client.v1.subscriptions.pause(subscription.id)
    paused = chain.told()
    assert [row[0] for row in paused][-3:] == [
        "customer.subscription.paused",
        "customer.subscription.updated",
        "entitlements.active_entitlement_summary.updated",
    ]
    assert paused[-1][2] == {"entitlements": ["api"]}
    client.v1.subscriptions.resume(
        subscription.id, {"billing_cycle_anchor": {"type": "unchanged"}, "proration_behavior": "none"}
    )
    resumed = chain.told()
    assert [row[0] for row in resumed] == [
        "customer.subscription.resumed",
        "customer.subscription.updated",
        "entitlements.active_entitlement_summary.updated",
    ]
    assert resumed[-1][2] == {"entitlements": []}


def test_what_is_not_paid_yet_entitles_to_nothing_and_what_is_past_due_still_does(life: Life) -> None:
    client, price, customer = life.client, life.price(), life.customer(card=None)
    brings(client, price.product, "api")
    subscription = life.subscribe(customer, price, payment_behavior="default_incomplete")
    assert entitled(client, customer.id) == []
    life.use_card(customer.id, "pm_card_visa")
    client.v1.invoices.pay(str(subscription.latest_invoice.id))  # type: ignore[union-attr]
    told = life.events()
    at = told.index("customer.subscription.updated")
    assert told[at + 1] == "entitlements.active_entitlement_summary.updated"
    assert entitled(client, customer.id) == ["api"]
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance_to(NEXT + HOUR)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    assert entitled(client, customer.id) == ["api"]
    life.advance(60 * DAY)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert entitled(client, customer.id) == []


def test_a_trial_entitles(life: Life) -> None:
    client, price, customer = life.client, life.price(), life.customer()
    brings(client, price.product, "api")
    life.subscribe(customer, price, trial_period_days=10)
    assert entitled(client, customer.id) == ["api"]


def test_changes_of_a_product_reach_its_subscriptions_when_their_next_period_starts(life: Life) -> None:
    client, price, customer = life.client, life.price(), life.customer()
    subscription = life.subscribe(customer, price)  # before anything had features
    [api, _] = brings(client, price.product, "api", "sso")
    client.v1.subscriptions.update(subscription.id, {"metadata": {"a": "b"}})
    assert entitled(client, customer.id) == []
    another = life.customer()
    life.subscribe(another, price)
    assert entitled(client, another.id) == ["sso", "api"]  # who comes later has them
    life.events()
    told = Chain(life).after(NEXT)
    at = told.index(summary(["sso", "api"], []))
    assert told[at - 1][0] == "customer.subscription.updated"
    client.v1.products.features.delete(str(price.product), api)
    life.advance(DAY)
    assert entitled(client, customer.id) == ["sso", "api"]
    life.advance(31 * DAY)
    assert entitled(client, customer.id) == ["sso"]


def test_a_feature_of_two_subscriptions_goes_with_the_last_of_them(life: Life) -> None:
    client, customer = life.client, life.customer()
    one, other = life.price(1000), life.price(2000)
    brings(client, one.product, "api")
    brings(client, other.product, "api", "sso")
    first, second = life.subscribe(customer, one), life.subscribe(customer, other)
    assert entitled(client, customer.id) == ["sso", "api"]
    life.events()
    client.v1.subscriptions.cancel(first.id)
    assert life.events() == ["customer.subscription.deleted"]
    client.v1.subscriptions.cancel(second.id)
    assert life.events() == ["customer.subscription.deleted", "entitlements.active_entitlement_summary.updated"]


def test_an_archived_feature_stays_with_those_who_have_it(life: Life) -> None:
    client, price, customer = life.client, life.price(), life.customer()
    brings(client, price.product, "api")
    life.subscribe(customer, price)
    [made] = client.v1.entitlements.features.list().data
    client.v1.entitlements.features.update(made.id, {"active": False})
    life.advance(31 * DAY)
    assert entitled(client, customer.id) == ["api"]


def test_a_preview_entitles_nobody(life: Life) -> None:
    client, basic, pro, customer = life.client, life.price(1000), life.price(3000), life.customer()
    brings(client, pro.product, "sso")
    subscription = life.subscribe(customer, basic)
    item = client.v1.subscription_items.list({"subscription": subscription.id}).data[0].id
    life.events()
    client.v1.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": {"items": [{"id": item, "price": pro.id}]}}
    )
    assert (entitled(client, customer.id), life.events()) == ([], [])


def test_deleting_the_customer_takes_all(life: Life) -> None:
    price, customer = life.price(), life.customer()
    brings(life.client, price.product, "api")
    life.subscribe(customer, price)
    life.events()
    life.client.v1.customers.delete(customer.id)
    told = life.events()
    assert told[:2] == ["customer.subscription.deleted", "entitlements.active_entitlement_summary.updated"]
