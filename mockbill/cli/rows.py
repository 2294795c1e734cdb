"""Events, deliveries and API calls as tables."""

from mockbill.cli.show import table
from mockbill.scenario.client import Document
from mockbill.scenario.moments import iso


def show_events(found: list[Document], empty: str) -> None:
    """One line for each, or what there is to say of none."""
    heads = ("at", "event", "type", "object")
    table(heads, ((iso(e["created"]), e["id"], e["type"], e["data"]["object"].get("id")) for e in found), empty)


def show_deliveries(found: list[Document]) -> None:
    """One line for each, or that there is none."""
    heads = ("delivery", "state", "status", "ms", "type", "event", "to")
    rows = (
        (
            d["id"],
            d["state"],
            _outcome(d),
            _rounded(d["milliseconds"]),
            d["type"],
            d["event"],
            d["url"],
        )
        for d in found
    )
    table(heads, rows, "no deliveries: no endpoint listens (--forward-to URL, or POST /v1/webhook_endpoints)")


def show_requests(found: list[Document]) -> None:
    """One line for each, or that there is none."""
    heads = ("request", "at", "status", "ms", "call", "error")
    rows = (
        (r["id"], iso(r["at"]), r["status"], round(r["milliseconds"], 1), f"{r['method']} {r['path']}", _why(r))
        for r in found
    )
    table(heads, rows, "no requests")


def _why(request: Document) -> str:
    error = request["error"] or {}
    return error.get("code") or error.get("message") or ""


def _outcome(delivery: Document) -> str | int:
    """What came of it, or what scripts keep it back for."""
    waits = f"waits for {delivery['waits_for']}" if delivery["waits_for"] else ""
    return delivery["status"] or delivery["error"] or waits


def _rounded(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.0f}"
