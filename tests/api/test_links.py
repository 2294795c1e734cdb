"""Links in answers lead to where the caller found the server; those of the clock's work to where it listens."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from api.wire import Wire
from control.api import Control

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

SETUP = "mode=setup&currency=usd&success_url=http://shop.example"
PAYMENT = "mode=payment&success_url=http://shop.example&line_items[0][quantity]=1&line_items[0][price]="
PRICE = "currency=usd&unit_amount=2000&product_data[name]=Mug"


@pytest.fixture
def host(server: LocalServer) -> str:
    """Another name of the server, with its port."""
    return f"localhost:{urlsplit(server.url).port}"


def test_each_caller_gets_links_by_the_name_that_it_used(wire: Wire, host: str) -> None:
    def link(**headers: str) -> str:
        return str(wire.post("/v1/checkout/sessions", SETUP, **headers).json()["url"])

    assert link(Host=host).startswith(f"http://{host}/c/pay/cs_")
    assert link().startswith(f"{wire.url}/c/pay/cs_")
    assert link(Host=host).startswith(f"http://{host}/c/pay/cs_")


def test_an_error_links_to_its_request_by_the_callers_name(wire: Wire, host: str) -> None:
    error = wire.error(wire.get("/v1/customers/cus_none", Host=host), 404)
    assert error["request_log_url"].startswith(f"http://{host}/_mockbill/requests/req_")


def test_info_tells_the_url_by_the_callers_name(wire: Wire, host: str) -> None:
    assert wire.get("/_mockbill/info", Host=host).json()["url"] == f"http://{host}"


@pytest.mark.parametrize("way", ["page", "control"])
def test_who_pays_a_checkout_gets_links_by_the_name_of_the_page(wire: Wire, host: str, way: str) -> None:
    price = wire.post("/v1/prices", PRICE).json()["id"]
    session = wire.post("/v1/checkout/sessions", PAYMENT + price).json()["id"]
    if way == "page":
        paid = wire.post(f"/c/pay/{session}", "email=a@example.com&test_card=4242424242424242", Host=host)
        assert paid.status_code == 303, paid.text
    else:
        assert wire.post(f"/_mockbill/checkout/{session}/pay", Host=host).json()["status"] == "complete"
    charge = wire.get("/v1/charges").json()["data"][0]
    assert charge["receipt_url"].startswith(f"http://{host}/receipts/")


def test_a_renewal_links_to_where_the_server_listens(client: stripe.StripeClient, wire: Wire, host: str) -> None:
    customer = client.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    price = wire.post("/v1/prices", PRICE + "&recurring[interval]=month").json()["id"]
    started = wire.post("/v1/subscriptions", f"customer={customer.id}&items[0][price]={price}", Host=host)
    assert started.status_code == 200, started.text
    Control(wire.url, wire.account).post("clock/advance", by="2 months")
    renewal, *_, first = wire.get("/v1/invoices?status=paid").json()["data"]
    assert first["hosted_invoice_url"].startswith(f"http://{host}/i/")
    assert renewal["hosted_invoice_url"].startswith(f"{wire.url}/i/")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_the_clock_knows_where_the_server_listens_before_anyone_has_called(host: str) -> None:
    application = create_app(Settings.load(environ={}))
    with LocalServer(application, host=host) as server, application.worlds.of("ada").work() as work:
        assert work.site_url == server.url


def test_the_base_url_is_what_all_links_start_with() -> None:
    settings: dict[str, Any] = {"base_url": "https://pay.example/mock/"}
    application = create_app(Settings.load(settings, environ={}))
    with LocalServer(application) as server:
        link = Wire(server.url, "ada").post("/v1/checkout/sessions", SETUP).json()["url"]
        assert link.startswith("https://pay.example/mock/c/pay/cs_")
        with application.worlds.of("ada").work() as work:
            assert work.site_url == "https://pay.example/mock"
