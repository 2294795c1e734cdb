"""What an authorization of a card may become: how long it holds, and whether it can grow or be captured in parts."""

from collections.abc import Mapping
from typing import Any

from mockbill.rules.periods import DAY

HOLD = 7 * DAY  # seconds after which what was not captured is released
EXTENDED_HOLD = 30 * DAY
MOST_INCREMENTS = 10
_OVER = 20  # per cent that an overcapture may add


def hold(asked: Mapping[str, Any]) -> int:
    """How many seconds an authorization holds; ``asked`` are the ``payment_method_options`` for cards."""
    return EXTENDED_HOLD if _wants(asked, "extended_authorization") else HOLD


def features(asked: Mapping[str, Any], amount: int) -> dict[str, Any]:
    """What a charge tells of them in ``payment_method_details.card``: test cards have all that is asked for."""
    over = _wants(asked, "overcapture")
    return {
        "extended_authorization": {"status": "enabled" if _wants(asked, "extended_authorization") else "disabled"},
        "incremental_authorization": _status(asked, "incremental_authorization"),
        "multicapture": _status(asked, "multicapture"),
        "overcapture": {
            "maximum_amount_capturable": most_capturable(amount) if over else amount,
            **_status(asked, "overcapture"),
        },
    }


def most_capturable(amount: int) -> int:
    """The most that an overcapture may take of an authorized amount, in the smallest unit."""
    return amount + amount * _OVER // 100


def _wants(asked: Mapping[str, Any], feature: str) -> bool:
    return asked.get(f"request_{feature}") == "if_available"


def _status(asked: Mapping[str, Any], feature: str) -> dict[str, str]:
    return {"status": "available" if _wants(asked, feature) else "unavailable"}
