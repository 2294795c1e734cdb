"""What is measured: how each server is started, found ready, asked for its memory and stopped."""

import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from client import Client

HERE = Path(__file__).parent
LOCALSTRIPE = "localstripe==1.15.10"
LOCALSTRIPE_DATA = Path("/tmp/localstripe.pickle")  # where it writes, whatever it is told


@dataclass(frozen=True)
class Subject:
    """A server to be measured; ``command`` has ``{port}`` where its port goes."""

    name: str
    command: tuple[str, ...]
    kind: Literal["prices", "plans", "trivial"] = "prices"  # what it sells: as Stripe does now, as it did, nothing

    @contextmanager
    def running(self) -> Iterator["Running"]:
        server = Running(self)
        try:
            yield server
        finally:
            server.stop()


class Running:
    """One process of a subject, and how long it took to answer first."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.port = free_port()
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MOCKBILL_")}
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [part.format(port=self.port) for part in subject.command],
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.client = self._first_answer()
        self.seconds_to_first_answer = time.perf_counter() - started

    def _first_answer(self) -> Client:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise SystemExit(f"{self.subject.name} ended at once: {' '.join(self.subject.command)}")
            try:
                client = Client(self.port)
                client.call("GET", "/v1/customers")
                return client
            except OSError:
                time.sleep(0.001)
        raise SystemExit(f"{self.subject.name} did not answer within 30 s")

    def connect(self) -> None:
        """Go on with a new connection."""
        self.client.close()
        self.client = Client(self.port)

    def megabytes(self) -> float:
        """Memory that it holds (resident set size)."""
        kilobytes = subprocess.check_output(["ps", "-o", "rss=", "-p", str(self._process.pid)], text=True)
        return int(kilobytes) / 1024

    def stop(self) -> None:
        if hasattr(self, "client"):
            self.client.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mockbill() -> Subject:
    return Subject("mockbill", (str(Path(sys.executable).with_name("mockbill")), "--port", "{port}"))


def trivial(answer: Path) -> Subject:
    return Subject("trivial WSGI", (sys.executable, str(HERE / "trivial.py"), "{port}", str(answer)), "trivial")


def localstripe() -> Subject | None:
    """localstripe in an environment of its own, made when it is missing; None when it cannot be had.

    It is GPL: it is run, as any user would, and nothing of it is read or copied.
    """
    home = HERE / ".venv"
    program = home / "bin" / "localstripe"
    if not program.exists():
        print(f"Installing {LOCALSTRIPE} into {home} ...", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", LOCALSTRIPE]
        if subprocess.run(pip).returncode:
            print("localstripe cannot be installed: measuring without it.", file=sys.stderr)
            return None
    return Subject("localstripe", (str(program), "--port", "{port}", "--from-scratch"), "plans")


@contextmanager
def localstripe_data_set_aside() -> Iterator[None]:
    """What someone keeps in localstripe survives our runs of it, and what our runs kept does not."""
    aside = LOCALSTRIPE_DATA.with_suffix(".aside")
    if LOCALSTRIPE_DATA.exists():
        LOCALSTRIPE_DATA.rename(aside)
    try:
        yield
    finally:
        LOCALSTRIPE_DATA.unlink(missing_ok=True)
        if aside.exists():
            aside.rename(LOCALSTRIPE_DATA)
