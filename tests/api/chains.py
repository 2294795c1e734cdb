"""Whole chains of events, as tables: what each tells, and what it says was there before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import stripe
from api.life import Life

Row = tuple[Any, ...]
"""The type of an event, its object at a glance, and for an update its ``previous_attributes`` in full."""

_GLANCE: Mapping[str, tuple[str, ...]] = {
    "application_fee": ("amount", "amount_refunded"),
    "bank_account": ("status",),
    "charge": ("amount",),
    "credit_note": ("status", "total"),
    "customer": ("balance",),
    "dispute": ("status", "amount"),
    "discount": ("start", "end"),
    "entitlements.active_entitlement_summary": ("customer", "entitlements"),
    "invoice": ("status", "amount_due"),
    "invoice_payment": ("amount_paid",),
    "invoiceitem": ("amount", "description"),
    "payment_intent": ("status", "amount"),
    "payment_method": ("type",),
    "radar.early_fraud_warning": ("actionable",),
    "refund": ("status", "amount"),
    "quote": ("status", "amount_total", "subscription", "invoice"),
    "setup_intent": ("status",),
    "source": ("status", "type"),
    "source_transaction": ("amount",),
    "subscription": ("status",),
    "subscription_schedule": ("status",),
    "transfer": ("amount",),
}
_ID = re.compile(r"\b(?:ba|cbtxn|ch|cn|cus|dp|in|re|sub_sched|sub|txn|pm|seti|di|ii|si|pi|price|prod|src)_\w{14,}")
_SILENT = {"next_invoice_sequence"}  # advances with each invoice that is finalized, and no event tells of it


@dataclass
class Chain:
    """Follows all events of a life; every update is held against the version of its object that was told before.

    Ids are told as their kind and the order in which their like were spoken of (``in#2``), instants as UTC.
    """

    life: Life
    names: dict[str, str] = field(default_factory=dict)
    versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def told(self) -> list[Row]:
        """The events since the last look."""
        return [self._row(event) for event in self.life.new_events() if not event.type.startswith("test_helpers.")]

    def after(self, instant: int) -> list[Row]:
        """The events of the time until then, and at it."""
        clock = self.life.client.v1.test_helpers.test_clocks
        clock.advance(self.life.clock.id, {"frozen_time": instant})
        while clock.retrieve(self.life.clock.id).status == "advancing":
            pass
        return self.told()

    def _row(self, event: stripe.Event) -> Row:
        shown = event.data.object.to_dict()
        kind = shown["object"]
        id = shown.get("id") or f"{kind} of {shown['customer']}"
        self._name(id)
        glance = _short({name: shown.get(name) for name in _GLANCE.get(kind, ())})
        told = " ".join(str(self._plain(value)) for value in glance.values())
        before = event.to_dict()["data"].get("previous_attributes")
        versions = self.versions.setdefault(id, [])
        if shown not in versions[-1:]:
            versions.append(shown)
        if before is None:
            return (event.type, told)
        if len(versions) > 1:  # nothing that changed is left out, and nothing is told that did not
            expected = difference(versions[-2], shown)
            assert before == {name: old for name, old in expected.items() if name not in _SILENT}, event.type
        return (event.type, told, self._plain(_short(before)))

    def _name(self, id: str) -> str:
        prefix = id.rpartition("_")[0] or id
        if id not in self.names:
            self.names[id] = f"{prefix}#{1 + sum(name.startswith(f'{prefix}#') for name in self.names.values())}"
        return self.names[id]

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return _ID.sub(lambda match: self._name(match[0]), value)
        if isinstance(value, dict):
            return {name: self._plain(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._plain(each) for each in value)
        if type(value) is int and value > 1_000_000_000:
            return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M}"
        return value


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What ``previous_attributes`` should be of two versions (stripe-behaviour.md 3.0).

    Hashes by their changed keys, where a new one was null; arrays and the elements of lists whole.  Another object in
    the place of one, such as the plan, is told of whole as well (not established there).
    """
    told: dict[str, Any] = {}
    for name in old.keys() | new.keys():
        one, other = old.get(name), new.get(name)
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            told[name] = (
                {key: one[key] for key in ("data", "has_more", "total_count") if one.get(key) != other.get(key)}
                if one.get("object") == "list"
                else difference(one, other)
                if one.get("id") == other.get("id")
                else one
            )
        else:
            told[name] = one
    return told


def _short(before: dict[str, Any]) -> dict[str, Any]:
    """The items of a subscription as quantity, unit amount, start and end, its plan as an amount; features by key.

    The phases of a schedule as start, end and quantities, and its current one as those dates of it that were others.
    """
    told = dict(before)
    if "entitlements" in told:
        told["entitlements"] = [each["lookup_key"] for each in told["entitlements"]["data"]]
    if "phases" in told:
        told["phases"] = [
            (each["start_date"], each["end_date"], *(item["quantity"] for item in each["items"]))
            for each in told["phases"]
        ]
    if told.get("current_phase"):
        told["current_phase"] = tuple(told["current_phase"].get(name) for name in ("start_date", "end_date"))
    if "items" in told:
        told["items"] = [_item(each) for each in told["items"]["data"]]
    if told.get("pending_update"):
        pending = told["pending_update"]
        told["pending_update"] = {
            **pending,
            "subscription_items": [_item(each) for each in pending["subscription_items"]],
        }
    if told.get("plan"):
        told["plan"] = f"{told['plan']['amount']} a {told['plan']['interval']}"
    if "balance_transactions" in told:
        told["balance_transactions"] = [(each["amount"], each["fee"]) for each in told["balance_transactions"]]
    return told


def _item(item: dict[str, Any]) -> tuple[Any, ...]:
    names = ("current_period_start", "current_period_end")
    return (item.get("quantity"), item["price"]["unit_amount"], *(item[name] for name in names if name in item))


def charged(amount: int) -> list[Row]:
    """A new intent pays at once."""
    return [
        ("payment_intent.created", f"requires_confirmation {amount}"),
        ("charge.succeeded", f"{amount}"),
        ("payment_intent.succeeded", f"succeeded {amount}"),
    ]


def declined(amount: int) -> list[Row]:
    """An attempt fails; the invoice stays open."""
    return [
        ("charge.failed", f"{amount}"),
        ("payment_intent.payment_failed", f"requires_payment_method {amount}"),
        ("invoice.payment_failed", f"open {amount}"),
    ]


def paid(amount: int, *same: str, **before: Any) -> list[Row]:
    """An open invoice is paid; ``same`` are the fields of the usual ones that had changed before."""
    changed = {
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "status": "open",
        "status_transitions": {"paid_at": None},
    }
    told = {name: old for name, old in changed.items() if name not in same} | before
    return [
        ("invoice.updated", f"paid {amount}", told),
        ("invoice.paid", f"paid {amount}"),
        ("invoice.payment_succeeded", f"paid {amount}"),
    ]
