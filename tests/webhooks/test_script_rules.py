"""Rules of delivery scripts from inside: how they are read, which deliveries they are about, what they do together."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.scenario.yaml_file import Mistakes
from mockbill.webhooks.scripts import BadRule, Desk, Facts, NoSuchRule, Step, TooMany, read
from mockbill.webhooks.scripts.desk import MOST
from mockbill.webhooks.scripts.file import loads
from mockbill.webhooks.scripts.manner import Cut, Manner, Slow
from mockbill.webhooks.scripts.rule import Delay, names


def facts(type: str = "invoice.paid", receiver: str = "we_1", **more: Any) -> Facts:
    told = {"url": f"http://127.0.0.1/{receiver}", "customer": "cus_1", "earlier": lambda _: None, **more}
    return Facts(type, receiver, **told)


def desk(*rules: dict[str, Any], seed: int = 1) -> Desk:
    return Desk(seed, [read(rule) for rule in rules])


def touched(rule: dict[str, Any], deliveries: list[Facts], seed: int = 1) -> list[int]:
    """Which of the deliveries, from 1, a rule touches."""
    judge = desk({"do": {"drop": True}, **rule}, seed=seed).judge
    return [number for number, each in enumerate(deliveries, 1) if judge(each) is not None]


def gone(outcomes: list[Step]) -> list[Any]:
    """What goes now."""
    return [outcome.item for outcome in outcomes if outcome.waits is None]


def send(desk: Desk, items: str, receiver: str = "we_1") -> list[Step]:
    """Let deliveries by these letters meet the rules, one after the other."""
    outcomes: list[Step] = []
    for item in items:
        fate = desk.judge(facts(receiver=receiver))
        assert fate is not None
        outcomes += desk.admit(item, receiver, fate)
    return outcomes


@pytest.mark.parametrize(
    ("rule", "where", "what"),
    [
        ({}, "do", "is missing"),
        ([], "", "must be a mapping"),
        ({"do": {}}, "do", "does nothing"),
        ({"do": {"drop": False}}, "do", "does nothing"),
        ({"do": {"retries": True}}, "do", "does nothing"),
        ({"do": {"dorp": True}}, "do.dorp", "did you mean drop?"),
        ({"do": "drop"}, "do", "must be a mapping"),
        ({"does": {"drop": True}}, "does", "did you mean do?"),
        ({"match": {"typ": "x"}, "do": {"drop": True}}, "match.typ", "did you mean type?"),
        ({"match": {"type": "invoice.payed"}, "do": {"drop": True}}, "match.type", "did you mean invoice.paid"),
        ({"match": {"type": "invioce.*"}, "do": {"drop": True}}, "match.type", "no event is called invioce.*"),
        ({"match": {"nth": 0}, "do": {"drop": True}}, "match.nth", "from 1 to"),
        ({"match": {"nth": []}, "do": {"drop": True}}, "match.nth", "not a list"),
        ({"match": {"probability": 50}, "do": {"drop": True}}, "match.probability", "up to 1, not 50"),
        ({"match": {"seed": 1}, "do": {"drop": True}}, "match.seed", "is for chance"),
        ({"do": {"drop": "yes"}}, "do.drop", "must be true or false, not yes"),
        ({"do": {"drop": True}, "times": True}, "times", "whole number from 1"),
        ({"do": {"delay": -1}}, "do.delay", "more than 0"),
        ({"do": {"delay": True}}, "do.delay", "number of seconds"),
        ({"do": {"delay": {"clock": "world"}}}, "do.delay.seconds", "is missing"),
        ({"do": {"delay": {"seconds": 1, "clock": "wall"}}}, "do.delay.clock", "must be real or world, not wall"),
        ({"do": {"reorder": 1}}, "do.reorder", "from 2 to 1000"),
        ({"do": {"reorder": {"window": 3, "ordre": "shuffle"}}}, "do.reorder.ordre", "did you mean order?"),
        ({"do": {"api_version": "2020-08-28"}}, "do.api_version", "nearest: 2020-08-27"),
        ({"do": {"corrupt": "header"}}, "do.corrupt", "must be signature or body"),
        ({"do": {"drop": True, "duplicate": 2}}, "do.drop", "such as duplicate"),
        ({"do": {"early": True, "hold": True}}, "do.early", "cannot wait (hold)"),
        ({"do": {"delay": 1, "retries": True}}, "do.retries", "needs one of corrupt"),
    ],
)
def test_a_rule_with_a_mistake_is_refused_and_says_where(rule: Any, where: str, what: str) -> None:
    with pytest.raises(BadRule) as refused:
        read(rule)
    (mistake,) = refused.value.mistakes
    assert (mistake.param, what in mistake.message) == (where, True), mistake.message


def test_a_file_with_mistakes_names_the_line_and_column_of_each() -> None:
    text = """
- match: {type: invoice.*}
  do: {drop: true}
- name: twice
  match:
    type: invoice.payed
  do:
    duplicate: none
    ordre: 3
"""
    with pytest.raises(Mistakes) as refused:
        loads(text, "weather.yaml")
    first, second, third = refused.value.lines
    assert first.startswith("weather.yaml:6:11: type: no event is called invoice.payed; did you mean invoice.paid")
    assert second.startswith("weather.yaml:8:16: duplicate: must be a whole number")
    assert third.startswith("weather.yaml:9:5: ordre: is no key here")
    with pytest.raises(Mistakes, match=r"weather.yaml:1:1: scripts are a list of rules"):
        loads("do: {drop: true}", "weather.yaml")
    assert [terms.name for terms in loads(text.replace("payed", "paid").replace("none\n    ordre: 3", "2"), "x")] == [
        None,
        "twice",
    ]


@pytest.mark.parametrize(
    ("match", "numbers"),
    [
        ({}, [1, 2, 3, 4]),
        ({"type": "invoice.paid"}, [1, 3]),
        ({"type": "invoice.*"}, [1, 3, 4]),
        ({"type": "*.created"}, [2, 4]),
        ({"type": "customer.*.created"}, [2]),
        ({"endpoint": "we_2"}, [3]),
        ({"endpoint": "http://127.0.0.1/we_2"}, [3]),
        ({"customer": "cus_2"}, [2]),
        ({"nth": 2}, [2]),
        ({"nth": [1, 3]}, [1, 3, 4]),  # counted for each endpoint: the third of we_1 is the fourth of all
        ({"type": "invoice.*", "nth": 2}, [4]),
    ],
)
def test_a_rule_is_about_what_it_names(match: dict[str, Any], numbers: list[int]) -> None:
    deliveries = [
        facts("invoice.paid"),
        facts("customer.subscription.created", customer="cus_2"),
        facts("invoice.paid", "we_2"),
        facts("invoice.created"),
    ]
    assert touched({"match": match}, deliveries) == numbers


def test_a_rule_ends_by_itself() -> None:
    assert touched({"times": 2, "match": {"type": "invoice.paid"}}, [facts("invoice.sent"), *[facts()] * 4]) == [2, 3]


def test_chance_is_the_same_again_for_the_same_seed_and_another_for_another() -> None:
    rule = {"match": {"probability": 0.3}}
    thousand = [facts()] * 1000
    assert touched(rule, thousand) == touched(rule, thousand)
    assert touched(rule, thousand) != touched(rule, thousand, seed=2)
    assert 240 < len(touched(rule, thousand)) < 360  # four standard deviations of 14.5 around 300
    own = {"match": {"probability": 0.3, "seed": 7}}
    assert touched(own, thousand) == touched(own, thousand, seed=2)


def test_rules_add_up_and_the_later_one_has_the_last_word() -> None:
    fate = desk(
        {"do": {"duplicate": 2, "corrupt": True, "stale": 400}},
        {"do": {"duplicate": True, "stale": True, "cut": 0, "retries": True}},
        {"match": {"type": "customer.*"}, "do": {"drop": True}},
    ).judge(facts())
    assert fate is not None
    assert (fate.copies, fate.drop, [rule.id for rule in fate.rules]) == (3, False, ["script_1", "script_2"])
    assert fate.manner == Manner(corrupt="signature", stale=600, cut=0)
    assert fate.later == Manner(stale=600, cut=0)


def test_after_a_drop_nobody_else_is_asked() -> None:
    it = desk({"do": {"duplicate": 1}}, {"do": {"drop": True}, "times": 1}, {"do": {"duplicate": 1}})
    first, second = it.judge(facts()), it.judge(facts())
    assert first is not None
    assert (first.drop, first.copies) == (True, 0)
    assert second is not None
    assert (second.drop, second.copies) == (False, 2)
    assert [rule.touched for rule in it.rules] == [2, 1, 1]


def test_a_replay_waits_until_there_is_something_to_replay() -> None:
    it = desk({"do": {"replay": {"when": "before", "type": "invoice.created"}}, "times": 1})
    assert it.judge(facts()) is None
    fate = it.judge(facts(earlier=lambda type: f"the last {type}"))
    assert fate is not None
    assert (fate.before, fate.after) == (("the last invoice.created",), ())


def test_what_is_held_goes_when_it_is_released_and_then_meets_the_other_rules() -> None:
    it = desk({"do": {"hold": True}}, {"do": {"reorder": 2}})
    assert [kept.waits for kept in send(it, "ab")] == ["the release of script_1"] * 2
    assert (it.waiting, it.still) == (2, 2)
    assert gone(it.release("script_1")) == ["b", "a"]
    assert it.waiting == 0
    with pytest.raises(NoSuchRule):
        it.release("script_9")


def test_a_window_goes_reversed_once_it_is_full_and_each_receiver_has_its_own() -> None:
    it = desk({"do": {"reorder": 3}})
    assert gone(send(it, "ab")) == []
    assert gone(send(it, "x", "we_2")) == []
    assert gone(send(it, "c")) == ["c", "b", "a"]
    assert (it.waiting, it.still) == (1, 1)


def test_a_window_that_does_not_fill_goes_in_time() -> None:
    it = desk({"do": {"reorder": {"window": 3, "within": 2}}})
    assert [kept.until for kept in send(it, "ab")] == [Delay(2.0, "real")] * 2
    assert gone(it.wake("a")) == ["b", "a"]
    assert it.wake("b") == []


@given(st.integers(), st.integers(2, 30))
def test_a_shuffled_window_never_goes_as_it_came_and_is_the_same_again(seed: int, size: int) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz0123"[:size]
    rule = {"do": {"reorder": {"window": size, "order": "shuffle"}}}
    first, second = (gone(send(desk(rule, seed=seed), letters)) for _ in range(2))
    assert first == second
    assert first != list(letters)
    assert sorted(first) == sorted(letters)


def test_a_delayed_delivery_goes_when_its_time_comes_or_it_is_released() -> None:
    it = desk({"do": {"delay": {"seconds": 7200, "clock": "world"}}})
    assert [kept.until for kept in send(it, "ab")] == [Delay(7200.0, "world")] * 2
    assert gone(it.wake("b")) == ["b"]
    assert gone(it.release("script_1")) == ["a"]
    assert it.wake("a") == []


def test_what_is_withdrawn_is_kept_no_more() -> None:
    it = desk({"do": {"hold": True}}, {"match": {"endpoint": "we_2"}, "do": {"reorder": 2}})
    send(it, "ab")
    it.withdraw("a")
    it.withdraw("a")
    assert (it.waiting, it.keeps("a"), it.keeps("b")) == (1, False, True)
    assert [rule["holding"] for rule in it.as_list()] == [1, 0]
    assert gone(it.release("script_1")) == ["b"]


def test_clearing_lets_go_what_was_kept_and_forgets_the_rules() -> None:
    it = desk({"do": {"reorder": 3}}, {"do": {"hold": True}})
    send(it, "ab")
    assert gone(it.clear()) == ["a", "b"]
    assert (it.rules, it.waiting) == ([], 0)


def test_ended_rules_make_room_for_new_ones() -> None:
    it = desk(*[{"do": {"drop": True}, "times": 1}] * MOST)
    with pytest.raises(TooMany):
        it.add_all([read({"do": {"drop": True}})])
    it.judge(facts())
    assert it.add_all([read({"do": {"drop": True}})])[0].id == f"script_{MOST + 1}"


_WORLD = {"seconds": 60, "clock": "world"}
_DEEDS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({"drop": True}),
    st.fixed_dictionaries(
        {},
        optional={
            "hold": st.just(True),
            "delay": st.sampled_from([1, _WORLD]),
            "duplicate": st.integers(1, 3),
            "reorder": st.sampled_from([2, 3, {"window": 4, "order": "shuffle"}]),
            "corrupt": st.just(True),
        },
    ).filter(bool),
)
_RULES = st.lists(
    st.fixed_dictionaries(
        {"do": _DEEDS},
        optional={
            "match": st.fixed_dictionaries(
                {},
                optional={
                    "nth": st.lists(st.integers(1, 9), min_size=1),
                    "probability": st.floats(0.1, 1),
                    "endpoint": st.sampled_from(["we_1", "we_2"]),
                },
            ),
            "times": st.integers(1, 5),
        },
    ),
    max_size=6,
)


@given(_RULES, st.lists(st.sampled_from(["we_1", "we_2"]), max_size=30), st.lists(st.integers(0, 5)), st.booleans())
def test_whatever_the_rules_each_delivery_that_is_not_dropped_goes_once(
    rules: list[dict[str, Any]], receivers: list[str], releases: list[int], ring: bool
) -> None:
    it = desk(*rules)
    dropped: list[int] = []
    sent: list[int] = []
    sleeping: list[int] = []

    def carry(outcomes: list[Step]) -> None:
        for outcome in outcomes:
            if outcome.waits is None:
                sent.append(outcome.item)
            if outcome.until is not None:
                sleeping.append(outcome.item)

    for number, receiver in enumerate(receivers):
        fate = it.judge(facts(receiver=receiver))
        if fate is None:
            sent.append(number)
        elif fate.drop:
            dropped.append(number)
        else:
            carry(it.admit(number, receiver, fate))
        assert len(sent) + len(dropped) + it.waiting == number + 1
        if releases and rules:
            carry(it.release(f"script_{releases.pop() % len(rules) + 1}"))
        if ring and sleeping:
            carry(it.wake(sleeping.pop(0)))
    carry(it.clear())
    assert it.waiting == 0
    assert sorted([*sent, *dropped]) == list(range(len(receivers)))


BODY = b'{\n  "id": "evt_1",\n  "livemode": false\n}'


def _waited() -> tuple[list[float], Callable[[float], object]]:
    waits: list[float] = []
    return waits, waits.append


def test_a_manner_changes_what_it_says_and_nothing_else() -> None:
    plain, header = Manner().signed("whsec_1", BODY, 1000)
    assert (plain, header.startswith("t=1000,v1=")) == (BODY, True)
    assert Manner(stale=600).signed("whsec_1", BODY, 1000)[1].startswith("t=400,v1=")
    body, corrupt = Manner(corrupt="signature").signed("whsec_1", BODY, 1000)
    assert body == BODY
    assert sum(a != b for a, b in zip(header, corrupt, strict=True)) == 1
    body, same = Manner(corrupt="body").signed("whsec_1", BODY, 1000)
    assert (same, len(body), body != BODY) == (header, len(BODY), True)
    assert Manner(wrong_secret=True).signed("whsec_1", BODY, 1000)[1] != header


def test_a_body_goes_in_pieces_with_pauses_and_the_connection_ends_where_it_is_cut() -> None:
    waits, wait = _waited()
    assert Manner().feed(BODY, wait) is None
    slow = Manner(slow=Slow(3, 0.5)).feed(BODY, wait)
    assert slow is not None
    pieces = list(slow)
    assert (b"".join(pieces), len(pieces), waits) == (BODY, 3, [0.5, 0.5])
    cut = Manner(cut=10).feed(BODY, wait)
    assert cut is not None
    assert next(cut) == BODY[:10]
    with pytest.raises(Cut, match="after 10 bytes"):
        next(cut)
    at_once = Manner(cut=0).feed(BODY, wait)
    assert at_once is not None
    with pytest.raises(Cut):
        next(at_once)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("invoice.*", True),
        ("*.payment_failed", True),
        ("*payment*", True),
        ("i*.*_*d", True),
        ("*invoice.payment_failed*", True),
        ("invoice.payment_failed*d", False),
        ("*failed*payment*", False),
        ("invoice*e.payment_failed", False),
        ("*" * 60 + "x", False),  # an expression would be at this for longer than the sun shines
    ],
)
def test_a_star_stands_for_any_text(pattern: str, fits: bool) -> None:
    assert names(pattern, "invoice.payment_failed") is fits
