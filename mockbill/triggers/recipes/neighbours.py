"""What is bought with issued cards, identities, and reports.  Cards and cardholders themselves are only stored."""

from typing import Any

from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.plain import NOTED, Plain
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_ADDRESS = {"line1": "1 Main St", "city": "San Francisco", "state": "CA", "postal_code": "94111", "country": "US"}
_CARDHOLDER = Plain(
    "issuing_cardholder",
    "/v1/issuing/cardholders",
    lambda _: {"name": "Jenny Rosen", "type": "individual", "billing": {"address": _ADDRESS}},
    NOTED,
)
_CARD = Plain("issuing_card", "/v1/issuing/cards", lambda c: _of(_CARDHOLDER.make(c)), NOTED)
_SESSION = Plain(
    "identity.verification_session",
    "/v1/identity/verification_sessions",
    lambda _: {"type": "document", "return_url": "https://example.com/back"},
)
_CAPTURE = "/v1/test_helpers/issuing/transactions/create_force_capture"

_SESSION.bind()


def _of(cardholder: Doc) -> dict[str, Any]:
    return {"cardholder": cardholder["id"], "currency": "usd", "type": "virtual", "status": "active"}


def _bought(c: Cause, **more: Any) -> str:
    made: Doc = c.post(_CAPTURE, {"card": _CARD.make(c)["id"], "amount": 100, **more})
    return str(made["id"])


@fresh("issuing_authorization.request", sets="POST /v1/issuing/cards/{card}/test/authorizations")
def requested(c: Cause) -> None:
    _authorized(c)


@fresh("issuing_authorization.created", sets="POST /v1/issuing/cards/{card}/test/authorizations")
def authorized(c: Cause) -> None:
    _authorized(c)


def _authorized(c: Cause) -> None:
    c.post(f"/v1/issuing/cards/{_CARD.make(c)['id']}/test/authorizations", held_amount=100)


@fresh("issuing_transaction.created", sets=f"POST {_CAPTURE}")
def bought(c: Cause) -> None:
    _bought(c)


@fresh("issuing_transaction.updated", sets="POST /v1/issuing/transactions/{transaction}")
def transaction_updated(c: Cause) -> None:
    c.post(f"/v1/issuing/transactions/{_bought(c)}", NOTED)


@fresh("issuing_transaction.purchase_details_receipt_updated", sets=f"POST {_CAPTURE}")
def receipt_updated(c: Cause) -> None:
    _bought(c, purchase_details={"receipt": [{"description": "Ride", "quantity": 1, "unit_cost": 100}]})


@fresh("identity.verification_session.canceled")
def canceled(c: Cause) -> None:
    c.post(f"/v1/identity/verification_sessions/{_SESSION.make(c)['id']}/cancel")


@fresh("identity.verification_session.redacted")
def redacted(c: Cause) -> None:
    c.post(f"/v1/identity/verification_sessions/{_SESSION.make(c)['id']}/redact")


@fresh("reporting.report_run.succeeded", sets="POST /v1/reporting/report_runs")
def reported(c: Cause) -> None:
    interval = {"interval_start": c.now - 30 * 86_400, "interval_end": c.now}
    run: Doc = c.post("/v1/reporting/report_runs", report_type="balance.summary.1", parameters=interval)
    c.fall_due("reporting.report_run", run["id"])
