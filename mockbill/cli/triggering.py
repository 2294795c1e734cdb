"""``trigger``: make an event come about."""

import json
from base64 import b64encode
from typing import Any

import click

from mockbill.cli.flags import about_account
from mockbill.cli.show import Misuse, say, say_json, table
from mockbill.cli.talk import Server


@click.command()
@click.argument("event", required=False)
@click.option("--for", "on", metavar="ID", help="The object that it shall be about, such as sub_1.")
@click.option("--customer", metavar="ID", help="The customer that it shall be about.")
@click.option("--set", "pairs", metavar="PATH=VALUE", multiple=True, help="A parameter: amount=5000, metadata.order=7.")
@click.option("--times", metavar="N", type=int, help="How often [1].")
@click.option("--raw", "file", metavar="FILE", help="Sign and send these bytes as they are (- is standard input).")
@click.option("--list", "listing", is_flag=True, help="List all events: caused by billing, or synthetic.")
@about_account
def trigger(
    event: str | None,
    on: str | None,
    customer: str | None,
    pairs: tuple[str, ...],
    times: int | None,
    file: str | None,
    listing: bool,
    server: str | None,
    account: str,
    as_json: bool,
) -> None:
    """Make an event come about: mockbill trigger invoice.payment_failed --customer cus_1.

    What billing can cause is caused, on fresh objects, for the customer, or on the object named; other events are
    emitted with an object that is made up, and marked as synthetic in the log.
    """
    there = Server(server, account)
    if listing:
        _list(there, as_json)
        return
    raw = None if file is None else _body(file)
    if event is None and raw is None:
        raise Misuse("name an event, such as mockbill trigger invoice.paid; mockbill trigger --list shows them all")
    given = {"set": _given(pairs)} if pairs else {}
    asked = {"type": event, "for": on, "customer": customer, "times": times, "raw": raw, **given}
    answer = there.control("POST", "trigger", asked)
    if as_json:
        say_json(answer)
        return
    for each in answer["events"]:
        mark = "  (synthetic)" if answer["synthetic"] else ""
        say(f"{each['id']}  {each['type']}  {_subject(each)}{mark}")
    for each in answer["deliveries"]:
        outcome = each["status"] or each["error"] or each["state"]
        say(f"  {each['state']} [{outcome}] {each['type']} to {each['url']}")


def _subject(event: dict[str, Any]) -> str:
    """What an event is about; a thin one names it, if anything."""
    about = event["data"]["object"] if event["object"] == "event" else event["related_object"] or {}
    return str(about.get("id") or about.get("object") or "")


def _list(server: Server, as_json: bool) -> None:
    known = server.control("GET", "trigger")["data"]
    if as_json:
        say_json(known)
        return
    rows = [
        (each["type"], "caused" if each["caused"] else "synthetic", ", ".join(each["for"]), each["sets"])
        for each in known
    ]
    table(("EVENT", "HOW", "FOR", "SETS PARAMETERS OF"), rows, "there are none")


def _body(file: str) -> str | dict[str, str]:
    """A file's bytes as JSON can hold them."""
    try:
        with click.open_file(file, "rb") as opened:
            content: bytes = opened.read()
    except OSError as error:
        raise Misuse(f"--raw {file}: {error.strerror}") from None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode()}


def _given(pairs: tuple[str, ...]) -> dict[str, Any]:
    """``["amount=5000", "metadata.a=b"]`` as a hash; the server knows the types.  A value may be JSON (``[1, 2]``)."""
    given: dict[str, Any] = {}
    for pair in pairs:
        path, sign, value = pair.partition("=")
        if not sign or not path:
            raise Misuse(f"--set {pair}: write PATH=VALUE, such as metadata.order_id=6735")
        given[path] = _tree(value) if value[:1] in "[{" and value else value
    return given


def _tree(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
