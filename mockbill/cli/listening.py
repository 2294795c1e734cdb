"""``listen``: have events delivered for as long as it runs, and show them as they come."""

import http.client
import json
import signal
import threading
import time
from base64 import b64decode
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import click

from mockbill.cli.flags import about_account
from mockbill.cli.show import Failure, Misuse, paint, say
from mockbill.cli.talk import Server, absent
from mockbill.scenario.client import Client, Refused, Unreachable

_TIMEOUT = 5.0  # seconds that one call waits for messages
_PAUSE = 0.5  # between two looks at whether a server is back
_BODY = 10_000  # bytes of a receiver's answer that are passed on


@click.command()
@click.option("--forward-to", metavar="URL", help="Where events are delivered: http://localhost:3000/hook, 3000/hook.")
@click.option("--connect-to", metavar="URL", help="Where those of connected accounts are [as --forward-to].")
@click.option("--thin-to", metavar="URL", help="Where thin events are delivered.")
@click.option("--events", metavar="TYPES", help="Only these: invoice.paid,customer.* [all].")
@click.option("--headers", metavar="K:V,...", help="Headers to send besides.")
@click.option("--api-version", metavar="VERSION", help="The version that events are shown in [the account's].")
@click.option("--latest", is_flag=True, help="Show them in the newest version.")
@click.option("--skip-verify", is_flag=True, help="Take any certificate of a receiver at https://.")
@click.option(
    "--via",
    type=click.Choice(["server", "client"]),
    help="Who delivers [the server; this command where that is in a container or elsewhere].",
)
@click.option("--print-secret", is_flag=True, help="Print the signing secret and end.")
@about_account
def listen(
    forward_to: str | None,
    connect_to: str | None,
    thin_to: str | None,
    events: str | None,
    headers: str | None,
    api_version: str | None,
    latest: bool,
    skip_verify: bool,
    via: str | None,
    print_secret: bool,
    server: str | None,
    account: str,
    as_json: bool,
) -> None:
    """Deliver events to a URL until Ctrl-C, and show each with what the receiver answered.

    Deliveries are those of an endpoint: signed, retried, in the log, touched by scripts.  Without --forward-to events
    are only shown.  With --json each line is a message: an event, or an attempt to deliver one.
    """
    asked: dict[str, Any] = {
        "url": _url(forward_to, "--forward-to"),
        "connect_url": _url(connect_to, "--connect-to"),
        "thin_url": _url(thin_to, "--thin-to"),
        "events": [type.strip() for type in events.split(",") if type.strip()] if events else None,
        "headers": _headers(headers) if headers else None,
        "api_version": "latest" if latest else api_version,
        "verify": not skip_verify,
        "via": via,
    }
    terms = {name: value for name, value in asked.items() if value is not None}
    there = Server(server, account)
    listening = _Listening(Client(there.url, account), terms, as_json)
    if print_secret:
        secret = listening.begin()["secret"]
        listening.end()
        say(secret)
        return
    listening.run()


class _Listening:
    """One listener, which begins anew when its server is started again."""

    def __init__(self, client: Client, terms: dict[str, Any], as_json: bool) -> None:
        self._client = client
        self._terms = terms
        self._as_json = as_json
        self._id = ""
        self._after = 0  # the number of the last message

    def begin(self) -> dict[str, Any]:
        """Begin to listen; Failure or Misuse where that cannot be."""
        try:
            answer = self._client.control("POST", "listeners", self._terms)
        except Unreachable:
            raise absent(self._client.base_url) from None
        except Refused as refusal:
            raise Failure(_reason(refusal)) from None
        self._id, self._after = answer["id"], 0
        return answer

    def end(self) -> None:
        """Listen no more; a server that is gone does not mind."""
        with suppress(Unreachable, Refused):
            self._client.control("DELETE", f"listeners/{quote(self._id)}")

    def run(self) -> None:
        """Until Ctrl-C, or a signal to end."""
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            self._greet(self.begin())
            while True:
                if not self._follow():
                    self._remark("The server is gone; this goes on when it is back.")
                    self._wait_for_the_server()
        except KeyboardInterrupt:
            self.end()

    def _follow(self) -> bool:
        """Show what the next call tells; False when nobody answers it."""
        asked = {"after": self._after, "timeout": _TIMEOUT}
        try:
            answer = self._client.control("GET", f"listeners/{quote(self._id)}/messages", asked)
        except Unreachable:
            return False
        except Refused as refusal:
            if refusal.status != 404:
                raise Failure(_reason(refusal)) from None
            self.begin()  # the server was started anew meanwhile, or has not heard of us for long
            return True
        if answer["missed"]:
            self._remark(f"{answer['missed']} messages were lost: more came than were taken off.")
        for message in answer["data"]:
            self._after = message["number"]
            if message["kind"] == "post":
                threading.Thread(target=self._post, args=(message,), daemon=True).start()
            else:
                self._show(message)
        return not answer["closing"]

    def _wait_for_the_server(self) -> None:
        while True:
            time.sleep(_PAUSE)  # nobody can tell us when a server that is not there comes up
            with suppress(Misuse):
                self.begin()
                self._remark("It is back.")
                return

    def _greet(self, answer: dict[str, Any]) -> None:
        greeting = (
            f"Ready! You are using Stripe API Version [{answer['api_version']}]. "
            f"Your webhook signing secret is {answer['secret']} (^C to quit)"
        )
        self._remark(greeting) if self._as_json else say(greeting)

    def _remark(self, text: str) -> None:
        """What is no event goes to standard error."""
        click.echo(text, err=True)

    def _show(self, message: dict[str, Any]) -> None:
        if self._as_json:
            say(json.dumps(message, ensure_ascii=False))
            return
        now = time.strftime("%Y-%m-%d %H:%M:%S")  # the receiver's time is real, and so is that of these lines
        if message["kind"] == "event":
            type = f"connect {message['type']}" if message["connect"] else message["type"]
            say(f"{paint(now, 'dim')}   --> {type} [{message['id']}]")
            return
        status = message["status"]
        if status is None:
            outcome = paint("ERROR", "red")
            said = f"{message['error']}"
        else:
            outcome = paint(str(status), "green" if status < 300 else "red")
            said = f"{message['milliseconds']:.0f} ms"
        then = f", again at {message['next_retry']}" if message["next_retry"] else ""
        by = f" ({', '.join(message['scripts'])})" if message["scripts"] else ""
        say(f"{paint(now, 'dim')}  <--  [{outcome}] POST {message['url']} [{message['id']}] {said}{then}{by}")

    def _post(self, message: dict[str, Any]) -> None:
        """Post what the server asks for, and tell it what came back."""
        answer = {"number": message["number"], **_posted(message)}
        with suppress(Unreachable, Refused):
            self._client.control("POST", f"listeners/{quote(self._id)}/answers", answer)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _posted(message: dict[str, Any]) -> dict[str, Any]:
    """One POST from here: its status, or an error; redirects are not followed."""
    started, timeout = time.perf_counter(), message["timeout"]
    answer: dict[str, Any] = {}
    connection = _connection(message["url"], timeout, verify=message["verify"])
    try:
        address, body = urlsplit(message["url"]), b64decode(message["body"])
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        headers = {**message["headers"], "Content-Length": str(len(body)), "Connection": "close"}
        sent = body if message["cut"] is None else body[: message["cut"]]
        connection.request("POST", target, sent, headers)
        if message["cut"] is not None:
            raise ConnectionError(f"a script cut the connection after {len(sent)} bytes of the body")
        came = connection.getresponse()
        text = came.read(_BODY).decode(errors="replace")
        answer = {"status": came.status, "headers": dict(came.getheaders()), "body": text}
    except TimeoutError:
        answer = {"error": f"no answer within {timeout:g} seconds", "timed_out": True}
    except (OSError, http.client.HTTPException) as error:
        answer = {"error": str(error) or type(error).__name__}
    finally:
        connection.close()
    return {**answer, "milliseconds": round((time.perf_counter() - started) * 1000, 3)}


def _connection(url: str, timeout: float, *, verify: bool) -> http.client.HTTPConnection:
    address = urlsplit(url)
    if address.scheme.lower() != "https":
        return http.client.HTTPConnection(address.netloc.rpartition("@")[2], timeout=timeout)
    import ssl

    context = ssl.create_default_context() if verify else ssl._create_unverified_context()
    return http.client.HTTPSConnection(address.netloc.rpartition("@")[2], timeout=timeout, context=context)


def _url(given: str | None, flag: str) -> str | None:
    """An address as people write it for Stripe's CLI: with or without a scheme, a host, or all but a port or path."""
    if given is None or "://" in given:
        return given
    if given.startswith("/"):
        return f"http://localhost{given}"
    host, _, rest = given.partition("/")
    host = host.removeprefix(":")
    if not host:
        raise Misuse(f"{flag} {given}: write a URL such as http://localhost:3000/hook")
    if host.isdigit():
        host = f"localhost:{host}"
    return f"http://{host}/{rest}" if rest or given.endswith("/") else f"http://{host}"


def _headers(given: str) -> dict[str, str]:
    """``K:V,K2:V2`` as a hash."""
    headers = {}
    for pair in given.split(","):
        name, colon, value = pair.partition(":")
        if not colon or not name.strip():
            raise Misuse(f"--headers {pair}: write NAME:VALUE, with commas between several")
        headers[name.strip()] = value.strip()
    return headers


def _reason(refusal: Refused) -> str:
    error = refusal.body.get("error") if isinstance(refusal.body, dict) else None
    return str(error["message"]) if isinstance(error, dict) and "message" in error else str(refusal)
