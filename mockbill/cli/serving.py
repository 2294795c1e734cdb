"""``serve`` and ``readyz``: run a server, and wait for one."""

import json
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from mockbill import __version__
from mockbill.cli.flags import Flagged, given, on_server, settings_options
from mockbill.cli.show import Failure, Misuse, paint, say
from mockbill.cli.talk import default_url, is_ready
from mockbill.scenario.moments import iso
from mockbill.scenario.timeline import counted
from mockbill.settings import TABLE, SettingError, Settings

if TYPE_CHECKING:
    from mockbill.app import Application


KEY = "sk_test_mockbill"


@click.command(cls=Flagged, params=settings_options(), context_settings={"max_content_width": 110})
@click.pass_context
def serve(ctx: click.Context, /, **flags: Any) -> None:
    """Serve until Ctrl-C; the same as mockbill alone."""
    settings = load({**(ctx.obj or {}), **given(flags)})
    _check_folder(settings.data)
    _start_logging(settings)
    from mockbill import server
    from mockbill.world.journal import Unreadable

    app: Application

    def make_app(url: str) -> "Application":
        nonlocal app
        from mockbill.app import create_app

        app = create_app(settings.changed({"port": urlsplit(url).port}))  # the one that was found, where 0 was asked
        return app

    try:
        server.serve(make_app, settings.host, settings.port, lambda url: say(_banner(app, url)))
    except SettingError as error:
        raise _misuse(error) from None
    except (server.CannotListen, Unreadable) as reason:
        raise Failure(str(reason)) from None


def load(flags: dict[str, Any]) -> Settings:
    """Settings from flags and variables; a wrong one is one line and exit code 2."""
    try:
        return Settings.load(flags)
    except SettingError as error:
        raise _misuse(error) from None


def _misuse(error: SettingError) -> Misuse:
    source = TABLE[error.name].flag if error.source == error.name and error.name in TABLE else error.source
    value = ", ".join(error.value) if isinstance(error.value, tuple) else error.value
    return Misuse(f"{source}: {error.reason}" if error.is_whole else f"{source}: {value!r} {error.reason}")


def _check_folder(data: str | None) -> None:
    """Here and not with the setting: only who serves needs the file, and a client may share our variables."""
    folder = os.path.dirname(data or "")
    if folder and not os.path.isdir(folder):
        raise Misuse(f"there is no folder {folder} for the data file; make it first")


@click.command()
@on_server
@click.option("--wait", is_flag=True, help="Wait until the server answers.")
@click.option("--timeout", metavar="SECONDS", default=30.0, help="How long to wait [30].")
def readyz(server: str | None, wait: bool, timeout: float) -> None:
    """Say whether a server is ready; with --wait, wait for it.

    Exit code 0 when it is and 1 when it is not, as Docker's HEALTHCHECK wants it.
    """
    url = server or default_url()
    deadline = time.monotonic() + timeout
    while not is_ready(url):
        if not wait or time.monotonic() > deadline:
            raise Failure(f"{url} is not ready" + (f" after {timeout:g} s" if wait else ""))
        time.sleep(0.05)  # nobody can tell us when a server that is not there yet comes up
    say(f"{url} is ready")


def _banner(app: "Application", url: str) -> str:
    """Where the server is, what to give an application, and three commands that work as they stand."""
    settings, data = app.settings, _data(app)  # counted before the banner's own account is made
    there = "" if url == "http://127.0.0.1:12111" else f" --server {url}"
    facts = [
        ("API key", f"{KEY}  (any sk_test_... works, and is an account of its own)"),
        ("webhook secret", settings.webhook_secret),
        *(("webhooks to", forward) for forward in settings.forward_to),
        *([("", "certificates of https:// receivers are not verified")] if settings.webhook_insecure else []),
        *([("webhooks", f"{settings.webhooks}")] if settings.webhooks != "background" else []),
        ("control API", f"{url}/_mockbill/info"),
        *(("data", said) for said in data),
        ("clock", _clock(app)),
        ("seed", f"{settings.seed}  (the same ids again: mockbill --seed {settings.seed})"),
    ]
    tries = [
        f"curl {url}/v1/customers -u {KEY}: -d email=ada@example.com",
        f"mockbill scenario run payment_failure{there}",
        f'mockbill advance "1 month"{there}',
    ]
    rows = [*facts, ("", ""), *zip(("try", "", ""), tries, strict=True)]
    lines = [f"  {paint(f'{name:<16}', 'dim')}{value}".rstrip() for name, value in rows]
    return "\n".join(
        [f"mockbill {__version__} is listening at {paint(url, 'green')}", "", *lines, "", "Ctrl-C stops it."]
    )


def _data(app: "Application") -> list[str]:
    """What was restored from the data file, if there is one."""
    if app.settings.data is None:
        return []
    worlds = app.worlds.all()
    objects = sum(len(t.rows) for world in worlds for kind, t in world.tables.items() if not kind.startswith("_"))
    kept = f"{counted(len(worlds), 'account')}, {counted(objects, 'object')} from" if worlds else "new file"
    return [f"{kept} {app.settings.data}"]


def _clock(app: "Application") -> str:
    """The clock of the banner's key, which a data file may have set."""
    clock = app.worlds.of(KEY.removeprefix("sk_test_")).clock
    if clock.mode == "real":
        return "real time"
    return f"{'stands at' if clock.mode == 'frozen' else 'runs on from'} {iso(clock.now)}"


class _Json(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps({**told, "exception": self.formatException(record.exc_info)} if record.exc_info else told)


def _start_logging(settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(_Json() if settings.log_format == "json" else text)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
