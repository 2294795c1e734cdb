"""What the tests of stories share: a canned server, and the sample application."""

from collections.abc import Iterator

import pytest
from scenario.fake_server import FakeServer

from mockbill.scenario.receiver import Receiver


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening
