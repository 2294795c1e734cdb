"""What stands on a paper, whatever it is: who sells, who buys, lines, sums and notes, all of it text."""

from dataclasses import dataclass, field

ACCENT = "#0b6b50"


@dataclass(frozen=True, slots=True)
class Party:
    """``title`` says what someone is here (``Bill to``); then name, address, email, tax ids."""

    title: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A line: what is sold, since when and until when, how many, for how much each and in all."""

    description: str
    detail: str | None
    quantity: str
    unit: str
    amount: str
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A row under the lines; the ``strong`` ones are what it comes to."""

    label: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph with a title."""

    title: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Paper:
    """All that stands on one document; ``stamp`` is a word about its state, ``figure`` what stands out."""

    title: str
    seller: str
    facts: list[tuple[str, str]]
    parties: list[Party]
    figure: str
    rows: list[Row]
    sums: list[Sum]
    due: str = ""  # what is still to be paid, for who pays it on a page
    stamp: str | None = None
    lead: list[Note] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    running: str = ""  # at the foot of every page
    size: str = "a4"  # or ``letter``
    colour: str = ACCENT
