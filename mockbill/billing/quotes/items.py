"""The line items of a quote: what is offered, at which price, with which taxes and discounts of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import amounts, prices, subscription_items, taxing
from mockbill.billing.quotes import offers
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing


def chosen(w: Work, sent: Sequence[dict[str, Any]], quote: Mapping[str, Any], known: Sequence[Doc] = ()) -> list[Doc]:
    """The items that ``line_items`` asks for, in wire shape (object ``item``), still without their amounts.

    Of the ``quote`` this needs its customer and currency.  The array takes the place of all ``known`` items; an entry
    that names one of these by ``id`` keeps what it does not say anew.
    """
    if not sent:
        return []
    before = {item["id"]: item for item in known}
    _check_ids(sent, before)
    sold = [_price(w, entry, before, f"line_items[{position}]") for position, entry in enumerate(sent)]
    _check_together(sold)
    customer = w.get("customer", quote["customer"])
    currency = prices.currency_for(w, sold, quote["currency"], customer, "line_items")
    return [
        _made(w, entry, price, quote, currency, before.get(entry.get("id", "")), f"line_items[{position}]")
        for position, (entry, price) in enumerate(zip(sent, sold, strict=True))
    ]


def cloned(w: Work, quote: Mapping[str, Any], item: Doc) -> Doc:
    """The same item for another quote."""
    copy = w.build("item", **{name: value for name, value in item.items() if name not in ("id", "object")})
    w.keep("item_rates", copy["id"], rates=rates_of(w, item))
    _offer(w, copy, offers.cloned(w, quote, offered_on(w, item)))
    return copy


def of_quote(w: Work, quote: Doc) -> list[Doc]:
    """All line items of a quote."""
    return list((w.private("quote", quote["id"]) or {}).get("items") or ())


def upfront(w: Work, quote: Doc) -> list[Doc]:
    """The same items as they stand on the first invoice: what a trial puts off costs nothing there."""
    return list((w.private("quote", quote["id"]) or {}).get("upfront") or ())


def rates_of(w: Work, item: Doc) -> list[Doc]:
    """The tax rates of an item itself; without any, those of its quote apply."""
    return list((w.private("item_rates", item["id"]) or {}).get("rates") or ())


def offered_on(w: Work, item: Doc) -> list[str]:
    """The ids of the discounts that an item has of its own."""
    return list((w.private("item_offers", item["id"]) or {}).get("discounts") or ())


def _offer(w: Work, item: Doc, ids: list[str]) -> None:
    w.keep("item_offers", item["id"], discounts=ids)


def _check_ids(sent: Sequence[dict[str, Any]], before: Mapping[str, Doc]) -> None:
    """Problem for an entry that names no item of the quote, or the same one as another entry (the wording is ours)."""
    named: set[str] = set()
    for position, entry in enumerate(sent):
        if not (id := entry.get("id")):
            continue
        where = f"line_items[{position}][id]"
        if id not in before:
            raise missing("line_item", id, where)
        if id in named:
            raise Problem(f"You cannot name the same line item more than once: '{id}'.", param=where)
        named.add(id)


def _price(w: Work, entry: dict[str, Any], before: Mapping[str, Doc], where: str) -> Doc:
    named, data = entry.get("price"), entry.get("price_data")
    if (id := entry.get("id")) and not (named or data):
        return prices.known(w, before[id]["price"]["id"])
    prices.check_one(named, data, where)
    if named and named in {item["price"]["id"] for item in before.values()}:
        return prices.known(w, named)  # it may be archived by now
    param = f"{where}[{'price' if named else 'price_data'}]"
    price = prices.usable(w, named, param) if named else prices.new(w, data or {}, param)
    prices.check_fixed(price, param)
    return price


def _check_together(sold: Sequence[Doc]) -> None:
    """What recurs becomes one subscription, and ``computed.recurring`` has one interval (the wording is ours)."""
    recurring = [price for price in sold if price["recurring"]]
    subscription_items.check_number(recurring, "line_items")
    subscription_items.check_once([price["id"] for price in recurring], "line_items")
    if len({subscription_items.interval_of(price) for price in recurring}) > 1:
        raise Problem("All recurring prices of a quote must have the same interval.", param="line_items")


def _made(
    w: Work, entry: dict[str, Any], price: Doc, quote: Mapping[str, Any], currency: str, before: Doc | None, where: str
) -> Doc:
    quantity = _quantity(entry, price, before, where)
    worth = prices.upfront(w, price, quantity, currency)
    amounts.check_amount(worth, currency, where, most=amounts.MOST_ON_AN_INVOICE)
    rates, ids = (rates_of(w, before), offered_on(w, before)) if before else ([], [])
    rates = taxing.fields_named(w, entry, "tax_rates", rates, where).get("tax_rates", rates)
    if "discounts" in entry:
        priced = {**quote, "currency": currency}
        ids = offers.made(w, priced, entry["discounts"], worth, known=ids, where=f"{where}[discounts]")
    described = {
        "currency": currency,
        "description": (w.get("product", price["product"]) or {}).get("name"),
        "price": price,
        "quantity": quantity,
    }
    item = {**before, **described} if before else w.build("item", **described)
    w.keep("item_rates", item["id"], rates=rates)
    _offer(w, item, ids)
    return item


def _quantity(entry: dict[str, Any], price: Doc, before: Doc | None, where: str) -> int | None:
    """How many are offered; None for a metered price: a quote knows nothing of what will be used."""
    if prices.is_metered(price):
        prices.check_no_quantity(entry, where)
        return None
    quantity: int = entry.get("quantity") or (before or {}).get("quantity") or 1
    if "quantity" in entry:
        amounts.check_quantity(entry["quantity"], f"{where}[quantity]", least=1)
    return quantity
