"""Where the server is found: the URL that links start with, and the names and pages that it may be called by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mockbill.settings import Settings

_HOST = re.compile(r"(?P<name>[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>\d+))?")
_LOOPBACK = re.compile(r"(.+\.)?localhost|127\.\d+\.\d+\.\d+|::1|\[::1\]", re.IGNORECASE)
# What containers call the machine that they run on; Docker Desktop and Podman lead from there to loopback as well.
_FROM_CONTAINERS = ("host.docker.internal", "gateway.docker.internal", "host.containers.internal")
# Hosts that Stripe's tools have built in, who are led here by other means (docs/stripe-cli.md).  No page but Stripe's
# can have these names, or have them lead here.
_STRIPES = ("api.stripe.com", "files.stripe.com", "meter-events.stripe.com")


class Site:
    """The address of one server.

    Any page of the web may call a server on this machine, and its owner can have the page's name lead here, so that a
    browser takes both for one site and shows it the answers.  What such a page cannot do is leave out its own name:
    browsers send it as ``Origin``, and as ``Host`` where it leads here.
    """

    def __init__(self, settings: Settings) -> None:
        self._base_url = settings.base_url
        parts = urlsplit(settings.base_url or "")
        self._base_name = parts.hostname
        self._base_origin = f"{parts.scheme}://{parts.netloc}".lower() if settings.base_url else None
        self.listens_at(f"http://{settings.host}:{settings.port}", settings.host)

    def listens_at(self, url: str, address: str) -> None:
        """Learn where the server is really found: its socket may have another port and address than was set."""
        self.url = self._base_url or url
        self._on_loopback = is_loopback(address)

    def url_for(self, environ: Mapping[str, Any]) -> str:
        """What links start with: where this caller found us, unless a setting says otherwise.  No slash at its end."""
        host = environ.get("HTTP_HOST")
        if self._base_url or not host or _name_in(host) in (None, *_STRIPES):
            return self.url
        return f"{environ.get('wsgi.url_scheme', 'http')}://{host}"

    def objection(self, host: str | None) -> str | None:
        """Why a call with this ``Host`` header is refused; None if it is not.  On a network any name may be ours."""
        if not self._on_loopback or not host or self._is_ours(host):
            return None
        return (
            f"This mockbill serves this machine alone, and {host} is no name of it. If it shall be one, start mockbill "
            f"with --base-url http://{host} (or MOCKBILL_BASE_URL)."
        )

    def is_trusted(self, origin: str) -> bool:
        """Whether a page of this ``Origin`` comes from this machine, or from the base URL."""
        scheme, _, host = origin.partition("://")
        found = _HOST.fullmatch(host)
        loopback = scheme in ("http", "https") and found is not None and is_loopback(found["name"])
        return loopback or origin.lower() == self._base_origin

    def is_own_page(self, origin: str, host: str) -> bool:
        """Whether a page of this ``Origin`` is ours, for a browser that calls us at ``host``: the port decides."""
        return origin.lower() == self._base_origin or (self.is_trusted(origin) and _port(origin) == _port(host))

    def _is_ours(self, host: str) -> bool:
        name = _name_in(host)
        if name is None:
            return False
        return is_loopback(name) or name in (*_FROM_CONTAINERS, *_STRIPES) or name.strip("[]") == self._base_name


@lru_cache(maxsize=256)  # asked on every call, mostly with the same one
def _name_in(host: str) -> str | None:
    """The name in a ``Host`` header, without its port; None for what is no host."""
    found = _HOST.fullmatch(host)
    return found["name"].lower() if found else None


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a name or address, without a port, leads to this machine wherever it is used."""
    return _LOOPBACK.fullmatch(host) is not None


def _port(address: str) -> str | None:
    found = _HOST.fullmatch(address.rpartition("/")[2])
    return found["port"] if found else None
