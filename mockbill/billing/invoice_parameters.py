"""What the parameters of an invoice made by hand mean, and what they cannot be (stripe-behaviour.md 2.13)."""

import re
from collections.abc import Mapping
from typing import Any

from mockbill.billing import default_methods, invoice_templates, invoices, payment_methods, unmodelled
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

OURS = (
    "auto_advance", "automatically_finalizes_at", "collection_method", "custom_fields", "default_payment_method",
    "default_source", "due_date", "issuer", "number", "rendering", "statement_descriptor",
)  # fmt: skip
_SENT = "send_invoice"
_LONGEST_NUMBER = 26  # characters
_MOST_CUSTOM = 4
_CUSTOM = {"name": 40, "value": 140}  # characters
_FARTHEST = 5 * 366 * DAY
_DESCRIPTOR = re.compile(r"(?=.*[A-Za-z])[^<>\\'\"*]{1,22}")  # Stripe's: 22 characters, one letter, none of these


def fields_of(w: Work, params: Mapping[str, Any], customer: str, before: Doc | None = None) -> dict[str, Any]:
    """The fields that these parameters make, of a new invoice or of one that is there; Problem where they cannot."""
    unmodelled.refuse({"issuer": (params.get("issuer") or {}).get("type") == "account"}, ["issuer"], "invoices")
    made: dict[str, Any] = {}
    if "number" in params:
        made["number"] = _number(w, params["number"], before)
    if "rendering" in params:
        default = None if before else invoice_templates.of_customer(w.need("customer", customer))
        made["rendering"] = invoice_templates.on_invoice(
            w, params["rendering"], before["rendering"] if before else default
        )
    if "custom_fields" in params:
        made["custom_fields"] = custom_fields(params["custom_fields"])
    if "statement_descriptor" in params:
        made["statement_descriptor"] = _descriptor(params["statement_descriptor"])
    if "default_payment_method" in params:
        made["default_payment_method"] = default_methods.named_method(w, dict(params), customer)
    if "default_source" in params:
        named = params["default_source"]
        made["default_source"] = payment_methods.owned(w, named, customer, "default_source") if named else None
    made.update(_collected(w, params, before))
    made.update(_advancing(w, params, {**(before or {}), **made}))
    return made


def _number(w: Work, number: str, before: Doc | None) -> str | None:
    if not number:
        return None
    if len(number) > _LONGEST_NUMBER:
        raise Problem(f"Invalid number: must be at most {_LONGEST_NUMBER} characters.", param="number")
    taken = w.find("invoice", number=number)
    if any(before is None or each["id"] != before["id"] for each in taken):
        raise Problem(f"The invoice number {number} is in use already.", param="number")
    return number


def custom_fields(sent: Any, param: str = "custom_fields") -> list[Doc] | None:
    """Up to four pairs of a name and a value, which are printed on an invoice; None for none."""
    if not sent:
        return None
    if len(sent) > _MOST_CUSTOM:
        raise Problem(f"An invoice can have up to {_MOST_CUSTOM} custom fields.", param=param)
    for position, field in enumerate(sent):
        for name, most in _CUSTOM.items():
            if len(field[name]) > most:
                where = f"{param}[{position}][{name}]"
                raise Problem(f"Invalid {where}: must be at most {most} characters.", param=where)
    return [{"name": field["name"], "value": field["value"]} for field in sent]


def _descriptor(text: str) -> str | None:
    if text and not _DESCRIPTOR.fullmatch(text):
        raise Problem(
            "The statement descriptor must have at least one letter, at most 22 characters, and none of < > \\ ' \" *.",
            param="statement_descriptor",
        )
    return text or None


def _collected(w: Work, params: Mapping[str, Any], before: Doc | None) -> dict[str, Any]:
    """Charged, or sent with a due date: named, or some days from now."""
    if before is not None and not {"collection_method", "days_until_due", "due_date"} & params.keys():
        return {}
    method = params.get("collection_method") or (before or {}).get("collection_method") or "charge_automatically"
    days, date = params.get("days_until_due"), params.get("due_date") or None
    if method != _SENT:
        if days is not None or date is not None:
            raise Problem(
                "You can only set a due date on invoices with `collection_method=send_invoice`.",
                param="days_until_due" if days is not None else "due_date",
            )
        return {"collection_method": method, "due_date": None}
    if days is not None and date is not None:
        raise Problem("You may only specify one of these parameters: days_until_due, due_date.")
    if days is None and date is None:
        if before is not None and before["due_date"] is not None:
            return {"collection_method": method}
        raise Problem(
            "Invoices with `collection_method=send_invoice` need either `days_until_due` or `due_date`.",
            code="parameter_missing",
            param="days_until_due",
        )
    if days is not None and not 0 <= days <= _FARTHEST // DAY:
        raise Problem("Invalid days_until_due: must be 0 or more, and no more than five years.", param="days_until_due")
    if date is not None and date <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="due_date")
    return {"collection_method": method, "due_date": date or w.now + int(days or 0) * DAY}


def _advancing(w: Work, params: Mapping[str, Any], invoice: Mapping[str, Any]) -> dict[str, Any]:
    """Whether it goes on by itself, and when: finalized (a draft), or charged (an open one)."""
    at = params.get("automatically_finalizes_at")
    if not {"auto_advance", "automatically_finalizes_at", "collection_method"} & params.keys():
        return {}
    advances = params.get("auto_advance", at is not None or invoice.get("auto_advance", False))
    if at is not None:
        _check_moment(w, at, advances=advances)
    if not advances:
        return {"auto_advance": False, "automatically_finalizes_at": None, "next_payment_attempt": None}
    charged = invoice.get("collection_method") != _SENT
    if invoice.get("status", "draft") != "draft":
        following = invoice["next_payment_attempt"] or w.now + invoices.DRAFT_HOUR
        waits = charged and invoice["status"] == "open"
        return {"auto_advance": invoice["status"] == "open", "next_payment_attempt": following if waits else None}
    at = at or invoice.get("automatically_finalizes_at") or w.now + invoices.DRAFT_HOUR
    return {
        "auto_advance": True,
        "automatically_finalizes_at": at,
        "next_payment_attempt": at if charged else None,
    }


def _check_moment(w: Work, at: int, *, advances: bool) -> None:
    where = "automatically_finalizes_at"
    if not advances:
        raise Problem(f"You can only set `{where}` on invoices with `auto_advance=true`.", param=where)
    if at <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param=where)
    if at > w.now + _FARTHEST:
        raise Problem("Invalid timestamp: can be no more than five years in the future", param=where)
