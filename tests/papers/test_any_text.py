"""Whatever people write, a paper can be set; and equal papers are equal bytes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papers.reading import pages

from mockbill.papers import letters, sheet
from mockbill.papers.paper import Note, Paper, Party, Row, Sum

ANY = st.text(max_size=80) | st.text(st.characters(min_codepoint=0x600, max_codepoint=0xFFFF), max_size=300)


def paper(words: str) -> Paper:
    return Paper(
        title="Invoice",
        seller=words,
        facts=[(words, words), ("Number", "1")],
        parties=[Party("Bill to", [words, words])],
        figure=words,
        rows=[Row(words, words, "1", "$1.00", "$1.00")],
        sums=[Sum(words, "$1.00"), Sum("Total", "$1.00", True)],
        lead=[Note(None, words)],
        notes=[Note("Memo", words)],
        running=words,
        colour=words,
    )


@given(ANY)
def test_any_text_can_be_set(words: str) -> None:
    content = sheet.pdf(paper(words))
    assert content == sheet.pdf(paper(words))
    assert "$1.00" in "".join(pages(content))


@given(ANY, st.floats(20, 300))
def test_no_line_is_wider_than_its_room(words: str, room: float) -> None:
    for line in letters.wrapped(words, 10, room):
        assert letters.width(line, 10) <= room or len(line) == 1


@pytest.mark.parametrize(
    ("words", "fonts"),
    [
        ("Ada – “the first” €5", ["Helvetica"]),
        ("Łukasz Żółć", ["DejaVuSans"]),
        ("田中 Ltd", ["STSong-Light", "DejaVuSans"]),
        ("たなか", ["HeiseiKakuGo-W5"]),
        ("김철수", ["HYGothic-Medium"]),
        ("🎉", ["DejaVuSans"]),
        ("", []),
    ],
)
def test_each_script_has_its_font(words: str, fonts: list[str]) -> None:
    assert [font for font, _ in letters.runs(words)] == fonts


def test_what_windows_can_write_is_read_back() -> None:
    words = "".join(bytes([code]).decode("cp1252", "ignore") for code in range(0xA1, 0x100) if code != 0xAD)
    words += "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
    said = "".join(pages(sheet.pdf(replace(paper("x"), lead=[Note(None, words)])))).replace("\n", "")
    assert words in said


def test_very_long_words_and_texts_are_set_whole() -> None:
    said = "".join(pages(sheet.pdf(paper("x" * 5000))))
    assert said.count("x") >= 15_000
