"""Checks answers against the classes of an older SDK: DIRECTORY; reads a JSON list of answers, prints objections.

What that SDK declares and today's does as well may be missing: SDKs do not say what is there only when asked for.
What came later, fields, kinds and types of events, may be there.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from compile_surface import shapes_of
from stripe_source import Package

from mockbill import surface
from mockbill.surface import data


def lenient(node: Any, today: Any) -> Any:
    """The type with a ``~`` after fields that today's has, too; inside of lists and nullables as well."""
    today, _ = data.resolved(today)
    if isinstance(node, dict):
        known = {name.rstrip("~"): inner for name, inner in today.items()} if isinstance(today, dict) else {}
        return {
            f"{name}~" if name in known or name == "deleted" else name: lenient(inner, known.get(name, "any"))
            for name, inner in node.items()
        }
    if isinstance(node, list) and node[0] in ("?", "list", "map"):
        inside = today if node[0] == "?" else today[1] if isinstance(today, list) else "any"
        return [node[0], lenient(node[1], inside)]
    return node


today = data.compiled()["shapes"]
older = shapes_of(Package(Path(sys.argv[1]) / "stripe"))
data.compiled()["shapes"] = {kind: lenient(shape, today.get(kind, {})) for kind, shape in older.items()}
found = {objection for answer in json.load(sys.stdin) for objection in surface.check(answer)}
ADDED = ("no such field", "there is no kind", "event.type: expected one of")
json.dump(sorted(objection for objection in found if not any(text in objection for text in ADDED)), sys.stdout)
