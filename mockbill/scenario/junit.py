"""Results as JUnit XML, which every CI shows."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as xml

from mockbill.scenario.results import Result


def write(results: Sequence[Result], path: str | Path) -> None:
    """One suite a story, one case a branch; a failure holds the file, the line and the exact difference."""
    root = xml.Element("testsuites", name="mockbill scenarios")
    for story in dict.fromkeys(result.story for result in results):
        own = [result for result in results if result.story == story]
        failed = sum(not result.passed for result in own)
        suite = xml.SubElement(root, "testsuite", name=story, tests=str(len(own)), failures=str(failed), errors="0")
        for result in own:
            case = xml.SubElement(
                suite,
                "testcase",
                classname=story,
                name=result.branch or story,
                file=result.path,
                time=f"{result.seconds:.3f}",
            )
            if result.failure is not None:
                failure = xml.SubElement(case, "failure", message=_legal(result.failure.sentence))
                failure.text = _legal("\n".join([result.failure.where, *result.failure.lines]))
    xml.indent(root)
    xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _legal(text: str) -> str:
    """XML 1.0 knows no control characters but tab and line ends."""
    return "".join(c if c in "\t\n\r" or c >= " " else "\N{REPLACEMENT CHARACTER}" for c in text)
