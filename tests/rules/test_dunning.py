"""Dunning: when a failed renewal is tried again and what may follow."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.declines import DECLINES
from mockbill.rules.dunning import (
    DEFAULT,
    END_ACTIONS,
    HARD_DECLINES,
    INVOICE_ENDS,
    NEVER,
    Policy,
    is_retried,
    next_attempt,
    parse,
    parse_declines,
    parse_retries,
    sent_invoice_end,
    spread,
)
from mockbill.rules.periods import parse_instant

HOUR, DAY = 3600, 86400
waits = st.lists(st.integers(1, 9999).map(lambda hours: hours * HOUR), max_size=8).map(tuple)


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


@given(waits, st.sampled_from(END_ACTIONS), st.sampled_from(INVOICE_ENDS))
def test_a_policy_survives_being_written_and_read(lengths, end, invoice):
    policy = Policy(lengths, end, invoice)
    assert parse(str(policy)) == policy
    retries = Policy(lengths, None, invoice)
    assert parse_retries(str(retries)) == retries


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
    ("text", "hours", "end", "invoice"),
    [
        ("12h,2d,1w:unpaid", (12, 48, 168), "unpaid", "open"),
        ("3d:pause:uncollectible", (72,), "pause", "uncollectible"),
        ("3d::uncollectible", (72,), "cancel", "uncollectible"),
        # 14 days are 336 hours; eight tries lie 42 hours apart.
        ("smart", (42,) * 8, "cancel", "open"),
        ("smart:past_due:uncollectible", (42,) * 8, "past_due", "uncollectible"),
        ("8 in 2w", (42,) * 8, "cancel", "open"),
        # A week is 168 hours: after 33, 67, 100, 134 and 168 of them, whole hours of 33.6 each.
        ("5in1w:unpaid", (33, 34, 33, 34, 34), "unpaid", "open"),
        # Months count 30 days, as nothing that is told of Stripe's says otherwise: 1440 hours in four.
        ("4 in 2m", (360,) * 4, "cancel", "open"),
    ],
)
def test_waits_may_be_of_hours_days_and_weeks_or_spread_over_a_window(text, hours, end, invoice):
    assert parse(text) == Policy(tuple(hour * HOUR for hour in hours), end, invoice)


@pytest.mark.parametrize(
    ("text", "failed", "tried"),
    [
        # February has 28 days: 3, 5 and 7 days after one another.
        ("3d,5d,7d", "2026-02-28 11:00", ["2026-03-03 11:00", "2026-03-08 11:00", "2026-03-15 11:00"]),
        # Half a day into the 29th of a leap year, and two days on.
        ("12h,2d", "2028-02-28 20:00", ["2028-02-29 08:00", "2028-03-02 08:00"]),
        ("1w", "2026-12-28 00:00", ["2027-01-04 00:00"]),
        # A week in three: every 56 hours.
        ("3 in 1w", "2026-03-01 00:00", ["2026-03-03 08:00", "2026-03-05 16:00", "2026-03-08 00:00"]),
        # Three weeks in four: every 5 days and 6 hours.
        (
            "4 in 3w",
            "2026-03-01 00:00",
            ["2026-03-06 06:00", "2026-03-11 12:00", "2026-03-16 18:00", "2026-03-22 00:00"],
        ),
        # Two weeks in eight: every 42 hours; the first two of them.
        ("smart", "2026-03-01 00:00", ["2026-03-02 18:00", "2026-03-04 12:00"]),
        (":unpaid", "2026-03-01 00:00", []),
    ],
)
def test_the_calendar_of_a_policy(text, failed, tried):
    policy, now, told = parse(text), parse_instant(failed), []
    for attempt, _ in enumerate(tried, 1):
        now = next_attempt(policy, attempt, now)
        told.append(now)
    assert told == [parse_instant(each) for each in tried]
    assert policy.waits or next_attempt(policy, 1, now) is None


@given(st.integers(1, 99), st.sampled_from([7, 14, 21, 30, 60]))
def test_spread_tries_come_in_order_and_the_last_one_at_the_end_of_the_window(tries, days):
    moments = list(accumulate(spread(tries, days * DAY)))
    assert len(moments) == tries
    assert moments == sorted(set(moments))
    assert moments[-1] == days * DAY


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("none", NEVER),
        ("3d,5d", Policy((3 * DAY, 5 * DAY), None)),
        ("1d:uncollectible", Policy((DAY,), None, "uncollectible")),
        ("none:uncollectible", Policy((), None, "uncollectible")),
    ],
)
def test_the_retries_of_other_invoices_end_no_subscription(text, policy):
    assert parse_retries(text) == policy


@pytest.mark.parametrize(
    ("read", "text", "complaint"),
    [
        (parse, "3d:cancel:void", "'void' is nothing that an invoice can be .*there are open, uncollectible"),
        (parse, "3d:cancel:open:again", "'again' is too much: there are 3 parts"),
        (parse, "8 in 2y", "'2y' is no time to retry in"),
        (parse, "0 in 2w", "'0' is no number of retries"),
        (parse, "smrt", "'smrt' is no wait"),
        (parse_retries, "3d:cancel", "'cancel' is nothing that an invoice can be"),
        (parse_declines, "lost_crd", "'lost_crd' is no decline code; did you mean lost_card"),
    ],
)
def test_a_mistake_is_named(read, text, complaint):
    with pytest.raises(ValueError, match=complaint):
        read(text)


@pytest.mark.parametrize(
    "code",
    [
        "authentication_required",
        "highest_risk_level",
        "incorrect_number",
        "lost_card",
        "pickup_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "transaction_not_allowed",
    ],
)
def test_after_a_hard_decline_the_same_card_is_not_tried_again(code):
    assert not is_retried(code)
    assert code in DECLINES


@pytest.mark.parametrize("code", [None, *sorted(DECLINES.keys() - HARD_DECLINES)])
def test_after_any_other_decline_it_is(code):
    assert is_retried(code)


def test_which_declines_are_hard_can_be_said():
    assert parse_declines("lost_card, insufficient_funds") == {"lost_card", "insufficient_funds"}
    assert parse_declines("none") == frozenset()
    assert not is_retried("insufficient_funds", parse_declines("insufficient_funds"))
    assert is_retried("lost_card", parse_declines("insufficient_funds"))


@pytest.mark.parametrize(
    ("due", "days", "end"), [(1000, 30, 1000 + 30 * DAY), (1000, 0, None), (None, 30, None), (1000, 1, 1000 + DAY)]
)
def test_a_sent_invoice_brings_the_end_days_after_it_was_due_or_never(due, days, end):
    assert sent_invoice_end(due, days) == end
