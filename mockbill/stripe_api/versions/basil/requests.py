"""Requests of before basil: single coupons and codes, prices by their id, flat parameters of upcoming invoices."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.stripe_api.versions.names import Renamed
from mockbill.stripe_api.versions.release import Upgrade
from mockbill.surface import INTEGER, STRING, optional
from mockbill.world import Problem

Params = dict[str, Any]

_ONE = {"coupon": optional(STRING), "promotion_code": optional(STRING)}
_OF_PHASES = {("phases", name): each for name, each in _ONE.items()}
_PRICED = {"price": STRING, "unit_amount": INTEGER}
_FLAT = "subscription_"

_CUSTOMERS = ("POST /v1/customers", "POST /v1/customers/{customer}")
_SUBSCRIPTIONS = ("POST /v1/subscriptions", "POST /v1/subscriptions/{subscription_exposed_id}")
_PREVIEW = "POST /v1/invoices/create_preview"
_UPCOMING = ("GET /v1/invoices/upcoming", "GET /v1/invoices/upcoming/lines")
_SCHEDULES = ("POST /v1/subscription_schedules", "POST /v1/subscription_schedules/{schedule}")
_INVOICE_ITEMS = ("POST /v1/invoiceitems", "POST /v1/invoiceitems/{invoiceitem}")
_LINE = "POST /v1/invoices/{invoice}/lines/{line_item_id}"
_LINES = ("POST /v1/invoices/{invoice}/add_lines", "POST /v1/invoices/{invoice}/update_lines")
_CREDIT_NOTES = ("POST /v1/credit_notes", "GET /v1/credit_notes/preview", "GET /v1/credit_notes/preview/lines")


def _discounted(params: Params) -> Params:
    """``coupon`` and ``promotion_code`` as the only one of ``discounts``; ``""`` takes the discount off."""
    named = {name: params[name] for name in _ONE if name in params}
    if not named:
        return params
    if params.get("discounts"):
        both = f"{next(iter(named))}, discounts"
        raise Problem(f"You may only specify one of these parameters: {both}.", code="parameters_exclusive")
    rest = {name: value for name, value in params.items() if name not in _ONE}
    return {**rest, "discounts": [{name: value} for name, value in named.items() if value] or ""}


def _previewed(params: Params) -> Params:
    """An upcoming invoice's ``subscription_*`` as the ``subscription_details`` of a preview."""
    flat = {name: value for name, value in params.items() if name.startswith(_FLAT) and name != f"{_FLAT}details"}
    rest = {name: value for name, value in _scheduled(params).items() if name not in flat}
    details = {name.removeprefix(_FLAT): value for name, value in flat.items()}
    if (prorates := details.pop("prorate", None)) is not None:
        details.setdefault("proration_behavior", "create_prorations" if prorates else "none")
    if details:
        rest["subscription_details"] = {**rest.get("subscription_details", {}), **details}
    return rest


def _scheduled(params: Params) -> Params:
    """A preview's own coupon, and those of the phases that it is to show."""
    details = params.get("schedule_details")
    return _discounted({**params, "schedule_details": _phased(details)} if details else params)


def _phased(params: Params) -> Params:
    phases = params.get("phases")
    return {**params, "phases": [_discounted(phase) for phase in phases]} if phases else params


def _priced(params: Params) -> Params:
    """``price`` in ``pricing``, and ``unit_amount`` as a decimal, which is the only one that is left."""
    rest = {name: value for name, value in params.items() if name not in _PRICED}
    if "price" in params:
        rest["pricing"] = {"price": params["price"]}
    if "unit_amount" in params:
        rest["unit_amount_decimal"] = str(params["unit_amount"])
    return rest


def _priced_lines(params: Params) -> Params:
    return {**params, "lines": [_priced(line) for line in params["lines"]]}


def _refunded(params: Params) -> Params:
    """``refund`` as the only one of ``refunds``."""
    if "refund" not in params:
        return params
    return {"refunds": [{"refund": params["refund"]}], **{k: v for k, v in params.items() if k != "refund"}}


def _always(change: Callable[[Params], Params]) -> Upgrade:
    """Each change looks for its own parameters, whatever the version."""
    return lambda params, version: change(params)


ACCEPTS: dict[str, Mapping[Any, Any]] = {
    **dict.fromkeys((*_CUSTOMERS, *_SUBSCRIPTIONS), _ONE),
    **dict.fromkeys(_INVOICE_ITEMS, _PRICED),
    **{key: {("lines", "price"): STRING} for key in _LINES},
    **dict.fromkeys(_SCHEDULES, _OF_PHASES),
    **{key: {"refund": STRING} for key in _CREDIT_NOTES},
    _LINE: {"price": STRING},
    _PREVIEW: {"coupon": optional(STRING), **{("schedule_details", *path): each for path, each in _OF_PHASES.items()}},
}

UPGRADES = {
    **dict.fromkeys(_SUBSCRIPTIONS, _always(_discounted)),
    **dict.fromkeys(_UPCOMING, _always(_previewed)),
    **dict.fromkeys((*_INVOICE_ITEMS, _LINE), _always(_priced)),
    **dict.fromkeys(_LINES, _always(_priced_lines)),
    **dict.fromkeys(_SCHEDULES, _always(_phased)),
    **dict.fromkeys(_CREDIT_NOTES, _always(_refunded)),
    _PREVIEW: _always(_scheduled),
}

REPLACED = dict.fromkeys(_UPCOMING, _PREVIEW)

_OF_DISCOUNTS = [(rf"discounts(\[0\])?(\[{name}\])?", name) for name in _ONE]
_IN_PHASES = [(rf"(.*phases\]?\[\d+\]\[)discounts\](\[0\])?(\[{name}\])?", rf"\1{name}]") for name in _ONE]

RENAMED: dict[str, Renamed] = {
    **dict.fromkeys(_SUBSCRIPTIONS, _OF_DISCOUNTS),
    **{key: [*_OF_DISCOUNTS, (r"subscription_details\[(\w+)\](.*)", rf"{_FLAT}\1\2")] for key in _UPCOMING},
    **{
        key: [(r"pricing(\[price\])?", "price"), ("amount|unit_amount_decimal", "unit_amount")]
        for key in (*_INVOICE_ITEMS, _LINE)
    },
    **{key: [(r"(lines\[\d+\]\[)pricing\](\[price\])?", r"\1price]")] for key in _LINES},
    **dict.fromkeys(_SCHEDULES, _IN_PHASES),
    **{key: [(r"refunds(\[0\])?(\[refund\])?", "refund")] for key in _CREDIT_NOTES},
    _PREVIEW: [*_OF_DISCOUNTS, *_IN_PHASES],
}
