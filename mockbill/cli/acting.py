"""``pay``, ``get``, ``post``, ``delete``, ``drain`` and ``reset``: what an application or its customer would do."""

from typing import Any

import click

from mockbill.cli.flags import about_account
from mockbill.cli.show import Failure, Misuse, say, say_json
from mockbill.cli.talk import Server
from mockbill.scenario.client import Refused
from mockbill.scenario.timeline import counted


@click.command()
@click.argument("session", metavar="SESSION")
@click.option("--card", metavar="NUMBER", help="A test card's number, or an id such as pm_card_visa.")
@click.option("--email")
@click.option("--name")
@about_account
def pay(session: str, server: str | None, account: str, as_json: bool, **fields: str | None) -> None:
    """Pay a checkout session: its id, or the URL of its page.

    Exit code 1 when the card is declined.
    """
    id = session.partition("?")[0].partition("#")[0].rpartition("/")[2]
    answer = Server(server, account).control("POST", f"checkout/{id}/pay", fields)
    if as_json:
        say_json(answer)
    elif not answer.get("error"):
        say(f"{id} is {answer['status']}; on to {answer['redirect_to']}")
    if error := answer.get("error"):
        raise Failure(f"{id} stays {answer['status']}: {error['message'] if isinstance(error, dict) else error}")


@click.command()
@click.option("--all", "everything", is_flag=True, help="Empty every account.")
@about_account
def reset(everything: bool, server: str | None, account: str, as_json: bool) -> None:
    """Empty an account: documents, events, deliveries; its clock starts anew."""
    answer = Server(server, "*" if everything else account).control("POST", "reset")
    if as_json:
        say_json(answer)
    else:
        say(f"emptied {', '.join(answer['reset']) or 'nothing: no account has been used'}")


@click.command()
@click.option("--timeout", metavar="SECONDS", type=float, help="How long to wait [30].")
@about_account
def drain(timeout: float | None, server: str | None, account: str, as_json: bool) -> None:
    """Wait until all webhooks are delivered; exit code 1 when some are not."""
    answer = Server(server, account).control("POST", "drain", {"timeout": timeout})
    if as_json:
        say_json(answer)
    if not answer["drained"]:
        raise Failure(f"{counted(answer['pending'], 'attempt')} still to be made; see mockbill deliveries")
    if answer["failed"]:
        raise Failure(
            f"{counted(answer['failed'], 'delivery', 'deliveries')} failed; see mockbill deliveries --state failed"
        )
    if not as_json:
        say("nothing is left to deliver")


def _verb(method: str, help: str) -> click.Command:
    @click.command(method.lower(), help=help)
    @click.argument("path")
    @click.option(
        "-d", "--data", "pairs", metavar="KEY=VALUE", multiple=True, help="A parameter: items[0][price]=price_1."
    )
    @about_account
    def call(path: str, pairs: tuple[str, ...], server: str | None, account: str, as_json: bool) -> None:
        path = path if path.startswith("/") else f"/{path}"
        path = path if path.startswith(("/v1/", "/v2/")) else f"/v1{path}"
        try:
            say_json(Server(server, account).stripe(method, path, _params(pairs)))
        except Refused as refusal:
            say_json(refusal.body) if as_json else None
            raise Failure(str(refusal)) from None

    return call


get = _verb("GET", "Call Stripe's API: mockbill get customers -d limit=3.")
post = _verb("POST", "Call Stripe's API: mockbill post customers -d email=ada@example.com.")
delete = _verb("DELETE", "Call Stripe's API: mockbill delete subscriptions/sub_1.")


def _params(pairs: tuple[str, ...]) -> dict[str, Any]:
    """``["a[b]=1", "expand[]=x", "expand[]=y"]`` as ``{"a[b]": "1", "expand": ["x", "y"]}``."""
    params: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise Misuse(f"-d {pair}: write KEY=VALUE, such as email=ada@example.com")
        if key.endswith("[]"):
            params.setdefault(key[:-2], []).append(value)
        else:
            params[key] = value
    return params
