"""Where ``make sdks`` installs the majors of stripe-python, and which."""

import os
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
INSTALLED = Path(sys.prefix) / "sdks"
PINNED = HERE.joinpath("pinned.txt").read_text().split()


def major(sdk: str) -> int:
    return int(sdk.partition(".")[0])


def directory(sdk: str) -> Path:
    """Where an SDK is installed; the test skips where it is not, never in CI."""
    where = INSTALLED / sdk
    if not where.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"stripe-python {sdk} is not installed in {INSTALLED}: run `make sdks`")
    return where


def version_of(sdk: str) -> str:
    """The API version that an SDK pins."""
    source = (directory(sdk) / "stripe" / "_api_version.py").read_text()
    [version] = re.findall(r'CURRENT = "(.*)"', source)
    return str(version)
