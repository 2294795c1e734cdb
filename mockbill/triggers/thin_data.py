"""What thin events say beyond their object, to who fetches them: made up for those that the SDK wants it of."""

from collections.abc import Callable
from typing import Any

from mockbill.world import Doc, Work
from mockbill.world.instants import told


def made_up(w: Work, type: str, related: Doc | None) -> dict[str, Any] | None:
    """The ``data`` of a made-up event; None where its type has none."""
    make = _DATA.get(type) or _DATA.get(type.rpartition(".")[0])
    return make(w, related or {}) if make is not None else None


def _unknown_meter(w: Work, _: Doc) -> dict[str, Any]:
    sample = {"error_message": "There is no active meter of this event name.", "request": {"identifier": w.text(12)}}
    types = [{"code": "no_meter", "error_count": 1, "sample_errors": [sample]}]
    return {
        "developer_message_summary": "There was 1 error with your meter events.",
        "reason": {"error_count": 1, "error_types": types},
        "validation_end": told(w.now),
        "validation_start": told(w.now - 10),
    }


def _capability(_: Work, __: Doc) -> dict[str, Any]:
    return {"updated_capability": "automatic_indirect_tax"}


def _link(w: Work, _: Doc) -> dict[str, Any]:
    return {"account_id": w.id("account"), "configurations": ["recipient"], "use_case": "account_onboarding"}


def _person(_: Work, person: Doc) -> dict[str, Any]:
    return {"account_id": person["account"]}


def _moved(w: Work, _: Doc) -> dict[str, Any]:
    return {"transaction_id": w.id("v2.money_management.transaction")}


def _transaction(_: Work, __: Doc) -> dict[str, Any]:
    return {"treasury_transaction": None, "v1_id": None}


_DATA: dict[str, Callable[[Work, Doc], dict[str, Any]]] = {
    "v1.billing.meter.no_meter_found": _unknown_meter,
    "v2.core.account[configuration.customer].capability_status_updated": _capability,
    "v2.core.account[configuration.merchant].capability_status_updated": _capability,
    "v2.core.account[configuration.recipient].capability_status_updated": _capability,
    "v2.core.account_link.returned": _link,
    "v2.core.account_person": _person,
    "v2.money_management.inbound_transfer.available": _moved,
    "v2.money_management.received_credit.available": _moved,
    "v2.money_management.transaction": _transaction,
}
