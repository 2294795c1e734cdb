"""What a page of documentation shows: its blocks, and what is needed to run them as a reader would."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ADDRESS = "http://127.0.0.1:12111"  # of mockbill, wherever a page names it


def blocks(page: str) -> list[tuple[str, str]]:
    """Language and content of each block of a page, in order."""
    return re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of a reader who has mockbill installed and has set nothing."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKBILL_", "MAKE", "MFLAGS"))}
    return {**kept, "PATH": path, **more}


def strict(script: str) -> list[str]:
    """The command that runs lines of shell, of which each must succeed."""
    return ["bash", "-euo", "pipefail", "-c", script.replace("curl ", "curl --fail-with-body -sS ")]
