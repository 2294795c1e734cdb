"""What can be an e-mail address: to the API anything around one @, on pages what browsers and mail servers take."""

import re

LONGEST = 512  # characters of a customer's email at Stripe
_SHAPE = re.compile(r"[^@\s]+@[^@\s]+")
_TYPED = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def has_shape(text: str) -> bool:
    """Whether the API takes it."""
    return bool(_SHAPE.fullmatch(text))


def can_be_typed(text: str) -> bool:
    """Whether a page takes it."""
    return len(text) <= LONGEST and bool(_TYPED.fullmatch(text))
