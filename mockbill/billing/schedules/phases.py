"""Phases as a request sends them, checked and dated, in the shape in which a schedule shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockbill.billing import (
    amounts,
    collection_methods,
    default_methods,
    discounts,
    fields,
    prices,
    subscription_items,
    taxing,
    unmodelled,
)
from mockbill.billing.connect import terms
from mockbill.billing.usage import thresholds
from mockbill.rules import periods
from mockbill.rules import phases as rules
from mockbill.world import Doc, Problem, Work

MOST = 10  # current and future ones
_ENDS = ("end_date", "duration", "iterations")
_DISCOUNT = {"coupon": None, "discount": None, "promotion_code": None}


@dataclass(frozen=True, slots=True)
class Frame:
    """What the phases of one schedule share: whose they are, and from where their dates count."""

    customer: Doc
    settings: Doc  # the schedule's default_settings
    flexible: bool
    anchor: int | None  # of the billing cycle; None where that begins with the first phase
    known: Mapping[str, Doc]  # prices that the schedule sells already, archived or not
    currency: str | None = None


def read(w: Work, sent: Sequence[dict[str, Any]], start: int, frame: Frame) -> list[Doc]:
    """The phases of a request, the first of which begins at ``start``; each begins where the one before ends."""
    if not sent:
        raise Problem("Missing required param: phases.", code="parameter_missing", param="phases")
    if len(sent) > MOST:
        raise Problem(
            f"A subscription schedule can have up to {MOST} current and future phases; {len(sent)} were sent.",
            param="phases",
        )
    read_ones: list[Doc] = []
    anchor = start if frame.anchor is None else frame.anchor
    for position, phase in enumerate(sent):
        where = f"phases[{position}]"
        _check_start(w, phase, start, where, is_first=not position)
        if _anchors(phase, frame.settings) == "phase_start":
            anchor = start
        one = _one(w, phase, start, anchor, frame, where, is_last=position == len(sent) - 1)
        read_ones.append(one)
        start = one["end_date"]
    _check_currency([phase["currency"] for phase in read_ones])
    return read_ones


def _one(w: Work, sent: dict[str, Any], start: int, anchor: int, frame: Frame, where: str, *, is_last: bool) -> Doc:
    terms.check(w, sent, frame.settings, where)
    refuse_other_accounts(sent, "phases of subscription schedules")
    entries = [{**entry, "known_price": _known(entry, frame)} for entry in sent.get("items") or []]
    picked = subscription_items.chosen(w, entries, f"{where}[items]", mixed=frame.flexible)
    sold = [pick["price"] for pick in picked]
    thresholds.check(w, sent, sold, frame.settings["billing_thresholds"], where)
    asked = sent.get("currency") or frame.currency
    currency = prices.currency_for(w, sold, asked, frame.customer, f"{where}[items]")
    end = _end(w, sent, start, anchor, sold[0], where, is_last=is_last)
    trial_end = _trial_end(sent, start, end, where)
    _check_anchor(sent, frame.settings, trial_end, where)
    return {
        "add_invoice_items": [
            _added(w, entry, frame.customer, currency, f"{where}[add_invoice_items][{position}]")
            for position, entry in enumerate(sent.get("add_invoice_items") or [])
        ],
        "application_fee_percent": _told(sent, "application_fee_percent"),
        **_automatic_tax(sent),
        "billing_cycle_anchor": sent.get("billing_cycle_anchor"),
        "billing_thresholds": thresholds.of(sent.get("billing_thresholds")),
        "collection_method": sent.get("collection_method"),
        "currency": currency,
        "default_payment_method": default_methods.named_method(w, sent, frame.customer["id"]),
        "default_tax_rates": taxing.rates_named(w, sent.get("default_tax_rates"), f"{where}[default_tax_rates]"),
        "description": sent.get("description") or None,
        "discounts": _discounts(w, sent.get("discounts"), frame.customer, currency, where),
        "end_date": end,
        "invoice_settings": _invoice_settings(sent, frame.settings),
        "items": [_item(w, pick, frame.customer, currency, where) for pick in picked],
        "metadata": sent.get("metadata") or {},
        "on_behalf_of": _told(sent, "on_behalf_of"),
        "proration_behavior": sent.get("proration_behavior") or "create_prorations",
        "start_date": start,
        "transfer_data": terms.shares(sent.get("transfer_data")),
        **({"trial": sent["trial"]} if "trial" in sent else {}),
        "trial_end": trial_end,
    }


def of_subscription(subscription: Doc, start: int, end: int) -> Doc:
    """The phase that a subscription is in before anybody has planned another one."""
    trial_end = subscription["trial_end"] if subscription["status"] == "trialing" else None
    return {
        "add_invoice_items": [],
        "application_fee_percent": subscription["application_fee_percent"],
        "automatic_tax": subscription["automatic_tax"],
        "billing_cycle_anchor": None,
        "billing_thresholds": subscription["billing_thresholds"],
        "collection_method": subscription["collection_method"],
        "currency": subscription["currency"],
        "default_payment_method": subscription["default_payment_method"],
        "default_tax_rates": subscription["default_tax_rates"],
        "description": subscription["description"],
        "discounts": [{**_DISCOUNT, "discount": id} for id in subscription["discounts"]],
        "end_date": end,
        "invoice_settings": settings_of(subscription),
        "items": items_of(subscription),
        "metadata": {},
        "on_behalf_of": subscription["on_behalf_of"],
        "proration_behavior": "create_prorations",
        "start_date": start,
        "transfer_data": subscription["transfer_data"],
        "trial_end": trial_end if trial_end and trial_end <= end else None,
    }


def _told(sent: dict[str, Any], name: str) -> Any:
    return None if sent.get(name) == "" else sent.get(name)


def settings_of(subscription: Doc) -> Doc:
    """How a subscription's invoices are made up, as phases and schedules show it."""
    return {**subscription["invoice_settings"], "days_until_due": subscription["days_until_due"]}


def items_of(subscription: Doc) -> list[Doc]:
    """The items of a subscription as those of a phase."""
    return [
        {
            "billing_thresholds": item["billing_thresholds"],
            "discounts": [{**_DISCOUNT, "discount": id} for id in item["discounts"]],
            "metadata": item["metadata"],
            "plan": item["price"]["id"],
            "price": item["price"]["id"],
            **({"quantity": item["quantity"]} if item.get("quantity") is not None else {}),
            "tax_rates": item["tax_rates"],
        }
        for item in subscription["items"]["data"]
    ]


def check_collection(phase: Doc, settings: Doc, where: str) -> None:
    """Problem for a phase that would send its invoices without saying when they are due."""
    own = phase["invoice_settings"] or {}
    method = phase["collection_method"] or settings["collection_method"]
    days = own.get("days_until_due")
    if days is None and method == collection_methods.SENT:
        days = settings["invoice_settings"]["days_until_due"]
    try:
        collection_methods.fields_of({"collection_method": method, "days_until_due": days})
    except Problem as problem:
        problem.param = f"{where}[invoice_settings][days_until_due]"
        raise


def _item(w: Work, pick: Doc, customer: Doc, currency: str, where: str) -> Doc:
    return {
        "billing_thresholds": pick.get("billing_thresholds"),
        "discounts": _discounts(w, pick.get("discounts"), customer, currency, f"{where}[items]"),
        "metadata": pick["metadata"],
        "plan": pick["price"]["id"],
        "price": pick["price"]["id"],
        **({} if pick["quantity"] is None else {"quantity": pick["quantity"]}),
        "tax_rates": pick.get("tax_rates") or [],
    }


def _known(entry: Mapping[str, Any], frame: Frame) -> Doc | None:
    return frame.known.get(entry.get("price") or entry.get("plan") or "")


def _added(w: Work, entry: dict[str, Any], customer: Doc, currency: str, where: str) -> Doc:
    """An item that is sold once when the phase begins."""
    prices.check_one(entry.get("price"), entry.get("price_data"), where)
    if data := entry.get("price_data"):
        price = prices.new(w, data, f"{where}[price_data]")
    else:
        price = prices.usable(w, entry["price"], f"{where}[price]")
    if price["recurring"]:
        raise Problem(
            "The price specified is set to `type=recurring` but this field only accepts prices with "
            f"`type=one_time`. Price: {price['id']}",
            param=f"{where}[price]",
        )
    quantity = entry.get("quantity", 1)
    amounts.check_quantity(quantity, f"{where}[quantity]")
    period = entry.get("period") or {}
    return {
        "discountable": entry.get("discountable"),
        "discounts": _discounts(w, entry.get("discounts"), customer, currency, where),
        "metadata": entry.get("metadata") or {},
        "period": {
            "end": period.get("end") or {"type": "min_item_period_end"},
            "start": period.get("start") or {"type": "max_item_period_start"},
        },
        "price": price["id"],
        "quantity": quantity,
        "tax_rates": taxing.rates_named(w, entry.get("tax_rates"), f"{where}[tax_rates]"),
    }


def _discounts(w: Work, sent: Any, customer: Doc, currency: str, where: str) -> list[Doc]:
    """What is to be redeemed when the phase begins: nothing is yet."""
    told = []
    for position, entry in enumerate(sent or []):
        at = f"{where}[discounts][{position}]"
        if entry.get("discount"):
            w.need("discount", entry["discount"], f"{at}[discount]")
        else:
            discounts.offer(w, entry, customer["id"], currency, None, at)
        told.append({**_DISCOUNT, **{name: entry.get(name) or None for name in _DISCOUNT}})
    return told


def refuse_other_accounts(sent: Mapping[str, Any], where: str) -> None:
    """501 for another account that issues invoices, or is liable for their taxes; the account itself is."""
    for whole, name in (("automatic_tax", "liability"), ("invoice_settings", "issuer")):
        said = ((sent.get(whole) or {}).get(name) or {}).get("type")
        unmodelled.refuse({f"{whole}[{name}]": said == "account"}, [f"{whole}[{name}]"], where)


def _automatic_tax(sent: Mapping[str, Any]) -> dict[str, Doc]:
    if "automatic_tax" not in sent:
        return {}
    asked = sent["automatic_tax"]
    liability = {"type": "self"} if asked.get("liability") else None
    return {"automatic_tax": {"disabled_reason": None, "enabled": asked["enabled"], "liability": liability}}


def _invoice_settings(sent: Mapping[str, Any], settings: Doc) -> Doc | None:
    asked = sent.get("invoice_settings")
    if not asked:
        return None
    shown: Doc = fields.fitted("subscription_schedule", ("phases", "invoice_settings"), asked)
    return {**shown, "issuer": {"type": "self"} if asked.get("issuer") else None}


def _check_start(w: Work, sent: Mapping[str, Any], start: int, where: str, *, is_first: bool) -> None:
    asked = sent.get("start_date")
    if asked == "now":
        asked = w.now
    if asked is not None and asked != start:
        raise Problem(
            f"The start_date of this phase must be {start}"
            + (", when the schedule's first phase begins." if is_first else ", when the phase before it ends."),
            param=f"{where}[start_date]",
        )


def _end(w: Work, sent: Mapping[str, Any], start: int, anchor: int, price: Doc, where: str, *, is_last: bool) -> int:
    """Where a phase ends; the last one lasts an interval of its price where that is left open."""
    named = [name for name in _ENDS if sent.get(name)]
    if len(named) > 1:
        raise Problem(
            f"You may only specify one of these parameters: {', '.join(named)}.",
            code="parameters_exclusive",
            param=f"{where}[{named[0]}]",
        )
    if not named and not is_last:
        raise Problem(
            f"Missing required param: {where}[end_date]. Every phase but the last one needs an end_date or a duration.",
            code="parameter_missing",
            param=f"{where}[end_date]",
        )
    if sent.get("end_date"):
        end = w.now if sent["end_date"] == "now" else int(sent["end_date"])
    else:
        end = _after(start, anchor, *_length(sent, price, where), where)
    check_date(end, f"{where}[end_date]")
    if not start < end:
        raise Problem("The end_date of a phase must be after its start_date.", param=f"{where}[end_date]")
    return end


def check_date(at: int, param: str) -> None:
    """Problem for what is no date any more."""
    if not 0 < at <= periods.LATEST:
        raise Problem("Invalid timestamp: must be between the years 1970 and 9999.", param=param)


def _after(start: int, anchor: int, interval: periods.Interval, count: int, where: str) -> int:
    try:
        return rules.end_of(start, anchor, interval, count)
    except ValueError:
        raise Problem("A phase must end before the year 10000.", param=f"{where}[duration]") from None


def _length(sent: Mapping[str, Any], price: Doc, where: str) -> tuple[periods.Interval, int]:
    if duration := sent.get("duration"):
        interval, count, name = duration["interval"], duration.get("interval_count", 1), "duration][interval_count"
        each = 1
    else:
        interval, each = subscription_items.interval_of(price)
        count, name = sent.get("iterations", 1), "iterations"
    if not 1 <= count <= 10_000:
        raise Problem("A phase lasts for one interval at least.", param=f"{where}[{name}]")
    return interval, each * count


def _trial_end(sent: Mapping[str, Any], start: int, end: int, where: str) -> int | None:
    asked = sent.get("trial_end")
    if sent.get("trial"):
        if asked:
            raise Problem(
                "You may only specify one of these parameters: trial, trial_end.",
                code="parameters_exclusive",
                param=f"{where}[trial]",
            )
        return end
    if not asked:
        return None
    if not start < asked <= end:
        raise Problem("The trial_end of a phase must lie within the phase.", param=f"{where}[trial_end]")
    return int(asked)


def _anchors(sent: Mapping[str, Any], settings: Doc) -> str:
    return str(sent.get("billing_cycle_anchor") or settings["billing_cycle_anchor"])


def _check_anchor(sent: Mapping[str, Any], settings: Doc, trial_end: int | None, where: str) -> None:
    if trial_end and _anchors(sent, settings) == "phase_start":
        raise Problem(
            "A phase with a trial cannot have `billing_cycle_anchor=phase_start`.",
            param=f"{where}[billing_cycle_anchor]",
        )


def _check_currency(currencies: Sequence[str]) -> None:
    if len(set(currencies)) > 1:
        raise Problem(
            f"All phases of a subscription schedule must have the same currency; these have "
            f"{', '.join(sorted(set(currencies)))}.",
            param="phases",
        )
