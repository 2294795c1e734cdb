"""Every story that comes with mockbill, played on a real server to its end."""

import io
from collections.abc import Iterator

import pytest

from mockbill.app import create_app
from mockbill.scenario.runner import find, run_files, shipped
from mockbill.server import LocalServer
from mockbill.settings import Settings


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with LocalServer(create_app(Settings(check_answers=True))) as server:
        yield server.url


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_story_ends_well(url: str, name: str) -> None:
    out = io.StringIO()
    assert run_files(find(name), url, out) == 0, out.getvalue()
