"""Every story that comes with mockbill, played on a real server to its end."""

import io
from collections.abc import Iterator
from pathlib import Path

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


def test_a_setting_with_a_mistake_fails_the_story_where_it_stands(url: str, tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    path.write_text("name: x\nsettings:\n  dunning: 3d:forgive\nsteps: [{note: a}]\n")
    out = io.StringIO()
    assert run_files([path], url, out) == 1
    assert "'forgive' is nothing that can follow the last attempt" in out.getvalue()
    assert f"{path}:2" in out.getvalue()
