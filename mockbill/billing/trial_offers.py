"""Trial offers: a price for some first periods, and the price that an item goes over to after them.

They can be made and kept; an item of a subscription cannot be given one yet (``current_trial`` is refused).
"""

from typing import Any

from mockbill.billing import amounts, fields, prices
from mockbill.world import Doc, Problem, Work

KIND = "product_catalog.trial_offer"
_LONGEST_NICKNAME = 255


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/product_catalog/trial_offers``: ``price``, ``duration`` and ``end_behavior``.

    Both prices have to be recurring and of one currency, as their use asks for; the wording is not established.
    """
    if len(params.get("nickname") or "") > _LONGEST_NICKNAME:
        raise Problem(f"Invalid string: must be at most {_LONGEST_NICKNAME} characters", param="nickname")
    price = _recurring(w, params["price"], "price")
    where = "end_behavior[transition][price]"
    after = _recurring(w, params["end_behavior"]["transition"]["price"], where)
    if after["currency"] != price["currency"]:
        raise Problem("Both prices of a trial offer must have the same currency.", param=where)
    duration = params["duration"]
    if not (relative := duration.get("relative")):
        raise Problem("Missing required param: duration[relative].", code="parameter_missing", param="duration")
    amounts.check_least(relative["iterations"], "duration[relative][iterations]")
    offer = w.add(
        KIND,
        **{
            "active": True,
            **fields.fields_of(KIND, params, {}, but=("duration", "end_behavior", "price")),
            "duration": {"relative": {"iterations": relative["iterations"]}, "type": duration["type"]},
            "end_behavior": {"transition": {"price": after["id"]}, "type": "transition"},
            "price": price["id"],
        },
    )
    w.keep("trial_offer", offer["id"], created=w.now)
    return offer


def update(w: Work, offer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/product_catalog/trial_offers/{id}``: ``active``, whether it can be used for anything new."""
    return w.change(offer, **fields.fields_of(KIND, params, offer))


def created(w: Work, offer: Doc) -> int:
    """When it was made, which it does not say itself."""
    return int((w.private("trial_offer", offer["id"]) or {})["created"])


def _recurring(w: Work, id: str, param: str) -> Doc:
    price = prices.usable(w, id, param)
    if not price["recurring"]:
        raise Problem(f"The price {id} is not recurring, so no trial can be made of it.", param=param)
    return price
