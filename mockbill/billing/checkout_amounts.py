"""What a checkout session comes to: discounts, then taxes, line by line as on the invoice that follows."""

from collections.abc import Sequence
from dataclasses import dataclass

from mockbill.billing import (
    checkout_cycles,
    checkout_items,
    checkout_taxes,
    coupons,
    discounting,
    lines,
    payment_intents,
    prices,
)
from mockbill.rules import discounts
from mockbill.world import Doc, Work


@dataclass(frozen=True, slots=True)
class Given:
    """What comes off a session, and in which words; ``own`` where it was given or typed in for this session."""

    off: discounts.Off
    name: str
    duration: str
    months: int | None
    own: bool = True


def reckoned(w: Work, session: Doc) -> Doc:
    """The session as its discount, its customer and their taxes are now; the same one where it is a setup."""
    kept = w.private("checkout", session["id"]) or {}
    items: list[Doc] = kept.get("items") or []
    if not items:
        return session
    items, begins = checkout_cycles.prorated(w, session, kept.get("asked") or {}, items)
    if not begins:
        w.keep("checkout", session["id"], waits=True)
    came = given(w, session)
    today = [item for item in items if is_due(w, session, item)]
    rest = [item for item in items if item not in today]
    # What a trial puts off is on another invoice: it is rounded there, and not discounted here.
    found = _amounts(w, session, today, came.off if came else None)
    found |= _amounts(w, session, rest, None)
    renewed = [checkout_cycles.whole(w, item) for item in items if item["price"]["recurring"]]
    renewal = _amounts(w, session, renewed, came.off if came and came.duration != "once" else None)
    w.keep(
        "checkout",
        session["id"],
        items=[found[item["id"]][0] for item in items],
        later=sum(int(item["amount_total"]) for item, _ in renewal.values()),
    )
    for item, levies in found.values():
        w.keep("item_taxes", item["id"], levies=levies)
    charged = [found[item["id"]][0] for item in today]
    details = {f"amount_{name}": sum(item[f"amount_{name}"] for item in charged) for name in ("discount", "tax")}
    changed = w.change(
        session,
        amount_subtotal=sum(item["amount_subtotal"] for item in charged),
        amount_total=checkout_items.sum_due(charged, session["currency"]),
        total_details={**session["total_details"], **details},
    )
    if changed["amount_total"] != session["amount_total"]:
        _follow(w, changed)
    return changed


def is_due(w: Work, session: Doc, item: Doc) -> bool:
    """Whether an item is paid at once: what recurs is not, where a trial or free time before the anchor comes first."""
    kept = w.private("checkout", session["id"]) or {}
    return not ((kept.get("on_trial") or kept.get("waits")) and item["price"]["recurring"])


def later(w: Work, session: Doc) -> int:
    """What the recurring items come to at each renewal, for the page: a discount for once is over by then."""
    return int((w.private("checkout", session["id"]) or {})["later"])


def given(w: Work, session: Doc) -> Given | None:
    """What comes off an open session: its own coupon, else the discount that its subscription takes from its customer.

    None where nothing is taken off.
    """
    for named in session["discounts"] or ():
        code = w.get("promotion_code", named["promotion_code"])
        coupon = w.get("coupon", code["promotion"]["coupon"] if code else named["coupon"])
        if coupon is None:
            return None
        name = code["code"] if code else coupon["name"] or coupon["id"]
        off = coupons.off(w, coupon, session["currency"])
        return Given(off, name, coupon["duration"], coupon["duration_in_months"])
    customer = w.get("customer", session["customer"]) if session["mode"] == "subscription" else None
    return _inherited(w, session, customer) if customer else None


def _inherited(w: Work, session: Doc, customer: Doc) -> Given | None:
    ids = discounting.of_customer(w, customer)
    for off in discounting.offs(w, ids, session["currency"]):
        terms = w.private("discount", off.id) or {}
        name = terms["name"] or customer["discount"]["source"]["coupon"]
        return Given(off, name, terms["duration"], terms["months"], own=False)
    return None


def _amounts(
    w: Work, session: Doc, items: Sequence[Doc], off: discounts.Off | None
) -> dict[str, tuple[Doc, list[Doc]]]:
    """By id, the items of one invoice with their amounts, and the taxes on each."""
    ordered = sorted(items, key=lambda item: not item["price"]["recurring"])  # as they stand on the invoice
    parts = [(item, amount) for item in ordered for amount in _parts(w, item)]
    taken = discounts.taken(
        [discounts.Line(amount, item["price"]["product"]) for item, amount in parts], [off] if off else []
    )
    shares = [sum(amount for _, amount in each) for each in taken]
    discounted = [(item, amount - share) for (item, amount), share in zip(parts, shares, strict=True)]
    taxes = checkout_taxes.levied(w, session, discounted)
    found = {}
    for item in ordered:
        share = sum(share for (of, _), share in zip(parts, shares, strict=True) if of is item)
        tax = taxes[item["id"]]
        amounts = {
            "amount_discount": share,
            "amount_tax": tax.amount,
            "amount_total": item["amount_subtotal"] - share + tax.on_top,
        }
        found[item["id"]] = {**item, **amounts}, tax.levies
    return found


def _parts(w: Work, item: Doc) -> list[int]:
    """The amounts of the lines that an item becomes on an invoice: one for each tier."""
    if not item["price"]["recurring"] or prices.is_metered(item["price"]):
        return [item["amount_subtotal"]]
    whole = lines.amounts_of(prices.cost(w, item["price"], item["quantity"], item["currency"])) or [0]
    return whole if sum(whole) == item["amount_subtotal"] else [item["amount_subtotal"]]  # a part is one line


def _follow(w: Work, session: Doc) -> None:
    """Where an attempt failed before, an intent is left that cannot become one of the other kind: it is given up.

    Payment intents take the new amount when they are tried again.
    """
    kept = (w.private("checkout", session["id"]) or {}).get("intent")
    intent = w.get("payment_intent", kept)
    if kept is None or (intent and session["amount_total"]):
        return
    if intent:
        payment_intents.drop(w, intent, "abandoned")
    w.keep("checkout", session["id"], intent=None)
