"""``stripe listen``: sessions of the real Stripe CLI, and the websocket over which it takes events (reference 5.4).

The server's WSGI cannot upgrade a connection, so the websocket has a port of its own, opened with the first session.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from mockbill.webhooks.listeners.listener import Listener, Terms
from mockbill.webhooks.post import KEPT, Reply

if TYPE_CHECKING:
    from websockets.http11 import Request, Response
    from websockets.sync.server import Server, ServerConnection

    from mockbill.webhooks.delivery import Attempt, Delivery

_LARGEST = 16 << 20  # bytes of what the CLI says at once: it sends back whole answers of receivers
PROTOCOL = "stripecli-devproxy-v1"
RECONNECT = 86_400  # seconds after which the CLI opens its connection anew
_LEASE = 3.0  # seconds that a session outlasts its connection, and that it has to connect
_LATE = 1_000  # answers of receivers that are awaited after the CLI has taken their events

Amend = Callable[["Delivery", int, Reply], None]
"""Puts what a receiver answered into an attempt (by its place among the delivery's) that was only taken until then."""


class Begun(NamedTuple):
    """A session that has begun."""

    id: str
    secret: str
    port: int


class Session(Listener):
    """One ``stripe listen``.  The CLI says at once that it has an event, and later what its receiver answered.

    It leaves out what its own ``--events`` do not name, and then says no more: so an event counts as delivered when the
    CLI has it, and the receiver's answer is put in afterwards.  As with Stripe nothing is tried again.
    """

    retried = False

    def __init__(self, id: str, terms: Terms, secret: str, amend: Amend) -> None:
        super().__init__(id, terms, secret)
        self._amend = amend
        self._changed = threading.Condition(threading.RLock())
        self._connection: ServerConnection | None = None
        self._leaves_at = time.monotonic() + _LEASE
        self._ended = False
        self._numbers = 0
        self._waiting: dict[str, Reply | None] = {}  # by the name of a message; None until it was taken
        self._late: OrderedDict[str, tuple[Delivery, int] | Reply] = OrderedDict()
        self._began: OrderedDict[str, float] = OrderedDict()  # when each was sent
        self._asked = threading.local()  # the name of the message that this thread, a channel's, has sent last

    @property
    def alive(self) -> bool:
        return not self._ended and (self._connection is not None or time.monotonic() < self._leaves_at)

    def ask(self, url: str, headers: dict[str, str], body: bytes, timeout: float, cut: int | None) -> Reply:
        if cut is not None:
            return Reply.of_fault("a script cut the connection: Stripe's CLI was told nothing")
        started = time.perf_counter()
        with self._changed:
            self._numbers += 1
            name = self._asked.name = f"{self.id}_{self._numbers}"
            self._waiting[name] = None
            # The CLI reconnects by itself; an event that comes meanwhile waits for it.
            self._changed.wait_for(lambda: self._ended or self._connection is not None, min(timeout, _LEASE))
            connection = self._connection
            self._began[name] = time.perf_counter()
            while len(self._began) > _LATE:
                self._began.popitem(last=False)
        error = "no answer by Stripe's CLI"
        try:
            if connection is not None:
                connection.send(_message(name, headers, body))
        except Exception as problem:
            error = f"Stripe's CLI is gone: {problem}"
        with self._changed:
            if connection is not None:
                self._changed.wait_for(lambda: self._ended or self._waiting[name] is not None, timeout)
            reply = self._waiting.pop(name)
        spent = round((time.perf_counter() - started) * 1000, 3)
        return reply or Reply(None, "", error, True, spent, {})

    def attempted(self, delivery: Delivery, attempt: Attempt) -> None:
        """Called in the thread that has asked, with the hub's lock held."""
        name, place = getattr(self._asked, "name", None), len(delivery.attempts) - 1
        if name is None or not attempt.reply.taken:
            return
        with self._changed:
            came = self._late.pop(name, None)
            if isinstance(came, Reply):
                delivery.ledger.amend(delivery, place, came)
                return
            self._late[name] = (delivery, place)
            while len(self._late) > _LATE:
                self._late.popitem(last=False)

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def serve(self, connection: ServerConnection) -> None:
        """Speak with the CLI until its connection ends."""
        with self._changed:
            self._connection = connection
            self._changed.notify_all()
        try:
            for text in connection:
                with suppress(ValueError):
                    self._take(json.loads(text))
        finally:
            with self._changed:
                if self._connection is connection:
                    self._connection = None
                    self._leaves_at = time.monotonic() + _LEASE

    def _take(self, said: Any) -> None:
        """What the CLI says: that it has an event, or what its receiver has answered."""
        if not isinstance(said, dict):
            return
        name = str(said.get("webhook_id"))
        with self._changed:
            if said.get("type") == "event_ack" and self._waiting.get(name, True) is None:
                self._waiting[name] = Reply(None, "", None, False, 0.0, {}, taken=True)
                self._changed.notify_all()
                return
            if said.get("type") != "webhook_response" or not isinstance(said.get("status"), int):
                return
            now = time.perf_counter()
            spent = round((now - self._began.pop(name, now)) * 1000, 3)
            headers = dict(said.get("http_headers") or {})
            reply = Reply(said["status"], str(said.get("body") or "")[:KEPT], None, False, spent, headers)
            if name in self._waiting:
                self._waiting[name] = reply
                self._changed.notify_all()
                return
            known = self._late.pop(name, None)
            if known is None:
                self._late[name] = reply  # it came before the attempt was written down
        if isinstance(known, tuple):
            delivery, place = known
            self._amend(delivery, place, reply)


class Socket:
    """The websocket of all sessions."""

    def __init__(self, host: str, port: int, find: Callable[[str], Listener | None]) -> None:
        from websockets import Subprotocol
        from websockets.sync.server import serve  # 60 ms that only who listens pays

        logger = logging.getLogger("mockbill.websocket")
        logger.setLevel(logging.CRITICAL)  # each connection that opens or breaks off would be told
        self._find = find
        self._server: Server = serve(
            self._serve,
            host,
            port,
            subprotocols=[Subprotocol(PROTOCOL)],
            process_request=self._refuse,
            logger=logger,
            max_size=_LARGEST,
        )
        self.port: int = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, name="stripe listen", daemon=True).start()

    def close(self) -> None:
        """Take no more connections, and end those that there are."""
        self._server.shutdown()

    def _session(self, request: Request) -> Session | None:
        found = self._find(request.headers.get("Websocket-Id", ""))
        return found if isinstance(found, Session) else None

    def _refuse(self, connection: ServerConnection, request: Request) -> Response | None:
        """No page of the web can send this header, so none can listen."""
        if self._session(request) is None:
            # By these words the CLI knows that it has to ask for another session, as after our restart.
            return connection.respond(HTTPStatus.UNAUTHORIZED, '{"error": {"message": "Unknown WebSocket ID."}}\n')
        return None

    def _serve(self, connection: ServerConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        assert connection.request is not None
        session = self._session(connection.request)
        if session is not None:
            with suppress(ConnectionClosed):
                session.serve(connection)


def _message(name: str, headers: dict[str, str], body: bytes) -> str:
    """An event as the CLI takes it; what it says about that names ``webhook_id``, or the destination of a thin one."""
    text = body.decode(errors="replace")
    if '"v2.core.event"' in text.partition('"type"')[0]:
        named = {"event_destination_id": name, "destination_id": name}
        return json.dumps({"type": "v2_event", "payload": text, "http_headers": headers, **named})
    named = {"webhook_id": name, "webhook_conversation_id": f"{name}_conversation"}
    about = {"endpoint": {"api_version": None, "status": "enabled"}}
    return json.dumps({"type": "webhook_event", "event_payload": text, "http_headers": headers, **named, **about})
