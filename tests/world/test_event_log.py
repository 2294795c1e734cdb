"""The log of events: how long it is, and what it holds."""

from mockbill.app import create_app
from mockbill.billing import customers
from mockbill.settings import Settings


def test_the_oldest_events_go_first_and_no_more_than_a_few_too_many_stay() -> None:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z", "event_log": 128}, environ={}))
    world = app.worlds.of("ada")
    made = []
    for _ in range(300):
        with world.work() as w:
            made.append(customers.create(w, {})["id"])
        kept = [event["data"]["object"]["id"] for event in world.table("event").select()]
        assert kept == made[-len(kept) :]
        assert min(len(made), 128) <= len(kept) <= 130
    app.close()


def test_a_short_log_is_kept_to_the_event() -> None:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z", "event_log": 2}, environ={}))
    world = app.worlds.of("ada")
    for _ in range(5):
        with world.work() as w:
            customers.create(w, {})
        assert len(world.table("event").rows) <= 2
    app.close()
