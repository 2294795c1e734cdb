"""Backends on Node: npm's ``stripe``, as ``make node`` installs it, against the server."""

import json
import subprocess
from pathlib import Path

import node_tools

from mockbill.server import LocalServer

HERE = Path(__file__).parent


def test_a_backend_on_node_works_with_stripes_sdk(server: LocalServer, account: str) -> None:
    told = json.loads(node_tools.run(HERE / "session.js", server.url, f"sk_test_{account}"))
    assert told == {
        "version": "2026-10-28.endive",
        "request": True,
        "status": ["active", True, "canceled"],
        "paid": 2000,
        "page": [2, True],
        "names": ["Chair 4", "Chair 3", "Chair 2", "Chair 1", "Chair 0"],
        "idempotent": [True, "true", "StripeIdempotencyError"],
        "declined": ["StripeCardError", "card_declined", "generic_decline", 402],
        "missing": ["StripeInvalidRequestError", "resource_missing", "id"],
        "stranger": "StripeAuthenticationError",
        "event": ["invoice.paid", "2026-10-28.endive", True],
        "forged": "StripeSignatureVerificationError",
        "changed": "StripeSignatureVerificationError",
    }


def test_a_thin_event_is_parsed_and_its_object_fetched(server: LocalServer, account: str) -> None:
    told = json.loads(node_tools.run(HERE / "thin.js", server.url, f"sk_test_{account}"))
    assert told == {
        "type": "v1.customer.created",
        "about": [True, "Ada"],
        "event": [True, "v1.customer.created"],
        "told_apart": True,
    }


def test_stripes_command_line_gets_what_the_server_keeps(server: LocalServer, account: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [node_tools.cli(), "get", "/v1/balance", "--api-base", server.url],
        capture_output=True,
        text=True,
        timeout=60,
        env=node_tools.environment(HOME=str(tmp_path), STRIPE_API_KEY=f"sk_test_{account}"),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["object"] == "balance"
