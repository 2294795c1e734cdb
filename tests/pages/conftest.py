"""What the tests of pages share: a shop with prices and a site of its own, a session without JavaScript, a browser."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

from mockbill.app import Application
from mockbill.scenario.checkout_page import CheckoutPage
from mockbill.server import LocalServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass
class Shop:
    """An account that sells a subscription, seats and a mug, and the URL of its own site."""

    client: stripe.StripeClient
    site: str
    pro: str
    seat: str
    mug: str

    def checkout(self, *prices: str, quantity: int = 1, **params: Any) -> stripe.checkout.Session:
        """A session for these prices; a subscription that leads to the shop's site unless ``params`` say otherwise."""
        asked: dict[str, Any] = {
            "mode": "subscription",
            "success_url": f"{self.site}/thanks?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{self.site}/pricing",
            **params,
        }
        if asked["mode"] != "setup":
            asked["line_items"] = [{"price": price, "quantity": quantity} for price in prices or (self.pro,)]
        return self.client.v1.checkout.sessions.create({key: value for key, value in asked.items() if value})

    def look(self, session: stripe.checkout.Session) -> stripe.checkout.Session:
        return self.client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["subscription", "customer", "payment_intent", "setup_intent", "invoice"]}
        )

    def events(self) -> list[str]:
        """The types of all events so far, oldest first."""
        return [event.type for event in reversed(self.client.v1.events.list({"limit": 100}).data)]


@pytest.fixture(scope="session")
def server(server: LocalServer, application: Application) -> LocalServer:
    """The server, on pages that link to where it really is."""
    application.worlds.site.url = server.url
    return server


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The shop's own site, at another origin than the checkout: every path of it says which one it is."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<!doctype html><title>Shop</title><p>shop {self.path.partition('?')[0]}</p>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as httpd:
        thread = Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


@pytest.fixture
def shop(client: stripe.StripeClient, site: str) -> Shop:
    def price(name: str, amount: int, **params: Any) -> str:
        params |= {"currency": "usd", "unit_amount": amount, "product_data": {"name": name}}
        return client.v1.prices.create(params).id

    monthly = {"interval": "month"}
    return Shop(
        client,
        site,
        price("Pro", 2000, recurring=monthly),
        price("Seat", 1250, recurring=monthly),
        price("Mug", 1200),
    )


@dataclass
class Answer:
    """What a browser without JavaScript gets: redirects are not followed."""

    status: int
    location: str | None
    text: str
    headers: dict[str, str]

    @property
    def page(self) -> CheckoutPage:
        return CheckoutPage(self.text)


class Visitor:
    """Opens pages and posts forms without JavaScript and without cookies."""

    def __init__(self, server: LocalServer, session: requests.Session) -> None:
        self.server = server
        self.session = session

    def get(self, url: str | None) -> Answer:
        return self._ask("GET", url)

    def post(self, url: str | None, **fields: str) -> Answer:
        return self._ask("POST", url, data=fields)

    def pay(self, url: str | None, card: str = "4242424242424242", **fields: str) -> Answer:
        """Fill in everything, and send it."""
        typed = {"email": "ada@example.com", "name": "Ada Lovelace", "exp": "12 / 34", "cvc": "123", "card": card}
        return self.post(url, **{**typed, **fields})

    def _ask(self, method: str, url: str | None, **sent: Any) -> Answer:
        assert url is not None
        address = url if url.startswith("http") else self.server.url + url
        answer = self.session.request(method, address, allow_redirects=False, timeout=30, **sent)
        return Answer(answer.status_code, answer.headers.get("Location"), answer.text, dict(answer.headers))


@pytest.fixture
def visitor(server: LocalServer) -> Iterator[Visitor]:
    with requests.Session() as session:
        session.trust_env = False
        yield Visitor(server, session)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    if not Path(CHROMIUM).exists() and os.environ.get("CI") != "true":
        pytest.skip(f"no {CHROMIUM}: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def page(browser: "Browser", request: pytest.FixtureRequest) -> Iterator["Page"]:
    """A fresh browser page that tolerates no message in its console: with JavaScript, and without."""
    context = browser.new_context(java_script_enabled=request.param)
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # Chromium notes every answer of 4xx, and declined cards are answered with 402.
    assert [said for said in complaints if not said.startswith("Failed to load resource: the server responded")] == []
