"""Events."""

from collections.abc import Callable

from mockbill.billing.connect import beside
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

resource("event", "/v1/events/{id}")


@handles("GET /v1/events")
def listing(call: Call) -> Doc:
    """``type``, which may end in ``*``, ``types[]``, and whether all receivers have taken it (``delivery_success``)."""
    wanted = [call.params["type"]] if "type" in call.params else call.params.get("types", [])
    tests: list[Callable[[Doc], bool]] = []
    exact = {}
    if any("*" in name for name in wanted):
        tests.append(_matching(wanted))
    elif wanted:
        exact = {"type": frozenset(wanted)}
    if "delivery_success" in call.params:
        tests.append(_delivered if call.params["delivery_success"] else lambda event: not _delivered(event))
    keep = (lambda event: all(test(event) for test in tests)) if tests else None
    return lists.page(call.work, "event", call.params, exact, call.path, keep)


@handles("POST /v1/events/{id}/retry")
def _retry(call: Call) -> Doc:
    """``stripe events resend``: once more, to a ``webhook_endpoint``, or to all who listen to events of its type.

    Stripe resends to ``stripe listen`` alone unless an endpoint is named.  ``account`` is a connected one, whose event
    it is.
    """
    w = call.work
    if account := call.params.get("account"):
        w.need("account", account, "account")
        w = beside.account(w, account)
    event = w.need("event", call.id)
    w.world.hub.resend(w.world, event["id"], call.params.get("webhook_endpoint"))
    return event


def _delivered(event: Doc) -> bool:
    """False while a delivery is still to be made, and for good when all attempts of one have failed."""
    return not event["pending_webhooks"]


def _matching(wanted: list[str]) -> Callable[[Doc], bool]:
    exact = {name for name in wanted if not name.endswith("*")}
    starts = tuple(name[:-1] for name in wanted if name.endswith("*"))
    return lambda event: event["type"] in exact or event["type"].startswith(starts)
