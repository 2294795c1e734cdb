"""A webhook receiver on Flask, idempotent and order-proof as Stripe recommends; prints the port that it takes.

``on_express.js`` is the same on Express: both keep books of customers, and answer what a test tells them to.
"""

import threading
from typing import Any

import stripe
from flask import Flask, Response, jsonify, redirect, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import make_server

PATIENCE = 40  # seconds that anybody waits

app = Flask(__name__)
changed = threading.Condition()
one_at_a_time = threading.Lock()


class Books:
    """What a test began with, what it told us to answer next, what came, and what we made of it."""

    def __init__(self, url: str = "", key: str = "sk_test_nobody", secret: str = "whsec_nobody") -> None:
        self.stripe = stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)
        self.secret = secret
        self.answers: list[int | str] = []
        self.held = threading.Event()
        self.came: list[dict[str, Any]] = []
        self.handled: set[str] = set()
        self.customers: dict[str, str | None] = {}
        self.mails: list[str] = []


books = Books()


def note(**what: Any) -> None:
    with changed:
        books.came.append(what)
        changed.notify_all()


def handle(event: stripe.Event) -> None:
    """Each event once.  What counts is not what it tells of its customer, but what Stripe says when asked now."""
    with one_at_a_time:
        if event.id in books.handled:
            return
        if event.type.startswith("customer."):
            customer = books.stripe.v1.customers.retrieve(event.data.object.id)
            books.customers[customer.id] = None if hasattr(customer, "deleted") else customer.name
        books.mails.append(event.type)
        books.handled.add(event.id)


@app.post("/webhook")
def webhook() -> Response | tuple[str, int]:
    try:
        payload = request.get_data()
    except ClientDisconnected:
        note(status=400, error="cut")
        return "cut", 400
    signature = request.headers.get("Stripe-Signature", "")
    try:
        event = stripe.Webhook.construct_event(payload, signature, books.secret)
    except (stripe.SignatureVerificationError, ValueError) as error:
        note(status=400, error="stale" if "tolerance" in str(error) else "forged")
        return str(error), 400
    answer = books.answers.pop(0) if books.answers else 200
    said = {"event": event.id, "type": event.type, "version": event.api_version}
    if isinstance(answer, int) and answer >= 300:
        note(status=answer, **said)
        return redirect("/elsewhere", answer) if answer < 400 else ("not now", answer)
    handle(event)
    status = 500 if answer == "done, but 500" else 200
    note(status=status, **said)
    if answer == "slow":
        books.held.wait(PATIENCE)
    return "", status


# what tests ask and tell


@app.post("/begin")
def begin() -> tuple[str, int]:
    global books
    books = Books(**request.get_json())
    return "", 204


@app.post("/answer")
def answer() -> tuple[str, int]:
    books.answers = request.get_json()
    return "", 204


@app.post("/release")
def release() -> tuple[str, int]:
    books.held.set()
    return "", 204


@app.get("/books")
def show() -> Response:
    """All that is known, once ``count`` webhooks came; sooner or later in any case."""
    with changed:
        changed.wait_for(lambda: len(books.came) >= int(request.args.get("count", 0)), PATIENCE)
        return jsonify(came=books.came, customers=books.customers, mails=books.mails)


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.port, flush=True)
    server.serve_forever()
