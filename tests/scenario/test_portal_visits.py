"""The portal in a story: a card that it does not take is unmet."""

import secrets

import pytest

from mockbill.app import create_app
from mockbill.scenario.compare import Unmet
from mockbill.scenario.stage import Stage
from mockbill.server import LocalServer
from mockbill.settings import Settings


def test_a_card_that_the_portal_does_not_take_is_unmet() -> None:
    with LocalServer(create_app(Settings.load(environ={}))) as running:
        stage = Stage(running.url, f"portal_{secrets.token_hex(4)}", clock="2026-01-31T10:00:00Z")
        visit = stage.portal(stage.customer(email="ada@example.com"))
        given = stage.in_the_portal(visit, "card", card="4242424242424242")
        assert (given["status"], given["redirect_to"]) == ("succeeded", visit["url"])
        with pytest.raises(Unmet, match="did not take the card"):
            stage.in_the_portal(visit, "card", card="4000000000000002")
