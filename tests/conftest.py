"""What tests share: one server on a real socket, and an account of its own for each test."""

from collections.abc import Iterator
from itertools import count

import hypothesis
import pytest
import stripe

from mockbill.app import Application, create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

_accounts = count(1)

# No test is timed: a busy machine must not fail one.
hypothesis.settings.register_profile("mockbill", deadline=None)
hypothesis.settings.load_profile("mockbill")


@pytest.fixture(scope="session")
def application() -> Application:
    return create_app(Settings.load({"check_answers": True, "webhook_retries": (0.05, 0.1)}, environ={}))


@pytest.fixture(scope="session")
def server(application: Application) -> Iterator[LocalServer]:
    """The server, with the type of every answer checked against Stripe's declared shapes."""
    with LocalServer(application) as server:
        yield server


@pytest.fixture
def account() -> str:
    """The name of an account that no other test uses; its key is ``sk_test_NAME``."""
    return f"test{next(_accounts)}"


@pytest.fixture
def client(server: LocalServer, account: str) -> stripe.StripeClient:
    """The official SDK, pointed at the server."""
    return stripe.StripeClient(
        f"sk_test_{account}", base_addresses={"api": server.url, "files": server.url}, max_network_retries=0
    )
