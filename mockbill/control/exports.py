"""An event as something to go on with: a command that posts it, a step of a story, a fixture of the Stripe CLI.

The secret of an endpoint is in none of them; of what it signed only the signature is.
"""

import re
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any
from urllib.parse import parse_qsl

import orjson
import yaml

from mockbill.control.asking import Refusal
from mockbill.control.rooms import LoggedRequest
from mockbill.webhooks.sending import Letter
from mockbill.world import Doc

_ID_OR_URL = re.compile(r"[a-z]{2,}(_[a-z]+)*_\w{6,}|https?://.*", re.DOTALL)
_TIMES = 1_000_000_000  # whole numbers from here on are taken for seconds: a story has another clock
_DRAWN = ("number", "invoice_prefix", "fingerprint", "client_secret", "receipt_number")  # other ones in each account
_STEP = re.compile(r"\[([^\]]*)\]")


def curl(event: Doc, letter: Letter) -> str:
    """A command for a shell that posts the event as it would be delivered now.

    SDKs take a signature for five minutes (their default) from now on.
    """
    if not letter.url:
        message = f"Nobody listens to {event['type']}: make an endpoint, or name one by endpoint, for its secret signs."
        raise Refusal(409, "endpoint_missing", message, "endpoint")
    headers = " ".join(f"-H {quote(f'{name}: {value}')}" for name, value in letter.headers.items())
    body = quote(letter.body.decode())
    # By way of printf, which the shell has built in: no argument of a command may be longer than 128 KiB.
    return f"printf %s {body} |\n  curl -sS -i -X POST {quote(letter.url)} {headers} --data-binary @-\n"


def step(shown: Mapping[str, Any]) -> str:
    """A step of a story: its application has to have got such an event.

    It says what does not change from account to account: amounts, states, names, but no ids, addresses and times.
    """
    if "data" not in shown or "object" not in (shown["data"] or {}):
        raise Refusal(409, "export_impossible", f"{shown['type']} is a thin event: it shows no object to expect.", "as")
    was = _portable((shown["data"].get("previous_attributes") or {}).items())
    now = _portable(shown["data"]["object"].items())
    about = {name: values for name, values in (("was", was), ("now", now)) if values}
    expected = {shown["type"]: about} if about else shown["type"]
    return yaml.safe_dump([{"expect webhook": {"event": expected}}], sort_keys=False, allow_unicode=True, width=110)


def fixture(event: Doc, call: LoggedRequest | None) -> str:
    """The API call that caused the event, as a file for ``stripe fixtures``: it names objects as the call did."""
    if call is None or call.body.startswith("{"):
        why = "it was caused by none, or by one that the log has let go" if call is None else "it was sent as JSON"
        message = f"A fixture repeats the API call that caused {event['id']}: {why}."
        raise Refusal(409, "export_impossible", message, "as")
    sent = call.body or call.query
    one = {
        "name": event["type"].replace(".", "_"),
        "path": call.path,
        "method": call.method.lower(),
        "params": _nested(parse_qsl(sent, keep_blank_values=True)),
    }
    made = {"_meta": {"template_version": 0}, "fixtures": [one]}
    return orjson.dumps(made, option=orjson.OPT_INDENT_2).decode() + "\n"


def _portable(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if name not in _DRAWN and _is_portable(value)}


def _is_portable(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and "$" not in value and not _ID_OR_URL.fullmatch(value)
    return isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < _TIMES)


def _nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """``items[0][price]=price_1`` as ``{"items": [{"price": "price_1"}]}``."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, rest = name.partition("[")
        steps = [head, *_STEP.findall(bracket + rest)]
        node = tree
        for here in steps[:-1]:
            node = node.setdefault(here, {})
        node[steps[-1] or str(len(node))] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(held) for name, held in value.items()}
    return list(inner.values()) if all(name.isdigit() for name in inner) else inner
