"""What an authorization may become."""

import pytest

from mockbill.rules import authorizations

ALL = {
    f"request_{feature}": "if_available"
    for feature in ("extended_authorization", "incremental_authorization", "multicapture", "overcapture")
}


def test_what_is_asked_for_is_there() -> None:
    features = authorizations.features(ALL, 1000)
    assert {name: feature["status"] for name, feature in features.items()} == {
        "extended_authorization": "enabled",
        "incremental_authorization": "available",
        "multicapture": "available",
        "overcapture": "available",
    }
    assert features["overcapture"]["maximum_amount_capturable"] == 1200


@pytest.mark.parametrize("asked", [{}, dict.fromkeys(ALL, "never")])
def test_what_is_not_asked_for_is_not(asked: dict[str, str]) -> None:
    features = authorizations.features(asked, 1000)
    assert features["overcapture"] == {"maximum_amount_capturable": 1000, "status": "unavailable"}
    assert features["extended_authorization"] == {"status": "disabled"}
    assert authorizations.hold(asked) == 7 * 86_400


def test_an_extended_one_holds_a_month() -> None:
    assert authorizations.hold(ALL) == 30 * 86_400
