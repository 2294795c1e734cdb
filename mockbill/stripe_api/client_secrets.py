"""Client secrets: what lets a browser, which has only a publishable key, see and confirm one intent."""

from collections.abc import Collection

from mockbill.stripe_api.registry import ACCEPTS, HANDLERS, Call, Handler
from mockbill.surface import BOOLEAN, INTEGER, STRING, object_of
from mockbill.world import Doc, Problem

_CARD = object_of({"cvc": STRING, "exp_month": INTEGER, "exp_year": INTEGER, "number": STRING, "token": STRING})


def guarded(kind: str, visible: Collection[str], *keys: str) -> None:
    """Let publishable keys use these operations of an intent by its client secret, and show them only some fields.

    Stripe.js also sends raw card details in ``payment_method_data``, and has the address of who accepts a
    mandate found out, which the server SDKs do not declare.
    """
    for key in keys:
        HANDLERS[key] = _by_secret(HANDLERS[key], kind, visible)
    raw_card = {("payment_method_data", "card"): _CARD, ("payment_method_data", "type"): STRING}
    for path in (f"POST /v1/{kind}s", f"POST /v1/{kind}s/{{intent}}"):
        ACCEPTS[path] = raw_card
    inferred = {("mandate_data", "customer_acceptance", "online", "infer_from_client"): BOOLEAN}
    ACCEPTS[f"POST /v1/{kind}s/{{intent}}/confirm"] = {"client_secret": STRING, **raw_card, **inferred}
    ACCEPTS[f"POST /v1/{kind}s/{{intent}}/verify_microdeposits"] = {"client_secret": STRING}


def check(call: Call, kind: str) -> bool:
    """Whether a publishable key calls; Problem where it has no client secret, and for a secret that is not right."""
    public = call.key.startswith("pk_")
    secret = call.params.pop("client_secret", None)
    if public or secret is not None:
        _check(call, kind, secret)
    return public


def _by_secret(handler: Handler, kind: str, visible: Collection[str]) -> Handler:
    def handle(call: Call) -> Doc:
        public = check(call, kind)
        try:
            answer: Doc = handler(call)
            return _reduced(answer, visible) if public else answer
        except Problem as problem:
            if public and kind in problem.extra:
                problem.extra[kind] = _reduced(problem.extra[kind], visible)
            raise

    return handle


def _check(call: Call, kind: str, secret: str | None) -> None:
    if secret is None:
        raise Problem("Missing required param: client_secret.", code="parameter_missing", param="client_secret")
    if call.work.need(kind, call.id)["client_secret"] != secret:
        name = {"payment_intent": "PaymentIntent", "setup_intent": "SetupIntent"}.get(kind, kind)
        raise Problem(
            f"The client_secret provided does not match the client_secret associated with the {name}.",
            code=f"{kind}_invalid_parameter",
            param="client_secret",
        )


def _reduced(doc: Doc, visible: Collection[str]) -> Doc:
    return {name: value for name, value in doc.items() if name in visible}
