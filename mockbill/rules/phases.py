"""The dates of a subscription schedule's phases: where one ends that is told by its length."""

from mockbill.rules import periods


def end_of(start: int, anchor: int, interval: periods.Interval, count: int) -> int:
    """``count`` intervals after ``start``, counted from the billing cycle anchor where the start lies on its grid.

    So a month after a month after 31 January is 31 March and not 28 March, as the billing periods of that time end
    (Stripe computes the ends of phases from the anchor since 2025-09-30.clover).
    """
    if not periods.is_boundary(anchor, interval, 1, start):
        return periods.add(start, interval, count)
    return periods.boundary(anchor, interval, 1, periods.number(anchor, interval, 1, start) + count)
