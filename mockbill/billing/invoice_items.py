"""Invoice items: what waits for a customer's next invoice, or is put on a draft."""

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
    unmodelled,
)
from mockbill.rules import money
from mockbill.world import Doc, Problem, Work

_LATER = ("quantity_decimal", "tax_code", "tax_behavior")
_PRICING = {"amount", "price_data", "pricing", "quantity", "unit_amount_decimal"}
_OURS = (
    "amount", "currency", "customer", "invoice", "period", "price", "price_data", "pricing", "quantity", "subscription",
    "discounts", "tax_rates", "unit_amount_decimal", "quantity_decimal",
)  # fmt: skip


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoiceitems``: an ``amount`` (negative is credit), or a price and a quantity."""
    unmodelled.refuse(params, _LATER, "invoice items")
    customer = w.need("customer", params.get("customer") or _of_invoice(w, params), "customer")
    w.use_clock_of(customer)
    invoice = _draft(w, params, customer)
    if invoice and automatic_tax.is_on(invoice) and params.get("tax_rates"):
        raise automatic_tax.both("tax_rates")
    priced = _priced(w, {"currency": invoice["currency"], **params} if invoice else params, customer)
    customer_facts.check_currency(customer, priced["currency"])
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
        **taxing.fields_named(w, params, "tax_rates"),
    )
    if params.get("discounts"):
        item = w.change(item, discounts=discounts.on_invoice_item(w, item, params["discounts"]))
    w.emit("invoiceitem.created", item)
    if invoice:
        _put_on(w, invoice, [*invoice["lines"]["data"], lines.of_invoice_item(w, item)])
    return item


def update(w: Work, item: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoiceitems/{invoiceitem}``: until its invoice is finalized.  Stripe sends no event for this."""
    unmodelled.refuse(params, _LATER, "invoice items")
    invoice = _editable(w, item)
    changes = fields.fields_of("invoiceitem", params, item, but=_OURS)
    changes.update(taxing.fields_named(w, params, "tax_rates", item["tax_rates"]))
    if _PRICING & params.keys():
        customer = w.need("customer", item["customer"], "customer")
        changes.update(_priced(w, {**_priced_as(item, params), **params}, customer))
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


def _parent(w: Work, params: dict[str, Any], customer: Doc) -> Doc | None:
    if not params.get("subscription"):
        return None
    subscription = w.need("subscription", params["subscription"], "subscription")
    if subscription["customer"] != customer["id"]:
        raise Problem(f"The subscription {subscription['id']} belongs to another customer.", param="subscription")
    return {
        "subscription_details": {"subscription": subscription["id"]},
        "type": "subscription_details",
    }


def _priced_as(item: Doc, params: dict[str, Any]) -> dict[str, Any]:
    """What an update leaves as it is: the currency, the quantity and what one unit costs."""
    kept = {"currency": item["currency"], "quantity": item["quantity"]}
    if not {"amount", "price_data", "pricing"} & params.keys():
        kept["unit_amount_decimal"] = item["pricing"]["unit_amount_decimal"]
    return kept


def _priced(w: Work, params: dict[str, Any], customer: Doc) -> dict[str, Any]:
    """Amount, currency, quantity and pricing.  A bare amount makes a one-off price and product, as Stripe does.

    A price with currency options is taken in the currency asked for, its invoice's or the customer's.
    """
    quantity = params.get("quantity", 1)
    amounts.check_quantity(quantity, "quantity")
    named = (params.get("pricing") or {}).get("price") or params.get("price")
    if named:
        price = prices.usable(w, named, "pricing[price]")
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
    worth = lines.pricing_of(price, prices.in_currency(w, price, currency)["unit_amount_decimal"])
    amount = prices.cost(w, price, quantity, currency).amount
    return {**_worth(amount, currency, quantity, worth), **described}


def _bare(w: Work, params: dict[str, Any], quantity: int) -> dict[str, Any]:
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


def _worth(amount: int, currency: str, quantity: int, pricing: Doc) -> dict[str, Any]:
    amounts.check_amount(amount, currency, "amount", most=amounts.MOST_ON_AN_INVOICE)
    return {
        "amount": amount,
        "currency": currency,
        "pricing": pricing,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
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
