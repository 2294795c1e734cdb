"""Flags: every setting as an option of the server, and what commands that talk to a server share."""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any, TypeVar

import click

from mockbill.settings import TABLE, Setting

_Command = TypeVar("_Command", bound=Callable[..., Any])


class SettingOption(click.Option):
    """A flag of one setting.  Its value stays text: ``Settings.load`` reads flags and variables alike."""

    def __init__(self, row: Setting) -> None:
        default = str(row.default)
        if isinstance(row.default, tuple | frozenset):
            default = ", ".join(map(str, sorted(row.default)))
        if row.is_switch:
            default = "on" if row.default else "off"
        shown = f" [{default}]" if row.default not in (None, ()) else ""
        super().__init__(
            [row.flag], multiple=row.repeatable, default=None, metavar=row.metavar, help=f"{row.help}{shown}"
        )
        self.group = row.group


class Flagged(click.Command):
    """A command whose help lists the settings by group."""

    def format_settings(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        settings = [param for param in self.get_params(ctx) if isinstance(param, SettingOption)]
        for group, options in groupby(settings, lambda option: option.group):
            with formatter.section(f"Settings: {group}"):
                formatter.write_dl([record for option in options if (record := option.get_help_record(ctx))])
        others = [param for param in self.get_params(ctx) if not isinstance(param, SettingOption)]
        with formatter.section("Options"):
            formatter.write_dl([record for option in others if (record := option.get_help_record(ctx))])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_settings(ctx, formatter)


def settings_options() -> list[click.Parameter]:
    """An option for each row of the settings table."""
    return [SettingOption(row) for row in TABLE.values()]


def given(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that were given."""
    return {name: value for name, value in flags.items() if value not in (None, ())}


def on_server(command: _Command) -> _Command:
    """Add ``--server`` to a command; it is called with the URL, or None when none was given."""
    return click.option(
        "--server", metavar="URL", envvar="MOCKBILL_URL", help="The server to talk to [http://127.0.0.1:12111]."
    )(command)


def about_account(command: _Command) -> _Command:
    """Add ``--server``, ``--account`` and ``--json``."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")
    account = click.option(
        "--account", metavar="NAME", default="mockbill", help="The account: ada for the key sk_test_ada [mockbill]."
    )
    return on_server(account(as_json(command)))
