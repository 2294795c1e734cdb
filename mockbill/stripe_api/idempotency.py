"""Idempotency keys: the first answer is kept and given again (stripe-behaviour.md 1.10)."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from mockbill.world import Problem

KEPT = 10_000  # answers an account; they are held by reference to immutable versions


@dataclass(slots=True)
class Kept:
    """The first use of a key: what was asked, and the answer once there is one."""

    path: str
    fingerprint: bytes
    request_id: str
    status: int = 0  # 0 while it is being answered
    payload: Any = None
    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Idempotency:
    """The keys of one account."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def begin(self, key: str, path: str, sent: bytes, request_id: str) -> tuple[Kept, bool]:
        """Claim a key.  Returns its record and whether that is a replay; Problem for other parameters or a race."""
        if len(key) > 255:
            raise Problem("Idempotency keys can have up to 255 characters.")
        fingerprint = blake2b(sent, digest_size=16).digest()
        # setdefault is atomic: of two requests that race for a key, one gets its own record back.
        mine = Kept(path, fingerprint, request_id)
        known = self.kept.setdefault(key, mine)
        if known is mine:
            if len(self.kept) > KEPT:
                self.kept.pop(next(iter(self.kept)), None)
            return mine, False
        if known.path != path:
            raise Problem(
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{path}' vs '{known.path}'). Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                type="idempotency_error",
            )
        if known.fingerprint != fingerprint:
            raise Problem(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        if not known.status:
            raise in_use(key)
        return known, True

    def abandon(self, key: str) -> None:
        """Forget a key whose request never began to execute: it may be sent again, corrected."""
        self.kept.pop(key, None)


def in_use(key: str) -> Problem:
    """The conflict (409) of a call whose key belongs to one that is under way."""
    return Problem(
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later.",
        code="idempotency_key_in_use",
        type="idempotency_error",
        status=409,
    )
