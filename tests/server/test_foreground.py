"""The server of ``mockbill``, in a process of its own: what people see of its start, its streams and its stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from server.calls import call, connect, once, open_stream
from server.toy import GRACE

from mockbill.server import FOREGROUND_THREADS


class Served:
    """A foreground server of ``toy.py`` on a free port."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("toy.py"), "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "made\n"
        self.url = self.process.stdout.readline().strip()

    def stop(self, by: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Exit code, what was printed since it was ready, and what it complained about."""
        self.process.send_signal(by)
        out, errors = self.process.communicate(timeout=GRACE + 5)
        return self.process.returncode, out, errors


@contextmanager
def served() -> Iterator[Served]:
    server = Served()
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_cleanly(by: signal.Signals) -> None:
    with served() as server:
        assert once(server.url, "/v1/customers") == b"GET /v1/customers "
        assert server.stop(by) == (0, "closed\n", "")


def test_it_is_one_process() -> None:
    with served() as server, closing(connect(server.url)) as connection:
        call(connection, "/")
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        if not children.exists():
            pytest.skip("children of a process are looked up in /proc")
        assert children.read_text() == ""


def test_it_keeps_connections_open() -> None:
    with served() as server, closing(connect(server.url)) as connection:
        assert call(connection, "/v1/customers", "POST", b"name=Ada") == b"POST /v1/customers name=Ada"
        assert call(connection, "/v1/customers") == b"GET /v1/customers "


def test_a_busy_port_is_one_line_and_exit_code_1_before_anything_is_made() -> None:
    with served() as server:
        port = str(urlsplit(server.url).port)
        second = subprocess.run(
            [sys.executable, Path(__file__).with_name("toy.py"), port], capture_output=True, text=True, timeout=10
        )
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}: the port is in use" in second.stderr


def test_open_streams_do_not_starve_requests() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(served())
        for _ in range(FOREGROUND_THREADS - 1):
            stack.enter_context(open_stream(server.url))
        assert once(server.url, "/v1/events") == b"GET /v1/events "


def test_stopping_ends_streams_at_once() -> None:
    with served() as server, open_stream(server.url):
        before = time.monotonic()
        assert server.stop() == (0, "closed\n", "")
        assert time.monotonic() - before < GRACE


def test_stopping_does_not_wait_for_ever_for_a_stream_that_is_deaf() -> None:
    with served() as server, open_stream(server.url, "/deaf"):
        assert server.stop() == (0, "closed\n", "")


def test_stopping_waits_for_the_request_under_way() -> None:
    answers = []
    with served() as server:
        caller = threading.Thread(target=lambda: answers.append(once(server.url, "/slow")))
        caller.start()
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "slow\n"
        assert server.stop() == (0, "closed\n", "")
        caller.join()
    assert answers == [b"GET /slow "]


def test_it_stops_cleanly_in_the_middle_of_traffic() -> None:
    with served() as server:
        stop = threading.Event()
        answered = threading.Semaphore(0)

        def ask() -> None:
            while not stop.is_set():
                try:
                    once(server.url, "/v1/customers")
                except OSError:  # it has stopped
                    return
                answered.release()

        callers = [threading.Thread(target=ask) for _ in range(8)]
        for caller in callers:
            caller.start()
        assert all(answered.acquire(timeout=5) for _ in range(100))
        result = server.stop(signal.SIGTERM)
        stop.set()
        for caller in callers:
            caller.join()
    assert result == (0, "closed\n", "")


def test_its_port_can_be_had_again_at_once() -> None:
    with served() as server:
        once(server.url, "/")
        server.stop()
        port = str(urlsplit(server.url).port)
    again = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("toy.py"), port], stdout=subprocess.PIPE, text=True
    )
    assert again.stdout is not None
    try:
        assert [again.stdout.readline(), again.stdout.readline()] == ["made\n", f"{server.url}\n"]
    finally:
        os.kill(again.pid, signal.SIGTERM)
        again.communicate(timeout=5)
