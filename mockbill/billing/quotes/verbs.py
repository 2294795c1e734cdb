"""What is done with quotes: create, update, finalize, accept, cancel (stripe-behaviour.md 2.15).

The wording of most refusals is not established.
"""

from collections.abc import Mapping
from typing import Any

from mockbill import surface
from mockbill.billing import automatic_tax, clock_limits, fields
from mockbill.billing.connect import terms as connected
from mockbill.billing.quotes import acceptance, endings, items, offers, sums, terms
from mockbill.world import Doc, Problem, Work
from mockbill.world.work import merged

_AFTER_DRAFT = {"draft": None, "open": ("expires_at", "metadata"), "accepted": ("metadata",), "canceled": ("metadata",)}


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/quotes``: a draft, or with ``from_quote`` a copy of another quote; ``quote.created``."""
    if params.get("from_quote"):
        return _clone(w, params)
    blank = merged(surface.blank("quote"), terms.NEW)
    if owner := params.get("customer") or params.get("test_clock"):
        w.use_clock_of(w.get("customer", owner) or {"test_clock": params.get("test_clock")})
    made = terms.fields_of(w, params, blank)
    if (clock := made["test_clock"]) and not made.get("customer"):
        clock_limits.check_quotes(w, clock)
    quote = w.put("quote", w.build_on(blank, {**made, "expires_at": terms.expiry(w, params)}))
    return _created(w, _with_contents(w, quote, params))


def update(w: Work, quote: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/quotes/{quote}``: all of a draft, of an open one only when it expires.  Stripe has no event for it."""
    editable = _AFTER_DRAFT[quote["status"]]
    if editable is not None and not params.keys() <= set(editable):
        raise Problem(
            f"You can only update {' and '.join(editable)} of a quote that is {quote['status']}.",
            code="status_transition_invalid",
        )
    expires_at = terms.expiry(w, params, quote["expires_at"])
    if editable is not None:
        told = fields.fields_of("quote", params, quote, but=("expires_at",))
        return w.change(quote, **told, expires_at=expires_at)
    made = terms.fields_of(w, params, quote)
    return _with_contents(w, w.change(quote, **made, expires_at=expires_at), params)


def finalize(w: Work, quote: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../finalize``: numbered and open; a quote of which it is the revision is canceled.

    (That this happens now, and not when the revision is made, is not established.)
    """
    _check_status(quote, "finalize", "draft")
    if not quote["customer"]:
        raise Problem(
            "A quote needs a customer before it can be finalized.", code="parameter_missing", param="customer"
        )
    if not items.of_quote(w, quote):
        raise Problem(
            "A quote needs at least one line item before it can be finalized.",
            code="parameter_missing",
            param="line_items",
        )
    expires_at = terms.expiry(w, params, quote["expires_at"])
    quote = sums.reckoned(w, quote)
    if quote["automatic_tax"]["status"] == "requires_location_inputs":
        raise automatic_tax.Unlocated
    revised = w.get("quote", (quote["from_quote"] or {}).get("quote")) if _is_revision(quote) else None
    if revised is not None and revised["status"] == "open":
        endings.cancel(w, revised)
    opened = w.change(
        quote,
        expires_at=expires_at,
        number=_number(w, quote, revised),
        status="open",
        status_transitions={**quote["status_transitions"], "finalized_at": w.now},
    )
    w.emit("quote.finalized", opened)
    return opened


def accept(w: Work, quote: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../accept``: a subscription where anything recurs, else an invoice; ``quote.accepted`` is told last.

    A subscription that is to begin later is a schedule until then.

    ``invoice`` is the first invoice of a subscription as well: Stripe calls it the one that was created from the quote.
    """
    _check_status(quote, "accept", "open")
    customer = w.need("customer", quote["customer"], "customer")
    made = acceptance.make(w, quote, customer, items.of_quote(w, quote))
    accepted = w.change(
        quote,
        invoice=made.invoice["id"] if made.invoice else None,
        status="accepted",
        status_transitions={**quote["status_transitions"], "accepted_at": w.now},
        subscription=made.subscription["id"] if made.subscription else None,
        subscription_schedule=made.schedule["id"] if made.schedule else None,
    )
    w.emit("quote.accepted", accepted)
    return accepted


def cancel(w: Work, quote: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``: a draft or an open quote; ``quote.canceled``."""
    _check_status(quote, "cancel", *endings.PENDING)
    return endings.cancel(w, quote)


def _created(w: Work, quote: Doc) -> Doc:
    w.emit("quote.created", quote)
    return quote


def _with_contents(w: Work, quote: Doc, params: Mapping[str, Any]) -> Doc:
    """The quote with the line items and discounts that were asked for, and what they come to."""
    sold = items.of_quote(w, quote)
    if "line_items" in params:
        whole = {**quote, "currency": None}
        sold = items.chosen(w, params["line_items"] or [], whole, sold)
        w.keep("quote", quote["id"], items=sold)
        quote = w.change(quote, currency=sold[0]["currency"] if sold else None)
    if sold:
        connected.check_sold(quote, recurring=any(item["price"]["recurring"] for item in sold))
    terms.check_taxes(
        w, quote, {f"line_items[{place}][tax_rates]": items.rates_of(w, item) for place, item in enumerate(sold)}
    )
    if "discounts" in params:
        worth = sums.reckoned(w, w.change(quote, discounts=[]))["amount_subtotal"]
        ids = offers.made(w, quote, params["discounts"], worth, known=quote["discounts"])
        quote = w.change(quote, discounts=ids)
    return sums.reckoned(w, quote)


def _clone(w: Work, params: dict[str, Any]) -> Doc:
    """A draft with the terms of another quote; beside it only ``expires_at`` can be said, as Stripe documents."""
    if others := params.keys() - {"expires_at", "from_quote"}:
        raise Problem(f"You may only specify one of these parameters: from_quote, {min(others)}.", param=min(others))
    named = params["from_quote"]
    source, revises = w.need("quote", named["quote"], "from_quote[quote]"), bool(named.get("is_revision"))
    w.use_clock_of(source)
    if source["status"] == "canceled" or (revises and source["status"] != "open"):
        does = "revise an open quote" if revises else "clone a draft, open or accepted quote"
        raise Problem(
            f"You can only {does}: this one is {source['status']}.",
            code="status_transition_invalid",
            param="from_quote[quote]",
        )
    if source["customer"]:
        w.need("customer", source["customer"], "from_quote[quote]")  # it may be deleted by now
    copied = {name: value for name, value in source.items() if name not in _OF_ONE_QUOTE}
    quote = w.put(
        "quote",
        w.build_on(
            merged(surface.blank("quote"), terms.NEW),
            {
                **copied,
                "discounts": offers.cloned(w, source, source["discounts"]),
                "expires_at": terms.expiry(w, params),
                "from_quote": {"is_revision": revises, "quote": source["id"]},
            },
        ),
    )
    w.keep("quote", quote["id"], items=[items.cloned(w, quote, item) for item in items.of_quote(w, source)])
    return _created(w, sums.reckoned(w, quote))


_OF_ONE_QUOTE = (
    "id", "object", "created", "discounts", "expires_at", "from_quote", "invoice", "number", "status",
    "status_transitions", "subscription", "subscription_schedule",
)  # fmt: skip


def _is_revision(quote: Doc) -> bool:
    return bool((quote["from_quote"] or {}).get("is_revision"))


def _number(w: Work, quote: Doc, revised: Doc | None) -> str:
    """``QT-`` with the customer's invoice prefix, which of its quotes it is, and the how-many-eth revision of that."""
    if revised is not None and revised["number"]:
        head, _, revision = revised["number"].rpartition("-")
        return f"{head}-{int(revision) + 1}"
    customer = w.need("customer", quote["customer"], "customer")
    sequence = int((w.private("quote_numbers", customer["id"]) or {"next": 1})["next"])
    w.keep("quote_numbers", customer["id"], next=sequence + 1)
    return f"QT-{customer['invoice_prefix']}-{sequence:04d}-1"


def _check_status(quote: Doc, verb: str, *statuses: str) -> None:
    if quote["status"] not in statuses:
        raise Problem(
            f"You can only {verb} a quote that is {' or '.join(statuses)}: this one is {quote['status']}.",
            code="status_transition_invalid",
        )
