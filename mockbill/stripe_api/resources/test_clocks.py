"""Test clocks.  Advancing answers at once, as Stripe does; the clock is ``ready`` when all that fell due is done."""

import logging
import threading
from typing import Any

from mockbill.billing import test_clocks
from mockbill.stripe_api.registry import resource
from mockbill.world import Doc, Work, World

_log = logging.getLogger(__name__)


def _advance(w: Work, clock: Doc, params: dict[str, Any]) -> Doc:
    started = test_clocks.begin_advance(w, clock, params)
    w.after_commit(lambda: _start(w.world, started))
    return started


def resume(world: World) -> None:
    """Go on with the advances that a server had promised when it was killed."""
    for clock in list(world.table("test_helpers.test_clock").select({"status": "advancing"})):
        _start(world, clock)


def _start(world: World, clock: Doc) -> None:
    until = clock["status_details"]["advancing"]["target_frozen_time"]
    name = f"advance {clock['id']}"
    threading.Thread(target=_finish, args=(world, clock["id"], until), name=name, daemon=True).start()


def _finish(world: World, clock: str, until: int) -> None:
    try:
        test_clocks.finish_advance(world, clock, until)
    except Exception:
        _log.exception("advancing %s to %s failed", clock, until)


resource(
    "test_helpers.test_clock",
    "/v1/test_helpers/test_clocks/{test_clock}",
    create=test_clocks.create,
    delete=test_clocks.delete,
    actions={"advance": _advance},
)
