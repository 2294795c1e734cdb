"""Dunning: when a failed renewal is tried again and what may follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.declines import DECLINES
from mockbill.rules.dunning import DEFAULT, END_ACTIONS, Policy, is_retried, next_attempt, parse

DAY = 86400
waits = st.lists(st.integers(1, 999).map(lambda days: days * DAY), max_size=8).map(tuple)


def test_by_default_a_renewal_is_tried_again_after_3_5_and_7_days_and_then_canceled():
    assert [next_attempt(DEFAULT, attempt, 1000) for attempt in (1, 2, 3, 4)] == [
        1000 + 3 * DAY,
        1000 + 5 * DAY,
        1000 + 7 * DAY,
        None,
    ]
    assert DEFAULT.end == "cancel"


def test_an_invoice_that_was_never_tried_has_no_retry():
    assert next_attempt(DEFAULT, 0, 1000) is None


@given(waits, st.sampled_from(END_ACTIONS))
def test_a_policy_makes_one_retry_for_each_wait_and_then_none(lengths, end):
    policy = Policy(lengths, end)
    retries = [next_attempt(policy, attempt, 0) for attempt in range(1, len(lengths) + 2)]
    assert retries == [*lengths, None]


@given(waits, st.sampled_from(END_ACTIONS))
def test_a_policy_survives_being_written_and_read(lengths, end):
    policy = Policy(lengths, end)
    assert parse(str(policy)) == policy


@pytest.mark.parametrize(
    ("text", "days", "end"),
    [
        ("3d,5d,7d:cancel", (3, 5, 7), "cancel"),
        ("1d, 3d", (1, 3), "cancel"),
        ("1,2:past_due", (1, 2), "past_due"),
        (":unpaid", (), "unpaid"),
        ("", (), "cancel"),
    ],
)
def test_a_policy_is_read_from_a_setting(text, days, end):
    assert parse(text) == Policy(tuple(day * DAY for day in days), end)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("3x:cancel", "'3x' is no wait"),
        ("0d", "'0d' is no wait"),
        ("3d,,5d", "'' is no wait"),
        ("-3d", "'-3d' is no wait"),
        ("3d:cancle", "'cancle' .*did you mean cancel"),
        ("3d:zzz", "'zzz' .*there are cancel, unpaid, past_due"),
    ],
)
def test_a_policy_with_a_mistake_is_refused_by_naming_it(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse(text)


@pytest.mark.parametrize(
    ("decline_code", "retried"),
    [
        ("insufficient_funds", True),
        ("generic_decline", True),
        ("expired_card", True),
        (None, True),
        ("lost_card", False),
        ("stolen_card", False),
        ("authentication_required", False),
        ("highest_risk_level", False),
    ],
)
def test_a_hard_decline_is_not_tried_again(decline_code, retried):
    assert is_retried(decline_code) is retried


def test_nine_of_stripes_decline_codes_are_hard():
    assert sum(not is_retried(code) for code in DECLINES) == 9
