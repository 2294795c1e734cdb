"""Invoice items: what waits for a customer's next invoice, or is put on a draft."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mockbill.billing import (
    amounts,
    automatic_tax,
    customer_facts,
    defaults,
    discounts,
    fields,
    invoices,
    lines,
    prices,
    taxing,
)
from mockbill.rules import money, pricing
from mockbill.world import Doc, Problem, Work

_PRICING = {"amount", "price_data", "pricing", "quantity", "quantity_decimal", "unit_amount_decimal"}
_OURS = (
    "amount", "currency", "customer", "invoice", "period", "price", "price_data", "pricing", "quantity", "subscription",
    "discounts", "tax_rates", "unit_amount_decimal", "quantity_decimal",
)  # fmt: skip


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoiceitems``: an ``amount`` (negative is credit), or a price and a quantity."""
    customer = w.need("customer", params.get("customer") or _of_invoice(w, params), "customer")
    w.use_clock_of(customer)
    invoice = _draft(w, params, customer)
    _check(invoice, params)
    priced = _priced(w, {"currency": invoice["currency"], **params} if invoice else params, customer)
    customer_facts.check_currency(customer, priced["currency"])
    if invoice:
        check_fits(invoice, {**priced, "customer": customer["id"]}, "currency")
    customer_facts.note(w, customer["id"], currency=priced["currency"])
    period = params.get("period") or {"end": w.now, "start": w.now}
    item = defaults.add(
        w,
        "invoiceitem",
        customer=customer["id"],
        date=w.now,
        invoice=invoice["id"] if invoice else None,
        parent=_parent(w, params, customer),
        period=period,
        test_clock=customer["test_clock"],
        **{
            "discountable": priced["amount"] >= 0,
            **fields.fields_of("invoiceitem", params, {}, but=_OURS),
            **priced,
        },
        **taxing.fields_named(w, params, "tax_rates", params.get("known_tax_rates", ())),
    )
    if params.get("discounts"):
        item = w.change(item, discounts=discounts.on_invoice_item(w, item, params["discounts"]))
    _note_tax(w, item["id"], params)
    w.emit("invoiceitem.created", item)
    if invoice:
        w.keep("invoiceitem", item["id"], made_on=invoice["id"])
        _put_on(w, invoice, [*invoice["lines"]["data"], lines.of_invoice_item(w, item)])
    return item


def agreed(
    w: Work,
    customer: Doc,
    price: Doc,
    quantity: int,
    currency: str,
    *,
    offered: list[dict[str, str]],
    subscription: Doc | None,
    tax_rates: list[Doc],
) -> Doc:
    """A waiting item of what was agreed upon before, with the discounts that were ``offered``.

    Its price and its tax rates may be archived by now.
    """
    product = w.get("product", price["product"]) or {}
    item = defaults.add(
        w,
        "invoiceitem",
        customer=customer["id"],
        date=w.now,
        description=product.get("name"),
        parent=subscription and _parent_of(subscription),
        period={"end": w.now, "start": w.now},
        tax_rates=tax_rates,
        test_clock=customer["test_clock"],
        **_of_price(w, price, quantity, currency),
    )
    if offered:
        item = w.change(item, discounts=discounts.on_invoice_item(w, item, offered))
    w.emit("invoiceitem.created", item)
    return item


def update(w: Work, item: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoiceitems/{invoiceitem}``: until its invoice is finalized.  Stripe sends no event for this."""
    invoice = _editable(w, item)
    _check(invoice, params)
    _note_tax(w, item["id"], params)
    changes = fields.fields_of("invoiceitem", params, item, but=_OURS)
    changes.update(taxing.fields_named(w, params, "tax_rates", item["tax_rates"]))
    if _PRICING & params.keys():
        changes.update(_repriced(w, item, params))
    if params.get("period"):
        changes["period"] = params["period"]
    if "discounts" in params:
        priced = {**item, **changes}
        changes["discounts"] = discounts.on_invoice_item(w, priced, params["discounts"])
    changed = w.change(item, **changes)
    if invoice:
        line = lines.of_invoice_item(w, changed)
        now = [{**line, "id": each["id"]} if item_of(each) == item["id"] else each for each in invoice["lines"]["data"]]
        _put_on(w, invoice, now)
    return changed


def delete(w: Work, item: Doc) -> Doc:
    """``DELETE``: until its invoice is finalized."""
    invoice = _editable(w, item)
    if invoice:
        _put_on(w, invoice, [line for line in invoice["lines"]["data"] if item_of(line) != item["id"]])
    answer = w.remove(item)
    w.emit("invoiceitem.deleted", item)
    return answer


def _put_on(w: Work, invoice: Doc, its_lines: list[Doc]) -> None:
    changed = invoices.with_lines(w, invoice, its_lines)
    amounts.check_amount(changed["total"], changed["currency"], "amount", most=amounts.MOST_ON_AN_INVOICE)
    w.emit("invoice.updated", changed, invoice)


def item_of(line: Doc) -> str | None:
    """The id of the invoice item that a line is; None for the line of a subscription's period."""
    parent = line["parent"] or {}
    details = parent.get("invoice_item_details") or parent.get("subscription_item_details") or {}
    id: str | None = details.get("invoice_item")
    return id


def _of_invoice(w: Work, params: dict[str, Any]) -> str:
    if not params.get("invoice"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    return str(w.need("invoice", params["invoice"], "invoice")["customer"])


def _draft(w: Work, params: dict[str, Any], customer: Doc) -> Doc | None:
    if not params.get("invoice"):
        return None
    invoice = w.need("invoice", params["invoice"], "invoice")
    if invoice["customer"] != customer["id"]:
        raise Problem(f"The invoice {invoice['id']} belongs to another customer.", param="invoice")
    check_draft(invoice)
    return invoice


def _editable(w: Work, item: Doc) -> Doc | None:
    """The draft that an item is on; Problem when its invoice is finalized."""
    invoice = w.get("invoice", item["invoice"])
    if invoice is not None:
        check_draft(invoice)
    return invoice


def check_draft(invoice: Doc) -> None:
    """Problem where an invoice is finalized."""
    if invoice["status"] != "draft":
        raise Problem(
            f"This invoice is no longer editable: {invoice['id']} is {invoice['status']}.",
            code="invoice_not_editable",
        )


def check_fits(invoice: Doc, item: Mapping[str, Any], param: str) -> None:
    """Problem for an item that is another customer's than the invoice, or in another currency."""
    if item["customer"] != invoice["customer"] or item["currency"] != invoice["currency"]:
        raise Problem(
            f"The invoice item is for another customer than the invoice {invoice['id']}, or in another currency than "
            f"its {invoice['currency']}.",
            param=param,
        )


def check_taxed(invoice: Doc | None, rates: Any) -> None:
    """Problem for tax rates on an invoice that is taxed automatically."""
    if rates and invoice and automatic_tax.is_on(invoice):
        raise automatic_tax.both("tax_rates")


def check_period(period: Mapping[str, int] | None, param: str = "period[end]") -> None:
    """Problem for a period that ends before it starts."""
    if period and period["end"] < period["start"]:
        raise Problem("The period of an invoice item cannot end before it starts.", param=param)


def _check(invoice: Doc | None, params: Mapping[str, Any]) -> None:
    """Problem for what cannot be on this invoice, or be asked for together."""
    check_taxed(invoice, params.get("tax_rates"))
    check_period(params.get("period"))
    for other, alone in (("unit_amount_decimal", None), ("quantity", 1), ("quantity_decimal", "1")):
        if "amount" in params and str(params.get(other, alone)) != str(alone):
            raise Problem(f"You may only specify one of these parameters: amount, {other}.", param=other)


def _note_tax(w: Work, id: str, params: Mapping[str, Any]) -> None:
    """What automatic tax is to know of an item itself, before what its price and product say (not established)."""
    said = {name: params[name] or None for name in ("tax_behavior", "tax_code") if name in params}
    if not said:
        return
    before = (w.private(automatic_tax.OF_ITEM, id) or {}).get("tax_behavior")
    if before in ("exclusive", "inclusive") and said.get("tax_behavior", before) != before:
        raise Problem("You cannot change tax_behavior once it is set to inclusive or exclusive.", param="tax_behavior")
    w.keep(automatic_tax.OF_ITEM, id, **said)


def units(params: Mapping[str, Any], param: str = "quantity") -> pricing.Units:
    """How many of something are asked for, by ``quantity`` or exactly by ``quantity_decimal``; one where neither is."""
    exact = params.get("quantity_decimal")
    if exact is None:
        whole: int = params.get("quantity", 1)
        amounts.check_quantity(whole, param)
        return whole
    if "quantity" in params:
        raise Problem(
            "You may only specify one of these parameters: quantity, quantity_decimal.",
            code="parameters_exclusive",
            param=f"{param}_decimal",
        )
    value = money.parse_decimal(str(exact))
    amounts.check_quantity(value, f"{param}_decimal")
    return int(value) if value.denominator == 1 else value


def _parent(w: Work, params: dict[str, Any], customer: Doc) -> Doc | None:
    if not params.get("subscription"):
        return None
    subscription = w.need("subscription", params["subscription"], "subscription")
    if subscription["customer"] != customer["id"]:
        raise Problem(f"The subscription {subscription['id']} belongs to another customer.", param="subscription")
    return _parent_of(subscription)


def _parent_of(subscription: Doc) -> Doc:
    return {
        "subscription_details": {"subscription": subscription["id"]},
        "type": "subscription_details",
    }


def _repriced(w: Work, item: Doc, params: dict[str, Any]) -> dict[str, Any]:
    """What an update makes of amount, quantity and price: another quantity is one of the same price."""
    if params.keys() & {"amount", "price_data", "pricing", "unit_amount_decimal"}:
        kept: dict[str, Any] = {"currency": item["currency"]}
        if not {"quantity", "quantity_decimal"} & params.keys():
            kept["quantity_decimal"] = item["quantity_decimal"]
        return _priced(w, {**kept, **params}, w.need("customer", item["customer"], "customer"))
    if item["proration"]:
        raise Problem("The quantity of a proration can't be changed; its amount can.", param="quantity")
    quantity = units(params)
    price = prices.known(w, item["pricing"]["price_details"]["price"])
    amount = prices.cost(w, price, quantity, item["currency"]).amount
    return _worth(amount, item["currency"], quantity, item["pricing"])


def _priced(w: Work, params: dict[str, Any], customer: Doc) -> dict[str, Any]:
    """Amount, currency, quantity and pricing.  A bare amount makes a one-off price and product, as Stripe does.

    A price with currency options is taken in the currency asked for, its invoice's or the customer's.
    """
    quantity = units(params)
    named = (params.get("pricing") or {}).get("price") or params.get("price")
    if named:
        price = params.get("known_price") or prices.usable(w, named, "pricing[price]")
    elif data := params.get("price_data"):
        price = prices.new(w, data, "price_data")
    else:
        return _bare(w, params, quantity)
    if price["recurring"]:
        raise Problem(
            f"The price specified is set to `type=recurring` but this field only accepts prices with "
            f"`type=one_time`. Price: {price['id']}",
            param="pricing[price]",
        )
    prices.check_fixed(price, "pricing[price]")
    product = w.get("product", price["product"]) or {}
    described = {} if params.get("description") else {"description": product.get("name")}
    currency = prices.currency_for(w, [price], params.get("currency"), customer, "")
    return {**_of_price(w, price, quantity, currency), **described}


def _of_price(w: Work, price: Doc, quantity: pricing.Units, currency: str) -> dict[str, Any]:
    worth = lines.pricing_of(price, prices.in_currency(w, price, currency)["unit_amount_decimal"])
    return _worth(prices.cost(w, price, quantity, currency).amount, currency, quantity, worth)


def _bare(w: Work, params: dict[str, Any], quantity: pricing.Units) -> dict[str, Any]:
    amount, unit = params.get("amount"), params.get("unit_amount_decimal")
    if amount is None and unit is None:
        raise Problem(
            "One of the following params should be provided for this request: amount, pricing or price_data.",
            code="parameter_missing",
            param="amount",
        )
    if not params.get("currency"):
        raise Problem("Missing required param: currency.", code="parameter_missing", param="currency")
    currency = amounts.currency(params["currency"])
    each = money.parse_decimal(str(unit if unit is not None else amount))
    if amount is not None:
        quantity = 1
    worth = lines.pricing_of(_implicit_price(w, params, currency, each), money.decimal_string(each))
    return _worth(money.round_half_up(each * quantity), currency, quantity, worth)


def _worth(amount: int, currency: str, quantity: pricing.Units, worth: Doc) -> dict[str, Any]:
    amounts.check_amount(amount, currency, "amount", most=amounts.MOST_ON_AN_INVOICE)
    return {
        "amount": amount,
        "currency": currency,
        "pricing": worth,
        "quantity": int(quantity),
        "quantity_decimal": money.decimal_string(quantity),
    }


def _implicit_price(w: Work, params: dict[str, Any], currency: str, each: Fraction) -> Doc:
    """The one-off price and product that Stripe makes of a bare amount; archived, and without events."""
    name = params.get("description") or "Invoice item"
    product = defaults.add(w, "product", active=False, name=name, updated=w.now)
    return defaults.add(
        w,
        "price",
        active=False,
        currency=currency,
        product=product["id"],
        unit_amount=int(each) if each.denominator == 1 else None,
        unit_amount_decimal=money.decimal_string(each),
    )
