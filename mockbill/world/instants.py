"""Instants as the v2 API writes them: RFC 3339 texts, of which worlds keep the seconds."""

from datetime import UTC, datetime

from mockbill.world.problems import Problem

_LATEST = 253_402_300_799  # 9999-12-31T23:59:59Z


def told(at: int) -> str:
    """Seconds since 1970 as ``2026-01-31T10:00:00.000Z``."""
    return f"{datetime.fromtimestamp(min(at, _LATEST), UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def seconds(text: str, param: str) -> float:
    """The other way round; without a zone it is UTC.  Problem for what is no instant."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        raise Problem(f"Invalid timestamp: {text}", code="invalid_fields", param=param) from None
