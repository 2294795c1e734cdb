"""Payment links as objects: created and changed (stripe-behaviour.md 2.17)."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import amounts, checkout, checkout_items, fields, prices, unmodelled, urls
from mockbill.billing.connect import terms
from mockbill.billing.payment_links import visits
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

MOST = 20  # line items
_LATER = (
    "automatic_tax", "consent_collection", "custom_fields",
    "invoice_creation", "managed_payments", "name_collection", "optional_items",
    "payment_method_options", "phone_number_collection", "shipping_address_collection", "shipping_options",
    "tax_id_collection",
)  # fmt: skip
_OURS = (
    "active", "after_completion", "automatic_tax", "currency", "invoice_creation", "line_items", "payment_intent_data",
    "restrictions", "subscription_data", "tax_id_collection",
)  # fmt: skip
_NEW: dict[str, Any] = {
    "active": True,
    "after_completion": {"hosted_confirmation": {"custom_message": None}, "type": "hosted_confirmation"},
    "tax_id_collection": {"enabled": False, "required": "never"},
}


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_links``: ``payment_link.created``.  What no checkout session could be is refused here."""
    _check(w, params, {})
    sent = params.get("line_items") or []
    if not sent:
        raise Problem("Missing required param: line_items.", code="parameter_missing", param="line_items")
    if len(sent) > MOST:
        raise Problem(f"A Payment Link can have up to {MOST} line items.", param="line_items")
    mode = _mode(w, sent)
    items = checkout_items.chosen(w, {"currency": params.get("currency"), "line_items": sent, "mode": mode})
    id = w.id("payment_link")
    link = w.add(
        "payment_link",
        **{
            **_NEW,
            "customer_creation": "if_required" if mode == "payment" else "always",
            "invoice_creation": checkout.NO_INVOICE if mode == "payment" else None,
            **_fields(params, {}),
            "id": id,
            "currency": items[0]["currency"],
            "url": f"{w.site_url}/b/{id}",
        },
    )
    w.keep("payment_link", id, items=items, mode=mode)
    _check_opens(w, link, params)
    w.emit("payment_link.created", link)
    return link


def update(w: Work, link: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_links/{payment_link}``: ``payment_link.updated``; sessions that are open stay as they are."""
    _check(w, params, link)
    before = visits.items_of(w, link)
    items = _changed_items(w, before, params.get("line_items") or [])
    if items != before:
        w.keep("payment_link", link["id"], items=items)
    changed = w.change(link, **_fields(params, link))
    _check_opens(w, changed, params)
    if changed != link or items != before:
        w.emit("payment_link.updated", changed, link)
    return changed


def _check(w: Work, params: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    unmodelled.refuse(params, _LATER, "payment links")
    terms.check(w, params, before)
    address = {"billing_address_collection": params.get("billing_address_collection") == "required"}
    unmodelled.refuse(address, address, "payment links")
    settings = (params.get("subscription_data") or {}).get("invoice_settings") or {}
    issuer = {"invoice_settings[issuer]": (settings.get("issuer") or {}).get("type") == "account"}
    unmodelled.refuse(issuer, issuer, "payment links")
    limit = ((params.get("restrictions") or {}).get("completed_sessions") or {}).get("limit")
    if limit is not None:
        amounts.check_least(limit, "restrictions[completed_sessions][limit]")


def _fields(params: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    made = fields.fields_of("payment_link", params, before, but=_OURS)
    if "active" in params:
        made["active"] = params["active"]
    if params.get("after_completion"):
        made["after_completion"] = _after_completion(params["after_completion"])
    for name in ("payment_intent_data", "subscription_data"):
        if name in params:
            made[name] = _data(name, params[name], before.get(name))
    if "restrictions" in params:
        made["restrictions"] = _restrictions(params["restrictions"], before.get("restrictions"))
    return made


def _data(name: str, sent: dict[str, Any] | str | None, before: Doc | None) -> Doc | None:
    """``payment_intent_data`` or ``subscription_data`` in wire shape: members that were not sent are empty."""
    if not sent:
        return before
    made: Doc = fields.fitted("payment_link", (name,), sent, before)
    metadata = {key: value for key, value in (made.get("metadata") or {}).items() if value != ""}
    if name == "payment_intent_data":
        return {**made, "metadata": metadata}
    settings = {**(made.get("invoice_settings") or {}), "issuer": {"type": "self"}}
    return {**made, "invoice_settings": settings, "metadata": metadata}


def _after_completion(sent: dict[str, Any]) -> Doc:
    """What follows a payment: our page with a message, or the seller's."""
    if sent["type"] == "redirect":
        url = (sent.get("redirect") or {}).get("url")
        where = "after_completion[redirect][url]"
        if not url:
            raise Problem(f"Missing required param: {where}.", code="parameter_missing", param=where)
        urls.check(url, where)
        return {"redirect": {"url": url}, "type": "redirect"}
    message = (sent.get("hosted_confirmation") or {}).get("custom_message") or None
    return {"hosted_confirmation": {"custom_message": message}, "type": "hosted_confirmation"}


def _restrictions(sent: dict[str, Any] | str | None, before: Doc | None) -> Doc | None:
    """How many sessions may be completed, and how many have been; ``""`` takes the limit off, and its count."""
    if not sent:
        return None
    assert isinstance(sent, dict)
    count = before["completed_sessions"]["count"] if before else 0
    return {"completed_sessions": {"count": count, "limit": sent["completed_sessions"]["limit"]}}


def _mode(w: Work, sent: Sequence[dict[str, Any]]) -> str:
    """A subscription where anything recurs; prices that are not there are found missing later."""
    mode = "payment"
    for entry in sent:
        price = w.get("price", entry.get("price")) or {}
        if price.get("recurring"):  # a link needs a quantity, which what is metered must not have
            unmodelled.refuse({"metered prices": prices.is_metered(price)}, ["metered prices"], "payment links")
        if price.get("recurring") or (entry.get("price_data") or {}).get("recurring"):
            mode = "subscription"
    return mode


def _changed_items(w: Work, items: Sequence[Doc], sent: Sequence[dict[str, Any]]) -> list[Doc]:
    """The items with other quantities; those that are not named stay as they are."""
    by_id = {item["id"]: item for item in items}
    for position, entry in enumerate(sent):
        where = f"line_items[{position}]"
        if (item := by_id.get(entry["id"])) is None:
            raise missing("item", entry["id"], f"{where}[id]")
        quantity: int = {**item, **entry}["quantity"]
        amounts.check_quantity(quantity, f"{where}[quantity]", least=1)
        custom = item["price"]["custom_unit_amount"]
        if custom is not None and quantity != 1:
            raise Problem("The quantity of a price with a `custom_unit_amount` must be 1.", param=f"{where}[quantity]")
        worth = item["amount_total"] if custom else prices.cost(w, item["price"], quantity, item["currency"]).amount
        amounts.check_amount(worth, item["currency"], where, most=amounts.MOST_ON_AN_INVOICE)
        by_id[item["id"]] = {
            **item,
            "adjustable_quantity": checkout_items.adjustable({**item, **entry}, where),
            "amount_subtotal": worth,
            "amount_total": worth,
            "quantity": quantity,
        }
    return list(by_id.values())


def _check_opens(w: Work, link: Doc, params: Mapping[str, Any]) -> None:
    """Problem where a visit could not open a session: its rules are those of checkout."""
    if visits.mode_of(w, link) != "payment" and params.get("customer_creation"):
        raise Problem("`customer_creation` can only be used in `payment` mode.", param="customer_creation")
    if visits.mode_of(w, link) == "payment" and params.get("payment_method_collection"):
        raise Problem(
            "`payment_method_collection` can only be used in `subscription` mode.", param="payment_method_collection"
        )
    terms.check_sold(link, recurring=visits.mode_of(w, link) == "subscription")
    for name, mode in (("payment_intent_data", "payment"), ("subscription_data", "subscription")):
        if params.get(name) and visits.mode_of(w, link) != mode:
            raise Problem(f"`{name}` can only be used in `{mode}` mode.", param=name)
    with w.rehearsal():
        visits.start(w, link, visits.Visit())
