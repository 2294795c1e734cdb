"""The hosted checkout page as a browser without JavaScript reads it: its form, its links and its words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_INLINE = {"a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup", "u"}
_SILENT = {"script", "style", "title", "template"}


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class CheckoutPage(HTMLParser):
    """`forms` with the values a browser would send, `links`, the visible `words`, and what `role="alert"` says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._words: list[str] = []
        self._alerts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()

    @property
    def words(self) -> str:
        return " ".join("".join(self._words).split())

    @property
    def alert(self) -> str:
        return " ".join("".join(self._alerts).split())

    def card_form(self) -> Form | None:
        """The form that a card number is typed into."""
        return next((form for form in self.forms if form.method == "post" and "card" in form.fields), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._part_words(tag)
        if tag not in _VOID:
            alerting = given.get("role") == "alert" or (bool(self._open) and self._open[-1][1])
            self._open.append((tag, alerting))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag in ("input", "select", "textarea") and self.forms:
            self._read_field(given)

    def _read_field(self, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name")
        unchosen = kind in ("radio", "checkbox") and "checked" not in given
        if name and kind not in ("submit", "button", "image", "reset") and not unchosen:
            self.forms[-1].fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._part_words(tag)
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] in _SILENT:
            return
        self._words.append(data)
        if self._open and self._open[-1][1]:
            self._alerts.append(data)

    def _part_words(self, tag: str) -> None:
        """Words of two blocks are two words, though no space stands between their tags."""
        if tag not in _INLINE:
            self._words.append(" ")
            self._alerts.append(" ")
