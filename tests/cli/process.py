"""The command line as a user has it: processes, what they print, and how they end."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import Self

MOCKBILL = (sys.executable, "-m", "mockbill")


def environment(**variables: str) -> dict[str, str]:
    """This one without any ``MOCKBILL_*`` that the developer has set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOCKBILL_")}
    return {**kept, "COLUMNS": "120", **variables}


def run(*args: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*MOCKBILL, *args], capture_output=True, text=True, timeout=60, env=environment(**variables), check=False
    )


@dataclass
class Serving:
    """``mockbill --port 0 FLAGS`` while its ``with`` block runs; ``banner`` is what it printed before it served."""

    flags: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    banner: str = ""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [*MOCKBILL, "--port", "0", *self.flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**self.variables),
        )
        watchdog = threading.Timer(20, self.process.kill)  # a server that never says it is up must not hang the tests
        watchdog.start()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.banner += line
            if line.startswith("Ctrl-C"):
                break
        watchdog.cancel()
        if self.process.poll() is not None:
            raise AssertionError(f"mockbill did not start: {self.process.communicate()[1]}")
        return self

    @property
    def url(self) -> str:
        return self.banner.split("listening at ")[1].split()[0]

    def end(self, by: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Stop it; its exit code and what it wrote to standard error."""
        self.process.send_signal(by)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=20)
