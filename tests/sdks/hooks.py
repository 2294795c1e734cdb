"""A webhook receiver for the sessions here: verifies each event with the SDK that the session runs on."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

PATIENCE = 10.0


class Receiver:
    """Listens to some types of events, in the version of the SDK, from its creation on."""

    def __init__(self, *types: str) -> None:
        self.got: list[Any] = []
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], receiver.secret)
                with receiver._arrived:
                    receiver.got.append(event)
                    receiver._arrived.notify_all()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        endpoint = stripe.WebhookEndpoint.create(
            url=f"http://127.0.0.1:{self._server.server_port}/",
            enabled_events=list(types),
            api_version=stripe.api_version,
        )
        self.secret = endpoint["secret"]

    def one(self, type: str) -> Any:
        """The first event of a type, once it is there."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self._of(type), PATIENCE), f"no {type}"
            return self._of(type)[0]

    def _of(self, type: str) -> list[Any]:
        return [event for event in self.got if event["type"] == type]
