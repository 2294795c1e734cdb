"""Stripe's error object, from a Problem."""

from typing import Any

from mockbill.world import Problem
from mockbill.world.table import Doc


def body(problem: Problem, request_log_url: str | None) -> Doc:
    """``{"error": {...}}`` with the members that are set, in alphabetical order as Stripe sends them."""
    members: dict[str, Any] = {
        "code": problem.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{problem.code.replace('_', '-')}" if problem.code else None,
        "message": problem.message,
        "param": problem.param,
        "request_log_url": request_log_url,
        "type": problem.type,
        **problem.extra,
    }
    if problem.code and problem.code.startswith("mockbill_"):
        del members["doc_url"]  # Stripe documents only its own codes
    return {"error": {name: members[name] for name in sorted(members) if members[name] is not None}}


def body_of_v2(problem: Problem) -> Doc:
    """The same as v2 has it: a code, a message, and the type where SDKs have a class of their own for it."""
    code = "not_found" if problem.status == 404 and problem.code == "resource_missing" else problem.code
    members = {"code": code, "message": problem.message, "type": problem.type}
    return {"error": {name: value for name, value in members.items() if value is not None}}


def bug(error: BaseException) -> Problem:
    """The answer to a fault of ours: honest, and in Stripe's words so that SDKs raise their APIError."""
    return Problem(
        f"mockbill failed on this request, which is a bug in mockbill and not in your code: "
        f"{type(error).__name__}: {error}. Nothing was changed.",
        type="api_error",
        status=500,
        headers={"Stripe-Should-Retry": "false"},
    )


def outage(status: int) -> Problem:
    """What Stripe answers when it fails itself, 500 to 504.  (The message: memory.)"""
    return Problem("An unknown error occurred", type="api_error", status=status)
