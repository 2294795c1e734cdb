"""Feedback options: reasons of the account's own for which customers cancel, and what a cancellation names of them."""

from collections.abc import Mapping
from typing import Any

from mockbill.world import Doc, Problem, Work

KIND = "billing.feedback_option"


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/feedback_options``: ``description``.  Stripe sends no events of them."""
    _check_description(params["description"])
    never = {"deactivated_at": None}
    return w.add(KIND, description=params["description"], status="active", status_transitions=never)


def update(w: Work, option: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/feedback_options/{id}``: another description."""
    if "description" not in params:
        return option
    _check_description(params["description"])
    return w.change(option, description=params["description"])


def deactivate(w: Work, option: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/feedback_options/{id}/deactivate``: for good; those who named it keep it."""
    if option["status"] != "active":
        raise Problem("This feedback option is deactivated already.")
    return w.change(option, status="inactive", status_transitions={"deactivated_at": w.now})


def check_named(w: Work, details: Mapping[str, Any] | None) -> None:
    """Problem where ``cancellation_details`` name an option that is not there, or can no longer be chosen."""
    if not details or not (id := details.get("feedback_option")):
        return
    check_active(w, id, "cancellation_details[feedback_option]")


def check_active(w: Work, id: str, param: str) -> None:
    """Problem for an option that is not there, or can no longer be chosen."""
    if w.need(KIND, id, param)["status"] != "active":
        raise Problem(f"The feedback option {id} is deactivated, so it cannot be chosen.", param=param)


def _check_description(text: str) -> None:
    if not text.strip():
        raise Problem(
            "You passed an empty string for 'description'.", code="parameter_invalid_empty", param="description"
        )
