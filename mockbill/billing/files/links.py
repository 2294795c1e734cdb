"""File links: a public address of a file, until it expires."""

from typing import Any

from mockbill.billing import fields
from mockbill.world import Doc, Problem, Work, World

KIND = "file_link"


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/file_links``; without ``expires_at`` (seconds) it stays."""
    file = w.need("file", params["file"], "file")
    expires_at = params.get("expires_at")
    if expires_at is not None and expires_at <= w.now:
        raise _past()
    link = w.add(
        KIND,
        expires_at=expires_at,
        file=file["id"],
        metadata=fields.merge({}, params.get("metadata") or {}),
        url=f"{w.site_url}/links/{w.text(40)}",
    )
    w.keep("file_link_token", link["url"].rpartition("/")[2], link=link["id"])
    _list_on(w, file, link)
    return link


def update(w: Work, link: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/file_links/{link}``: ``expires_at`` is ``now``, an instant, or empty for never; and its metadata."""
    if link["expired"]:
        raise Problem("This file link has expired and can no longer be updated.")
    changes = fields.fields_of(KIND, params, link, but=("expires_at",))
    if "expires_at" in params:
        asked = params["expires_at"]
        if asked == "now":
            changes |= {"expired": True, "expires_at": w.now}
        elif asked == "":
            changes["expires_at"] = None
        elif asked <= w.now:
            raise _past()
        else:
            changes["expires_at"] = asked
    changed = w.change(link, **changes)
    _list_on(w, w.need("file", link["file"]), changed)
    return changed


def due(world: World, link: Doc) -> tuple[int, str] | None:
    """When it expires."""
    return None if link["expired"] or link["expires_at"] is None else (link["expires_at"], "file_link.expire")


def expire(w: Work, link: Doc) -> None:
    """Its time has come.  No event."""
    _list_on(w, w.need("file", link["file"]), w.change(link, expired=True))


def of_token(w: Work, token: str) -> Doc | None:
    """The link that ends in these characters."""
    kept = w.private("file_link_token", token)
    return w.get(KIND, kept["link"]) if kept else None


def _list_on(w: Work, file: Doc, link: Doc) -> None:
    """Show it, newest first, among the links of its file, which tells of ten."""
    others = [each for each in file["links"]["data"] if each["id"] != link["id"]]
    known = len(others) < len(file["links"]["data"])
    data = [link if each["id"] == link["id"] else each for each in file["links"]["data"]] if known else [link, *others]
    more = file["links"]["has_more"] or len(data) > 10
    w.change(file, links={**file["links"], "data": data[:10], "has_more": more})


def _past() -> Problem:
    return Problem("Invalid timestamp: must be in the future.", code="parameter_invalid_integer", param="expires_at")
