"""Real exchanges with Stripe, recorded, are sent here and compared: statuses, errors, shapes and values."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mockbill.server import LocalServer

SHARED = Path(__file__).parents[3] / "shared"
REPLAY, RECORDINGS = SHARED / "tools" / "replay.py", SHARED / "recordings" / "payment_intents.jsonl.gz"


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are kept beside the repository, not in it")
def test_recorded_payments_are_answered_as_stripe_answered_them(server: LocalServer, tmp_path: Path) -> None:
    told = tmp_path / "totals.json"
    command = [
        sys.executable,
        REPLAY,
        server.url,
        RECORDINGS,
        "--version-header",
        "--json",
        told,
        "--key",
        "sk_test_replay",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    totals = json.loads(told.read_text())["totals"]
    assert totals["exchanges"] == 331
    assert totals["status ok"] == 331, done.stdout
    assert totals["keys ok"] >= 0.96 * totals["keys"], done.stdout
    assert totals["values ok"] >= 0.96 * totals["values"], done.stdout
