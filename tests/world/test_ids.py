"""Ids: Stripe's patterns, unlike each other, and the same again for the same seed, account and calls."""

import re

import pytest

from mockbill import surface
from mockbill.world.ids import PREFIXES, Ids, prefix_of

AT = 1_769_853_600
PLAIN = "[0-9A-Za-z]"


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("customer", f"cus_{PLAIN}{{14}}"),
        ("product", f"prod_{PLAIN}{{14}}"),
        ("subscription_item", f"si_{PLAIN}{{14}}"),
        ("subscription", f"sub_1{PLAIN}{{23}}"),
        ("invoice", f"in_1{PLAIN}{{23}}"),
        ("payment_intent", f"pi_3{PLAIN}{{23}}"),
        ("charge", f"ch_3{PLAIN}{{23}}"),
        ("payment_method", f"pm_1{PLAIN}{{23}}"),
        ("checkout.session", f"cs_test_a1{PLAIN}{{56}}"),
        ("coupon", f"{PLAIN}{{8}}"),
        ("account", f"acct_1{PLAIN}{{15}}"),
        ("test_helpers.test_clock", f"clock_1{PLAIN}{{23}}"),
    ],
)
def test_an_id_has_stripes_pattern(kind: str, pattern: str) -> None:
    assert re.fullmatch(pattern, Ids(0, "ada").make(kind, AT))


def test_the_same_seed_and_account_give_the_same_ids() -> None:
    def drawn(seed: int, account: str) -> list[str]:
        ids = Ids(seed, account)
        return [ids.make("customer", AT), ids.make("invoice", AT), ids.text(25)]

    assert drawn(1, "ada") == drawn(1, "ada")
    assert not set(drawn(1, "ada")) & set(drawn(2, "ada"))
    assert not set(drawn(1, "ada")) & set(drawn(1, "bea"))


def test_no_two_are_alike() -> None:
    ids = Ids(0, "ada")
    assert len({ids.make("customer", AT) for _ in range(20_000)}) == 20_000


def test_a_counter_that_is_put_back_gives_its_ids_again() -> None:
    ids = Ids(0, "ada")
    before = ids.counter
    first = ids.make("invoice", AT)
    ids.counter = before
    assert ids.make("invoice", AT) == first


def test_a_charge_is_a_relative_of_its_intent() -> None:
    ids = Ids(0, "ada")
    intent = ids.make("payment_intent", AT)
    charge = ids.like("charge", intent)
    assert charge.startswith("ch_" + intent.removeprefix("pi_")[:16])
    assert len(charge) == len(intent)


def test_every_kind_has_a_prefix_and_the_known_ones_exist() -> None:
    for kind in surface.kinds():
        assert re.fullmatch("[a-z0-9_]*", prefix_of(kind))
    own = {"request"}
    assert PREFIXES.keys() - own <= set(surface.kinds())
    assert prefix_of("issuing.personalization_design") == "ipd"
