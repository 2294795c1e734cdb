"""``events``, ``deliveries``, ``requests``, ``info`` and ``coverage``: what happened, and what there is."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mockbill.cli.flags import about_account
from mockbill.cli.rows import show_deliveries, show_events, show_requests
from mockbill.cli.show import Failure, Misuse, paint, say, say_json, table
from mockbill.cli.talk import Server
from mockbill.cli.waiting import wait, wait_for_deliveries, wait_for_requests


class Listing(click.Group):
    """A group of commands that lists when none of them is named: ``mockbill events --type invoice.*``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


_Command = TypeVar("_Command", bound=Callable[..., Any])
_limit = click.option("--limit", metavar="COUNT", type=int, default=20, help="How many, the newest ones [20].")


def _searching(command: _Command) -> _Command:
    """Add the words of a search, which are the same for all three logs."""
    for option in reversed(
        (
            click.option("--type", metavar="TYPE", help="invoice.paid, or invoice.*; several after commas."),
            click.option("--for", "for", metavar="ID", help="About this object, or what belongs to it."),
            click.option("--customer", metavar="ID"),
            click.option("--request", metavar="ID", help="Of this API call."),
            click.option("--since", metavar="TIME|EVENT", help="From then on."),
            click.option("--before", metavar="TIME|EVENT"),
            click.option("--text", metavar="TEXT", help="That hold this text."),
            click.option("-q", "q", metavar="QUERY", help="All in one: 'is:failed type:invoice.* -customer:cus_1'."),
        )
    ):
        command = option(command)
    return command


@click.group(cls=Listing)
def events() -> None:
    """List events (alone), wait for them, resend them."""


@events.command("list")
@_searching
@click.option("--status", metavar="WORD", help="What became of its deliveries: pending, delivered, failed, dropped.")
@click.option("--after", metavar="EVENT", help="Those that followed this event.")
@_limit
@about_account
def list_events(server: str | None, account: str, as_json: bool, **filters: str | int | None) -> None:
    """List events, oldest first."""
    answer = Server(server, account).control("GET", "events", filters)
    if as_json:
        say_json(answer)
    else:
        show_events(answer["data"], "no events")


@events.command("show")
@click.argument("event")
@click.option(
    "--as",
    "form",
    type=click.Choice(["curl", "step", "json", "fixture"]),
    help="As a command that posts it, a step of a story, the JSON that is sent, a fixture of the Stripe CLI.",
)
@click.option("--endpoint", metavar="ID|URL", help="As it is sent to this endpoint [the first that wants it].")
@about_account
def show_event(
    event: str, form: str | None, endpoint: str | None, server: str | None, account: str, as_json: bool
) -> None:
    """Show one event, its deliveries and the API call that caused it."""
    there = Server(server, account)
    if form is None:
        say_json(there.control("GET", f"events/{event}"))
    else:
        say(there.text(f"events/{event}/export", {"as": form, "endpoint": endpoint}).rstrip("\n"))


@events.command("resend")
@click.argument("event")
@click.option("--endpoint", metavar="ID", help="Only to this endpoint.")
@about_account
def resend_event(event: str, endpoint: str | None, server: str | None, account: str, as_json: bool) -> None:
    """Deliver an event once more."""
    there = Server(server, account)
    _resend(there, f"events/{event}/resend", {"endpoint": endpoint}, as_json)


@click.group(cls=Listing)
def deliveries() -> None:
    """List webhook deliveries (alone), resend them, pull them."""


@deliveries.command("list")
@_searching
@click.option("--event", metavar="ID")
@click.option("--endpoint", metavar="ID|URL")
@click.option("--status", metavar="WORD", help="A state, or an answer: 500, or 5xx.")
@click.option("--state", type=click.Choice(["pending", "retrying", "delivered", "failed", "dropped"]))
@_limit
@about_account
def list_deliveries(server: str | None, account: str, as_json: bool, **filters: str | int | None) -> None:
    """List deliveries, oldest first."""
    answer = Server(server, account).control("GET", "deliveries", filters)
    if as_json:
        say_json(answer)
    else:
        show_deliveries(answer["data"])


@deliveries.command("resend")
@click.argument("delivery", required=False)
@click.option("--failed", is_flag=True, help="All that failed and were given up.")
@click.option("--since", metavar="TIME|EVENT", help="Of these, what happened from then on.")
@click.option("--endpoint", metavar="ID|URL", help="Of these, those to one endpoint.")
@about_account
def resend_delivery(
    delivery: str | None, failed: bool, server: str | None, account: str, as_json: bool, **which: str | None
) -> None:
    """Make one more attempt at a delivery, or at all that failed."""
    if (delivery is None) != failed or (delivery is not None and any(which.values())):
        raise Misuse("name one delivery, or say --failed (which takes --since and --endpoint)")
    there = Server(server, account)
    if delivery is not None:
        _resend(there, f"deliveries/{delivery}/resend", {}, as_json)
    else:
        _resend(there, "deliveries/resend", which, as_json, "nothing has failed")


@deliveries.command("pull")
@click.option("--type", metavar="TYPE", help="invoice.paid, or invoice.*.")
@click.option("--endpoint", metavar="ID|URL", help="Only those to one endpoint.")
@click.option("--limit", metavar="COUNT", type=int, help="How many at most [all].")
@about_account
def pull_deliveries(server: str | None, account: str, as_json: bool, **which: str | int | None) -> None:
    """Deliver what waits in the mode manual."""
    answer = Server(server, account).control("POST", "deliveries/pull", which)
    if as_json:
        say_json(answer)
    elif answer["data"]:
        show_deliveries(answer["data"])
    else:
        say("nothing was waiting")


@click.group(cls=Listing)
def requests() -> None:
    """List API calls (alone), show one."""


@requests.command("list")
@_searching
@click.option("--method", metavar="METHOD")
@click.option("--path", metavar="PATH", help="/v1/customers, or /v1/customers*.")
@click.option("--status", metavar="STATUS", help="402, 4xx, or failed.")
@_limit
@about_account
def list_requests(server: str | None, account: str, as_json: bool, **filters: str | int | None) -> None:
    """List API calls, oldest first."""
    answer = Server(server, account).control("GET", "requests", filters)
    if as_json:
        say_json(answer)
        return
    show_requests(answer["data"])


@requests.command("show")
@click.argument("request")
@about_account
def show_request(request: str, server: str | None, account: str, as_json: bool) -> None:
    """Show one API call, whole."""
    say_json(Server(server, account).control("GET", f"requests/{request}"))


@click.command()
@about_account
def info(server: str | None, account: str, as_json: bool) -> None:
    """Show the server's version, URL and accounts; with --json its settings too."""
    answer = Server(server, account).control("GET", "info")
    if as_json:
        say_json(answer)
        return
    say(f"mockbill {answer['version']} at {answer['url']}, API version {answer['api_version']}")
    rows = (
        (a["name"], a["id"], f"{a['clock']['now']} ({a['clock']['mode']})", sum(a["documents"].values()))
        for a in answer["accounts"]
    )
    table(("account", "id", "clock", "objects"), rows, "no account has been used")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--level", type=click.Choice(["simulated", "stored", "unsupported"]))
@about_account
def coverage(words: tuple[str, ...], level: str | None, server: str | None, account: str, as_json: bool) -> None:
    """Say how far each operation of Stripe's API is modelled.

    WORDS narrow the list down to paths that hold all of them: mockbill coverage subscription.
    """
    answer = Server(server, account).control("GET", "coverage")
    if as_json:
        say_json(answer)
        return
    found = [op for op in answer["operations"] if all(word in op["path"] for word in words)]
    if level:
        found = [op for op in found if op["level"] == level]
    if words or level:
        table(("level", "operation"), ((op["level"], f"{op['method']} {op['path']}") for op in found), "no operation")
        if not found:
            raise Failure(f"no path of Stripe's API holds {' and '.join(words)}")
    say(", ".join(f"{count} {name}" for name, count in answer["counts"].items()))


def _resend(
    there: Server, path: str, which: dict[str, str | None], as_json: bool, none: str = "no endpoint listens to it"
) -> None:
    answer = there.control("POST", path, which)
    if as_json:
        say_json(answer)
        return
    for delivery in answer["data"]:
        say(f"{paint('-->', 'green')} {delivery['type']} [{delivery['event']}] to {delivery['url']}")
    if not answer["data"]:
        say(none)


events.add_command(wait, "wait")
deliveries.add_command(wait_for_deliveries)
requests.add_command(wait_for_requests)
