"""Faults, whatever rules there are: the first that fits is met, as often as it says, and then it is gone."""

from hypothesis import given
from hypothesis import strategies as st

from mockbill.world.faults import Faults

_CUSTOMERS = st.sampled_from([None, "cus_a", "cus_b"])
_TIMES = st.none() | st.integers(1, 3)
_METHODS = st.sampled_from([None, "GET", "POST"])
_PATHS = st.sampled_from([None, "/v1/customers", "/v1/customers/*", "/v1/*", "/v1/{what}"])
_CALLS = st.lists(
    st.tuples(st.sampled_from(["GET", "POST"]), st.sampled_from(["/v1/customers", "/v1/customers/cus_a"]))
)


@given(st.lists(st.tuples(_CUSTOMERS, _TIMES), max_size=5), st.lists(st.sampled_from(["cus_a", "cus_b"]), max_size=12))
def test_payments_meet_the_first_rule_that_fits_as_often_as_it_says(
    rules: list[tuple[str | None, int | None]], payments: list[str]
) -> None:
    faults = Faults()
    left = {}
    for place, (customer, times) in enumerate(rules):
        faults.add(f"code_{place}", customer=customer, times=times)
        left[f"code_{place}"] = [customer, times]
    for number, payer in enumerate(payments):
        fits = [code for code, (customer, _) in left.items() if customer in (None, payer)]
        assert faults.of_payment(f"pi_{number}", payer, object()) == (fits[0] if fits else None)
        if fits and left[fits[0]][1] is not None:
            left[fits[0]][1] -= 1  # type: ignore[operator]
            if left[fits[0]][1] == 0:
                del left[fits[0]]
    assert [fault.answer for fault in faults.all()] == list(left)


@given(st.lists(st.tuples(_METHODS, _PATHS, _TIMES), max_size=5), _CALLS)
def test_calls_are_met_no_more_often_than_the_rules_say(
    rules: list[tuple[str | None, str | None, int | None]], calls: list[tuple[str, str]]
) -> None:
    faults = Faults()
    made = [faults.add("500", method=method, path=path, times=times) for method, path, times in rules]
    met = [faults.of_call(method, path, list) for method, path in calls]
    for fault in made:
        assert met.count(fault) == fault.taken
        assert fault.times is None or fault.taken <= fault.times
        assert (fault in faults.all()) == (fault.times is None or fault.taken < fault.times)
        assert all(fault.method in (None, call[0]) for call, each in zip(calls, met, strict=True) if each is fault)


def test_one_act_that_tries_a_payment_again_gets_the_same_answer_for_one_use() -> None:
    faults, act = Faults(), object()
    faults.add("lost_card", times=1)
    assert faults.of_payment("pi_1", None, act) == "lost_card"
    assert faults.of_payment("pi_1", None, act) == "lost_card"
    assert faults.of_payment("pi_1", None, object()) is None


def test_a_rehearsal_sees_the_decline_and_leaves_it() -> None:
    faults = Faults()
    faults.add("lost_card", customer="cus_a")
    assert faults.of_payment("pi_1", "cus_a", object(), rehearsing=True) == "lost_card"
    assert faults.of_payment("pi_1", "cus_a", object()) == "lost_card"
    assert not faults.all()
