"""Whatever the shipped stories make has, in the version that an SDK pins, the fields and types of its classes."""

from collections.abc import Iterator

import pytest
from played import everything, stories
from sdks.installed import ONLY_WHEN_SET, TYPED, objections, version_of

from mockbill.app import Application


@pytest.fixture(scope="module")
def told() -> Iterator[Application]:
    with stories() as application:
        yield application


@pytest.mark.parametrize("sdk", TYPED)
def test_what_an_older_version_shows_fits_the_classes_of_its_sdk(told: Application, sdk: str) -> None:
    shown = [answer for _, answer in everything(told, version_of(sdk))]
    assert len(shown) > 500
    wrong = objections(shown, sdk)
    assert {each for each in wrong if not each.endswith(f"{ONLY_WHEN_SET}: missing")} == set()
