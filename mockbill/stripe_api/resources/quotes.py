"""Quotes."""

from mockbill.billing.quotes import items, verbs
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, Content, handles, includes, resource
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


@handles("GET /v1/quotes/{quote}/pdf")
def _pdf(call: Call) -> Content:
    """Stripe makes one once a quote is finalized; that a draft has one too is not established."""
    from mockbill.papers import quotes  # only who asks for a paper needs what sets it

    return Content(quotes.pdf(call.work, call.work.need("quote", call.id)), "application/pdf")


@includes("item", "discounts")
def _discounts(w: Work, item: Doc) -> list[Doc]:
    """What each discount takes off a line item of a quote."""
    taken = (w.private("item_discounts", item["id"]) or {"discounts": []})["discounts"]
    return [{**each, "discount": w.need("discount", each["discount"])} for each in taken]


@includes("quote", "line_items")
def _fill(w: Work, quote: Doc) -> Doc:
    return _first(items.of_quote(w, quote), f"/v1/quotes/{quote['id']}/line_items")


@includes("quote", "total_details")
def _total_details(w: Work, quote: Doc) -> Doc:
    """Only asked for with its ``breakdown``."""
    return _broken_down(w, quote, quote["total_details"], "whole")


@includes("quote", "computed")
def _computed(w: Work, quote: Doc) -> Doc:
    """Only asked for with a ``breakdown``, or the items of the first invoice."""
    told = quote["computed"]
    sums = {
        name: told[name] and {**told[name], "total_details": _broken_down(w, quote, told[name]["total_details"], name)}
        for name in ("recurring", "upfront")
    }
    url = f"/v1/quotes/{quote['id']}/computed_upfront_line_items"
    return {**sums, "upfront": {**sums["upfront"], "line_items": _first(items.upfront(w, quote), url)}}


def _broken_down(w: Work, quote: Doc, details: Doc, name: str) -> Doc:
    parts = (w.private("quote", quote["id"]) or {})["breakdowns"][name]
    off = [{**each, "discount": w.need("discount", each["discount"])} for each in parts["discounts"]]
    taxes = [{**each, "rate": w.need("tax_rate", each["rate"])} for each in parts["taxes"]]
    return {**details, "breakdown": {"discounts": off, "taxes": taxes}}


def _first(sold: list[Doc], url: str) -> Doc:
    return lists.envelope(sold[:10], url, has_more=len(sold) > 10)
