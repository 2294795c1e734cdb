"""2022-11-15: an intent names its latest charge instead of listing its charges, and a charge no longer its refunds."""

from itertools import accumulate

from mockbill.stripe_api import lists
from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.versions.release import Release, without
from mockbill.world import Doc, Work

_SHOWN = 10


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


RELEASE = Release(
    version="2022-11-15",
    fields={
        "charge": {"refunds": Older(_refunds, ("refund",), listed=True)},
        "payment_intent": {"charges": Older(_charges, ("charge",), listed=True)},
    },
    downgrades={"payment_intent": without("latest_charge")},
)
