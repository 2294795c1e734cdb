"""Refunds that wait until a customer has said where they are to go: canceled, expired, or never answered.

No way to pay that asks for it is simulated yet, so that a charge is made to look as if it had been paid by one.
"""

from collections.abc import Iterator

import pytest
from world.lives import DAY, Api

from mockbill.app import create_app
from mockbill.settings import Settings

BACK = {"confirm": True, "return_url": "https://shop.test/"}
UNDONE = ["refund.updated", "charge.refund.updated", "charge.updated"]


@pytest.fixture
def api() -> Iterator[Api]:
    app = create_app(Settings.load({"check_answers": True, "clock": "2026-01-31T10:00:00Z"}, environ={}))
    yield Api(app, "konbini")
    app.close()


def charged(api: Api) -> str:
    """A charge of $10.00 that was paid in a convenience store."""
    api.post("payment_intents", amount=1000, currency="usd", payment_method="pm_card_visa", **BACK)
    [charge] = api.world.table("charge").select()
    with api.world.work() as w:
        w.change(charge, payment_method_details={"konbini": {"store": None}, "type": "konbini"})
    return str(charge["id"])


def events(api: Api) -> list[str]:
    return [event["type"] for event in api.world.table("event").select()]


def balance(api: Api) -> int:
    told = api.call("GET", "balance")
    return int(told["available"][0]["amount"] + told["pending"][0]["amount"])


def test_the_customer_is_asked_by_mail(api: Api) -> None:
    charge = charged(api)
    refused = api.post("refunds", charge=charge)
    assert (refused["error"]["code"], refused["error"]["param"]) == ("parameter_missing", "instructions_email")
    refund = api.post("refunds", charge=charge, instructions_email="ada@example.com")
    assert (refund["status"], refund["instructions_email"]) == ("requires_action", "ada@example.com")
    asked = refund["next_action"]["display_details"]
    assert asked["email_sent"]["email_sent_to"] == "ada@example.com"
    assert asked["expires_at"] == refund["created"] + 45 * DAY
    assert balance(api) == -59


@pytest.mark.parametrize("how", ["cancel", "expire", "silence"])
def test_what_nobody_claims_stays(api: Api, how: str) -> None:
    charge = charged(api)
    refund = api.post("refunds", charge=charge, instructions_email="ada@example.com")
    seen = len(events(api))
    if how == "cancel":
        api.post(f"refunds/{refund['id']}/cancel")
    elif how == "expire":
        api.post(f"test_helpers/refunds/{refund['id']}/expire")
    else:
        api.world.advance(api.world.clock.now + 45 * DAY)
    status = "canceled" if how == "cancel" else "failed"
    assert api.call("GET", f"refunds/{refund['id']}")["status"] == status
    assert events(api)[seen:] == ([] if how == "cancel" else ["refund.failed"]) + UNDONE
    assert balance(api) == 941
    assert api.call("GET", f"charges/{charge}")["amount_refunded"] == 0
