"""What commands print: colours where they are wanted, tables, JSON, and one line when something is wrong."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import IO, Any

import click


class Failure(click.ClickException):
    """One line on standard error; exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"mockbill: {self.message}", file=file or sys.stderr)


class Misuse(Failure):
    """As Failure, with exit code 2: used wrongly, or there is no server."""

    exit_code = 2


def paint(text: str, colour: str) -> str:
    """``text`` in a colour of click's, on a terminal that has not asked for none (no-color.org)."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return click.style(text, dim=True) if colour == "dim" else click.style(text, fg=colour)


def say(text: str = "") -> None:
    """A line on standard output."""
    click.echo(text)


def say_json(value: Any) -> None:
    say(json.dumps(value, indent=2, ensure_ascii=False))


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """Columns as wide as they need to be, or the ``empty`` line."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not cells:
        say(empty)
        return
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]

    def line(row: Sequence[str]) -> str:
        return "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()

    say(paint(line(heads), "dim"))
    for row in cells:
        say(line(row))


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean advance?``, or all that there is."""
    names = list(known)
    close = get_close_matches(word, names, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"
