"""The real Stripe CLI as a process, its traffic kept on this machine, and the receiver that its events come to."""

import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import node_tools
import stripe

NOBODY = "http://127.0.0.1:9"  # a proxy that is not there: the CLI asks for updates and sends telemetry


@dataclass
class Cli:
    """``stripe`` against a server, in a home of its own; ``socket`` is a Unix socket that leads to it as well."""

    url: str
    home: Path
    socket: Path | None = None

    def run(self, key: str, *args: str, through_socket: bool = False) -> subprocess.CompletedProcess[str]:
        """A command to its end, with an account's key."""
        variables = {"HOME": str(self.home), "HTTPS_PROXY": NOBODY, "STRIPE_API_KEY": key}
        if through_socket:
            variables["STRIPE_CLI_UNIX_SOCKET"] = str(self.socket)
        return subprocess.run(
            [str(node_tools.cli()), *args, "--api-base", self.url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
            env=node_tools.environment(STRIPE_CLI_TELEMETRY_OPTOUT="true", **variables),
        )

    def events(self) -> list[str]:
        """The events that ``stripe trigger`` knows."""
        told = self.run("sk_test_nobody_at_all", "trigger", "--help").stdout
        return re.findall(r"^  ([a-z0-9_.]+)$", told.split("Supported events:")[1].split("Usage:")[0], re.MULTILINE)


@dataclass
class Receiver:
    """Takes events of any account at ``/ACCOUNT``, and keeps the types of those whose signature is right."""

    url: str = ""
    secrets: dict[str, list[str]] = field(default_factory=dict)
    types: dict[str, list[str]] = field(default_factory=dict)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, account: str, body: str, signature: str) -> None:
        for secret in self.secrets[account]:
            with suppress(stripe.SignatureVerificationError):
                stripe.WebhookSignature.verify_header(body, signature, secret)
                with self.arrived:
                    self.types.setdefault(account, []).append(json.loads(body)["type"])
                    self.arrived.notify_all()

    def waits_for(self, account: str, type: str, seconds: float) -> bool:
        """Whether an event of a type has come, or comes in this time."""
        with self.arrived:
            return self.arrived.wait_for(lambda: type in self.types.get(account, []), seconds)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            receiver.take(self.path[1:], body, self.headers["Stripe-Signature"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def bridged(path: Path, port: int) -> Iterator[Path]:
    """A Unix socket that leads to a port of this machine, as ``socat`` makes one."""
    ends: list[socket.socket] = []

    def pour(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", port))
                ends.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pour, args=pair, daemon=True).start()

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield path
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for end in ends:
                end.close()
