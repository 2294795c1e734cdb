"""Every object and event of the shipped stories, in every version: it can be shown, and stays what it was."""

import io
from collections.abc import Iterator

import orjson
import pytest

from mockbill.app import Application, create_app
from mockbill.scenario.runner import find, run_files, shipped
from mockbill.server import LocalServer
from mockbill.settings import Settings
from mockbill.stripe_api import versions

VERSIONS = ("2026-10-28.endive", *(release.version for release in versions.RELEASES), "2020-03-02", "2024-06-20")
BEFORE_BASIL = [version for version in VERSIONS if version < "2025-03-31.basil"]
MOVED = {  # by kind, what only today's shape has
    "discount": ("source",),
    "invoice": ("parent", "total_taxes"),
    "invoiceitem": ("parent", "pricing"),
    "line_item": ("parent", "pricing", "taxes"),
    "promotion_code": ("promotion",),
    "subscription_item": ("current_period_end",),
}


@pytest.fixture(scope="module")
def told() -> Iterator[Application]:
    """A server on which all stories were played."""
    application = create_app(Settings(check_answers=True))
    with LocalServer(application) as server:
        out = io.StringIO()
        for name in shipped():
            assert run_files(find(name), server.url, out) == 0, out.getvalue()
        yield application


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_can_be_shown_in_every_version_and_stays_as_it_was(told: Application, version: str) -> None:
    kinds = set()
    for world in told.worlds.all():
        with world.work() as w:
            for kind, table in list(world.tables.items()):
                if kind.startswith("_"):
                    continue
                for doc in list(table.rows.values()):
                    before = orjson.dumps(doc)
                    shown = versions.render(w, doc, version, {})
                    assert orjson.dumps(doc) == before
                    assert (shown.get("id"), shown["object"]) == (doc.get("id"), kind)
                    kinds.add(kind)
    assert {"invoice", "subscription", "discount", "event", "payment_intent", "charge", "checkout.session"} <= kinds


@pytest.mark.parametrize("version", BEFORE_BASIL)
def test_what_moved_is_nowhere_in_older_shapes(told: Application, version: str) -> None:
    met = set()
    for world in told.worlds.all():
        with world.work() as w:
            for kind in ("event", "invoice", "subscription", "invoiceitem", "promotion_code"):
                for doc in list(world.table(kind).rows.values()):
                    for part in parts(versions.render(w, doc, version, {})):
                        gone = MOVED.get(part["object"], ())
                        assert not set(gone) & part.keys(), part
                        met.add(part["object"])
    assert met >= MOVED.keys()


def parts(value: object) -> Iterator[dict[str, object]]:
    """All objects in a value, itself included."""
    if isinstance(value, list):
        for each in value:
            yield from parts(each)
    elif isinstance(value, dict):
        if isinstance(value.get("object"), str):
            yield value
        for each in value.values():
            yield from parts(each)
