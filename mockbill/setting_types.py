"""How each type of setting is read: from text to a value, or a ValueError that says the reason alone."""

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime

from mockbill.rules import tax_table as tables  # rules stand below every room and need only the standard library

DAY = 86_400  # seconds


def word(text: str) -> str:
    if not text or any(sign.isspace() for sign in text):
        raise ValueError("must be one word")
    return text


def path(text: str) -> str:
    if not text or os.path.isdir(text):
        raise ValueError("must name a file")
    return text


def whole(least: int | None = None, most: int | None = None) -> Callable[[str], int]:
    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("must be a whole number") from None
        if least is not None and number < least:
            raise ValueError(f"must be at least {least}")
        if most is not None and number > most:
            raise ValueError(f"must be at most {most}")
        return number

    return whole


def seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if not 0 < number < DAY:
        raise ValueError("must be more than 0 and less than a day of seconds")
    return number


_MINUTE, _HOUR = 60, 3_600
_UNITS = {"s": 1, "m": _MINUTE, "h": _HOUR, "d": DAY}
# How Stripe tries again (stripe-behaviour.md 5.1): "up to 3 days with exponential back off", of which the steps are not
# published; the first ones here are what others observed.  In test mode "three times over the course of a few hours".
_NAMED_WAITS: dict[str, tuple[float, ...]] = {
    "none": (),
    "test": (5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR),
    "live": (
        *(5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR),
        *(12 * _HOUR, 12 * _HOUR, 12 * _HOUR, 12 * _HOUR),
    ),
}


def span(text: str) -> float:
    """Seconds, or a number with a unit: 30, 90s, 5m, 2h, 3d."""
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    try:
        length = float(number) * _UNITS[unit]
    except ValueError:
        raise ValueError("must be a number of seconds, or a time such as 5m, 2h or 3d") from None
    if not 0 < length <= 30 * DAY:
        raise ValueError("must be more than 0 and at most 30 days")
    return length


def span_or_off(text: str) -> float:
    """A time, or 0 for off."""
    return 0.0 if text.lower() in ("off", "0", "0.0") else span(text)


def waits(text: str) -> tuple[float, ...]:
    """Times between commas, or the name of such a list."""
    if text.lower() in _NAMED_WAITS:
        return _NAMED_WAITS[text.lower()]
    return tuple(span(part.strip()) for part in text.split(",") if part.strip())


def switch(text: str) -> bool:
    word = text.lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError("must be on or off")


def one_of(*choices: str) -> Callable[[str], str]:
    def one_of(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text.lower()

    return one_of


def url(text: str) -> str:
    # `localhost:8000/webhook` is what people type after --forward-to; the Stripe CLI takes it as well.
    # A lone word or number is more likely a slip, such as a port without its host.
    address = text if "://" in text or not re.search(r"[:/.]", text) else f"http://{text}"
    if not re.fullmatch(r"https?://[^\s/?#:][^\s/?#]*([/?#]\S*)?", address):
        raise ValueError("must be an http:// or https:// URL, such as http://localhost:8000/webhook")
    return address


def base_url(text: str) -> str:
    return url(text).rstrip("/")


def urls(text: str) -> tuple[str, ...]:
    return tuple(url(part.strip()) for part in text.split(",") if part.strip())


def clock(text: str) -> str:
    """``real``, or the instant at which time stands still, in one spelling: 2026-01-31T00:00:00Z."""
    if text.lower() == "real":
        return "real"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be real, or a date such as 2026-01-31 or 2026-01-31T09:00:00Z") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def version(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?", text):
        raise ValueError("must be an API version such as 2026-10-28.endive")
    return text


def tax_table(text: str) -> tables.Table:
    """``standard``, or the file that holds a table of one's own."""
    if text.lower() == "standard":
        return tables.STANDARD
    try:
        with open(text, encoding="utf-8") as file:
            return tables.parse(text, json.load(file))
    except OSError as error:
        raise ValueError(f"must be standard or a file that can be read ({error.strerror})") from None


def secret(text: str) -> str:
    if not re.fullmatch(r"whsec_[A-Za-z0-9_]+", text):
        raise ValueError("must start with whsec_ and go on with letters and digits")
    return text
