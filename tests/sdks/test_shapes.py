"""Whatever the shipped stories make has, in the version that an SDK pins, the fields and types of its classes."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from played import everything, stories
from sdks.installed import HERE, PINNED, directory, major, version_of

from mockbill.app import Application

TYPED = [sdk for sdk in PINNED if major(sdk) >= 9]  # older ones declare no fields
ONLY_WHEN_SET = {f"{where}.subscription_proration_date: missing" for where in ("invoice", "event.data.object")}


@pytest.fixture(scope="module")
def told() -> Iterator[Application]:
    with stories() as application:
        yield application


@pytest.mark.parametrize("sdk", TYPED)
def test_what_an_older_version_shows_fits_the_classes_of_its_sdk(told: Application, sdk: str) -> None:
    shown = [answer for _, answer in everything(told, version_of(sdk))]
    assert len(shown) > 500
    command = [sys.executable, HERE / "shapes.py", directory(sdk)]
    done = subprocess.run(command, input=json.dumps(shown), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) - ONLY_WHEN_SET == set()
