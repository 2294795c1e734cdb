"""What ``make node`` installs: Stripe's SDK for Node, Express, and Stripe's command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLED = Path(sys.prefix) / "node"
MODULES = INSTALLED / "node_modules"
CLI = MODULES / "@stripe" / "cli-linux-x64" / "bin" / "stripe"


def node(*packages: str) -> str:
    """The ``node`` to run a program with that imports these packages; the test skips without them, never in CI."""
    _need(shutil.which("node"), "node is not installed")
    for package in packages:
        _need((MODULES / package).exists(), f"npm's {package} is not installed in {INSTALLED}: run `make node`")
    return "node"


def environment(**more: str) -> dict[str, str]:
    """The environment in which programs find the packages by ``require``, wherever they lie themselves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKBILL_", "STRIPE_"))}
    return {**kept, "NODE_PATH": str(MODULES), **more}


def run(program: Path, *args: str, packages: tuple[str, ...] = ("stripe",)) -> str:
    """What a program for Node prints, once it has ended well."""
    command = [node(*packages), str(program), *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(), check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def cli() -> Path:
    """The real ``stripe`` command; the test skips where it is not, never in CI."""
    _need(CLI.exists(), f"Stripe's CLI is not installed in {INSTALLED}: run `make node`, on Linux on x64")
    return CLI


def _need(there: object, reason: str) -> None:
    if there:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
