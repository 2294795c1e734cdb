"""The settings: one table, three spellings, and errors that say what is wrong with which value."""

import json
from dataclasses import fields
from typing import Any

import pytest

from mockbill.app import create_app
from mockbill.settings import TABLE, Setting, SettingError, Settings, setting


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_every_setting_has_help_a_flag_a_variable_and_a_default_that_it_would_read(row: Setting) -> None:
    assert row.help.endswith(".")
    assert row.metavar
    assert row.group in {"server", "world", "billing", "webhooks", "deliveries", "logs"}
    assert row.flag == "--" + row.name.replace("_", "-")
    assert row.variable == "MOCKBILL_" + row.name.upper()
    assert row.default is None or row.read(row.default) == row.default


def test_the_table_is_the_settings() -> None:
    assert list(TABLE) == [field.name for field in fields(Settings)]


def test_without_anything_the_defaults_hold() -> None:
    settings = Settings.load(environ={})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.seed, settings.frozen_at) == ("127.0.0.1", 12111, None, None)


def test_a_variable_beats_the_default_and_an_override_beats_the_variable() -> None:
    environ = {"MOCKBILL_PORT": "4000", "MOCKBILL_SEED": "7"}
    settings = Settings.load({"port": "5000"}, environ)
    assert (settings.port, settings.seed) == (5000, 7)


def test_flags_that_were_not_given_and_empty_variables_change_nothing() -> None:
    environ = {"MOCKBILL_FORWARD_TO": "http://app/hook", "MOCKBILL_DATA": ""}
    settings = Settings.load({"port": None, "forward_to": (), "data": None}, environ)
    assert settings == Settings(forward_to=("http://app/hook",))


def test_a_kubernetes_service_called_mockbill_does_not_set_the_port() -> None:
    assert Settings.load(environ={"MOCKBILL_PORT": "tcp://10.0.0.1:12111"}).port == 12111


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("port", "0", 0),
        ("base_url", "https://billing.test/", "https://billing.test"),
        ("check_answers", "on", True),
        ("check_answers", "0", False),
        ("forward_to", "localhost:8000/hook, https://a.test/b", ("http://localhost:8000/hook", "https://a.test/b")),
        ("forward_to", "app:8000, hooks.test, app/hook", ("http://app:8000", "http://hooks.test", "http://app/hook")),
        ("webhook_retries", "0.5,2", (0.5, 2.0)),
        ("webhook_retries", "", ()),
        ("webhook_retries", "none", ()),
        ("webhook_retries", "1,5m,2h,3d", (1.0, 300.0, 7200.0, 259200.0)),
        ("webhook_retries", "test", (300, 1800, 7200)),
        ("webhook_timeout", "2.5", 2.5),
        ("clock", "REAL", "real"),
        ("clock", "2026-01-31", "2026-01-31T00:00:00Z"),
        ("clock", "2026-01-31T09:30:00+02:00", "2026-01-31T07:30:00Z"),
        ("log_format", "JSON", "json"),
    ],
)
def test_text_is_read_by_type(name: str, text: str, value: Any) -> None:
    assert getattr(Settings().changed({name: text}), name) == value


def test_a_frozen_clock_starts_at_its_instant_in_utc() -> None:
    assert Settings.load({"clock": "2026-01-31"}, {}).frozen_at == 1_769_817_600


def test_the_dunning_schedule_is_read_into_seconds() -> None:
    dunning = Settings.load({"dunning": "1d,2d:unpaid"}, {}).dunning
    assert (dunning.waits, dunning.end) == ((86_400, 172_800), "unpaid")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "eighty", "must be a whole number"),
        ("port", "65536", "must be at most 65535"),
        ("port", -1, "must be at least 0"),
        ("event_log", 0, "must be at least 1"),
        ("webhook_timeout", "0", "must be more than 0"),
        ("webhook_retries", "1,soon", "must be a number of seconds"),
        ("check_answers", "perhaps", "must be on or off"),
        ("clock", "tomorrow", "must be real, or a date"),
        ("forward_to", "ftp://app/hook", "must be an http:// or https:// URL"),
        ("forward_to", "notaurl", "must be an http:// or https:// URL"),
        ("forward_to", "18031", "must be an http:// or https:// URL"),
        ("forward_to", ":8000", "must be an http:// or https:// URL"),
        ("base_url", "http://", "must be an http:// or https:// URL"),
        ("webhook_retries", "40d", "must be more than 0 and at most 30 days"),
        ("webhook_disable_after", "soon", "must be a number of seconds, or a time such as 5m, 2h or 3d"),
        ("webhooks", "sometimes", "must be one of background, inline, manual"),
        ("api_version", "latest", "must be an API version"),
        ("dunning", "3d:forgive", "nothing that can follow the last attempt"),
        ("log_level", "loud", "must be one of debug, info, warning, error"),
        ("host", "two words", "must be one word"),
        ("data", "/", "must name a file"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_the_reason(name: str, value: Any, reason: str) -> None:
    with pytest.raises(SettingError, match=reason) as refused:
        Settings.load({name: value}, {})
    assert (refused.value.name, refused.value.value, refused.value.source) == (name, value, name)


def test_the_error_names_the_variable_that_held_the_value() -> None:
    with pytest.raises(SettingError, match=r"^MOCKBILL_PORT 'x': must be a whole number$"):
        Settings.load(environ={"MOCKBILL_PORT": "x"})


def test_an_error_that_quotes_the_wrong_part_does_not_quote_the_whole_as_well() -> None:
    with pytest.raises(SettingError, match=r"^dunning: 'foo' is no wait"):
        Settings.load({"dunning": "3d,foo"}, {})


def test_a_version_that_never_was_is_refused_by_the_application_which_names_its_neighbours() -> None:
    with pytest.raises(SettingError, match=r"nearest: 2024-06-20 and 2024-09-30\.acacia$"):
        create_app(Settings(api_version="2024-07-01"))
    create_app(Settings(api_version="2024-06-20")).close()


def test_an_unknown_setting_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SettingError, match="did you mean port"):
        Settings.load({"prot": 1}, {})
    with pytest.raises(SettingError, match="there are host, port"):
        setting("zzz")


def test_settings_survive_json() -> None:
    settings = Settings.load({"forward_to": ["http://a.test"], "dunning": "2d:past_due", "clock": "2026-01-31"}, {})
    assert Settings.load(json.loads(json.dumps(settings.as_dict())), {}) == settings


def test_a_wrong_secret_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingError, match="must start with whsec_") as refused:
        Settings.load({"webhook_secret": "hunter2"}, {})
    assert "hunter2" not in f"{refused.value} {refused.value.value}"
    assert "whsec_hunter2" not in repr(Settings.load({"webhook_secret": "whsec_hunter2"}, {}))
