"""Quotes."""

from mockbill.billing.quotes import items, verbs
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work

resource(
    "quote",
    "/v1/quotes/{quote}",
    create=verbs.create,
    update=verbs.update,
    actions={"accept": verbs.accept, "cancel": verbs.cancel, "finalize": verbs.finalize},
    filters={
        "customer": "customer",
        "customer_account": "customer_account",
        "status": "status",
        "test_clock": "test_clock",
    },
    on_clocks=True,
)


@handles("GET /v1/quotes/{quote}/line_items")
def _line_items(call: Call) -> Doc:
    quote = call.work.need("quote", call.id)
    return lists.page_of(items.of_quote(call.work, quote), call.params, call.path, "item")


@handles("GET /v1/quotes/{quote}/computed_upfront_line_items")
def _upfront(call: Call) -> Doc:
    quote = call.work.need("quote", call.id)
    return lists.page_of(items.upfront(call.work, quote), call.params, call.path, "item")


@includes("item", "discounts")
def _discounts(w: Work, item: Doc) -> list[Doc]:
    """What each discount takes off a line item of a quote."""
    taken = (w.private("item_discounts", item["id"]) or {"discounts": []})["discounts"]
    return [{**each, "discount": w.need("discount", each["discount"])} for each in taken]


@includes("quote", "line_items")
def _fill(w: Work, quote: Doc) -> Doc:
    return _first(items.of_quote(w, quote), f"/v1/quotes/{quote['id']}/line_items")


def _first(sold: list[Doc], url: str) -> Doc:
    return lists.envelope(sold[:10], url, has_more=len(sold) > 10)
