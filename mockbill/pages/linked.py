"""Documents that a link leads to which names no id: invoices and credit notes, by account and token."""

from mockbill.pages.blueprint import account_of, site_url
from mockbill.world import Doc, Work, World
from mockbill.world.problems import missing


def world_of_account(account_id: str, kind: str) -> World:
    """The account of a link; Problem 404 when it was never used."""
    world = account_of(account_id)
    if world is None:
        raise missing(kind, account_id, "id")
    return world


def document(w: Work, kind: str, field: str, path: str) -> Doc:
    """The document whose ``field`` is the link with this path; Problem 404 when none is.

    The link bears the name by which whoever made it called this server, mostly the one of now; only where it is
    another one are all looked through.
    """
    found = w.find(kind, {field: f"{site_url()}{path}"})
    if not found:
        found = [doc for doc in w.find(kind) if (doc[field] or "").endswith(path)]
    if not found:
        raise missing(kind, path, "id")
    return found[0]
