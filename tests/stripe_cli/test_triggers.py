"""Every event that the real CLI can trigger: whether it says so, and whether the event comes to an endpoint."""

import node_tools
import pytest
from stripe_cli import triggers
from stripe_cli.triggers import Row

from mockbill.server import LocalServer

HONESTLY_NOT = {
    "subscription_schedule.aborted",
    "subscription_schedule.completed",
    "subscription_schedule.expiring",
}


@pytest.fixture(scope="module")
def rows(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    node_tools.cli()  # skips where it is not installed
    return triggers.observe(server.url, tmp_path_factory.mktemp("cli"))


def test_all_but_three_end_in_success_with_the_event_delivered(rows: list[Row]) -> None:
    assert len(rows) == 123
    failed = {row.name: (row.succeeds, row.said) for row in rows if not row.passes and row.name not in HONESTLY_NOT}
    assert failed == {}


def test_the_page_of_the_docs_says_what_is_seen(rows: list[Row]) -> None:
    assert triggers.PAGE.read_text() == triggers.page(rows), "run python tools/stripe_cli_table.py"
