"""Keeping worlds across restarts: a line for each committed unit of work, folded into one TinyDB file.

``FILE`` is the snapshot, a TinyDB JSON file with a table ``ACCOUNT/KIND`` for each kind and a table ``accounts``;
``FILE.journal`` holds what was committed since.  Starting and stopping fold the journal into the snapshot.  A line is
handed to the operating system before the request is acknowledged, so a killed server forgets nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from mockbill.world.clock import Clock

if TYPE_CHECKING:
    from mockbill.world.accounts import Worlds
    from mockbill.world.work import Work
    from mockbill.world.world import World

_ACCOUNTS = "accounts"


class Unreadable(Exception):
    """The data file cannot be used: what it is, and why."""


class Journal:
    """The keeper of all accounts of one server, in the file that the user named."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._journal = self._path.with_name(self._path.name + ".journal")
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None

    def open(self, worlds: Worlds) -> None:
        """Load what was kept into the worlds, and start to keep what is committed from now on.

        Raises Unreadable, with the user's files as they were, when they cannot be used.
        """
        try:
            claimed = self._claimed()
            try:
                self._load_snapshot(worlds)
                self._replay(worlds)
                self._fold(worlds, claimed)
            except BaseException:
                claimed.close()
                raise
        except OSError as error:
            raise Unreadable(f"{error.filename or self._path}: {error.strerror}") from None
        for world in worlds.all():
            world.replan()
        self._file = claimed

    def close(self, worlds: Worlds) -> None:
        """Fold the journal into the snapshot and stop."""
        with ExitStack() as still:
            # Accounts first, the file second: the order in which a commit takes them.
            for world in worlds.all():
                still.enter_context(world.lock)
            still.enter_context(self._lock)
            if self._file is not None:
                self._fold(worlds, self._file)
                with suppress(OSError):  # Windows keeps a file that is open
                    self._journal.unlink()  # before the lock goes: the next server may have one of its own
                self._file.close()
                self._file = None

    # what worlds tell

    def commit(self, works: Sequence[Work]) -> None:
        """Write one unit of work in one line: what it did in one account, and ``beside`` that in others."""
        first, *others = map(_line, works)
        self._write({**first, "beside": others} if others else first)

    def note(self, world: World) -> None:
        """Write where an account's clock stands."""
        self._write(_account(world))

    def erase(self, world: World) -> None:
        """Write that an account was emptied."""
        self._write({**_account(world), "erased": True})

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            if self._file is not None:
                self._file.write(orjson.dumps(line) + b"\n")
                self._file.flush()

    # reading and folding

    def _claimed(self) -> BinaryIO:
        """The journal, open for appending and ours alone where the system has locks for that."""
        file = self._journal.open("ab")
        try:
            import fcntl
        except ImportError:
            return file
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise Unreadable(f"{self._path} is in use by another mockbill") from None
        return file

    def _load_snapshot(self, worlds: Worlds) -> None:
        if not self._path.exists() or not self._path.stat().st_size:
            return
        try:
            tables = orjson.loads(self._path.read_bytes())
            for facts in tables.pop(_ACCOUNTS).values():
                _restore_account(worlds, facts)
            for name, rows in tables.items():
                account, _, kind = name.rpartition("/")
                table = worlds.of(account).table(kind)
                for key, doc in rows.items():
                    table.restore(int(key), doc)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"{self._path} is no mockbill data file ({_said(error)}); it is left as it is") from None

    def _replay(self, worlds: Worlds) -> None:
        """Do again what was committed.  What follows the last line end was never acknowledged, so it is dropped."""
        lines = self._journal.read_bytes().split(b"\n")[:-1]
        for number, line in enumerate(lines, 1):
            try:
                _replay_line(worlds, orjson.loads(line))
            except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
                raise Unreadable(f"{self._journal}:{number} is no line of a journal ({_said(error)})") from None

    def _fold(self, worlds: Worlds, journal: BinaryIO) -> None:
        tables: dict[str, Any] = {_ACCOUNTS: {}}
        for number, world in enumerate(worlds.all(), 1):
            tables[_ACCOUNTS][str(number)] = _account(world)
            for kind, table in world.tables.items():
                if table.rows:
                    tables[f"{world.name}/{kind}"] = {str(key): doc for key, doc in table.rows.items()}
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.write_bytes(orjson.dumps(tables))
        os.replace(fresh, self._path)  # there is never half a snapshot under the user's name
        journal.truncate(0)  # killed before this, the journal is replayed over what already holds it: the same again


def _replay_line(worlds: Worlds, facts: dict[str, Any]) -> None:
    world = _restore_account(worlds, facts)
    if facts.get("erased"):
        world.forget()
        _restore_account(worlds, facts)
    for kind, id, key, doc in facts.get("rows", ()):
        table = world.table(kind)
        table.drop(id)
        if doc is not None:
            table.restore(int(key), doc)
    for beside in facts.get("beside", ()):
        _replay_line(worlds, beside)


def _line(work: Work) -> dict[str, Any]:
    """Each row that was touched in an account as it is now, or null where it is gone."""
    world, rows = work.world, []
    log = world.table("event")
    touched = dict.fromkeys((table, id) for table, id, _, _ in work.undone)
    for table, id in (*touched, *((log, event["id"]) for event in work.logged)):
        key = table.keys.get(id)
        # As text, because a key has more than 64 bits in the far future.
        rows.append([table.name, id, str(key), None if key is None else table.rows[key]])
    return {**_account(world), "rows": rows}


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _account(world: World) -> dict[str, Any]:
    return {
        "name": world.name,
        "account_id": world.account_id,
        "connected": world.connected_id is not None,
        "seed": world.seed,
        "counter": world.ids.counter,
        "clock": [world.clock.mode, world.clock.base],
        "settings": world.own_settings,
    }


def _restore_account(worlds: Worlds, facts: dict[str, Any]) -> World:
    world = worlds.of(facts["name"], facts["account_id"] if facts["connected"] else None, facts["seed"])
    world.ids.counter = facts["counter"]
    world.clock = Clock(*facts["clock"])
    if (own := facts.get("settings", {})) != world.own_settings:
        world.adopt(own)
    return world
