"""What is still to be delivered when a server stops: kept beside its events, and taken up again at the next start."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from mockbill.webhooks.delivery import Attempt, Delivery, Occasion
from mockbill.webhooks.ledger import Ledger
from mockbill.webhooks.post import Reply
from mockbill.world import Doc, World, thin_events

KIND = "_delivery"  # the table; its documents are none of Stripe's, and nothing falls due with them


def keep(world: World, unfinished: Iterable[Delivery]) -> None:
    """Have the world's keeper keep deliveries that are not over; what has no event of the log behind it is lost."""
    with world.work() as work:
        for delivery in unfinished:
            if _event(world, delivery.event["id"]) is not None:
                work.put(KIND, _document(delivery))


def taken_up(world: World, ledger: Ledger) -> list[Delivery]:
    """The deliveries that were kept, oldest first, which are kept no more.

    Those whose receiver is gone are left out, and so are those whose event is.
    """
    if KIND not in world.tables:
        return []
    with world.work() as work:
        kept = work.find(KIND)
        for doc in kept:
            work.remove({"object": KIND, "id": doc["id"]})
    return list(_known(world, ledger, kept))


def _known(world: World, ledger: Ledger, kept: list[Doc]) -> Iterator[Delivery]:
    for doc in kept:
        event, receiver = _event(world, doc["event"]), ledger.routes.by_id.get(doc["endpoint"])
        if event is not None and receiver is not None:
            attempts = [_attempt(told) for told in doc["attempts"]]
            yield Delivery(
                doc["id"], ledger, event, receiver, doc["owed"],
                next_retry=doc["next_retry"], retries=doc["retries"], attempts=attempts,
            )  # fmt: skip


def _document(delivery: Delivery) -> Doc:
    return {
        "id": delivery.id,
        "event": delivery.event["id"],
        "endpoint": delivery.receiver.id,
        "owed": delivery.owed,
        "next_retry": delivery.next_retry,
        "retries": delivery.retries,
        "attempts": [{**asdict(attempt), "occasion": attempt.occasion.value} for attempt in delivery.attempts],
    }


def _attempt(told: dict[str, Any]) -> Attempt:
    reply, scripts = Reply(**told["reply"]), tuple(told["scripts"])
    return Attempt(told["at"], Occasion(told["occasion"]), told["signature"], reply, scripts)


def _event(world: World, id: str) -> Doc | None:
    return world.fetch("event", id) or thin_events.find(world, id)
