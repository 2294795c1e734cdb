"""A story's run as a person reads it in a hundred columns: billing date, step, what changed, events, deliveries."""

import os
import textwrap
from collections.abc import Mapping, Sequence
from typing import TextIO

from mockbill.scenario.client import Document

WIDTH = 100
_MARGIN = 18  # the date and two spaces
_VERB = 17  # "expect webhook" and two spaces

_COLOURS = {"green": "32", "red": "31", "dim": "2", "bold": "1"}
_PLAIN = {"✓": "ok", "✗": "FAILED", "→": "->", "·": "-"}

# The objects whose status tells the story; the rest can be read from the events.
_TOLD = {"subscription": "subscription", "invoice": "invoice", "checkout.session": "session"}
_AMOUNT = {"paid": "amount_paid", "open": "amount_due", "draft": "amount_due"}


def counted(number: int, one: str, many: str = "") -> str:
    """`1 step`, `2 steps`; `many` where it takes more than an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


class Changes:
    """Remembers each object's status and says in short what a list of events did to them."""

    def __init__(self) -> None:
        self._status: dict[str, str] = {}

    def told_by(self, events: list[Document]) -> str:
        """`subscription active → past_due · invoice open, 2900 usd`, or nothing."""
        before = dict(self._status)
        last: dict[str, Document] = {}
        for event in events:
            document = event["data"]["object"]
            if document.get("object") in _TOLD and document.get("id"):
                last[document["id"]] = document
        self._status.update({name: document["status"] for name, document in last.items()})
        changed = [document for name, document in last.items() if before.get(name) != document["status"]]
        return " · ".join(_change(document, before.get(document["id"])) for document in changed)


class Timeline:
    """Writes to a text stream; in colour only on a terminal, and not where NO_COLOR is set."""

    def __init__(self, out: TextIO, colour: bool | None = None) -> None:
        self._out = out
        self._colour = out.isatty() and not os.environ.get("NO_COLOR") if colour is None else colour
        self._signs: Mapping[str, str] = {} if _can_say(out, "".join(_PLAIN)) else _PLAIN

    def heading(self, title: str, about: str, *, facts: str) -> None:
        self._line(self._paint(title, "bold"))
        for line in textwrap.wrap(about, WIDTH):
            self._line(line)
        for line in textwrap.wrap(facts, WIDTH, break_long_words=False, break_on_hyphens=False):
            self._line(self._paint(line, "dim"))

    def act(self, date: str, verb: str, said: str, changed: str) -> None:
        self._entry(date, verb, said)
        if changed:
            self._detail(changed)

    def note(self, text: str) -> None:
        self._line()
        for line in textwrap.wrap(text, WIDTH - _MARGIN):
            self._line(" " * _MARGIN + self._paint(line, "bold"))

    def check(self, date: str, verb: str, said: str) -> None:
        self._entry(date, verb, said, sign="✓", colour="green")

    def events(self, types: list[str]) -> None:
        for line in textwrap.wrap("  ".join(types), WIDTH - _MARGIN - _VERB, break_on_hyphens=False):
            self._detail(line, "dim")

    def deliveries(self, text: str) -> None:
        self._detail(f"✓ {text}", "green")

    def failure(self, date: str, verb: str, said: str, lines: Sequence[str], where: str) -> None:
        self._entry(date, verb, said, sign="✗", colour="red")
        self._line(" " * _MARGIN + self._paint(where, "red"))
        for line in lines:
            self._line(" " * _MARGIN + line)

    def verdict(self, text: str, *, good: bool) -> None:
        self._line()
        self._line(self._paint(f"{'✓' if good else '✗'} {text}", "green" if good else "red"))
        self._line()

    def summary(self, rows: Sequence[tuple[str, bool, float]]) -> None:
        """One line for each branch: its title, whether it passed, and how many seconds it took."""
        for title, passed, seconds in rows:
            self._line(
                f"{self._paint('✓' if passed else '✗', 'green' if passed else 'red')} {title:<80} {seconds:6.2f} s"
            )

    def _entry(self, date: str, verb: str, said: str, *, sign: str = "", colour: str = "bold") -> None:
        room = WIDTH - _MARGIN - _VERB
        first, *rest = textwrap.wrap(said, room) or [""]
        named = f"{sign} {verb}" if sign else verb
        self._line(f"{date:<{_MARGIN}}{self._paint(f'{named:<{_VERB}}', colour)}{first}")
        for line in rest:
            self._line(" " * (_MARGIN + _VERB) + line)

    def _detail(self, text: str, colour: str | None = None) -> None:
        for line in textwrap.wrap(text, WIDTH - _MARGIN - _VERB, break_on_hyphens=False):
            self._line(" " * (_MARGIN + _VERB) + self._paint(line, colour))

    def _paint(self, text: str, colour: str | None) -> str:
        return f"\033[{_COLOURS[colour]}m{text}\033[0m" if self._colour and colour else text

    def _line(self, text: str = "") -> None:
        for sign, plain in self._signs.items():
            text = text.replace(sign, plain)
        self._out.write(f"{text.rstrip()}\n")
        self._out.flush()


def _change(document: Document, before: str | None) -> str:
    kind, status = _TOLD[document["object"]], document["status"]
    amount = document.get(_AMOUNT.get(status, ""), None) if kind == "invoice" else None
    money = "" if amount is None else f", {amount} {document['currency']}"
    return f"{kind} {before} → {status}{money}" if before else f"{kind} {status}{money}"


def _can_say(out: TextIO, signs: str) -> bool:
    try:
        signs.encode(getattr(out, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
