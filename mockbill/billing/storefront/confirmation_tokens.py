"""Confirmation tokens: what a customer entered on a page, kept until the server confirms an intent with it, once."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from mockbill import surface
from mockbill.billing import fields, payment_methods
from mockbill.rules.periods import HOUR
from mockbill.world import Doc, Problem, Work

KIND = "confirmation_token"
LIFETIME = 12 * HOUR  # Stripe's
# To the intent, unless its confirmation says otherwise:
_HANDED_ON = ("payment_method_options", "return_url", "setup_future_usage", "shipping")
_SOURCES = ("payment_method", "payment_method_data")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/test_helpers/confirmation_tokens``: of ``payment_method_data`` or a payment method.

    Stripe.js makes them otherwise.  The payment method itself is made when the token is used.
    """
    given = {name: params[name] for name in _SOURCES if params.get(name)}
    if len(given) != 1:
        raise Problem(
            "You may only specify one of these parameters: payment_method, payment_method_data."
            if given
            else "Missing required param: payment_method_data.",
            code="parameter_missing" if not given else None,
            param="payment_method_data",
        )
    with w.rehearsal():
        method = _method(w, given)
    token = w.add(
        KIND,
        **fields.fields_of(KIND, params, {}, but=_SOURCES),
        expires_at=w.now + LIFETIME,
        payment_method_preview={name: value for name, value in method.items() if name in _previewed()},
    )
    w.keep(KIND, token["id"], given=given, used=False)
    return token


def applied(w: Work, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a confirmation, with what its ``confirmation_token`` brings along."""
    id = params.get(KIND)
    if not id:
        return params
    token = w.need(KIND, id, KIND)
    kept = w.private(KIND, id) or {}
    if kept["used"]:
        raise Problem(f"This ConfirmationToken has already been used: {id}. Make another one.", param=KIND)
    if token["expires_at"] <= w.world.time(None):  # a page knows of no test clock
        raise Problem(f"This ConfirmationToken has expired: {id}. Make another one.", param=KIND)
    for name in _SOURCES:
        if params.get(name):
            raise Problem(f"You may only specify one of these parameters: {KIND}, {name}.", param=name)
    handed_on = {name: token[name] for name in _HANDED_ON if token[name]}
    return {**handed_on, **params, **kept["given"]}


def check_confirms(params: Mapping[str, Any]) -> None:
    """Problem for a token at the creation of an intent that is not confirmed with it."""
    if params.get(KIND) and not params.get("confirm"):
        raise Problem(f"You can only use `{KIND}` when confirming: set `confirm` to `true`.", param=KIND)


def use(w: Work, params: Mapping[str, Any], intent: Doc) -> None:
    """The token is spent on this intent, whatever becomes of it."""
    if id := params.get(KIND):
        w.keep(KIND, id, used=True)
        w.change(w.need(KIND, id), **{intent["object"]: intent["id"]})


@cache
def _previewed() -> frozenset[str]:
    """The members of a payment method that a token shows."""
    preview = surface.field_type(KIND, "payment_method_preview")
    assert preview is not None
    return frozenset(preview.nested or ())


def _method(w: Work, given: Mapping[str, Any]) -> Doc:
    if data := given.get("payment_method_data"):
        return payment_methods.of_params(w, data, "payment_method_data")
    return payment_methods.instantiate(w, given["payment_method"], "payment_method")
