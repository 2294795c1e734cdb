"""2022-11-15: an intent names its latest charge instead of listing its charges, and a charge no longer its refunds.

Also the name that Japanese bank transfers had at first, ``jp_bank_account``: no changelog says when it went, and the
Stripe CLI still sends it.
"""

from itertools import accumulate
from typing import Any

from mockbill.rules import bank_transfers
from mockbill.stripe_api import lists
from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.versions.release import Release, without
from mockbill.surface import one_of
from mockbill.world import Doc, Work

_SHOWN = 10
_INTENTS = "POST /v1/payment_intents"
_TRANSFER = ("payment_method_options", "customer_balance", "bank_transfer")
_AT_FIRST, _NOW = "jp_bank_account", "jp_bank_transfer"


def _charges(w: Work, intent: Doc) -> Doc:
    """Newest first; of an event, those that there were by then."""
    made = [charge["id"] for charge in w.find("charge", payment_intent=intent["id"])]
    latest = intent.get("latest_charge")
    latest = latest["id"] if isinstance(latest, dict) else latest
    known = made[: made.index(latest) + 1] if latest in made else []
    return _page(w, "charge", known, f"/v1/charges?payment_intent={intent['id']}")


def _refunds(w: Work, charge: Doc) -> Doc:
    """Newest first; of an event, those that made up what was refunded by then."""
    made = w.find("refund", charge=charge["id"])
    now = w.get("charge", charge["id"])
    if now is None or now["amount_refunded"] != charge["amount_refunded"]:
        before = accumulate((refund["amount"] for refund in made), initial=0)
        made = [refund for refund, sum in zip(made, before, strict=False) if sum < charge["amount_refunded"]]
    return _page(w, "refund", [refund["id"] for refund in made], f"/v1/charges/{charge['id']}/refunds")


def _page(w: Work, kind: str, ids: list[str], url: str) -> Doc:
    newest = [w.need(kind, id) for id in reversed(ids)]
    return {**lists.envelope(newest[:_SHOWN], url, has_more=len(newest) > _SHOWN), "total_count": len(newest)}


def _renamed(params: dict[str, Any], version: str) -> dict[str, Any]:
    return _with_name(params, _TRANSFER) if "payment_method_options" in params else params


def _with_name(params: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The parameters with today's name at the end of a path, if the first one stands there."""
    if not path:
        return {**params, "type": _NOW} if params.get("type") == _AT_FIRST else params
    inside = params.get(path[0])
    return {**params, path[0]: _with_name(inside, path[1:])} if isinstance(inside, dict) else params


RELEASE = Release(
    version="2022-11-15",
    accepts={_INTENTS: {(*_TRANSFER, "type"): one_of(*bank_transfers.TYPES.values(), _AT_FIRST)}},
    upgrades={_INTENTS: _renamed},
    fields={
        "charge": {"refunds": Older(_refunds, ("refund",), listed=True)},
        "payment_intent": {"charges": Older(_charges, ("charge",), listed=True)},
    },
    downgrades={"payment_intent": without("latest_charge")},
)
