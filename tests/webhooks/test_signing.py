"""The signature, as Stripe's own SDK checks it."""

import pytest
import stripe

from mockbill.webhooks import sign

BODY = b'{"id": "evt_1"}'


def test_a_signature_has_a_time_a_genuine_part_and_a_fake_one() -> None:
    header = sign("whsec_secret", BODY, 1_700_000_000)
    parts = dict(part.split("=") for part in header.split(","))
    assert parts["t"] == "1700000000"
    # openssl: printf '1700000000.{"id": "evt_1"}' | openssl dgst -sha256 -hmac whsec_secret
    assert parts["v1"] == "3796c0f7a5a2cc54edcc09cdebad9b05beeb54da6f993ada1583f6662e342b6c"
    assert parts["v0"] != parts["v1"]


def test_stripes_sdk_accepts_the_signature_and_refuses_it_over_another_body() -> None:
    header = sign("whsec_secret", BODY, 1_700_000_000)
    assert stripe.WebhookSignature.verify_header(BODY.decode(), header, "whsec_secret", tolerance=None)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(BODY.decode() + " ", header, "whsec_secret", tolerance=None)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(BODY.decode(), header, "whsec_another", tolerance=None)


def test_the_fake_part_alone_is_not_accepted() -> None:
    header = sign("whsec_secret", BODY, 1_700_000_000)
    fake = header.replace("v1=", "v2=").replace("v0=", "v1=")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(BODY.decode(), fake, "whsec_secret", tolerance=None)


@pytest.mark.parametrize("secret", ["", "  "])
def test_nothing_is_signed_with_an_empty_secret(secret: str) -> None:
    with pytest.raises(ValueError, match="empty secret"):
        sign(secret, BODY, 1_700_000_000)
