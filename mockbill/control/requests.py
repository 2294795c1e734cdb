"""The log of API calls."""

from typing import Any

from marshmallow import fields

from mockbill.control.asking import Page, Refusal, query
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import LoggedRequest, rooms


class Filter(Page):
    """``path`` may end in ``*``; ``status`` is a number or a class such as ``4xx``."""

    method = fields.String()
    path = fields.String()
    status = fields.String()


_FILTER = Filter()


@blueprint.get("/requests")
def list_requests() -> dict[str, Any]:
    """Oldest first, of the whole server or of one ``account``; a call with a refused key belongs to none."""
    asked = query(_FILTER)
    found = [call for call in reversed(rooms().requests(asked.get("account"))) if _passes(call, asked)]
    limit, after = asked["limit"], asked.get("after")
    if after is None:
        page = found[-limit:]
    else:
        known = next((place for place, call in enumerate(found) if call.id == after), None)
        if known is None:
            raise Refusal(404, "request_missing", f"No such request: '{after}'", "after")
        found = found[known + 1 :]
        page = found[:limit]
    return {"data": [call.as_dict() for call in page], "has_more": len(found) > len(page)}


@blueprint.get("/requests/<id>")
def show_request(id: str) -> dict[str, Any]:
    for call in rooms().requests(None):
        if call.id == id:
            return call.as_dict()
    kept = rooms().settings.request_log
    raise Refusal(404, "request_missing", f"No such request: '{id}'; the last {kept} of each account are kept.", "id")


def _passes(call: LoggedRequest, asked: dict[str, Any]) -> bool:
    status, path = asked.get("status"), asked.get("path")
    if asked.get("method", call.method).upper() != call.method:
        return False
    if status and status not in (str(call.status), f"{call.status // 100}xx"):
        return False
    if path and path.endswith("*"):
        return call.path.startswith(path[:-1])
    return path in (None, call.path)
