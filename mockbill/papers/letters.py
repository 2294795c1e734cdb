"""Which font writes what, and how wide that is: any text can be set, whoever wrote it.

What Windows-1252 holds is set in Helvetica, which every reader has.  Other text in Latin, Greek, Cyrillic, Armenian,
Georgian, Hebrew and Arabic letters is set in DejaVu Sans, of which the letters used are embedded; Chinese, Japanese and
Korean in the fonts that readers keep for them (never embedded).  What none of these has is shown as an empty box.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

_PLAIN = {False: "Helvetica", True: "Helvetica-Bold"}
_WIDE = {False: "DejaVuSans", True: "DejaVuSans-Bold"}
_KOREAN, _JAPANESE, _CHINESE = "HYGothic-Medium", "HeiseiKakuGo-W5", "STSong-Light"
_BOX, _BULLET = "\u25a1", "\u2022"
_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me")
_FONTS = Path(__file__).parent / "fonts"


def runs(text: str, bold: bool = False) -> list[tuple[str, str]]:
    """The text in order, in pieces, each with the name of the font that sets it."""
    letters = [_set(letter, bold, face) for face in (_face(text),) for letter in text]
    return [
        (font, "".join(letter for _, letter in piece))
        for font, piece in groupby((each for each in letters if each), key=lambda each: each[0])
    ]


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide the text is, in points."""
    return sum(_width(font, letter) for font, piece in runs(text, bold) for letter in piece) * size


def wrapped(text: str, size: float, room: float, bold: bool = False, most: int | None = None) -> list[str]:
    """The text in lines that are no wider than ``room``; beyond ``most`` lines it ends in an ellipsis."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        lines += _lines(" ".join(paragraph.split()), size, room, bold)
        if most is not None and len(lines) > most:
            return [*lines[: most - 1], lines[most - 1] + "…"]
    return lines


def _lines(paragraph: str, size: float, room: float, bold: bool) -> Iterator[str]:
    line = ""
    for word in _words(paragraph, size, room, bold):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, bold) > room:
            yield line
            line = word
        else:
            line = longer
    yield line


def _words(paragraph: str, size: float, room: float, bold: bool) -> Iterator[str]:
    """Words, those that are wider than a line in parts."""
    for word in paragraph.split(" "):
        part = ""
        if width(word, size, bold) <= room:
            yield word
            continue
        for letter in word:
            if part and width(part + letter, size, bold) > room:
                yield part
                part = ""
            part += letter
        yield part


def _face(text: str) -> str:
    """What decides for a text as a whole: ``plain``, or the font for what is Chinese, Japanese or Korean in it."""
    try:
        text.encode("cp1252")
        return "plain"
    except UnicodeEncodeError:
        pass
    if any("\uac00" <= letter <= "\ud7a3" or "\u1100" <= letter <= "\u11ff" for letter in text):
        return _KOREAN
    return _JAPANESE if any("\u3040" <= letter <= "\u30ff" for letter in text) else _CHINESE


def _set(letter: str, bold: bool, face: str) -> tuple[str, str] | None:
    """The font of a letter, and what is set for it; None for what is not seen."""
    if letter == "\t":
        letter = " "
    if face == "plain" and letter == _BULLET:
        _wide_letters()
        return _WIDE[bold], letter  # reportlab writes it as a code that readers show, but do not copy
    if face == "plain":
        return None if unicodedata.category(letter) in _UNSEEN else (_PLAIN[bold], letter)
    if ord(letter) in _wide_letters():
        return _WIDE[bold], letter
    if _is_east_asian(letter):
        return face, letter
    return None if unicodedata.category(letter) in _UNSEEN[:2] + _UNSEEN[4:] else (_WIDE[bold], _BOX)


def _is_east_asian(letter: str) -> bool:
    return "\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" or "\uf900" <= letter <= "\ufaff" or (
        "\uff01" <= letter <= "\uff9f"
    )  # fmt: skip


@cache
def _wide_letters() -> frozenset[int]:
    """What both cuts of DejaVu Sans here hold; registers them, and those of East Asia."""
    held = []
    for name in _WIDE.values():
        font = TTFont(name, str(_FONTS / f"{name}.ttf"))
        pdfmetrics.registerFont(font)
        held.append(frozenset(font.face.charToGlyph))
    for name in (_KOREAN, _JAPANESE, _CHINESE):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return held[0] & held[1]


@lru_cache(maxsize=4096)
def _width(font: str, letter: str) -> float:
    return float(pdfmetrics.stringWidth(letter, font, 1))


def columns_of(texts: Sequence[str], size: float, room: float, most: int) -> list[str]:
    """Several texts under each other, each wrapped, together no longer than ``most`` lines."""
    lines = [line for text in texts if text for line in wrapped(text, size, room, most=3)]
    return lines[:most]
