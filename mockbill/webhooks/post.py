"""One POST to a receiver, and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import PreparedRequest, Response

KEPT = 10_000  # bytes of the answer's body
_HEADERS_KEPT, _LONGEST_HEADER = 40, 500  # how many, and characters of each

HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "Accept": "*/*; q=0.5, application/xml",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, or else the reason why there is none."""

    status: int | None
    body: str
    error: str | None
    timed_out: bool
    milliseconds: float
    headers: Mapping[str, str]
    taken: bool = False  # by Stripe's CLI, who has yet to say what its receiver answers

    @classmethod
    def of_fault(cls, reason: str) -> Reply:
        """None at all: nothing was sent, for this reason."""
        return cls(None, "", reason, False, 0.0, {})

    @property
    def good(self) -> bool:
        """Any 2xx; a redirect is a failure, as with Stripe."""
        return self.taken or (self.status is not None and 200 <= self.status < 300)


class Poster:
    """Posts to one receiver over a connection that is kept while there is more to send.

    It speaks through the transport of ``requests`` alone: a session would read proxies and passwords from the
    environment, follow redirects and keep cookies, none of which Stripe does.
    """

    def __init__(self, *, verify: bool = True) -> None:
        """``verify`` is whether a certificate must be good."""
        # Imported by the first delivery, in its own thread: it costs 0.2 s that the start need not pay.
        from requests.adapters import HTTPAdapter

        self._transport = HTTPAdapter(pool_connections=1, pool_maxsize=1)
        self._verify = verify
        if not verify:  # it was chosen, and the banner says so: no warning with every delivery
            from urllib3 import disable_warnings
            from urllib3.exceptions import InsecureRequestWarning

            disable_warnings(InsecureRequestWarning)
        self._request: PreparedRequest | None = None
        self._target = ""

    def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,
        pieces: Iterator[bytes] | None = None,
    ) -> Reply:
        """Post once; ``timeout`` in seconds.  Whatever goes wrong is told in the reply.

        The body goes in ``pieces`` where they are given, at their pace; the timeout begins when they have gone.
        """
        started = time.perf_counter()
        status, text, error, timed_out, told = None, "", None, False, {}
        try:
            request = self._prepared(url)
            request.headers.update(headers)
            request.prepare_body(body, None)
            if pieces is not None:
                request.body = pieces  # type: ignore[assignment]  # requests takes them; its length stays that of the body: so a connection that is cut shows as such
            response = self._transport.send(request, stream=True, timeout=(timeout, timeout), verify=self._verify)
            begun = started if pieces is None else time.perf_counter()
            try:
                text = _beginning(response, begun + timeout)
                status, told = response.status_code, _headers(response)
            finally:
                response.close()
        except Exception as problem:  # the address is the user's, and so is the server behind it
            root = _root(problem)
            timed_out = isinstance(root, TimeoutError)
            error = f"no answer within {timeout:g} seconds" if timed_out else str(root) or type(root).__name__
        return Reply(status, text, error, timed_out, round((time.perf_counter() - started) * 1000, 3), told)

    def _prepared(self, url: str) -> PreparedRequest:
        """A request to the URL, kept for the next one: making one anew takes a third of the delivery."""
        from requests import Request

        if self._request is None or self._target != url:
            self._request, self._target = Request("POST", url).prepare(), url
        return self._request

    def close(self) -> None:
        """Let go of the connection; the next post opens another."""
        self._transport.close()


def _beginning(response: Response, deadline: float) -> str:
    """The first part of the body.  A short one is read to its end, so that the connection can be used again."""
    body = b""
    while len(body) < KEPT and (come := response.raw.read1(KEPT, decode_content=True)):  # without waiting for all of it
        body += come
        if time.perf_counter() > deadline:
            raise TimeoutError
    return body[:KEPT].decode(errors="replace")


def _headers(response: Response) -> dict[str, str]:
    kept = islice(response.headers.items(), _HEADERS_KEPT)
    return {name[:_LONGEST_HEADER]: value[:_LONGEST_HEADER] for name, value in kept}


def _root(problem: BaseException) -> BaseException:
    """What lies under the layers of ``requests`` and ``urllib3``: it says in few words what is wrong."""
    while problem.__context__ is not None:
        problem = problem.__context__
    return problem
