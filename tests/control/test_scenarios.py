"""Stories by HTTP: listed, checked, and run against the very server that is asked."""

from control.api import Control

STORY = """
name: One product
about: A shop begins.
clock: 2026-01-31T10:00:00Z
steps:
  - product: {as: pro, name: Pro}
  - expect events: [product.created]
  - expect:
      $pro: {name: NAME}
  - expect webhook: product.created
"""


def test_the_shipped_stories_are_listed(control: Control) -> None:
    listed = {story["name"]: story for story in control.get("scenarios")["data"]}
    assert {"payment_success", "payment_failure", "cancellation"} <= listed.keys()
    assert listed["payment_failure"]["title"] == "Payment failure"
    assert listed["payment_failure"]["yaml"].startswith("name: Payment failure")


def test_a_story_is_checked_without_being_run(control: Control) -> None:
    about = control.post("scenarios", yaml=STORY)
    assert (about["title"], about["branches"]) == ("One product", [{"title": "", "steps": 4}])
    assert control.get("events")["data"] == []


def test_a_story_with_mistakes_is_refused_with_line_and_suggestion(control: Control) -> None:
    refused = control.try_post("scenarios/run", yaml=STORY.replace("- product", "- prodct"))
    assert (refused.status, refused.error["code"]) == (422, "scenario_invalid")
    assert 'story.yaml:6:5: unknown verb "prodct"; did you mean "product"?' in refused.error["message"]


def test_a_story_is_run_here_and_told_step_by_step(control: Control) -> None:
    told = control.post("scenarios/run", yaml=STORY.replace("NAME", "Pro"))
    assert told["passed"] is True
    (branch,) = told["branches"]
    assert [step["verb"] for step in branch["steps"]] == ["product", "expect events", "expect", "expect webhook"]
    assert branch["steps"][0]["events"] == ["product.created"]
    assert branch["steps"][0]["now"] == "2026-01-31T10:00:00Z"
    assert "product.created" in told["timeline"]
    here = Control(control.url, branch["account"])
    assert [event["type"] for event in here.get("events")["data"]] == ["product.created"]


def test_a_story_that_fails_tells_where_and_what(control: Control) -> None:
    told = control.post("scenarios/run", yaml=STORY.replace("NAME", "Basic"))
    assert told["passed"] is False
    failure = told["branches"][0]["failure"]
    assert failure["where"] == "story.yaml:8"
    assert "name" in (said := "\n".join(failure["lines"]))
    assert "Basic" in said
    assert "Pro" in said


def test_an_unknown_story_names_the_nearest(control: Control) -> None:
    refused = control.try_post("scenarios/run", name="payment_sucess")
    assert refused.status == 404
    assert "did you mean payment_success?" in refused.error["message"]


def test_a_story_is_named_or_given_not_both(control: Control) -> None:
    for body in ({}, {"name": "payment_success", "yaml": STORY}):
        assert control.try_post("scenarios/run", **body).status == 422
