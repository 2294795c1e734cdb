"""What the real CLI's triggers come to against mockbill, one account for each, and the page of the docs."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stripe
from stripe_cli.cli import Cli, Receiver, bridged, receiving

PAGE = Path(__file__).parents[2] / "docs" / "stripe-cli.md"
AT_ONCE = 4  # processes of the CLI
PATIENCE = 8.0  # seconds for an event that comes after the CLI has ended

# Names that only the CLI has, with the event that its recipe brings at Stripe.
OWN_NAMES = {
    "subscription.payment_failed": "invoice.payment_failed",
    "subscription.payment_succeeded": "invoice.payment_succeeded",
}
THROUGH_SOCKET = "v1.billing.meter."
FUNDED = "transfer."

NOTES = {
    "reporting.report_run.succeeded": "A second after the CLI has ended.",
    "subscription_schedule.aborted": "The recipe cancels a schedule, which is `subscription_schedule.canceled`.",
    "subscription_schedule.completed": "The recipe's customer has no card, so that dunning ends the schedule first. "
    "With `--add customer:source=tok_visa` it comes.",
    "subscription_schedule.expiring": "The recipe stops nine days before the end, and this is sent seven days before. "
    "With `--add customer:source=tok_visa --override advance_test_clock:frozen_time=1579737600` it comes.",
    THROUGH_SOCKET: "A thin event. Sends to `meter-events.stripe.com`: see below.",
    FUNDED: "Takes a little more than the recipe earns: `stripe trigger balance.available` first.",
    "checkout.session.async_": "A second after the CLI has ended.",
    "account.": "An event of the connected account, for endpoints with `connect=true`.",
}

INTRODUCTION = """\
# The Stripe CLI against mockbill

`stripe` works against mockbill as it does against Stripe. It takes any key of the form `sk_test_...` that has twelve
signs or more (each is an account), and an address with digits, not `localhost`:

```sh
export STRIPE_API_KEY=sk_test_mockbill
stripe trigger invoice.paid --api-base http://127.0.0.1:12111
stripe trigger invoice.paid --override invoiceitem:amount=5000 --api-base http://127.0.0.1:12111
stripe customers list --limit 3 --api-base http://127.0.0.1:12111
stripe get /v1/invoices --api-base http://127.0.0.1:12111
stripe fixtures shop.json --api-base http://127.0.0.1:12111
```

`stripe events resend evt_... [--webhook-endpoint we_...]` delivers an event once more: without an endpoint to all that
listen to its type, where Stripe knows `stripe listen` alone.

`mockbill trigger` does what `stripe trigger` cannot: for an object that exists, with your values.

## `stripe trigger`, event by event

"""

ENDING = """
The CLI sends usage to `meter-events.stripe.com`, whatever its `--api-base` is. It can be led here by a Unix socket:

```sh
socat UNIX-LISTEN:/tmp/stripe.sock,fork TCP:127.0.0.1:12111 &
STRIPE_CLI_UNIX_SOCKET=/tmp/stripe.sock stripe trigger v1.billing.meter.no_meter_found --api-base http://127.0.0.1:12111
```

Made by `python tools/stripe_cli_table.py`; a test runs every line of the table.
"""


@dataclass(frozen=True)
class Row:
    """One event of the CLI: ``awaited`` is the type to come, ``succeeds`` the CLI's own word."""

    name: str
    awaited: str
    succeeds: bool
    delivered: bool
    said: str

    @property
    def passes(self) -> bool:
        return self.succeeds and self.delivered


def observe(url: str, home: Path, names: Sequence[str] = ()) -> list[Row]:
    """Run the CLI for these events, or all that it knows, with real endpoints that listen to all."""
    port = int(url.rpartition(":")[2])
    with receiving() as receiver, bridged(home / "stripe.sock", port) as socket:
        cli = Cli(url, home, socket)
        wanted = names or cli.events()
        with ThreadPoolExecutor(AT_ONCE) as workers:
            return list(workers.map(lambda name: _row(cli, receiver, name), wanted))


def _row(cli: Cli, receiver: Receiver, name: str) -> Row:
    account = "cli_" + re.sub(r"\W", "_", name)
    key = f"sk_test_{account}"
    _listen(cli.url, key, account, receiver)
    if name.startswith(FUNDED):
        cli.run(key, "trigger", "balance.available")
    done = cli.run(key, "trigger", name, through_socket=name.startswith(THROUGH_SOCKET))
    said = done.stdout + done.stderr
    succeeds = done.returncode == 0 and "Trigger succeeded" in said
    awaited = OWN_NAMES.get(name) or re.sub(r"^(issuing_.*)\.(eu|gb)$", r"\1", name)
    return Row(name, awaited, succeeds, receiver.waits_for(account, awaited, PATIENCE if succeeds else 0), said)


def _listen(url: str, key: str, account: str, receiver: Receiver) -> None:
    """Endpoints for the account's own events, for those of accounts that it connects, and for thin ones."""
    client = stripe.StripeClient(key, base_addresses={"api": url})
    params: Any = {"url": f"{receiver.url}/{account}", "enabled_events": ["*"]}
    made = [client.v1.webhook_endpoints.create({**params, "connect": connect}) for connect in (False, True)]
    thin = client.v2.core.event_destinations.create(
        {
            "name": "Meters",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": [f"{THROUGH_SOCKET}{what}" for what in ("error_report_triggered", "no_meter_found")],
            "webhook_endpoint": {"url": params["url"]},
            "include": ["webhook_endpoint.signing_secret"],
        }
    )
    assert thin.webhook_endpoint is not None
    receiver.secrets[account] = [*(each.secret for each in made), thin.webhook_endpoint.signing_secret]


def page(rows: Sequence[Row]) -> str:
    """The page of the docs for what was observed."""
    lines = ["| event | CLI succeeds | event delivered | |", "|---|---|---|---|"]
    for row in rows:
        notes = [f"Is `{row.awaited}`."] if row.awaited != row.name else []
        notes += [note for name, note in NOTES.items() if row.name.startswith(name)]
        yes = {True: "yes", False: "no"}
        lines.append(f"| `{row.name}` | {yes[row.succeeds]} | {yes[row.delivered]} | {' '.join(notes)} |")
    succeed, pass_ = sum(row.succeeds for row in rows), sum(row.passes for row in rows)
    aided = sum(row.passes and row.name.startswith((FUNDED, THROUGH_SOCKET)) for row in rows)
    summary = (
        f"Of the {len(rows)} events of CLI {version()}, {succeed} end in success and {pass_} are delivered to an "
        f"endpoint by that; {aided} of these with a step that the last column names.\n\n"
    )
    return f"{INTRODUCTION}{summary}" + "\n".join(lines) + "\n" + ENDING


def version() -> str:
    """The CLI that tests/node pins."""
    pinned = Path(__file__).parents[1] / "node" / "package.json"
    [found] = re.findall(r'"@stripe/cli-linux-x64": "(.*)"', pinned.read_text())
    return str(found)
