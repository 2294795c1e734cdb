"""Sets a paper as a PDF: one layout for all kinds, on as many pages as it needs; equal papers are equal bytes."""

import re
import threading
from collections.abc import Callable
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from mockbill.papers.letters import columns_of, runs, width, wrapped
from mockbill.papers.paper import ACCENT, Note, Paper, Row, Sum

_SIZES = {"a4": (595.28, 841.89), "letter": (612.0, 792.0)}
_MARGIN = 54.0
_FOOT = 62.0
_INK, _QUIET, _LINE, _WASH = "#17201d", "#5f6b67", "#dde2e0", "#f4f6f5"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ONE_AT_A_TIME = threading.Lock()  # reportlab's fonts are one for all threads

_Stroke = Callable[[Canvas], None]


def pdf(paper: Paper) -> bytes:
    """The document.  Nothing in it tells of the time or the place in which it was made."""
    with _ONE_AT_A_TIME:
        return _Sheets(paper).set()


class _Sheets:
    """Pages in the making: ``y`` is where the next thing stands, measured from the bottom."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.width, self.height = _SIZES[paper.size]
        self.left, self.right = _MARGIN, self.width - _MARGIN
        self.accent = paper.colour if _COLOUR.fullmatch(paper.colour) else ACCENT
        # Right edges of the figures, from the right; a column for taxes only where a line has one.
        self.amount = self.right
        self.tax = self.right - 82
        self.unit = self.tax - 46 if any(row.tax for row in paper.rows) else self.tax
        self.quantity = self.unit - 82
        self.pages: list[list[_Stroke]] = []
        self.y = 0.0
        self._new_page()

    def set(self) -> bytes:
        self._head()
        self._parties()
        self._figure()
        for note in self.paper.lead:
            self._note(note)
        if self.paper.rows:
            self._table_head()
            for row in self.paper.rows:
                self._row(row)
        self._sums()
        for note in self.paper.notes:
            self._note(note)
        return self._drawn()

    # -- pages

    def _new_page(self) -> None:
        self.pages.append([])
        self.y = self.height - _MARGIN
        self._box(0, self.height - 5, self.width, 5, self.accent)

    def _room_for(self, height: float) -> bool:
        """Whether it still fits; if not, a new page has begun."""
        if self.y - height >= _FOOT:
            return True
        self._new_page()
        return False

    def _drawn(self) -> bytes:
        out = BytesIO()
        canvas = Canvas(out, pagesize=(self.width, self.height), invariant=1, pageCompression=1)
        canvas.setTitle(_metadata(f"{self.paper.title} {self.paper.running}".strip()))
        canvas.setAuthor(_metadata(self.paper.seller))
        canvas.setCreator("mockbill")
        for number, strokes in enumerate(self.pages, 1):
            for stroke in strokes:
                stroke(canvas)
            self._foot(canvas, number)
            canvas.showPage()
        canvas.save()
        return out.getvalue()

    def _foot(self, canvas: Canvas, number: int) -> None:
        canvas.setStrokeColor(HexColor(_LINE))
        canvas.setLineWidth(0.6)
        canvas.line(self.left, 46, self.right, 46)
        (running, *_) = wrapped(self.paper.running, 8, self.right - self.left - 80, most=1) or [""]
        _write(canvas, self.left, 32, running, 8, False, _QUIET)
        told = f"Page {number} of {len(self.pages)}"
        _write(canvas, self.right - width(told, 8), 32, told, 8, False, _QUIET)

    # -- strokes

    def _text(self, x: float, text: str, size: float, *, bold: bool = False, colour: str = _INK) -> None:
        y = self.y
        self.pages[-1].append(lambda canvas: _write(canvas, x, y, text, size, bold, colour))

    def _ending_at(self, x: float, text: str, size: float, *, bold: bool = False, colour: str = _INK) -> None:
        self._text(x - width(text, size, bold), text, size, bold=bold, colour=colour)

    def _box(self, x: float, y: float, wide: float, high: float, colour: str, radius: float = 0) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setFillColor(HexColor(colour))
            canvas.roundRect(x, y, wide, high, radius, stroke=0, fill=1)

        self.pages[-1].append(draw)

    def _rule(self, x: float, colour: str = _LINE) -> None:
        y, right = self.y, self.right

        def draw(canvas: Canvas) -> None:
            canvas.setStrokeColor(HexColor(colour))
            canvas.setLineWidth(0.6)
            canvas.line(x, y, right, y)

        self.pages[-1].append(draw)

    # -- parts

    def _head(self) -> None:
        paper = self.paper
        self.y -= 22
        self._text(self.left, paper.title, 24, bold=True)
        if paper.stamp:
            x, wide = self.left + width(paper.title, 24, True) + 12, width(paper.stamp, 8.5, True) + 14
            self._box(x, self.y - 0.5, wide, 17, self.accent if paper.stamp == "PAID" else _QUIET, 4)
            self.y += 5
            self._text(x + 7, paper.stamp, 8.5, bold=True, colour="#ffffff")
            self.y -= 5
        top, room = self.y, (self.right - self.left) * 0.45
        for line in wrapped(paper.seller, 13, room, bold=True, most=2):
            self._ending_at(self.right, line, 13, bold=True, colour=_QUIET)
            self.y -= 16
        self.y = min(self.y, top - 16) - 14
        for label, value in paper.facts:
            self._fact(label, value)
        self.y -= 14

    def _fact(self, label: str, value: str) -> None:
        (told, *_) = wrapped(label, 9.5, 112, bold=True, most=1) or [""]
        for place, line in enumerate(wrapped(value, 9.5, self.right - self.left - 124, most=6)):
            self._room_for(15)
            if place == 0:
                self._text(self.left, told, 9.5, bold=True)
            self._text(self.left + 124, line, 9.5)
            self.y -= 15

    def _parties(self) -> None:
        each = (self.right - self.left) / max(3, len(self.paper.parties))
        columns = [columns_of(party.lines, 9.5, each - 14, 14) for party in self.paper.parties]
        self._room_for(16 + 13.5 * max(map(len, columns), default=0))
        top = lowest = self.y
        for place, (party, lines) in enumerate(zip(self.paper.parties, columns, strict=True)):
            self.y = top
            self._text(self.left + place * each, party.title, 9.5, bold=True)
            for line in lines:
                self.y -= 13.5
                self._text(self.left + place * each, line, 9.5)
            lowest = min(lowest, self.y)
        self.y = lowest - 40

    def _figure(self) -> None:
        for line in wrapped(self.paper.figure, 17, self.right - self.left, bold=True, most=3):
            self._room_for(24)
            self._text(self.left, line, 17, bold=True)
            self.y -= 22
        self.y -= 8

    def _note(self, note: Note) -> None:
        if note.title:
            self._room_for(40)
            self._text(self.left, note.title, 9.5, bold=True)
            self.y -= 14
        for line in wrapped(note.text, 9.5, self.right - self.left):
            self._room_for(14)
            self._text(self.left, line, 9.5, colour=_INK if note.title else _QUIET)
            self.y -= 14
        self.y -= 12

    def _table_head(self) -> None:
        self._room_for(56)
        self.y -= 4
        self._box(self.left - 8, self.y - 7, self.right - self.left + 16, 20, _WASH, 4)
        self._text(self.left, "Description", 8.5, colour=_QUIET)
        for x, label in self._columns("Qty", "Unit price", "Tax" if self.tax != self.unit else "", "Amount"):
            self._ending_at(x, label, 8.5, colour=_QUIET)
        self.y -= 24

    def _columns(self, quantity: str, unit: str, tax: str, amount: str) -> list[tuple[float, str]]:
        return list(zip((self.quantity, self.unit, self.tax, self.amount), (quantity, unit, tax, amount), strict=True))

    def _row(self, row: Row) -> None:
        room = self.quantity - self.left - 52
        lines = [(line, 9.5, _INK) for line in wrapped(row.description, 9.5, room) or [""]]
        lines += [(line, 8.5, _QUIET) for line in wrapped(row.detail or "", 8.5, room)]
        if not self._room_for(13 * min(len(lines), 6) + 8):
            self._table_head()
        for x, text in self._columns(row.quantity, row.unit, row.tax, row.amount):
            self._ending_at(x, text, 9.5)
        for text, size, colour in lines:
            if not self._room_for(13):
                self._table_head()
            self._text(self.left, text, size, colour=colour)
            self.y -= 13
        self.y += 5
        self._rule(self.left)
        self.y -= 16

    def _sums(self) -> None:
        start = self.left + (self.right - self.left) * 0.46
        self.y -= 2
        for each in self.paper.sums:
            self._sum(each, start)
        self.y -= 22

    def _sum(self, sum: Sum, start: float) -> None:
        lines = wrapped(sum.label, 9.5, self.right - start - width(sum.amount, 9.5, sum.strong) - 14, sum.strong, 3)
        self._room_for(14 * len(lines) + 6)
        self._ending_at(self.right, sum.amount, 9.5, bold=sum.strong)
        for line in lines or [""]:
            self._text(start, line, 9.5, bold=sum.strong)
            self.y -= 13
        self.y += 6
        self._rule(start)
        self.y -= 14


def _write(canvas: Canvas, x: float, y: float, text: str, size: float, bold: bool, colour: str) -> None:
    canvas.setFillColor(HexColor(colour))
    pen = canvas.beginText(x, y)
    for font, piece in runs(text, bold):
        pen.setFont(font, size)
        pen.textOut(piece)
    canvas.drawText(pen)


def _metadata(text: str) -> str:
    """Text for the document's properties, which readers show in a title bar."""
    return "".join(letter for letter in text if letter.isprintable() and not "\ud800" <= letter <= "\udfff")[:200]
