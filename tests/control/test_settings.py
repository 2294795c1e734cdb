"""The settings of one account: read, changed, taken back, and refused with a reason."""

from pathlib import Path

import pytest
import stripe
from control.api import Control

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings


def test_an_account_bills_as_the_server_was_started(control: Control) -> None:
    told = control.get("settings")
    assert (told["account"], told["own"]) == (control.account, [])
    assert told["settings"]["dunning"] == "3d,5d,7d:cancel"
    assert (told["settings"]["invoice_retries"], told["settings"]["upcoming_days"]) == ("none", 7)
    assert "lost_card" in told["settings"]["hard_declines"]
    assert "port" not in told["settings"]


def test_a_change_is_for_one_account_alone(control: Control) -> None:
    changed = control.post("settings", dunning="1d,12h:unpaid", upcoming_days=0, hard_declines=["lost_card"])
    assert changed["own"] == ["dunning", "hard_declines", "upcoming_days"]
    assert changed == control.get("settings")
    assert (changed["settings"]["dunning"], changed["settings"]["upcoming_days"]) == ("1d,12h:unpaid", 0)
    assert changed["settings"]["hard_declines"] == ["lost_card"]
    neighbour = Control(control.url, f"{control.account}_b")
    assert neighbour.get("settings")["settings"]["dunning"] == "3d,5d,7d:cancel"


def test_null_takes_what_the_server_has_and_so_does_a_reset(control: Control) -> None:
    control.post("settings", dunning="smart:pause", invoice_retries="1d")
    assert control.post("settings", dunning=None)["own"] == ["invoice_retries"]
    control.post("reset")
    assert control.get("settings")["own"] == []


@pytest.mark.parametrize(
    ("asked", "code", "param", "message"),
    [
        ({"dunning": "3d:forgive"}, "field_invalid", "dunning", "nothing that can follow the last attempt"),
        ({"dunning": {"end": "cancel"}}, "field_invalid", "dunning", "must be text or a number"),
        ({"upcoming_days": 90}, "field_invalid", "upcoming_days", "must be at most 45"),
        ({"hard_declines": "lost_crad"}, "field_invalid", "hard_declines", "did you mean lost_card"),
        ({"duning": "3d"}, "field_unknown", "duning", "did you mean dunning"),
        ({"port": 1}, "setting_of_the_server", "port", "the server's, not an account's"),
        ({"account": "no name", "dunning": "3d"}, "account_invalid", "account", "is no account"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(
    control: Control, asked: dict[str, object], code: str, param: str, message: str
) -> None:
    before = control.get("settings")
    answer = control.try_post("settings", **{"invoice_retries": "9d", **asked})
    assert (answer.status, answer.error["code"], answer.error["param"]) == (422, code, param)
    assert message in answer.error["message"]
    assert control.get("settings") == before


def test_turning_a_warning_off_takes_it_off_the_list(control: Control, client: stripe.StripeClient) -> None:
    control.post("clock", now="2026-01-31T10:00:00Z", mode="frozen")
    card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    client.v1.subscriptions.create({"customer": client.v1.customers.create(card).id, "items": [{"price": price.id}]})
    control.post("settings", upcoming_days=0)
    assert "invoice.upcoming" not in control.post("clock/advance", by="1 month")["events"]
    control.post("settings", upcoming_days=7)
    assert "invoice.upcoming" in control.post("clock/advance", by="1 month")["events"]


def test_an_account_keeps_its_settings_across_a_restart(tmp_path: Path) -> None:
    settings = Settings.load({"data": str(tmp_path / "world.json")}, environ={})
    with LocalServer(create_app(settings)) as server:
        Control(server.url, "ada").post("settings", dunning="2d:past_due")
    with LocalServer(create_app(settings)) as server:
        assert Control(server.url, "ada").get("settings")["settings"]["dunning"] == "2d:past_due"
        assert Control(server.url, "bob").get("settings")["own"] == []
        Control(server.url, "ada").post("reset")
    with LocalServer(create_app(settings)) as server:
        assert Control(server.url, "ada").get("settings")["own"] == []
