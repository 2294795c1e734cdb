"""Faults that a call runs into: an error in Stripe's words, no answer, or a connection that is cut.

Decided before anything is done, so that the world stays as it is and no idempotency key is used up; but for a rule that
says ``"when": "after"``, whose call is done and loses its answer.  What the servers allow: a connection is cut in the
middle of its answer, of which the head has been sent by then (an SDK raises its APIConnectionError); a cut before the
first byte cannot be had of granian.  A server is not told either that a client has given up, so a call that gets no
answer holds its thread until ``SILENCE`` is over, or the server stops.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from mockbill.stripe_api import errors
from mockbill.stripe_api.idempotency import in_use
from mockbill.world import Problem, World
from mockbill.world.faults import NO_ANSWERS, Fault

SILENCE = 90.0  # seconds that a call gets no answer: more than the 80 after which Stripe's SDKs give up
_MOST_SILENT = 16  # calls that get none at the same time, so that others find a thread; what is more is cut at once
_HEADER = "Mockbill-Fault"
_RATE_LIMIT = (
    "Testmode request rate limit exceeded, the rate limits in testmode are lower than livemode. You can learn more "
    "about rate limits here https://stripe.com/docs/rate-limits."
)
_LOCK_TIMEOUT = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "
    "If you see this error intermittently, retry the request. If you see this error frequently and are making multiple "
    "concurrent requests to a single object, make your requests serially or at a lower rate. For more details, see "
    "https://stripe.com/docs/rate-limits#object-lock-timeouts."
)
_silent = threading.BoundedSemaphore(_MOST_SILENT)


class NoAnswer(Exception):
    """The call gets none: its connection is cut, after a silence if it ``waits``."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.id}: {fault.answer}")
        self.waits = fault.answer == "timeout"


def meet(world: World, method: str, path: str, sent: Callable[[], dict[str, Any]], key: str | None) -> NoAnswer | None:
    """Let a call run into the fault that waits for it, if there is one: raises Problem or NoAnswer.

    Answers NoAnswer where the call is to be done, and only its answer is lost.

    ``sent`` gives the parameters, ``key`` is the call's idempotency key.
    """

    def customers() -> Collection[str]:
        return _customers(world, path, sent())

    with world.lock:
        fault = world.faults.of_call(method, "/" + path.lstrip("/"), customers)
    if fault is None:
        return None
    if fault.answer in NO_ANSWERS:
        if fault.when == "after":
            return NoAnswer(fault)
        raise NoAnswer(fault)
    problem = _problem(fault.answer, key)
    problem.headers[_HEADER] = fault.id
    raise problem


def cut(no_answer: NoAnswer, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """An answer that breaks off: it has fewer bytes than it says."""
    if no_answer.waits and _silent.acquire(blocking=False):
        try:
            environ.get("mockbill.stopping", threading.Event()).wait(SILENCE)
        finally:
            _silent.release()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "1000")])
    return _broken()


def _broken() -> Iterator[bytes]:
    yield b"{"  # an iterator, not a list: granian would wait for the rest of a list


def _customers(world: World, path: str, params: dict[str, Any]) -> Collection[str]:
    """The customers that a call is about: by its parameters, or as the path names them or something of theirs."""
    named = {params.get("customer")}
    for step in path.split("/"):
        named.add(step)
        for kind, table in world.tables.items():
            if not kind.startswith("_") and (found := table.fetch(step)) is not None:
                named.add(found.get("customer"))
    return {each for each in named if isinstance(each, str)}


def _problem(answer: str, key: str | None) -> Problem:
    match answer:
        case "429":
            headers = {"Stripe-Rate-Limited-Reason": "global-rate"}
            return Problem(_RATE_LIMIT, code="rate_limit", status=429, headers=headers)
        case "lock_timeout":  # SDKs try this one again
            headers = {"Stripe-Should-Retry": "true"}
            return Problem(_LOCK_TIMEOUT, code="lock_timeout", status=429, headers=headers)
        case "409":
            return in_use(key or "none was sent")
        case _:
            return errors.outage(int(answer))
