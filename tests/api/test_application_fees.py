"""What a platform takes of the payments of its connected accounts, and gives back."""

from typing import Any

import pytest
import stripe
from api.connected import BACK, held, onboarded, there, told

PAID: Any = {
    "amount": 10_000, "currency": "usd", "payment_method": "pm_card_bypassPending", "capture_method": "automatic",
}  # fmt: skip
FEE: Any = {"application_fee_amount": 450}
STRIPES = 320  # 2.9 % and 30 cents of 10,000


@pytest.fixture
def farm(client: stripe.StripeClient) -> str:
    return onboarded(client, "farm@example.com")


def destined(client: stripe.StripeClient, farm: str, **params: Any) -> stripe.PaymentIntent:
    sent: Any = {**PAID, **BACK, "transfer_data": {"destination": farm}, "application_fee_amount": 450, **params}
    return client.v1.payment_intents.create(sent)


def direct(client: stripe.StripeClient, farm: str, **params: Any) -> stripe.PaymentIntent:
    sent: Any = {**PAID, **BACK, "application_fee_amount": 450, **params}
    return client.v1.payment_intents.create(sent, there(farm))


def moved(client: stripe.StripeClient, account: str | None = None) -> list[tuple[str, int, int]]:
    """Type, amount and fee of the balance transactions of an account, oldest first."""
    found = client.v1.balance_transactions.list({}, there(account) if account else None).data
    return [(each.type, each.amount, each.fee) for each in reversed(found)]


def types(client: stripe.StripeClient, account: str | None = None) -> list[str]:
    return [type for type, _ in told(client, account)]


def test_all_of_a_destination_charge_goes_on_and_the_fee_comes_back(client: stripe.StripeClient, farm: str) -> None:
    onboarding = types(client, farm)
    intent = destined(client, farm, on_behalf_of=farm)
    assert (intent.application_fee_amount, intent.transfer_group) == (450, f"group_{intent.id}")
    expanded: Any = {"expand": ["application_fee.charge", "transfer.destination_payment"]}
    charge: Any = client.v1.charges.retrieve(str(intent.latest_charge), expanded)
    fee, payment = charge.application_fee, charge.transfer.destination_payment
    assert (charge.application_fee_amount, charge.destination, charge.transfer.amount) == (450, farm, 10_000)
    assert (payment.amount, payment.application_fee, payment.application_fee_amount) == (10_000, fee.id, 450)
    assert (fee.amount, fee.amount_refunded, fee.account, fee.charge.id) == (450, 0, farm, payment.id)
    assert (fee.originating_transaction, fee.refunded, fee.refunds.data) == (charge.id, False, [])
    assert fee.fee_source.to_dict() == {"charge": payment.id, "type": "charge"}
    assert fee.application.startswith("ca_")
    assert moved(client) == [("charge", 10_000, STRIPES), ("transfer", -10_000, 0), ("application_fee", 450, 0)]
    assert moved(client, farm) == [("payment", 10_000, 450)]
    assert (held(client), held(client, farm)) == (450 - STRIPES, 9_550)
    earned = client.v1.balance_transactions.retrieve(fee.balance_transaction)
    assert (earned.reporting_category, earned.source) == ("platform_earning", fee.id)
    assert str(earned.description).endswith(f"for farm@example.com ({farm})")
    kept = client.v1.balance_transactions.retrieve(payment.balance_transaction, {}, there(farm))
    assert [(each.type, each.amount, each.application) for each in kept.fee_details] == [
        ("application_fee", 450, fee.application)
    ]
    assert told(client) == [
        ("payment_intent.created", None),
        ("transfer.created", None),
        ("application_fee.created", None),
        ("charge.succeeded", None),
        ("payment_intent.succeeded", None),
        ("balance.available", None),
    ]
    assert types(client, farm) == onboarding


def test_the_fee_of_a_direct_charge_is_kept_back(client: stripe.StripeClient, farm: str) -> None:
    intent = direct(client, farm)
    charge: Any = client.v1.charges.retrieve(
        str(intent.latest_charge), {"expand": ["application_fee", "balance_transaction"]}, there(farm)
    )
    fee, kept = charge.application_fee, charge.balance_transaction
    assert (fee.amount, fee.account, fee.charge, fee.originating_transaction) == (450, farm, charge.id, None)
    assert (kept.fee, kept.net) == (450 + STRIPES, 9_230)
    assert [(each.type, each.amount) for each in kept.fee_details] == [
        ("application_fee", 450), ("stripe_fee", STRIPES),
    ]  # fmt: skip
    assert moved(client) == [("application_fee", 450, 0)]
    assert (held(client), held(client, farm)) == (450, 9_230)
    assert client.v1.application_fees.list({"charge": charge.id}).data == [client.v1.application_fees.retrieve(fee.id)]
    assert client.v1.application_fees.list({"charge": "ch_none"}).data == []
    assert types(client) == ["application_fee.created"]
    assert types(client, farm)[-4:] == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "balance.available",
    ]  # fmt: skip


def test_a_charge_of_the_old_kind_has_a_fee_too(client: stripe.StripeClient, farm: str) -> None:
    sent: Any = {"amount": 10_000, "currency": "usd", "source": "tok_visa", "application_fee_amount": 100}
    charge = client.v1.charges.create(sent, there(farm))
    assert client.v1.application_fees.retrieve(str(charge.application_fee)).charge == charge.id
    charge = client.v1.charges.create({**sent, "transfer_data": {"destination": farm}})
    assert client.v1.application_fees.retrieve(str(charge.application_fee)).originating_transaction == charge.id
    held_back = client.v1.charges.create({**sent, "capture": False}, there(farm))
    assert held_back.application_fee is None
    taken = client.v1.charges.capture(held_back.id, {"amount": 5000, "application_fee_amount": 70}, there(farm))
    assert client.v1.application_fees.retrieve(str(taken.application_fee)).amount == 70


def test_older_names_of_the_parameters_of_a_charge(client: stripe.StripeClient, farm: str) -> None:
    sent: Any = {"amount": 10_000, "currency": "usd", "source": "tok_visa", "destination": {"account": farm}}
    charge = client.v1.charges.create({**sent, "application_fee": 100})
    assert (charge.destination, charge.application_fee_amount) == (farm, 100)
    assert client.v1.application_fees.retrieve(str(charge.application_fee)).amount == 100
    part = client.v1.charges.create({**sent, "destination": {"account": farm, "amount": 700}})
    assert client.v1.transfers.retrieve(str(part.transfer)).amount == 700
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.charges.create({**sent, "application_fee": 100, "application_fee_amount": 100})
    assert refusal.value.code == "parameters_exclusive"


def test_what_a_platform_makes_in_an_account_names_its_application(client: stripe.StripeClient, farm: str) -> None:
    intent: Any = direct(client, farm)
    [fee] = client.v1.application_fees.list({"expand": ["data.application"]}).data
    found: Any = client.v1.payment_intents.retrieve(intent.id, {"expand": ["application"]}, there(farm))
    assert found.application.to_dict() == fee.application.to_dict()  # type: ignore[union-attr]
    assert client.v1.charges.retrieve(str(intent.latest_charge), {}, there(farm)).application == intent.application
    assert destined(client, farm).application is None


def test_an_account_cannot_refund_what_was_transferred_to_it(client: stripe.StripeClient, farm: str) -> None:
    destined(client, farm)
    [payment] = client.v1.charges.list({}, there(farm)).data
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"charge": payment.id}, there(farm))
    assert held(client, farm) == 9_550


def test_a_fee_of_nothing_is_none(client: stripe.StripeClient, farm: str) -> None:
    charge = client.v1.charges.retrieve(
        str(direct(client, farm, application_fee_amount=0).latest_charge), {}, there(farm)
    )
    assert (charge.application_fee, charge.application_fee_amount) == (None, 0)
    with pytest.raises(stripe.InvalidRequestError, match=f"refund_application_fee on {charge.id}, but it has no"):
        client.v1.refunds.create({"charge": charge.id, "refund_application_fee": True}, there(farm))


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"application_fee_amount": 100}, "parameter_missing", "Can only apply an application_fee_amount when"),
        ({"application_fee_amount": 10_001, "transfer_data": {}}, "parameter_invalid_integer", "no more than"),
        ({"application_fee_amount": -1, "transfer_data": {}}, "parameter_invalid_integer", "non-negative"),
        ({"application_fee_amount": 1, "transfer_data": {"amount": 1}}, "parameters_exclusive", "only specify one"),
    ],
)
def test_what_is_no_fee(client: stripe.StripeClient, farm: str, params: Any, code: str, words: str) -> None:
    if "transfer_data" in params:
        params = {**params, "transfer_data": {**params["transfer_data"], "destination": farm}}
    for create in (client.v1.payment_intents.create, client.v1.charges.create):
        with pytest.raises(stripe.InvalidRequestError, match=words) as refusal:
            create({"amount": 10_000, "currency": "usd", **params})
        told_ = refusal.value
        assert (told_.http_status, told_.code, told_.param) == (400, code, "application_fee_amount")
    assert types(client) == []


def test_a_fee_changes_until_it_is_paid(client: stripe.StripeClient, farm: str) -> None:
    intent = client.v1.payment_intents.create(PAID, there(farm))
    client.v1.payment_intents.update(intent.id, {"application_fee_amount": 200}, there(farm))
    with pytest.raises(stripe.InvalidRequestError, match="no more than"):
        client.v1.payment_intents.update(intent.id, {"amount": 199}, there(farm))
    client.v1.payment_intents.update(intent.id, {"application_fee_amount": 300}, there(farm))
    client.v1.payment_intents.confirm(intent.id, {"return_url": BACK["return_url"]}, there(farm))
    assert [fee.amount for fee in client.v1.application_fees.list()] == [300]


def test_no_fee_is_more_than_what_is_captured(client: stripe.StripeClient, farm: str) -> None:
    first = direct(client, farm, capture_method="manual", application_fee_amount=4000)
    client.v1.payment_intents.capture(first.id, {"amount_to_capture": 3000}, there(farm))
    second = destined(client, farm, capture_method="manual", application_fee_amount=4000)
    client.v1.payment_intents.capture(second.id, {"amount_to_capture": 3000})
    third = destined(client, farm, capture_method="manual")
    client.v1.payment_intents.capture(third.id, {"application_fee_amount": 77})
    fourth = destined(client, farm, capture_method="manual")
    client.v1.payment_intents.capture(fourth.id, {"amount_to_capture": 500, "application_fee_amount": 501})
    assert [fee.amount for fee in client.v1.application_fees.list()] == [500, 77, 3000, 3000]


# refunds of fees


def test_a_fee_is_refunded_in_parts(client: stripe.StripeClient, farm: str) -> None:
    direct(client, farm)
    [fee] = client.v1.application_fees.list().data
    refunds = client.v1.application_fees.refunds
    first = refunds.create(fee.id, {"amount": 100, "metadata": {"why": "late"}})
    assert (first.amount, first.fee, first.currency, first.metadata["why"]) == (100, fee.id, "usd", "late")
    with pytest.raises(
        stripe.InvalidRequestError, match=r"\(\$3.51\) is greater than unrefunded amount on fee \(\$3.50\)"
    ):
        refunds.create(fee.id, {"amount": 351})
    rest = refunds.create(fee.id)
    assert rest.amount == 350
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded"):
        refunds.create(fee.id)
    refunds.update(fee.id, first.id, {"metadata": {"why": "very late"}})
    assert refunds.retrieve(fee.id, first.id).metadata["why"] == "very late"
    assert [each.id for each in refunds.list(fee.id)] == [rest.id, first.id]
    now = client.v1.application_fees.retrieve(fee.id)
    assert (now.amount_refunded, now.refunded, [each.id for each in now.refunds.data]) == (
        450,
        True,
        [rest.id, first.id],
    )
    assert moved(client) == [
        ("application_fee", 450, 0), ("application_fee_refund", -100, 0), ("application_fee_refund", -350, 0),
    ]  # fmt: skip
    assert moved(client, farm)[1:] == [("adjustment", 100, 0), ("adjustment", 350, 0)]
    assert (held(client), held(client, farm)) == (0, 10_000 - STRIPES)
    chain = told(client)
    assert [type for type, _ in chain] == [
        "application_fee.created", "application_fee.refunded", "application_fee.refunded",
        "application_fee.refund.updated",
    ]  # fmt: skip
    assert [(before["amount_refunded"], before.get("refunded")) for _, before in chain[1:3]] == [
        (0, None),
        (100, False),
    ]
    assert chain[3][1] == {"metadata": {"why": "late"}}


def test_a_refund_takes_its_share_of_transfer_and_fee_back(client: stripe.StripeClient, farm: str) -> None:
    intent = destined(client, farm, application_fee_amount=455)
    sent: Any = {"payment_intent": intent.id, "reverse_transfer": True, "refund_application_fee": True}
    before = len(told(client))
    refund: Any = client.v1.refunds.create({**sent, "amount": 3000, "expand": ["transfer_reversal"]})
    assert (refund.transfer_reversal.amount, refund.transfer_reversal.source_refund) == (3000, refund.id)
    [fee] = client.v1.application_fees.list().data
    assert fee.amount_refunded == 137  # 3,000 of 10,000 of 455 are 136.5, half a cent up
    chain = told(client)[before:]
    assert [type for type, _ in chain] == [
        "transfer.reversed", "application_fee.refunded", "refund.created", "charge.refunded",
    ]  # fmt: skip
    assert chain[0][1]["amount_reversed"] == chain[1][1]["amount_refunded"] == 0
    client.v1.refunds.create(sent)
    [fee] = client.v1.application_fees.list().data
    assert (fee.amount_refunded, fee.refunded) == (455, True)
    assert (held(client), held(client, farm)) == (-STRIPES, 0)  # Stripe keeps its fee, and the platform pays it
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create(sent)
    assert refusal.value.code == "charge_already_refunded"


def test_a_refund_of_a_direct_charge_may_give_the_fee_back(client: stripe.StripeClient, farm: str) -> None:
    intent = direct(client, farm)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 5000}, there(farm))
    assert held(client) == 450
    client.v1.refunds.create({"payment_intent": intent.id, "refund_application_fee": True}, there(farm))
    assert (held(client), held(client, farm)) == (0, -STRIPES)
    assert types(client) == ["application_fee.created", "application_fee.refunded"]
    assert types(client, farm)[-4:] == ["refund.created", "charge.refunded", "refund.created", "charge.refunded"]


def test_what_a_refund_cannot_take_back(client: stripe.StripeClient, farm: str) -> None:
    plain = client.v1.payment_intents.create({**PAID, **BACK})
    with pytest.raises(stripe.InvalidRequestError, match="does not have an associated transfer"):
        client.v1.refunds.create({"payment_intent": plain.id, "reverse_transfer": True})
    intent = destined(client, farm)
    with pytest.raises(stripe.InvalidRequestError, match="together with its transfer") as refusal:
        client.v1.refunds.create({"payment_intent": intent.id, "refund_application_fee": True})
    assert refusal.value.param == "refund_application_fee"
    [transfer] = client.v1.transfers.list().data
    client.v1.transfers.reversals.create(transfer.id, {"refund_application_fee": True})
    assert client.v1.application_fees.list().data[0].refunded
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        client.v1.refunds.create({"payment_intent": intent.id, "reverse_transfer": True})
    assert held(client, farm) == 0


# several captures


def holding(client: stripe.StripeClient, params: Any, options: Any = None, fee: Any = FEE) -> stripe.PaymentIntent:
    several: Any = {"payment_method_options": {"card": {"request_multicapture": "if_available"}}}
    sent = {**PAID, **BACK, **several, "capture_method": "manual", **fee, **params}
    return client.v1.payment_intents.create(sent, options)


@pytest.mark.parametrize("ends", ["captured", "canceled"])
def test_of_several_captures_the_last_sends_the_funds_on(client: stripe.StripeClient, farm: str, ends: str) -> None:
    intent = holding(client, {"transfer_data": {"destination": farm}})
    part: Any = {"amount_to_capture": 4000, "final_capture": False}
    client.v1.payment_intents.capture(intent.id, part)
    assert client.v1.transfers.list().data == []
    if ends == "canceled":
        client.v1.payment_intents.cancel(intent.id)
    else:
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})
    whole = 4000 if ends == "canceled" else 6000
    [transfer], [fee] = client.v1.transfers.list().data, client.v1.application_fees.list().data
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (transfer.amount, fee.amount, charge.captured, charge.application_fee) == (whole, 450, True, fee.id)
    assert held(client, farm) == whole - 450
    assert [type for type in types(client) if type != "charge.updated"][-5:] == [
        "transfer.created", "application_fee.created", "charge.captured", "payment_intent.succeeded",
        "balance.available",
    ]  # fmt: skip


@pytest.mark.parametrize("ends", ["captured", "canceled"])
def test_of_several_captures_the_last_pays_the_fee(client: stripe.StripeClient, farm: str, ends: str) -> None:
    intent = holding(client, {}, there(farm))
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 4000, "final_capture": False}, there(farm))
    assert client.v1.application_fees.list().data == []
    if ends == "canceled":
        client.v1.payment_intents.cancel(intent.id, {}, there(farm))
        stripes = 146  # of 4,000
    else:
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000}, there(farm))
        stripes = 146 + 88
    captured = 4000 if ends == "canceled" else 6000
    assert [fee.amount for fee in client.v1.application_fees.list()] == [450]
    assert (held(client), held(client, farm)) == (450, captured - stripes - 450)


def test_what_is_captured_in_part_can_be_disputed_when_it_ends(client: stripe.StripeClient) -> None:
    intent = holding(client, {"payment_method": "pm_card_createDispute"}, fee={})
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 4000, "final_capture": False})
    client.v1.payment_intents.cancel(intent.id)
    assert [dispute.amount for dispute in client.v1.disputes.list()] == [4000]
