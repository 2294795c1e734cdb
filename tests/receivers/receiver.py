"""A receiver in a process of its own, written with Flask or Express, and what a test may ask of it."""

import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import node_tools
import requests
import stripe

HERE = Path(__file__).parent
PATIENCE = 60  # seconds


def command(framework: str) -> list[str]:
    if framework == "flask":
        return [sys.executable, str(HERE / "on_flask.py")]
    return [node_tools.node("express", "stripe"), str(HERE / "on_express.js")]


@dataclass
class Receiver:
    """``began`` with an account's key and a secret, it takes webhooks at ``url``."""

    framework: str
    errors: Path  # the file for what it writes to standard error
    base: str = ""
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                command(self.framework),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=node_tools.environment(),
            )
        watchdog = threading.Timer(PATIENCE, self.process.kill)  # one that never says its port must not hang the tests
        watchdog.start()
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        watchdog.cancel()
        if not port:
            raise AssertionError(f"it did not start: {self.errors.read_text()}")
        self.base = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    @property
    def url(self) -> str:
        return f"{self.base}/webhook"

    def begin(self, mockbill: str, account: str, secret: str) -> None:
        """Forget all, and go on with this account of this server."""
        self._tell("begin", {"url": mockbill, "key": f"sk_test_{account}", "secret": secret})

    def answers(self, *next: int | str) -> None:
        """What the next webhooks are answered; then 200 again.

        A status from 300 on is answered without a look at the event, ``slow`` once it is released, and
        ``done, but 500`` although all was done.
        """
        self._tell("answer", list(next))

    def release(self) -> None:
        """Let those go on that are ``slow``."""
        self._tell("release", None)

    def books(self, count: int = 0) -> dict[str, Any]:
        """What ``came``, once that many did, what the ``customers`` are now, and the ``mails`` that were sent."""
        answer = requests.get(f"{self.base}/books", params={"count": count}, timeout=PATIENCE)
        assert answer.status_code == 200
        books: dict[str, Any] = answer.json()
        assert len(books["came"]) >= count, f"only {books['came']} came"
        return books

    def _tell(self, what: str, body: object) -> None:
        assert requests.post(f"{self.base}/{what}", json=body, timeout=PATIENCE).status_code == 204


@dataclass
class Shop:
    """An account that has an endpoint at a receiver: what both see of the other."""

    mockbill: str
    account: str
    receiver: Receiver
    client: stripe.StripeClient
    endpoint: str

    @classmethod
    def open(cls, mockbill: str, account: str, receiver: Receiver, **endpoint: Any) -> "Shop":
        client = stripe.StripeClient(
            f"sk_test_{account}", base_addresses={"api": mockbill, "files": mockbill}, max_network_retries=0
        )
        params: Any = {"url": receiver.url, "enabled_events": ["*"], **endpoint}
        made = client.v1.webhook_endpoints.create(params)
        assert made.secret
        receiver.begin(mockbill, account, made.secret)
        return cls(mockbill, account, receiver, client, made.id)

    def control(self, method: str, path: str, expect: int = 200, **body: Any) -> dict[str, Any]:
        """Our own API, for this account."""
        asked: Any = {"params": body} if method == "GET" else {"json": body}
        auth = {"Authorization": f"Bearer sk_test_{self.account}"}
        url = f"{self.mockbill}/_mockbill/{path}"
        answer = requests.request(method, url, headers=auth, timeout=PATIENCE, **asked)
        assert answer.status_code == expect, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def drain(self) -> dict[str, Any]:
        """The deliveries, oldest first, once none is left to be made."""
        assert self.control("POST", "drain", timeout=PATIENCE)["drained"]
        return self.deliveries()

    def deliveries(self) -> Any:
        return self.control("GET", "deliveries")["data"]
