"""The addresses that a shop names: where its customers are sent back to."""

from mockbill.world import Problem


def check(url: str, param: str) -> None:
    """Problem for what a browser cannot be sent to."""
    if not url.startswith(("http://", "https://")):
        raise Problem("Not a valid URL", code="url_invalid", param=param)
