"""Report runs: of the balance's summary, which is ready a second later; other reports are refused."""

from typing import Any

from mockbill.billing import amounts, balance, unmodelled
from mockbill.billing.files import uploads
from mockbill.rules import reports
from mockbill.world import Doc, Problem, Work, World

_KIND = "reporting.report_run"
_TAKES = 1  # seconds, on the account's clock
_LATEST = 4_102_444_800  # the year 2100: no report ends later


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/reporting/report_runs``: a pending run.  No event."""
    if params["report_type"] != reports.BALANCE_SUMMARY:
        raise unmodelled.unsupported(f"mockbill computes the report {reports.BALANCE_SUMMARY} alone.", "report_type")
    asked: dict[str, Any] = params.get("parameters") or {}
    unmodelled.refuse(asked, ("connected_account", "payout", "reporting_category"), "report runs")
    if asked.get("timezone", "Etc/UTC") != "Etc/UTC":
        raise unmodelled.unsupported("mockbill's reports are in UTC.", "parameters[timezone]")
    for name in ("interval_start", "interval_end"):
        if name not in asked:
            raise Problem(f"Missing required param: parameters[{name}].", param=f"parameters[{name}]")
        amounts.check_least(asked[name], f"parameters[{name}]", 0)
    if not asked["interval_start"] < asked["interval_end"] <= _LATEST:
        raise Problem("The interval_start must be before the interval_end.", param="parameters[interval_start]")
    if unknown := [name for name in asked.get("columns") or () if name not in reports.COLUMNS]:
        raise Problem(
            f"Invalid column {unknown[0]}: must be one of {', '.join(reports.COLUMNS)}.", param="parameters[columns]"
        )
    if "currency" in asked:
        asked = {**asked, "currency": amounts.currency(asked["currency"], "parameters[currency]")}
    return w.add(_KIND, report_type=params["report_type"], parameters=asked, status="pending")


def due(world: World, run: Doc) -> tuple[int, str] | None:
    """When it is ready."""
    return (run["created"] + _TAKES, "report_run.finish") if run["status"] == "pending" else None


def finish(w: Work, run: Doc) -> None:
    """The file with the result (``file.created``); ``reporting.report_run.succeeded``."""
    asked = run["parameters"]
    rows = [
        row
        for currency in ([asked["currency"]] if "currency" in asked else balance.currencies(w))
        for row in reports.balance_summary(
            w.find("balance_transaction", currency=currency), currency, asked["interval_start"], asked["interval_end"]
        )
    ]
    content = reports.as_csv(rows, asked.get("columns") or reports.COLUMNS)
    file = uploads.create(
        w, {"file": {"filename": f"{run['id']}.csv", "content": content}, "purpose": "finance_report_run"}
    )
    w.emit("reporting.report_run.succeeded", w.change(run, result=file, status="succeeded", succeeded_at=w.now))
