"""Payment intents and the charges that they make."""

from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import fresh

_CREATE = "POST /v1/payment_intents"


@fresh("payment_intent.succeeded", "charge.succeeded", sets=_CREATE)
def succeeded(c: Cause) -> None:
    c.post("/v1/payment_intents", **_by_card("pm_card_visa"))


def _by_card(card: str) -> dict[str, object]:
    return {
        "amount": 2000,
        "currency": "usd",
        "payment_method": card,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "confirm": True,
    }
