"""Where ``make sdks`` installs the majors of stripe-python, and which."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
INSTALLED = Path(sys.prefix) / "sdks"
PINNED = HERE.joinpath("pinned.txt").read_text().split()


ONLY_WHEN_SET = "subscription_proration_date"  # which older SDKs declare as always there


def major(sdk: str) -> int:
    return int(sdk.partition(".")[0])


TYPED = [sdk for sdk in PINNED if major(sdk) >= 9]  # older ones declare no fields


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


def objections(answers: list[Any], sdk: str) -> set[str]:
    """What in answers contradicts the classes of an SDK."""
    command = [sys.executable, HERE / "shapes.py", directory(sdk)]
    done = subprocess.run(command, input=json.dumps(answers), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))
