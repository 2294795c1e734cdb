"""The receivers on Flask and on Express: one process each, and for each test an account that delivers to it."""

from collections.abc import Iterator

import pytest
from receivers.receiver import Receiver, Shop

from mockbill.server import LocalServer


@pytest.fixture(scope="module", params=["flask", "express"])
def receiver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with Receiver(request.param, tmp_path_factory.mktemp("receiver") / "errors") as started:
        yield started


@pytest.fixture
def shop(server: LocalServer, account: str, receiver: Receiver) -> Shop:
    """An account with an endpoint for all events at the receiver."""
    return Shop.open(server.url, account, receiver)
