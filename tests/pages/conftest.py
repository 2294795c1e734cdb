"""What the tests of pages share: a shop with a site of its own, a visitor without JavaScript, and Chromium."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe
from pages.shop import Shop, Visitor

from mockbill.server import LocalServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = "/usr/bin/chromium"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


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
        sent: Any = {"currency": "usd", "unit_amount": amount, "product_data": {"name": name}, **params}
        return client.v1.prices.create(sent).id

    monthly = {"interval": "month"}
    return Shop(
        client,
        site,
        price("Pro", 2000, recurring=monthly),
        price("Seat", 1250, recurring=monthly),
        price("Mug", 1200),
    )


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
