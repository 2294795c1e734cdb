"""``mockbill``: the commands by task, each imported when it is called or listed; alone it serves."""

from importlib import import_module
from typing import Any

import click

from mockbill import __version__
from mockbill.cli.flags import Flagged, given, settings_options
from mockbill.cli.show import suggestion

# Section of the help, then the module of this room that holds its commands, then these.
TASKS = {
    "Serve": ("serving", ("serve", "readyz")),
    "Replay stories": ("stories", ("demo", "scenario")),
    "Move time": ("clocks", ("advance", "clock")),
    "Listen": ("listening", ("listen",)),
    "Trigger": ("triggering", ("trigger",)),
    "Script": ("scripting", ("script",)),
    "Act": ("acting", ("pay", "get", "post", "delete", "drain", "reset")),
    "Let fail": ("failing", ("fail", "faults")),
    "Wait": ("waiting", ("wait",)),
    "Look": ("looking", ("events", "deliveries", "requests", "info", "coverage")),
}
_MODULES = {name: module for module, names in TASKS.values() for name in names}


class Root(Flagged, click.Group):
    """Imports commands late, and lists them by task."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"mockbill.cli.{_MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _MODULES and not args[0].startswith("-"):
            raise click.UsageError(f"{args[0]} is no command{suggestion(args[0], _MODULES)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, _MODULES))
        for task, (_, names) in TASKS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(task):
                formatter.write_dl(
                    [(f"{name:<{widest}}", command.get_short_help_str(90)) for name, command in commands if command]
                )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)  # what can be done comes before how the server can be set
        self.format_settings(ctx, formatter)


@click.command(
    cls=Root,
    params=settings_options(),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    subcommand_metavar="[COMMAND ...]",
)
@click.version_option(__version__, message="mockbill %(version)s")
@click.pass_context
def root(ctx: click.Context, /, **flags: Any) -> None:
    """A Stripe that lives on localhost. Without a command: serve on http://127.0.0.1:12111.

    Each setting below is also a variable: --port is MOCKBILL_PORT. Commands that talk to a server find it by --server,
    MOCKBILL_URL, or the settings' own host and port.
    """
    ctx.obj = given(flags)
    if ctx.invoked_subcommand is None:
        ctx.invoke(Root.get_command(root, ctx, "serve"))  # type: ignore[arg-type]  # a Root, and there is a "serve"
    elif ctx.obj and ctx.invoked_subcommand != "serve":
        name = next(iter(ctx.obj)).replace("_", "-")
        raise click.UsageError(
            f"--{name} sets up a server and {ctx.invoked_subcommand} starts none: give it to mockbill or mockbill serve"
        )


def main() -> None:
    """Run the command line.  Exit codes: 0 done, 1 refused or failed, 2 used wrongly or no server to talk to."""
    root(prog_name="mockbill")
