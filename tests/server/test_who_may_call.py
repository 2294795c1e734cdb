"""Who may call: this machine by its own names, and no page of the web that a browser here has open."""

from urllib.parse import urlsplit

import pytest
import stripe
from api.wire import Wire
from control.api import Control

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings


@pytest.fixture
def wire(server: LocalServer, account: str) -> Wire:
    return Wire(server.url, account)


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


EVERYWHERE = ["/v1/customers", "/_mockbill/info", "/_mockbill/readyz", "/c/pay/cs_test_1", "/nowhere"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_foreign_name_is_refused_everywhere_and_told_the_setting(wire: Wire, path: str) -> None:
    error = wire.error(wire.get(path, Host="evil.example:12111"), 403)
    assert (error["type"], error["code"]) == ("invalid_request_error", "mockbill_host_foreign")
    assert "--base-url http://evil.example:12111" in error["message"]
    assert "whsec_" not in error["message"]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil-localhost",
        "10.0.0.1",
        "user@localhost",
        "localhost:12111:1",
        "[::2]:12111",
        "x.host.docker.internal",
    ],
)
def test_a_name_that_only_looks_like_ours_is_foreign(wire: Wire, host: str) -> None:
    assert wire.error(wire.get("/v1/customers", Host=host), 403)["code"] == "mockbill_host_foreign"


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:8080", "shop.localhost:1", "127.0.0.1", "127.1.2.3:80", "[::1]:12111"]
)
def test_every_name_of_this_machine_is_ours(wire: Wire, host: str) -> None:
    assert wire.get("/v1/customers", Host=host).status_code == 200


def test_a_container_may_call_the_machine_that_it_runs_on(wire: Wire) -> None:
    assert wire.get("/v1/customers", Host="host.docker.internal:12111").status_code == 200


@pytest.mark.parametrize("host", ["api.stripe.com", "meter-events.stripe.com"])
def test_stripes_tools_may_be_led_here_and_get_links_that_lead_here_as_well(wire: Wire, host: str) -> None:
    account = wire.post("/v1/accounts", "type=express", Host=host).json()["id"]
    back = "&".join(f"{name}=https://shop.example/{name}" for name in ("refresh_url", "return_url"))
    link = wire.post("/v1/account_links", f"account={account}&type=account_onboarding&{back}", Host=host).json()
    assert link["url"].startswith(wire.url)
    assert wire.get("/v1/customers", Host=f"x.{host}").status_code == 403


def test_the_sdk_raises_its_permission_error_for_a_foreign_name(server: LocalServer) -> None:
    named = stripe.StripeClient(
        "sk_test_mockbill", base_addresses={"api": server.url}, http_client=_Named(), max_network_retries=0
    )
    with pytest.raises(stripe.PermissionError, match="--base-url"):
        named.v1.customers.list()


class _Named(stripe.RequestsClient):
    """A client that finds the server by another name."""

    def request(self, method, url, headers, post_data=None):  # type: ignore[no-untyped-def]
        return super().request(method, url, {**headers, "Host": "evil.example"}, post_data)


def test_the_name_of_the_base_url_is_ours() -> None:
    settings = Settings.load({"base_url": "https://Pay.Example:8443/mock"}, environ={})
    with LocalServer(create_app(settings)) as server:
        wire = Wire(server.url, "ada")
        assert wire.get("/v1/customers", Host="pay.example").status_code == 200
        assert wire.get("/v1/customers", Host="other.example").status_code == 403
        assert wire.get("/v1/customers", Origin="https://pay.example:8443").status_code == 200
        control = Control(server.url, "ada")
        own = {"Origin": "https://pay.example:8443"}
        assert control.ask("POST", "reset", {"account": "ada"}, own).status == 200


def test_on_a_network_any_name_will_do_but_no_page_of_another_site() -> None:
    with LocalServer(create_app(Settings.load(environ={})), host="0.0.0.0") as server:
        wire, control = Wire(server.url, "ada"), Control(server.url, "ada")
        assert wire.get("/v1/customers", Host="mockbill:12111").status_code == 200
        assert control.ask("GET", "info", headers={"Host": "mockbill:12111"}).status == 200
        foreign = {"Host": "mockbill:12111", "Origin": "http://evil.example:12111"}
        assert wire.error(wire.get("/v1/customers", **foreign), 403)["code"] == "mockbill_origin_foreign"
        refused = control.ask("POST", "reset", {"account": "ada"}, foreign)
        assert (refused.status, refused.error["code"]) == (403, "origin_foreign")


@pytest.mark.parametrize("kind", ["sk", "rk"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "file://", "://"])
def test_no_page_of_another_site_may_use_a_secret_key(wire: Wire, kind: str, origin: str) -> None:
    sent = {"Origin": origin, "Authorization": f"Bearer {kind}_test_{wire.account}"}
    error = wire.error(wire.post("/v1/webhook_endpoints", "url=http://10.0.0.1/&enabled_events[]=*", **sent), 403)
    assert error["code"] == "mockbill_origin_foreign"
    assert "doc_url" not in error
    assert "pk_test_" in error["message"]
    assert wire.get("/v1/webhook_endpoints").json()["data"] == []


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173"])
def test_a_page_of_this_machine_may_use_a_secret_key(wire: Wire, origin: str) -> None:
    assert wire.post("/v1/customers", Origin=origin).status_code == 200


def test_any_page_may_use_a_publishable_key(wire: Wire) -> None:
    card = "card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2040"
    sent = {"Origin": "https://shop.example", "Authorization": f"Bearer pk_test_{wire.account}"}
    assert wire.post("/v1/tokens", card, **sent).status_code == 200


def test_the_control_api_takes_writes_of_pages_at_the_port_where_it_was_called(control: Control) -> None:
    """A container's port may be published as another one."""
    own = {"Host": "localhost:8080", "Origin": "http://127.0.0.1:8080"}
    assert control.ask("POST", "reset", {"account": control.account}, own).status == 200
    other = {"Host": urlsplit(control.url).netloc, "Origin": "http://127.0.0.1:8080"}
    assert control.ask("POST", "reset", {"account": control.account}, other).status == 403
