"""granian with its worker in a thread of this process, on a socket that listens already.

granian means MTServer for builds without the interpreter lock, and gives others a process for the worker. One process
is what we need: the world is in it, nothing stays behind when it is killed, and start and stop are plain calls. What
that takes is overridden here, some of it private to granian: pyproject.toml holds its minor version, and tests/server
tries all of it.
"""

import _thread
import socket
import threading
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server import MTServer


class Foreground(MTServer):
    """Serves WSGI until SIGINT, SIGTERM or SIGHUP; ``stopping`` is set first, then ``grace`` seconds are waited.

    ``idle`` is how many seconds an unused connection stays open, ``threads`` how many calls may run at once.
    """

    def __init__(
        self, listener: socket.socket, stopping: threading.Event, *, threads: int, grace: int, idle: int
    ) -> None:
        super().__init__(
            "mockbill",
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=idle * 1000),
            websockets=False,
            blocking_threads=threads,
            workers_kill_timeout=grace,
            log_level=LogLevels.error,
        )
        self._listener = listener
        self._stopping = stopping
        self.main_loop_interrupt = _Wakeful()

    def _check_gil(self) -> None:
        """Serve with the interpreter lock as well."""

    def _init_shared_socket(self) -> None:
        # A socket of our own finds a busy port before the banner; granian's would share the port with whoever has it.
        self._shd = SocketHolder(self._listener.detach(), False, self.backlog)  # type: ignore[call-arg, assignment]

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        # Not here: the handler has interrupted the main thread, which may hold the lock of the event to be set.
        _thread.start_new_thread(self._interrupt, ())

    def _interrupt(self) -> None:
        self._stopping.set()
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def signal_handler_reload(self, *args: Any, **kwargs: Any) -> None:
        self.signal_handler_interrupt()


class _Wakeful(threading.Event):
    """What the main thread waits for; in naps, because a signal just before a wait is only seen after it."""

    def wait(self, timeout: float | None = None) -> bool:
        while not super().wait(0.2):
            pass
        return True
