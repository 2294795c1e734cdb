"""The blueprint that the modules of this room hang their routes on: its errors, and who may not write."""

import logging
from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import HTTPException

from mockbill.control.asking import Refusal
from mockbill.control.rooms import rooms
from mockbill.world import Problem

PREFIX = "/_mockbill"

_log = logging.getLogger(__name__)

blueprint = Blueprint("control", __name__, url_prefix=PREFIX)


@blueprint.before_request
def _refuse_foreign_pages() -> None:
    """No key is needed, so a page of another site, open in a browser that reaches us, must not be able to write."""
    origin = request.headers.get("Origin")
    if origin is None or request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = rooms().worlds.site
    if not site.is_own_page(origin, request.host):
        raise Refusal(403, "origin_foreign", f"A page of {origin} may not change this server; ours is {site.url}.")


@blueprint.errorhandler(Refusal)
def _refused(refusal: Refusal) -> tuple[dict[str, Any], int]:
    return refusal.as_dict(), refusal.status


@blueprint.errorhandler(Problem)
def _stripe_problem(problem: Problem) -> tuple[dict[str, Any], int]:
    """What billing refuses, in this API's few statuses: a card's refusal is a conflict, a bad key a bad request."""
    status = {401: 400, 402: 409, 403: 400, 429: 409}.get(problem.status, problem.status)
    return Refusal(status, problem.code or "refused", problem.message, problem.param).as_dict(), status


@blueprint.errorhandler(Exception)
def _failed(error: Exception) -> tuple[dict[str, Any], int]:
    if isinstance(error, HTTPException):
        status = error.code or 500
        return Refusal(status, error.name.lower().replace(" ", "_"), error.description or error.name).as_dict(), status
    _log.exception("%s %s failed", request.method, request.path)
    message = f"mockbill failed on this call, which is a bug in mockbill: {type(error).__name__}: {error}"
    return Refusal(500, "mockbill_failed", message).as_dict(), 500
