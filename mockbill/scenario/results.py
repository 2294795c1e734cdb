"""How a story went: what a run leaves for a command's exit code, a report or a test to read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mockbill.scenario.compare import Difference


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step failed: where it stands (`file:line`), one sentence, the differing values, and all of it as lines."""

    where: str
    sentence: str
    differences: Sequence[Difference]
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step as it went: the billing time (seconds) after it, the types of the events that followed it, and how
    many events the application took."""

    verb: str
    said: str
    line: int
    now: int | None
    events: Sequence[str] = ()
    received: int = 0


@dataclass
class Result:
    """How one branch of a story went, up to the first step that failed; `seconds` are of the wall clock."""

    path: str
    story: str
    branch: str
    account: str
    steps: list[StepResult] = field(default_factory=list)
    failure: Failure | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.failure is None

    @property
    def title(self) -> str:
        return f"{self.story}: {self.branch}" if self.branch else self.story
