"""``wait``: until events, deliveries or API calls are there."""

from typing import Any

import click

from mockbill.cli.flags import about_account
from mockbill.cli.rows import show_deliveries, show_events, show_requests
from mockbill.cli.show import say_json
from mockbill.cli.talk import Server

_count = click.option("--count", metavar="COUNT", type=int, help="How many there must be [1].")
_timeout = click.option("--timeout", metavar="SECONDS", type=float, help="How long to wait [10].")
_for = click.option("--for", "for", metavar="ID", help="About this object, or what belongs to it.")
_customer = click.option("--customer", metavar="ID")
_query = click.option("-q", "q", metavar="QUERY", help="What else has to hold: 'text:Ada -customer:cus_1'.")


@click.command()
@click.argument("event", nargs=-1, required=True)
@_for
@_customer
@click.option("--status", metavar="WORD", help="Until its deliveries are so: delivered, failed, pending.")
@_query
@_count
@click.option("--after", metavar="EVENT", help="Count only what followed this event.")
@_timeout
@about_account
def wait(event: tuple[str, ...], server: str | None, account: str, as_json: bool, **wanted: Any) -> None:
    """Wait until an EVENT such as invoice.paid or invoice.* is there, or several in this order.

    Exit code 1, and what came instead, when they do not come.
    """
    type = {"type": event[0]} if len(event) == 1 else {"types": event}
    answer = Server(server, account).control("POST", "events/wait", {**type, **wanted})
    if as_json:
        say_json(answer)
    else:
        show_events(answer["data"], "")


@click.command("wait")
@click.option("--type", metavar="TYPE", help="invoice.paid, or invoice.*.")
@click.option("--event", metavar="ID")
@click.option("--endpoint", metavar="ID|URL")
@click.option("--state", metavar="STATE", help="pending, retrying, delivered, failed or dropped [delivered].")
@_for
@_customer
@_query
@_count
@_timeout
@about_account
def wait_for_deliveries(server: str | None, account: str, as_json: bool, **wanted: Any) -> None:
    """Wait until deliveries are made."""
    answer = Server(server, account).control("POST", "deliveries/wait", wanted)
    if as_json:
        say_json(answer)
    else:
        show_deliveries(answer["data"])


@click.command("wait")
@click.option("--method", metavar="METHOD")
@click.option("--path", metavar="PATH", help="/v1/customers, or /v1/customers*.")
@click.option("--status", metavar="STATUS", help="402, 4xx, or failed.")
@_for
@_customer
@_query
@_count
@click.option("--after", metavar="REQUEST", help="Count only what followed this call.")
@_timeout
@about_account
def wait_for_requests(server: str | None, account: str, as_json: bool, **wanted: Any) -> None:
    """Wait until API calls are answered."""
    answer = Server(server, account).control("POST", "requests/wait", wanted)
    if as_json:
        say_json(answer)
    else:
        show_requests(answer["data"])
