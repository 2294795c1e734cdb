"""The clock of one account: real, offset from real, or frozen; the only place that asks for the time."""

import time
from dataclasses import dataclass
from typing import Literal, Self

Mode = Literal["real", "offset", "frozen"]


def wall() -> int:
    """Seconds on the wall clock: for signatures and time-outs, never for billing."""
    return int(time.time())  # noqa: TID251  the one door to the wall clock


@dataclass(slots=True)
class Clock:
    """``base`` is the frozen instant, or the seconds by which an offset clock differs from the wall."""

    mode: Mode = "real"
    base: int = 0

    @classmethod
    def starting(cls, frozen_at: int | None) -> Self:
        """Real time, or a clock that stands still at an instant until it is advanced."""
        return cls() if frozen_at is None else cls("frozen", frozen_at)

    @property
    def now(self) -> int:
        """The account's time in Unix seconds."""
        if self.mode == "frozen":
            return self.base
        return wall() + self.base

    def set(self, instant: int, mode: Mode | None = None) -> None:
        """Move to ``instant``; a real clock that is moved becomes an offset one."""
        self.mode = mode or ("frozen" if self.mode == "frozen" else "offset")
        if self.mode == "frozen":
            self.base = instant
        else:
            self.base = instant - wall() if self.mode == "offset" else 0
