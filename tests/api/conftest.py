"""What the tests of the API share."""

import pytest
from api.wire import Wire

from mockbill.server import LocalServer


@pytest.fixture
def wire(server: LocalServer, account: str) -> Wire:
    """The API without an SDK."""
    return Wire(server.url, account)
