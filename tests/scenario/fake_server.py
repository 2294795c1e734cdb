"""A few calls of a billing server, canned: enough to see what the stage, the runner and the receiver do over HTTP."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PAGE = """<!doctype html><html><head><title>Checkout: not a word of the page</title></head><body>
<a href="https://shop.example/pricing">Back</a>
{alert}<form method="post" action="/c/pay/{id}">
<input type="hidden" name="token" value="t-1"><input name="email" value="{email}"><input name="name"><input name="card">
<input name="exp"><input name="cvc"><label><input type="checkbox" name="remember" value="1"> Remember me</label>
<button name="card" value="4242424242424242">Test card</button><button>Subscribe</button></form>
<form method="post" action="/elsewhere"><input name="promotion_code"></form></body></html>"""

IDS = {
    "customers": "cus",
    "payment_methods": "pm",
    "prices": "price",
    "products": "prod",
    "sessions": "cs_test",
    "subscription_schedules": "sub_sched",
    "subscriptions": "sub",
    "test_clocks": "clock",
}


class FakeServer:
    """Answers on a free port while its `with` block runs; what it saw and what it does wrong are plain attributes."""

    def __init__(self) -> None:
        self.now = "2026-01-31T10:00:00Z"
        self.documents: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.endpoints: list[tuple[str, str]] = []
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.keys: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.page_size = 100
        self.deliveries = 1  # how often each event is delivered
        self.tampering = False
        self.success_url: str | None = None  # where the page leads instead
        self._http = HTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> "FakeServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def emit(self, name: str, document: dict[str, Any], before: dict[str, Any] | None = None) -> None:
        data = {"object": dict(document), **({"previous_attributes": before} if before else {})}
        event = {"id": f"evt_{len(self.events) + 1}", "object": "event", "type": name, "data": data}
        self.events.append(event)
        for url, secret in self.endpoints:
            for _ in range(self.deliveries):
                _deliver(url, secret, event, tampering=self.tampering)

    def add(self, collection: str, fields: dict[str, Any]) -> dict[str, Any]:
        kind = {"sessions": "checkout.session"}.get(collection, collection.removesuffix("s"))
        document = {"id": f"{IDS[collection]}_{len(self.documents) + 1}", "object": kind, **fields}
        if kind == "checkout.session":
            url = f"http://named-otherwise.example/c/pay/{document['id']}"
            document |= {"status": "open", "url": url, "subscription": None, "customer": None}
        if kind == "subscription":
            document.setdefault("status", "active")
        self.documents[document["id"]] = document
        return document

    def page(self, session: dict[str, Any], sent: dict[str, str] | None) -> tuple[int, str, str | None]:
        if sent is None or sent["card"] == "4242424242424242":
            alert = ""
        else:
            alert = '<p role="alert">Your card has <b>insufficient funds</b>.</p>'
        html = PAGE.format(alert=alert, id=session["id"], email=session.get("customer_email", ""))
        if sent is None:
            return 200, html, None
        if alert:
            self.emit("charge.failed", {"object": "charge", "id": "ch_1"})
            return 402, html, None
        subscription = self.add("subscriptions", {"status": "active", "latest_invoice": "in_1", "customer": "cus_9"})
        session |= {"status": "complete", "url": None, "subscription": subscription["id"]}
        self.emit("customer.subscription.created", subscription)
        self.emit("checkout.session.completed", session)
        return 303, "", self.success_url or session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])

    def control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "clock":
            self.now = body["now"]
        if path == "clock/advance":
            self.now = "2026-02-28T10:00:00Z"
            for subscription in [d for d in self.documents.values() if d["object"] == "subscription"]:
                before = {"status": subscription["status"]}
                subscription["status"] = "past_due"
                self.emit("customer.subscription.updated", subscription, before)
        if path.startswith("events"):
            return {"data": []}
        return {"now": self.now, "mode": "frozen"}

    def stripe(self, method: str, path: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = path.removeprefix("/v1/").replace("checkout/", "").replace("test_helpers/", "").split("/")
        if parts[0] == "events":
            return 200, self._page_of_events(fields.get("starting_after"))
        if parts[0] == "webhook_endpoints":
            # A new account: this server keeps one at a time.
            self.endpoints, self.events, self.documents = [(fields["url"], "whsec_fake")], [], {}
            return 200, {"id": "we_1", "object": "webhook_endpoint", "secret": "whsec_fake"}
        if parts[0] not in IDS:
            error = {"type": "invalid_request_error", "message": f"Unrecognized request URL ({method}: {path})."}
            return 404, {"error": error}
        if len(parts) == 1:
            document = self.add(parts[0], fields)
            if document["object"] != "checkout.session":
                self.emit(f"{document['object']}.created", document)
            return 200, document
        document = self.documents[parts[1]]
        if method == "GET" and parts[0] == "test_clocks":
            document["status"] = "ready"
        if method != "GET":
            document |= fields
        if parts[2:] == ["advance"]:
            document |= {"status": "advancing", "frozen_time": int(fields["frozen_time"])}
        return 200, dict(document)

    def _page_of_events(self, after: str | None) -> dict[str, Any]:
        newest_first = self.events[::-1]
        ids = [event["id"] for event in newest_first]
        start = ids.index(after) + 1 if after else 0
        rest = newest_first[start:]
        return {"object": "list", "data": rest[: self.page_size], "has_more": len(rest) > self.page_size}


def _deliver(url: str, secret: str, event: dict[str, Any], *, tampering: bool) -> None:
    body = json.dumps(event, indent=2).encode()
    stamp = int(time.time())  # noqa: TID251  (signatures carry wall time)
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=5)
    headers = {"Stripe-Signature": f"t={stamp},v1={signature},v0=ignored", "Content-Type": "application/json"}
    connection.request("POST", address.path, body + b" " * tampering, headers)
    connection.getresponse().read()
    connection.close()


def _handler_of(server: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            target = urlsplit(self.path)
            self._route(target.path, dict(parse_qsl(target.query)), sent=False)

        def do_DELETE(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if self.headers.get("Content-Type") == "application/json":
                server.bodies.append(json.loads(body))
                self._route(self.path, json.loads(body), sent=True)
            else:
                self._route(self.path, dict(parse_qsl(body, keep_blank_values=True)), sent=True)

        def _route(self, path: str, fields: dict[str, Any], *, sent: bool) -> None:
            server.calls.append((self.command, path, fields))
            if path.startswith("/_mockbill/"):
                self._json(200, server.control(path.removeprefix("/_mockbill/"), fields))
            elif path.startswith("/c/pay/"):
                status, html, location = server.page(server.documents[path.split("/")[3]], fields if sent else None)
                self._send(status, html, "text/html", location)
            else:
                server.keys.append(self.headers["Authorization"])
                self._json(*server.stripe(self.command, path, fields))

        def _json(self, status: int, document: dict[str, Any]) -> None:
            self._send(status, json.dumps(document), "application/json", None)

        def _send(self, status: int, text: str, kind: str, location: str | None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
