"""Stories in bad weather: scripts as a step, and what the application makes of what arrives."""

from collections.abc import Iterator

import pytest

from mockbill.app import create_app
from mockbill.scenario.books import Books
from mockbill.scenario.client import Document, Refused
from mockbill.scenario.compare import Unmet
from mockbill.scenario.loader import loads
from mockbill.scenario.receiver import Receiver
from mockbill.scenario.stage import Stage
from mockbill.scenario.yaml_file import Mistakes
from mockbill.server import LocalServer
from mockbill.settings import Settings


@pytest.fixture
def stage() -> Iterator[Stage]:
    with LocalServer(create_app(Settings(webhook_retries=(0.01,)))) as server, Receiver() as app:
        yield Stage(server.url, clock="2026-01-31", receiver=app)


def event(id: str, type: str, subject: Document) -> Document:
    return {"id": id, "type": type, "data": {"object": subject}}


def test_the_application_counts_each_event_once_and_knows_what_it_was_told() -> None:
    books = Books()
    for name in ("Ada", "Bob"):
        books.enter(event("evt_1", "customer.updated", {"id": "cus_1", "name": name}))
    assert (books.acted("customer.updated"), books.known("cus_1")) == (1, {"id": "cus_1", "name": "Ada"})
    assert books.known("cus_2") is None


def test_the_application_asks_for_the_object_and_keeps_what_it_was_told_of_one_that_is_gone() -> None:
    books = Books()

    def fetch(id: str) -> Document:
        if id == "prod_1":
            raise Refused("GET", 404, {})
        return {"id": id, "name": "now"}

    books.fetch = fetch
    for id in ("cus_1", "prod_1"):
        books.enter(event(f"evt_{id}", "x", {"id": id, "name": "then"}))
    known = [books.known(id) for id in ("cus_1", "prod_1")]
    assert [each and each["name"] for each in known] == ["now", "then"]


def test_a_script_drops_what_it_matches_and_an_expectation_says_what_was_not_heard_of(stage: Stage) -> None:
    ada = stage.customer(name="Ada")
    stage.heard()
    stage.script(match={"customer": ada, "type": "customer.*"}, do={"drop": True})
    stage.update(ada, name="Ada Lovelace")
    product = stage.product("Pro")
    stage.expect_app([(ada, {"name": "Ada"}), (product, {"name": "Pro"})], {"customer.updated": 0})
    with pytest.raises(Unmet, match=f"the application knows {ada['id']} otherwise"):
        stage.expect_app([(ada, {"name": "Ada Lovelace"})])
    with pytest.raises(Unmet, match="has not heard of cus_none"):
        stage.expect_app([("cus_none", {"name": "Ada"})])
    with pytest.raises(Unmet, match=r"acted on product\.created 1 times"):
        stage.expect_app(acted={"product.created": 2})


def test_what_was_badly_signed_by_a_script_does_not_fail_a_story(stage: Stage) -> None:
    id = stage.script(do={"wrong_secret": True, "hold": True}, times=1)["id"]
    stage.product("Pro")
    assert stage.heard() == []
    assert stage.release_script(id)["released"] == 1
    assert [each["type"] for each in stage.heard()] == ["product.created"]
    assert stage.clear_script(id)["data"] == []


def test_a_rule_with_a_mistake_is_refused_at_its_step(stage: Stage) -> None:
    with pytest.raises(Refused, match=r"do\.dorp: is no key here; did you mean drop\?"):
        stage.script(do={"dorp": True})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("expect app: {}", 'needs "knows", "acted" or both'),
        ("expect app: {acted: {invoice.paid: twice}}", "must be a whole number, got twice"),
        ("script: {match: {type: invoice.*}}", '"do" is missing'),
    ],
)
def test_a_step_with_a_mistake_is_found_before_the_story_runs(step: str, said: str) -> None:
    with pytest.raises(Mistakes, match=said):
        loads(f"name: x\nsteps:\n  - {step}\n", "x.yaml")
