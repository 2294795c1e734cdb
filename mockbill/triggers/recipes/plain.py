"""Plain resources, which are alike: one call makes one, one changes it, one deletes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mockbill import surface
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

Params = Callable[[Cause], dict[str, Any]]
NOTED: Mapping[str, Any] = {"metadata": {"order_id": "6735"}}
"""What an update changes where it does not matter."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A resource: where it is made and with what; ``change`` is what its update sends, None where it has none."""

    event: str
    collection: str
    params: Params
    change: Mapping[str, Any] | None = None
    deletes: bool = False

    def make(self, c: Cause) -> Doc:
        made: Doc = c.post(self.collection, self.params(c))
        return made

    def bind(self) -> None:
        """Bind the recipes of its events."""
        fresh(f"{self.event}.created", sets=f"POST {self.collection}")(self.make)
        if self.change is not None:
            fresh(f"{self.event}.updated", sets=self._item("POST"))(self._update)
        if self.deletes:
            fresh(f"{self.event}.deleted")(self._delete)

    def _update(self, c: Cause) -> None:
        assert self.change is not None
        c.post(f"{self.collection}/{self.make(c)['id']}", self.change)

    def _delete(self, c: Cause) -> None:
        c.delete(f"{self.collection}/{self.make(c)['id']}")

    def _item(self, method: str) -> str:
        """The operation on one of them, whatever its parameter is called."""
        begin = f"{method} {self.collection}/{{"
        return next(key for key in surface.operations() if key.startswith(begin) and key.count("/") == begin.count("/"))


def _coupon(c: Cause) -> str:
    made: Doc = c.post("/v1/coupons", percent_off=20, duration="once")
    return str(made["id"])


def _configuration(_: Cause) -> dict[str, Any]:
    return {"features": {"invoice_history": {"enabled": True}}}


def _meter(c: Cause) -> dict[str, Any]:
    return {
        "display_name": "Requests",
        "event_name": f"requests_{c.text()}",
        "default_aggregation": {"formula": "sum"},
    }


def _grant(c: Cause) -> dict[str, Any]:
    return {
        "customer": c.customer(None),
        "category": "promotional",
        "amount": {"type": "monetary", "monetary": {"value": 1000, "currency": "usd"}},
        "applicability_config": {"scope": {"price_type": "metered"}},
    }


METER = Plain("billing.meter", "/v1/billing/meters", _meter, {"display_name": "All requests"})
GRANT = Plain("billing.credit_grant", "/v1/billing/credit_grants", _grant, NOTED)
PRODUCT = Plain("product", "/v1/products", lambda _: {"name": "Pro"}, {"name": "Pro, renamed"}, deletes=True)


def _price(c: Cause) -> dict[str, Any]:
    product = PRODUCT.make(c)["id"]
    return {"product": product, "currency": "usd", "unit_amount": 2000, "recurring": {"interval": "month"}}


def _plan(c: Cause) -> dict[str, Any]:
    return {"product": PRODUCT.make(c)["id"], "currency": "usd", "amount": 2000, "interval": "month"}


PRICE = Plain("price", "/v1/prices", _price, {"nickname": "Monthly"})
PLAN = Plain("plan", "/v1/plans", _plan, {"nickname": "Monthly"}, deletes=True)
TAX_RATE = Plain(
    "tax_rate",
    "/v1/tax_rates",
    lambda _: {"display_name": "VAT", "percentage": 19, "inclusive": False},
    {"display_name": "VAT, Germany"},
)

for resource in (
    PRODUCT,
    PRICE,
    PLAN,
    Plain("coupon", "/v1/coupons", lambda _: {"percent_off": 20, "duration": "once"}, {"name": "Spring"}, deletes=True),
    Plain(
        "promotion_code",
        "/v1/promotion_codes",
        lambda c: {"promotion": {"type": "coupon", "coupon": _coupon(c)}},
        NOTED,
    ),
    TAX_RATE,
    Plain(
        "payment_link",
        "/v1/payment_links",
        lambda c: {"line_items": [{"price": c.price(interval=None), "quantity": 1}]},
        {"allow_promotion_codes": True},
    ),
    Plain("billing_portal.configuration", "/v1/billing_portal/configurations", _configuration, NOTED),
    Plain("billing_portal.session", "/v1/billing_portal/sessions", lambda c: {"customer": c.customer()}),
    Plain("test_helpers.test_clock", "/v1/test_helpers/test_clocks", lambda c: {"frozen_time": c.now}, deletes=True),
    METER,
    GRANT,
):
    resource.bind()


@fresh("price.deleted")
def price_deleted(c: Cause) -> None:
    """Prices are deleted by their older face alone."""
    c.delete(f"/v1/plans/{PLAN.make(c)['id']}")
