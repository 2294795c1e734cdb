"""Writes docs/stripe-cli.md: which events the real Stripe CLI can trigger against mockbill, by running all of them."""

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

TESTS = Path(__file__).parents[1] / "tests"


def main() -> int:
    sys.path.insert(0, str(TESTS))
    triggers = import_module("stripe_cli.triggers")  # beside the tests, which use it as well
    with TemporaryDirectory() as home, LocalServer(create_app(Settings.load({}, environ={}))) as server:
        rows = triggers.observe(server.url, Path(home), sys.argv[1:])
    for row in rows:
        if not row.passes:
            print(f"{row.name}: {row.said}" if not row.succeeds else f"{row.name}: not delivered")
    if not sys.argv[1:]:
        triggers.PAGE.write_text(triggers.page(rows))
    print(f"{sum(row.passes for row in rows)} of {len(rows)} pass")
    return 0


if __name__ == "__main__":
    sys.exit(main())
