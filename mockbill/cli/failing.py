"""``fail`` and ``faults``: have the next calls fail or payments be declined; look at those rules, end them."""

from typing import Any

import click

from mockbill.cli.flags import about_account
from mockbill.cli.looking import Listing
from mockbill.cli.show import say_json, table
from mockbill.cli.talk import Server
from mockbill.scenario.client import Document


@click.command()
@click.argument("answer", default="card_declined")
@click.option("--customer", metavar="ID", help="Only payments of this customer, or calls that are about it.")
@click.option("--method", type=click.Choice(["GET", "POST", "DELETE"]), help="Only calls of this method.")
@click.option("--path", metavar="PATH", help="Only calls of /v1/customers, or of /v1/invoices/*.")
@click.option("--times", metavar="COUNT", type=int, default=1, help="How often [1].")
@click.option("--after", is_flag=True, help="Of timeout and reset: the call is done, and only its answer is lost.")
@about_account
def fail(
    answer: str, times: int, after: bool, server: str | None, account: str, as_json: bool, **match: str | None
) -> None:
    """Have the next payment be declined, or the next API call fail.

    ANSWER is a decline code [card_declined], be the card what it may, or what a call is answered with: 409, 429, 500,
    502, 503, 504, lock_timeout, timeout (no answer), reset (its connection is cut).  Nothing in the account changes by
    a call that fails, unless --after.  An SDK may try it again by itself: use --times to outlast that.
    """
    sent = {"answer": answer, "match": {name: value for name, value in match.items() if value}}
    when = {"when": "after"} if after else {}
    _tell(Server(server, account).control("POST", "faults", {**sent, **when, "times": times}), as_json)


@click.group(cls=Listing)
def faults() -> None:
    """List what is to fail (alone), clear it; mockbill fail adds to it."""


@faults.command("list")
@about_account
def list_faults(server: str | None, account: str, as_json: bool) -> None:
    """List the rules that hold, oldest first."""
    _tell(Server(server, account).control("GET", "faults"), as_json)


@faults.command("clear")
@click.argument("fault", required=False)
@about_account
def clear_faults(fault: str | None, server: str | None, account: str, as_json: bool) -> None:
    """End all rules, or the one named."""
    _tell(Server(server, account).control("DELETE", f"faults/{fault}" if fault else "faults"), as_json)


def _tell(rules: Document, as_json: bool) -> None:
    if as_json:
        say_json(rules)
        return
    heads = ("fault", "answer", "for", "met", "left")
    rows = ((f["id"], f["answer"], _match(f["match"]), f["taken"], _left(f)) for f in rules["data"])
    table(heads, rows, "nothing is to fail")


def _match(match: dict[str, str]) -> str:
    return " ".join(match[name] for name in ("method", "path", "customer") if name in match) or "anything"


def _left(fault: Document) -> Any:
    return "for ever" if fault["left"] is None else fault["left"]
