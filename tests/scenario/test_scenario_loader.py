"""A story's file: what is read from it, and how each mistake in it is refused."""

import inspect
from pathlib import Path

import pytest

from mockbill.scenario.compare import ExpectedEvent
from mockbill.scenario.loader import load, loads
from mockbill.scenario.runner import find, shipped
from mockbill.scenario.stage import Stage
from mockbill.scenario.verbs import VERBS
from mockbill.scenario.yaml_file import Mistakes

HEAD = "name: A story\nsteps:\n"


def mistakes(text: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        loads(text, "story.yaml")
    return caught.value.lines


def test_a_story_has_a_name_a_clock_and_steps() -> None:
    story = loads("name: Ada\nclock: 2026-01-31T10:00:00Z\nsteps:\n  - product: {as: pro, name: Pro}\n", "x/Ada 1.yaml")
    assert (story.name, story.clock, story.slug) == ("Ada", "2026-01-31T10:00:00Z", "ada_1")
    (branch,) = story.branches
    (step,) = branch.steps
    assert (step.verb, step.args, step.alias, step.line) == ("product", {"name": "Pro"}, "pro", 4)
    assert step.said == "pro = name Pro"


def test_a_story_may_say_how_its_account_bills() -> None:
    story = loads("name: x\nsettings:\n  dunning: 1d,2d:unpaid\n  upcoming_days: 0\nsteps: [{note: a}]\n", "s.yaml")
    assert story.settings is not None
    assert (story.settings.verb, story.settings.line) == ("settings", 2)
    assert story.settings.args == {"values": {"dunning": "1d,2d:unpaid", "upcoming_days": 0}}
    assert loads(HEAD + "  - note: a\n", "s.yaml").settings is None


def test_settings_that_are_no_mapping_of_plain_values_are_refused() -> None:
    assert mistakes("name: x\nsettings: fast\nsteps: [{note: a}]\n") == [
        'story.yaml:2:11: "settings" must be a mapping from settings to text, numbers or lists, got fast'
    ]
    assert mistakes("name: x\nsettings: {dunning: {end: cancel}}\nsteps: [{note: a}]\n") == [
        "story.yaml:2:12: must be text, a number or a list"
    ]


def test_branches_each_begin_with_the_common_steps() -> None:
    story = loads(HEAD + "  - note: one\nbranches:\n  left:\n    - note: two\n  right:\n    - note: three\n", "s.yaml")
    told = [(branch.title, [step.args["text"] for step in branch.steps]) for branch in story.branches]
    assert told == [("left", ["one", "two"]), ("right", ["one", "three"])]


def test_a_name_given_in_one_branch_is_unknown_in_the_other() -> None:
    text = HEAD + "  - note: hi\nbranches:\n  a:\n    - product: {as: pro, name: P}\n  b:\n    - abandon: $pro\n"
    assert mistakes(text) == ['story.yaml:8:16: nothing is named "pro" up to here; no step has a name yet']


def test_yes_no_on_off_and_dates_stay_text_and_true_is_a_boolean() -> None:
    values = "{a: yes, b: off, c: true, d: 2026-02-28, e: 1:30, f: 017, g: null, h: 1.5, i: No}"
    story = loads(HEAD + f"  - customer: {{with: {values}}}\n", "s.yaml")
    given = story.branches[0].steps[0].args["with_"]
    wanted = {
        "a": "yes",
        "b": "off",
        "c": True,
        "d": "2026-02-28",
        "e": "1:30",
        "f": 17,
        "g": None,
        "h": 1.5,
        "i": "No",
    }
    assert given == wanted


def test_a_lone_value_stands_for_the_verb_s_main_key() -> None:
    story = loads(HEAD + "  - advance: 1 month\n  - note: hi\n  - expect events: []\n", "s.yaml")
    assert [step.args for step in story.branches[0].steps] == [{"by": "1 month"}, {"text": "hi"}, {"exactly": []}]


def test_an_expected_event_may_say_what_it_was_and_is_now() -> None:
    story = loads(HEAD + "  - expect events:\n      - a.b: {was: {x: 1}, now: {y: null}}\n      - c.d\n", "s.yaml")
    expected = [ExpectedEvent("a.b", {"x": 1}, {"y": None}), ExpectedEvent("c.d")]
    assert story.branches[0].steps[0].args == {"exactly": expected}


def test_a_step_that_takes_nothing_is_a_step() -> None:
    assert loads(HEAD + "  - customer: {}\n", "s.yaml").branches[0].steps[0].args == {}


def test_a_card_number_may_be_spaced_or_a_bare_number() -> None:
    text = HEAD + "  - product: {as: s, name: x}\n  - pay: {session: $s, card: 4242 4242 4242 4242}\n"
    story = loads(text + "  - pay: {session: $s, card: 4000000000000002}\n", "s.yaml")
    assert [step.args["card"] for step in story.branches[0].steps[1:]] == ["4242424242424242", "4000000000000002"]


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("subscibe: {}", '3:5: unknown verb "subscibe"; did you mean "subscribe"?'),
        ("pay: {session: x, crad: 1}", '3:23: unknown key "crad"; did you mean "card"?'),
        ("pay: {}", '3:10: "session" is missing'),
        ("product: {name: 12}", '3:21: "name" must be text, got 12'),
        ("product: 12", "3:14: product: must be text, got 12"),
        ("product: {name: {}}", '3:21: "name" must be text, got a mapping'),
        (
            "product: {as: Pro, name: x}",
            '3:19: "as" must be a name such as "ada": small letters, digits and _, got Pro',
        ),
        ("price: {product: x, unit_amount: '2'}", '3:38: "unit_amount" must be a whole number, got 2'),
        ("price: {product: x, unit_amount: true}", '3:38: "unit_amount" must be a whole number, got true'),
        ("price: {product: x, unit_amount: 2, unit_amount: 3}", '3:41: the key "unit_amount" is here twice'),
        ("cancel: {subscription: x, when: later}", '3:37: "when" must be one of now, at_period_end, undo, got later'),
        (
            "card: {number: visa, customer: x}",
            '3:20: "number" must be a card number or an id such as pm_card_visa, got visa',
        ),
        ("card: {number: 4242424242424242}", "3:11: needs a subscription or a customer"),
        ("advance: {}", '3:14: needs either "by" or "to"'),
        ("advance: {by: 1 day, to: next renewal}", '3:14: needs either "by" or "to"'),
        ("advance: soon", '3:14: advance: "soon" is no span of time; write "1 month" or "3 days 2 hours"'),
        (
            "advance: {to: 2026-13-01}",
            '3:19: "to" must be a moment such as 2026-02-28T10:00:00Z, or "next renewal", got',
        ),
        ("schedule: {phases: [{price: x}]}", '3:15: needs either "subscription" or "customer"'),
        ("schedule: {customer: x}", '3:15: needs "phases"'),
        ("schedule: {subscription: x, start: 2026-05-01}", '3:15: "start" is only for a customer'),
        ("schedule: {subscription: x, phases: []}", '3:41: "phases" must be a list of one phase or more, got a list'),
        ("schedule: {subscription: x, phases: [{for: 1 month}]}", '3:42: "price" is missing'),
        (
            "schedule: {subscription: x, phases: [monthly]}",
            "3:42: must be a mapping such as {price: $basic, for: 1 month}",
        ),
        (
            "schedule: {subscription: x, phases: [{price: x, fro: 1 day}]}",
            '3:53: unknown key "fro"; did you mean "for"?',
        ),
        ("schedule: {subscription: x, phases: [{price: x, for: soon}]}", '3:53: "soon" is no span of time'),
        (
            "schedule: {subscription: x, phases: [{price: x, for: 2 hours}]}",
            "3:53: must be a number of days, weeks,",
        ),
        ("abandon: $adda", '3:14: nothing is named "adda" up to here; no step has a name yet'),
        ("note: ${ada.id}", "3:11: a reference has no braces: write $ada.email"),
        ("expect: {ada: {x: 1}}", '3:14: "ada" is no reference; write $ada if a step is named ada'),
        ("expect: 5", "3:13: expect: must be a mapping from references such as $sub, got 5"),
        ("expect events: invoice.paid", "3:20: expect events: must be a list of events, got invoice.paid"),
        ("expect events: [5]", "3:21: must be an event type, alone or with was: and now:, got 5"),
        ("expect events: [a.b: {wsa: {}}]", '3:27: unknown key "wsa"; did you mean "was"?'),
        ("expect events: {contains: [], since: lunch}", '3:42: there is no mark "lunch" up to here; there is none yet'),
        ("customer:", '3:14: "customer" takes a mapping; its keys are as, with, email'),
        ("just words", "3:5: a step is a verb with what it takes, such as `pay: $session`"),
        ("note: x\n    by: y", '4:5: a step has one verb, this one has "note" and "by"'),
        ("note: !odd x", "3:11: the tag !odd means nothing in a story"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_a_suggestion(step: str, complaint: str) -> None:
    first, *_ = mistakes(HEAD + f"  - {step}\n")
    assert first.startswith(f"story.yaml:{complaint}")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    found = mistakes("nam: x\nsteps:\n  - product: {as: pro, name: 1}\n  - abandon: $por\n")
    assert found == [
        'story.yaml:1:1: "name" is missing',
        'story.yaml:1:1: unknown key "nam"; did you mean "name"?',
        'story.yaml:3:30: "name" must be text, got 1',
        'story.yaml:4:14: nothing is named "por" up to here; did you mean "pro"?',
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "1:1: the file is empty"),
        ("# nothing but a comment\n", "1:1: the file is empty"),
        ("- note: hi\n", "1:1: a story is a mapping with name: and steps:"),
        ("name: x\n", '1:1: "steps" must be a list of steps, at least one'),
        ("name: x\nsteps: []\n", '2:8: "steps" must be a list of steps, at least one'),
        ("name: x\nsteps: [{note: a}]\nbranches: {}\n", "3:11: has no branch"),
        (
            "name: x\nsteps: [{note: a}]\nclock: soon\n",
            '3:8: "clock" must be a moment such as 2026-01-31T10:00:00Z, got',
        ),
        ("name: [x\nsteps:\n", "2:6: while parsing a flow sequence expected ',' or ']', but got ':'"),
        ("name: x\n\tsteps: 1\n", "2:1: while scanning for the next token found character '\\t'"),
        ("name: x\nsteps: &a [*a]\n", "2:8: an anchor cannot contain itself"),
        ("name: x\nsteps: *nobody\n", "2:8: found undefined alias 'nobody'"),
    ],
)
def test_a_file_that_is_no_story_is_refused(text: str, complaint: str) -> None:
    assert mistakes(text)[0].startswith(f"story.yaml:{complaint}")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: Café".encode("latin-1"))
    with pytest.raises(Mistakes, match="the file is not UTF-8 text"):
        load(path)


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("note", "let")])
def test_every_verb_of_a_file_is_a_method_of_the_stage_with_the_same_parameters(verb: str) -> None:
    parameters = inspect.signature(getattr(Stage, verb.replace(" ", "_"))).parameters.values()
    open_ended = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)
    taken = {parameter.name for parameter in parameters}
    needed = {p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD} - {"self"}
    offered = set(VERBS[verb].fields) - {"alias", "with_"}
    required = {name for name, field in VERBS[verb].fields.items() if field.required}
    if verb == "expect":  # the file groups values by object, the method takes one object
        offered, required = {"thing", "values"}, {"thing", "values"}
    assert open_ended or offered <= taken
    assert needed <= required


@pytest.mark.parametrize("name", shipped())
def test_the_shipped_stories_are_found_by_name_and_have_no_mistakes(name: str) -> None:
    (path,) = find(name)
    story = load(path)
    assert {"expect", "expect events"} <= {step.verb for step in story.branches[0].steps}
    assert story.about
    assert shipped()[name] == path.absolute()
    assert find(name.split("/")[-1]) == [path]


def test_a_folder_stands_for_the_stories_in_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    files = [tmp_path / "deep" / "a.yaml", tmp_path / "b.yaml"]
    for file in files:
        file.write_text("name: x\nsteps: [note: a]\n")
    assert sorted(find(tmp_path)) == sorted(files)
    (tmp_path / "empty").mkdir()
    with pytest.raises(IsADirectoryError, match="there is no story in this folder"):
        find(tmp_path / "empty")


def test_a_story_that_is_nowhere_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(FileNotFoundError, match=r"no_such: no such file.*cancellation, payment_failure"):
        find("no_such")


@pytest.mark.parametrize("verb", VERBS)
def test_the_example_of_each_verb_is_right(verb: str) -> None:
    names = ["ada", "pro", "monthly", "yearly", "session", "sub", "charge", "fraud", "intent", "bill", "offer", "twice"]
    named = f"let: {{{', '.join(f'{name}: 1' for name in names)}}}"
    example = f"{verb}: {VERBS[verb].example}"
    story = loads(f"name: x\nsteps:\n  - {named}\n  - mark: before_the_renewal\n  - {example}\n", "x.yaml")
    assert story.branches[0].steps[-1].verb == verb
