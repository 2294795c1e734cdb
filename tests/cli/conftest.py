"""What the tests of the command line share: a server in a process of its own, and commands that talk to it."""

import subprocess
from collections.abc import Callable, Iterator

import pytest
from cli.process import Serving, run


@pytest.fixture(scope="session")
def serving() -> Iterator[Serving]:
    with Serving(("--clock", "2026-01-31T10:00:00Z", "--check-answers", "on")) as serving:
        yield serving


@pytest.fixture
def mockbill(serving: Serving, account: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command about the test's own account of that server."""
    return lambda *args: run(*args, "--account", account, MOCKBILL_URL=serving.url)
