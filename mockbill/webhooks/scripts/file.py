"""A file of delivery scripts: a YAML list of rules, refused with each mistake as `file:line:column: what is wrong`."""

from collections.abc import Iterable
from pathlib import Path

from mockbill.scenario.yaml_file import Mistakes, YamlFile, read
from mockbill.webhooks.scripts import reading
from mockbill.webhooks.scripts.rule import Terms


def load(path: str) -> list[Terms]:
    """The rules in a file; raises Mistakes (all there are), or OSError when it cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Mistakes([f"{path}:1:1: the file is not UTF-8 text"]) from None
    return loads(text, path)


def loads(text: str, name: str) -> list[Terms]:
    """The rules in a text; ``name`` stands for the file in messages."""
    file = read(text, name)
    if not isinstance(file.value, list):
        file.complain((), "scripts are a list of rules such as `- {match: {type: invoice.*}, do: {drop: true}}`")
    terms = list(_rules(file)) if isinstance(file.value, list) else []
    file.refuse()
    return terms


def _rules(file: YamlFile) -> Iterable[Terms]:
    for number, written in enumerate(file.value):
        try:
            yield reading.read(written)
        except reading.BadRule as bad:
            for mistake in bad.mistakes:
                subject = f"{mistake.path[-1]}: " if mistake.path else ""
                file.complain((number, *mistake.path), f"{subject}{mistake.message}", key=mistake.of_key)
