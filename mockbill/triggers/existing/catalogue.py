"""What is alike: objects that exist are updated by their metadata, and deleted; catalogue, payments and accounts."""

from collections.abc import Callable

from mockbill.billing.entitlements.active import GRANTING
from mockbill.rules.periods import HOUR
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

# The kind, its event, and the call that takes metadata.
_UPDATED = (
    ("billing.credit_grant", "billing.credit_grant.updated", "/v1/billing/credit_grants/{id}"),
    ("billing_portal.configuration", "billing_portal.configuration.updated", "/v1/billing_portal/configurations/{id}"),
    ("coupon", "coupon.updated", "/v1/coupons/{id}"),
    ("credit_note", "credit_note.updated", "/v1/credit_notes/{id}"),
    ("payment_link", "payment_link.updated", "/v1/payment_links/{id}"),
    ("payment_method", "payment_method.updated", "/v1/payment_methods/{id}"),
    ("price", "plan.updated", "/v1/plans/{id}"),  # a plan is the older face of a price
    ("price", "price.updated", "/v1/prices/{id}"),
    ("product", "product.updated", "/v1/products/{id}"),
    ("promotion_code", "promotion_code.updated", "/v1/promotion_codes/{id}"),
    ("subscription_schedule", "subscription_schedule.updated", "/v1/subscription_schedules/{id}"),
    ("tax_rate", "tax_rate.updated", "/v1/tax_rates/{id}"),
    ("transfer", "transfer.updated", "/v1/transfers/{id}"),
    ("payout", "payout.updated", "/v1/payouts/{id}"),
    ("account", "account.updated", "/v1/accounts/{id}"),
)
_DELETED = (
    ("account", "/v1/accounts/{id}", ()),
    ("coupon", "/v1/coupons/{id}", ("coupon.deleted",)),
    ("customer", "/v1/customers/{id}", ("customer.deleted",)),
    ("price", "/v1/plans/{id}", ("plan.deleted",)),
    ("product", "/v1/products/{id}", ("product.deleted",)),
    ("test_helpers.test_clock", "/v1/test_helpers/test_clocks/{id}", ("test_helpers.test_clock.deleted",)),
)


def _update(path: str) -> Callable[[Cause, Doc], None]:
    def update(c: Cause, doc: Doc) -> None:
        c.post(path.format(id=doc["id"]), metadata=c.another(doc))

    return update


def _delete(path: str) -> Callable[[Cause, Doc], None]:
    def delete(c: Cause, doc: Doc) -> None:
        c.delete(path.format(id=doc["id"]))

    return delete


for kind, event, path in _UPDATED:
    on(kind, event)(_update(path))
for kind, path, events in _DELETED:
    on(kind, *events)(_delete(path))


@on("coupon", "promotion_code.created", sets="POST /v1/promotion_codes")
def offer(c: Cause, coupon: Doc) -> None:
    c.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon["id"]})


@on("product", "price.created", sets="POST /v1/prices")
def price(c: Cause, product: Doc) -> None:
    c.post("/v1/prices", product=product["id"], currency="usd", unit_amount=2000, recurring={"interval": "month"})


@on("subscription", "entitlements.active_entitlement_summary.updated")
def entitle(c: Cause, subscription: Doc) -> None:
    """One more item, which costs nothing, is of a product with a feature."""
    if subscription["status"] not in GRANTING:
        raise c.not_now(f"{subscription['id']} is {subscription['status']} and entitles to nothing.")
    sold = subscription["items"]["data"][0]["price"]
    every = {name: sold["recurring"][name] for name in ("interval", "interval_count")}
    product = c.post("/v1/products", name="Extras")
    feature = c.post("/v1/entitlements/features", name="Extras", lookup_key=f"extras_{c.text()}")
    c.post(f"/v1/products/{product['id']}/features", entitlement_feature=feature["id"])
    free = c.post("/v1/prices", product=product["id"], currency=sold["currency"], unit_amount=0, recurring=every)
    c.post(f"/v1/subscriptions/{subscription['id']}", items=[{"price": free["id"]}])


@on("test_helpers.test_clock", "test_helpers.test_clock.advancing", "test_helpers.test_clock.ready")
def advance(c: Cause, clock: Doc) -> None:
    """By an hour, and all that falls due in it happens."""
    c.advance(clock["id"], clock["frozen_time"] + HOUR)
