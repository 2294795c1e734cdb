"""``advance`` and ``clock``: move the time of an account."""

from collections import Counter

import click

from mockbill.cli.flags import about_account
from mockbill.cli.show import Misuse, paint, say, say_json
from mockbill.cli.talk import Server
from mockbill.scenario.client import Document
from mockbill.scenario.moments import iso
from mockbill.scenario.timeline import counted

_MOST = 10_000  # events shown after an advance


@click.command()
@click.argument("by", metavar="[SPAN]", nargs=-1)
@click.option("--to", metavar="INSTANT", help='A date such as 2026-03-01, or "next renewal".')
@click.option("--subscription", metavar="ID", help="Whose renewal; its test clock is advanced, if it has one.")
@about_account
def advance(
    by: tuple[str, ...],
    to: str | None,
    subscription: str | None,
    server: str | None,
    account: str,
    as_json: bool,
) -> None:
    """Advance the clock: mockbill advance 1 month, or --to "next renewal".

    All that falls due on the way happens, in order, and its webhooks are delivered.
    """
    if bool(by) == (to is not None):
        raise Misuse('advance takes a span (mockbill advance "1 month") or --to (mockbill advance --to 2026-03-01)')
    there = Server(server, account)
    before = there.control("GET", "events", {"limit": 1})["data"]
    body = {"by": " ".join(by) or None, "to": to, "subscription": subscription}
    answer = there.control("POST", "clock/advance", body)
    _warn(there, answer["undelivered"])
    if as_json:
        say_json(answer)
        return
    if "test_clock" in answer:  # its events lie anywhere in the account's log, which is in order of time
        for type in answer["events"]:
            say(type)
    else:
        after = before[0]["id"] if before else None
        _tell(there.control("GET", "events", {"limit": _MOST, "after": after})["data"])
    many = (
        f"{counted(answer['moments'], 'moment')}, {counted(len(answer['events']), 'event')}"
        if answer["moments"]
        else "nothing fell due"
    )
    say(f"{paint(answer['now'], 'green')}  {many}")


@click.command()
@click.argument("instant", required=False)
@click.option("--mode", type=click.Choice(["real", "offset", "frozen"]), help="Stand still, or run on from there.")
@about_account
def clock(instant: str | None, mode: str | None, server: str | None, account: str, as_json: bool) -> None:
    """Show the clock, or set it to INSTANT: 2026-01-31, 2026-01-31T09:00:00Z.

    It only goes forward, through all that falls due, unless the account is empty.
    """
    there = Server(server, account)
    if instant is None and mode is None:
        answer = there.control("GET", "clock")
    else:
        answer = there.control("POST", "clock", {"now": instant, "mode": mode})
        _warn(there, answer["undelivered"])
    if as_json:
        say_json(answer)
    else:
        say(f"{answer['now']} ({answer['mode']})")


def _warn(there: Server, undelivered: int) -> None:
    """A line on standard error for each receiver that does not take its webhooks."""
    if not undelivered:
        return
    states = (there.control("GET", "deliveries", {"state": state})["data"] for state in ("retrying", "failed"))
    for url, count in Counter(delivery["url"] for found in states for delivery in found).items():
        click.echo(
            f"mockbill: {counted(count, 'delivery', 'deliveries')} to {url} failed; see mockbill deliveries", err=True
        )


def _tell(events: list[Document]) -> None:
    """A timeline: the billing date where it changes, then type and object."""
    shown = ""
    for event in events:
        at = iso(event["created"])[:16].replace("T", " ")
        subject = event["data"]["object"]
        told = " ".join(str(subject[name]) for name in ("id", "status") if subject.get(name))
        say(f"{at if at != shown else '':<18}{event['type']:<40}{paint(told, 'dim')}".rstrip())
        shown = at
