"""Customers: created and updated."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import (
    amounts,
    automatic_tax,
    clock_limits,
    customer_balance,
    customer_facts,
    defaults,
    discounts,
    fields,
    invoice_templates,
    payment_methods,
    tax_ids,
    unmodelled,
)
from mockbill.billing.bank_transfers import cash_balance
from mockbill.billing.sources import of_customers
from mockbill.rules import emails
from mockbill.world import Doc, Problem, Work

_PREFIX_LENGTH = 8  # of the invoice numbers
_PAYS_WITH = {"default_source", "invoice_settings", "payment_method", "source"}
_OURS = ("default_source", "payment_method", "source", "invoice_settings", "tax_id_data", "tax", "balance")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers``: nothing is required; ``payment_method`` and ``source`` are attached."""
    _check_email(params)
    if clock := params.get("test_clock"):
        w.need("test_helpers.test_clock", clock, "test_clock")
        clock_limits.check_customers(w, clock)
        w.use_clock_of(params)
    _check_location(params, params)
    owned = params.get("tax_id_data") or []
    for position, data in enumerate(owned):
        tax_ids.check(data, f"tax_id_data[{position}]")
    numbering = {"invoice_prefix": w.text(_PREFIX_LENGTH).upper(), "next_invoice_sequence": 1}
    customer = defaults.add(w, "customer", **{**numbering, **_fields(params, defaults.DEFAULTS["customer"])})
    customer = _with_payment_methods(w, customer, params)
    mark = len(w.events)
    customer = discounts.set_on_customer(w, customer, params)
    told = w.take_events(mark)
    w.emit("customer.created", customer)
    for data in owned:
        tax_ids.add(w, customer, data)
    w.events += told
    return _with_balance(w, customer, params)


def update(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}``."""
    _check_email(params)
    _check_location(params, {**customer, **params})
    changed = _with_payment_methods(w, w.change(customer, **_fields(params, customer)), params)
    changed = discounts.set_on_customer(w, changed, params)
    customer_facts.announce(w, changed, customer)
    return _with_balance(w, changed, params)


def _fields(params: dict[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    return fields.fields_of("customer", params, old, but=_OURS)


def _with_balance(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """A balance that is set is a transaction like any other (``adjustment``)."""
    if asked := params.get("cash_balance"):
        cash_balance.update(w, customer, asked)
    if "balance" not in params:
        return customer
    currency = customer["currency"] or "usd"
    amounts.check_amount(params["balance"], currency, "balance", most=amounts.MOST_ON_AN_INVOICE)
    if change := params["balance"] - customer["balance"]:
        customer_balance.move(w, customer, change, currency, "adjustment")
    return w.need("customer", customer["id"])


def _check_location(params: dict[str, Any], told: Mapping[str, Any]) -> None:
    """``tax[validate_location]=immediately``: Problem unless the customer, as it will be, can be taxed."""
    tax = params.get("tax") or {}
    unmodelled.refuse(tax, ("ip_address",), "the tax location of customers")
    if tax.get("validate_location") == "immediately":
        address, shipping = (told.get(name) or None for name in ("address", "shipping"))
        automatic_tax.check_location({"address": address, "shipping": shipping}, "address")


def _check_email(params: dict[str, Any]) -> None:
    email = params.get("email")
    if email and not emails.has_shape(email):
        raise Problem(f"Invalid email address: {email}", code="email_invalid", param="email")


def _with_payment_methods(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """Attach what is named and set the defaults; one test id named twice becomes one payment method."""
    if _PAYS_WITH.isdisjoint(params):
        return customer
    made: dict[str, str] = {}
    customer = of_customers.take(w, customer, params)
    if named := params.get("payment_method"):
        made[named] = payment_methods.attach_named(w, named, customer["id"], "payment_method")["id"]
    settings = params.get("invoice_settings")
    if not settings:
        return w.need("customer", customer["id"])
    options = customer["invoice_settings"]["rendering_options"]
    where = "invoice_settings[rendering_options]"
    invoice_templates.check(w, settings.get("rendering_options"), where, options)
    default = settings.get("default_payment_method")
    if default:
        method = made.get(default) or payment_methods.owned(
            w, default, customer["id"], "invoice_settings[default_payment_method]"
        )
        settings = {**settings, "default_payment_method": method}
    fitted = fields.fitted("customer", ("invoice_settings",), settings, customer["invoice_settings"])
    return w.change(customer, invoice_settings=fitted)
