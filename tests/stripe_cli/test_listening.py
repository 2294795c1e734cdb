"""The real ``stripe listen``, alone and beside ``stripe trigger``, against a server that is a process of its own."""

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import node_tools
import pytest
import stripe
from cli.process import Serving, run
from stripe_cli.cli import NOBODY, Cli, Receiver, receiving
from webhooks.stage import until

KEY = "sk_test_listening"  # the CLI takes no shorter names
ACCOUNT = "listening"
SECRET = "whsec_mockbill"
PATIENCE = 30.0


class Listening:
    """``stripe listen FLAGS`` while its ``with`` block runs."""

    def __init__(self, url: str, home: Path, *flags: str) -> None:
        self.command = [str(node_tools.cli()), "listen", "--skip-update", "--api-base", url, *flags]
        self.variables = {"HOME": str(home), "HTTPS_PROXY": NOBODY, "STRIPE_API_KEY": KEY}

    def __enter__(self) -> Self:
        self.lines: list[str] = []
        self.came = threading.Condition()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=node_tools.environment(STRIPE_CLI_TELEMETRY_OPTOUT="true", **self.variables),
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.wait_for("Ready!")
        return self

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.came:
                self.lines.append(line)
                self.came.notify_all()

    def wait_for(self, *parts: str) -> str:
        """The first line with all these parts."""

        def found() -> list[str]:
            return [line for line in self.lines if all(part in line for part in parts)]

        with self.came:
            assert self.came.wait_for(lambda: bool(found()), PATIENCE), f"no {parts} in {self.lines}"
            return found()[0]

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join()
            assert self.process.stdout is not None
            self.process.stdout.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        receiver.secrets[ACCOUNT] = [SECRET]
        yield receiver


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    with Serving() as serving:
        yield serving


def test_what_stripe_trigger_causes_stripe_listen_forwards(
    serving: Serving, receiver: Receiver, tmp_path: Path
) -> None:
    to = f"{receiver.url}/{ACCOUNT}"
    with Listening(serving.url, tmp_path, "--all-snapshot", "--forward-to", to) as listening:
        assert SECRET in listening.wait_for("Ready!")
        done = Cli(serving.url, tmp_path).run(KEY, "trigger", "invoice.paid")
        assert "Trigger succeeded!" in done.stdout, done.stderr
        assert receiver.waits_for(ACCOUNT, "invoice.paid", PATIENCE)
        shown = listening.wait_for("-->", "invoice.paid")
        event = shown.rpartition("[")[2].rstrip("]\n")
        listening.wait_for("<--", "[200]", f"POST {to}", event)

        def known() -> list[tuple[str, int | None]]:
            done = run("deliveries", "--account", ACCOUNT, "--json", MOCKBILL_URL=serving.url)
            log = json.loads(done.stdout)["data"]
            return [(each["state"], each["status"]) for each in log if each["event"] == event and each["url"] == to]

        assert until(lambda: known() == [("delivered", 200)]), known()


def test_thin_events_are_forwarded_and_verified(serving: Serving, receiver: Receiver, tmp_path: Path) -> None:
    flags = ("--events", "v1.product.created", "--forward-to", f"{receiver.url}/{ACCOUNT}")
    with Listening(serving.url, tmp_path, *flags) as listening:
        client = stripe.StripeClient(KEY, base_addresses={"api": serving.url})
        client.v1.customers.create({"name": "Ada"})
        client.v1.products.create({"name": "Chair"})
        assert receiver.waits_for(ACCOUNT, "v1.product.created", PATIENCE)
        listening.wait_for("<--", "[200]")
    assert receiver.types[ACCOUNT] == ["v1.product.created"]


def test_its_secret_is_printed_alone(serving: Serving, tmp_path: Path) -> None:
    done = Cli(serving.url, tmp_path).run(KEY, "listen", "--print-secret", "--skip-update")
    assert done.stdout.strip() == SECRET


def test_logs_are_not_followed_yet(serving: Serving, tmp_path: Path) -> None:
    done = Cli(serving.url, tmp_path).run(KEY, "logs", "tail")
    assert done.returncode != 0
    assert "request_logs" in done.stdout + done.stderr


def test_with_a_port_of_its_own_it_goes_on_when_its_server_comes_back(receiver: Receiver, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        flags = ("--stripe-cli-port", str(held.getsockname()[1]))
    with Serving(flags) as first:
        url = first.url
        with Listening(url, tmp_path, "--all-snapshot", "--forward-to", f"{receiver.url}/{ACCOUNT}"):
            first.end()
            with Serving((*flags, "--port", url.rpartition(":")[2])):
                client = stripe.StripeClient(KEY, base_addresses={"api": url})

                def comes() -> bool:
                    client.v1.products.create({"name": "Chair"})
                    return receiver.waits_for(ACCOUNT, "product.created", 1)

                assert any(comes() for _ in range(int(PATIENCE)))
