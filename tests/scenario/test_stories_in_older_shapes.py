"""Every object and event of the shipped stories, in every version: it can be shown, and stays what it was."""

from collections.abc import Iterator

import orjson
import pytest
from played import everything, stories

from mockbill.app import Application
from mockbill.stripe_api import versions

VERSIONS = ("2026-10-28.endive", *(release.version for release in versions.RELEASES), "2020-03-02", "2024-06-20")
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
    with stories() as application:
        yield application


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_can_be_shown_in_every_version_and_stays_as_it_was(told: Application, version: str) -> None:
    before = [orjson.dumps(doc) for doc, _ in everything(told, "2026-10-28.endive")]
    met = set()
    for (doc, shown), was in zip(everything(told, version), before, strict=True):
        assert orjson.dumps(doc) == was
        assert (shown.get("id"), shown["object"]) == (doc["id"], doc["object"])
        met |= {(part["object"], name) for part in parts(shown) for name in part}
    moved = {(kind, name) for kind, names in MOVED.items() for name in names}
    assert version >= "2025-03-31.basil" or not met & moved
    assert {kind for kind, _ in met} >= {"event", "payment_intent", "charge", "checkout.session", *MOVED}


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
