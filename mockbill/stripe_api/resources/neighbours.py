"""Issuing, Identity and reports: the calls beside those that are stored."""

from mockbill.billing.neighbours import identity, issuing, reporting
from mockbill.stripe_api.registry import Call, handles, subject
from mockbill.world import Doc

_SESSION = "/v1/identity/verification_sessions/{session}"


@handles("POST /v1/test_helpers/issuing/transactions/create_force_capture")
def _force_capture(call: Call) -> Doc:
    return issuing.force_capture(call.work, call.params)


@handles("POST /v1/issuing/cards/{card}/test/authorizations")
def _authorize(call: Call) -> Doc:
    return issuing.authorize(call.work, subject(call, "issuing.card"), call.params)


@handles(f"POST {_SESSION}/cancel")
def _cancel(call: Call) -> Doc:
    return identity.cancel(call.work, subject(call, "identity.verification_session"), call.params)


@handles(f"POST {_SESSION}/redact")
def _redact(call: Call) -> Doc:
    return identity.redact(call.work, subject(call, "identity.verification_session"), call.params)


@handles("POST /v1/reporting/report_runs")
def _run(call: Call) -> Doc:
    return reporting.create(call.work, call.params)
