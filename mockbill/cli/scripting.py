"""``script``: rules by which webhooks come late, twice, in another order, badly signed, or not at all."""

import json
from typing import Any, TextIO

import click

from mockbill.cli.flags import about_account
from mockbill.cli.looking import Listing
from mockbill.cli.show import Misuse, say, say_json, table
from mockbill.cli.talk import Server
from mockbill.scenario.timeline import counted

# A flag, then the key of the rule's "do" that it is; a second word is a key within that one.
_DO = {
    "delay": ("delay", "seconds"),
    "clock": ("delay", "clock"),
    "duplicate": ("duplicate",),
    "reorder": ("reorder", "window"),
    "order": ("reorder", "order"),
    "within": ("reorder", "within"),
    "drop": ("drop",),
    "hold": ("hold",),
    "replay": ("replay", "when"),
    "replay_type": ("replay", "type"),
    "early": ("early",),
    "corrupt": ("corrupt",),
    "stale": ("stale",),
    "wrong_secret": ("wrong_secret",),
    "api_version": ("api_version",),
    "slow": ("slow", "chunks"),
    "pause": ("slow", "pause"),
    "cut": ("cut",),
    "retries": ("retries",),
}
_MATCH = ("type", "endpoint", "customer", "nth", "probability", "seed")


@click.group(cls=Listing)
def script() -> None:
    """List delivery scripts (alone), add, release and clear them.

    mockbill script add --type "invoice.*" --duplicate 2 has each of these events arrive three times.
    """


@script.command()
@click.option("--type", metavar="TYPE", help="Events of this type: invoice.paid, or invoice.*.")
@click.option("--endpoint", metavar="ID|URL", help="On their way to this endpoint.")
@click.option("--customer", metavar="ID", help="About this customer.")
@click.option("--nth", metavar="N", type=int, multiple=True, help="Only the N-th of them; may be given again.")
@click.option("--probability", metavar="P", type=float, help="Each by this chance: 0.1 is one in ten.")
@click.option("--seed", metavar="N", type=int, help="Draw by this seed [the server's].")
@click.option("--times", metavar="N", type=int, help="End after so many deliveries [never].")
@click.option("--name", metavar="NAME", help="What to call the rule in lists.")
@click.option("--delay", metavar="SECONDS", type=float, help="Send them so much later.")
@click.option("--clock", type=click.Choice(["real", "world"]), help="Whose seconds: real time, or the account's clock.")
@click.option("--duplicate", metavar="N", type=int, help="Send each so many times more.")
@click.option("--reorder", metavar="K", type=int, help="Send K at a time, the last one first.")
@click.option("--order", type=click.Choice(["reverse", "shuffle"]), help="Or as chance has it.")
@click.option("--within", metavar="SECONDS", type=float, help="Send fewer than K after so long [10].")
@click.option("--drop", is_flag=True, help="Never send them.")
@click.option("--hold", is_flag=True, help="Send them when the rule is released.")
@click.option("--replay", type=click.Choice(["before", "after"]), help="Send the event before them again, around each.")
@click.option("--replay-type", metavar="TYPE", help="Or the last one of this type.")
@click.option("--early", is_flag=True, help="Have them arrive before the API answers.")
@click.option("--corrupt", type=click.Choice(["signature", "body"]), help="Break the signature, or change the body.")
@click.option("--stale", metavar="SECONDS", type=int, help="Sign them as of so long ago; SDKs refuse more than 300.")
@click.option("--wrong-secret", is_flag=True, help="Sign them with another secret.")
@click.option("--api-version", metavar="VERSION", help="Show them as this version of the API does.")
@click.option("--slow", metavar="CHUNKS", type=int, help="Send the body in pieces.")
@click.option("--pause", metavar="SECONDS", type=float, help="Between the pieces [0.25].")
@click.option("--cut", metavar="BYTES", type=int, help="Cut the connection after so many bytes of the body.")
@click.option("--retries", is_flag=True, help="Send the retries in the same manner, not only the first attempt.")
@about_account
def add(server: str | None, account: str, as_json: bool, **flags: Any) -> None:
    """Put a rule in force for the events to come."""
    given = {name: value for name, value in flags.items() if value not in (None, ()) and value is not False}
    answer = Server(server, account).control("POST", "scripts", _rule(given))
    if as_json:
        say_json(answer)
    else:
        added = answer["script"]
        say(f"{added['id']}: {_said(added['do'])}{_about(added)}{_ends(added)}")


@script.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@about_account
def load(file: TextIO, server: str | None, account: str, as_json: bool) -> None:
    """Put the rules of a YAML file in force, as mockbill --scripts FILE does from the start."""
    try:
        text = file.read()
    except UnicodeDecodeError:
        raise Misuse(f"{file.name} is not UTF-8 text") from None
    answer = Server(server, account).control("POST", "scripts", {"yaml": text, "file": file.name})
    if as_json:
        say_json(answer)
    else:
        for added in answer["scripts"]:
            say(f"{added['id']}: {_said(added['do'])}{_about(added)}{_ends(added)}")


@script.command("list")
@about_account
def list_scripts(server: str | None, account: str, as_json: bool) -> None:
    """List the rules in force."""
    answer = Server(server, account).control("GET", "scripts")
    if as_json:
        say_json(answer)
        return
    heads = ("script", "name", "match", "do", "left", "touched", "holding")
    rows = (
        (r["id"], r["name"], _said(r["match"]), _said(r["do"]), _left(r["left"]), r["touched"], r["holding"] or "")
        for r in answer["data"]
    )
    table(heads, rows, "no scripts: webhooks are delivered as they come")


@script.command()
@click.argument("script")
@about_account
def release(script: str, server: str | None, account: str, as_json: bool) -> None:
    """Let go what a rule keeps back; the rule stays."""
    _let_go(Server(server, account).control("POST", f"scripts/{script}/release"), "", as_json)


@script.command()
@click.argument("script", required=False)
@about_account
def clear(script: str | None, server: str | None, account: str, as_json: bool) -> None:
    """Forget a rule, or all; what they keep back goes."""
    answer = Server(server, account).control("DELETE", f"scripts/{script}" if script else "scripts")
    _let_go(answer, f"cleared {script or 'all scripts'}; ", as_json)


def _let_go(answer: dict[str, Any], before: str, as_json: bool) -> None:
    if as_json:
        say_json(answer)
    else:
        say(f"{before}{counted(answer['released'], 'delivery', 'deliveries')} let go")


def _rule(given: dict[str, Any]) -> dict[str, Any]:
    """The flags as the control API takes a rule: ``{"match", "do", "times", "name"}``."""
    do: dict[str, Any] = {}
    for flag, (key, *within) in _DO.items():
        if flag not in given:
            continue
        if within:
            do.setdefault(key, {})[within[0]] = given[flag]
        else:
            do[key] = given[flag]
    if not do:
        raise Misuse("say what is to be done, such as --duplicate 2 or --drop; see mockbill script add --help")
    match = {name: given[name] for name in _MATCH if name in given}
    if "nth" in match:
        match["nth"] = list(match["nth"])
    return {"match": match, "do": do, **{name: given[name] for name in ("times", "name") if name in given}}


def _said(values: dict[str, Any]) -> str:
    """``delay 2, drop``; what has parts is told as JSON."""
    told = (key if value is True else f"{key} {_plain(value)}" for key, value in values.items())
    return ", ".join(told)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _about(rule: dict[str, Any]) -> str:
    return f" for {_said(rule['match'])}" if rule["match"] else " for all that is delivered"


def _ends(rule: dict[str, Any]) -> str:
    return f", {counted(rule['times'], 'time')}" if rule["times"] else ""


def _left(left: int | None) -> str:
    return "no end" if left is None else "ended" if left == 0 else str(left)
