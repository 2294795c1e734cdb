"""Sources that are bank accounts: SEPA debits, money that is sent to them, and accounts of older ACH integrations."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import Life
from api.sourced import BACK, EUROS, iban, pass_by
from api.wire import Wire


@pytest.fixture
def chain(client: stripe.StripeClient) -> Chain:
    return Chain(Life.begin(client))


@pytest.mark.parametrize(
    ("number", "end"), [("DE89370400440532013000", "charge.succeeded"), ("DE62370400440532013001", "charge.failed")]
)
def test_a_bank_account_is_debited_in_its_time(
    client: stripe.StripeClient, wire: Wire, chain: Chain, number: str, end: str
) -> None:
    source = iban(client, number)
    assert source.sepa_debit is not None
    assert (source.status, source.usage, source.sepa_debit.last4) == ("chargeable", "reusable", number[-4:])
    assert source.sepa_debit.mandate_url
    customer = client.v1.customers.create({"source": source.id})
    charge = client.v1.charges.create({**EUROS, "customer": customer.id})
    assert (charge.status, charge.payment_method_details.sepa_debit.last4) == ("pending", number[-4:])
    pass_by(wire, 1)
    assert chain.told() == [
        ("source.chargeable", "chargeable sepa_debit"),
        ("customer.source.created", "chargeable sepa_debit"),
        ("customer.created", "0"),
        ("charge.pending", "2000"),
        (end, "2000"),
    ]
    assert client.v1.sources.retrieve(source.id).status == "chargeable"


def test_intents_take_sources_of_cards_and_bank_accounts(client: stripe.StripeClient, wire: Wire, chain: Chain) -> None:
    card = client.v1.sources.create({"type": "card", "token": "tok_visa"})
    paid = client.v1.payment_intents.create(
        {"amount": 500, "currency": "usd", "payment_method": card.id, "confirm": True, **BACK}
    )
    assert (paid.status, paid.payment_method) == ("succeeded", card.id)
    assert client.v1.sources.retrieve(card.id).status == "consumed"
    with pytest.raises(stripe.InvalidRequestError, match="previously charged"):
        client.v1.payment_intents.create({"amount": 500, "currency": "usd", "payment_method": card.id})
    source = iban(client)
    customer = client.v1.customers.create({"source": source.id})
    debited = client.v1.payment_intents.create(
        {
            **EUROS,
            "customer": customer.id,
            "payment_method": source.id,
            "confirm": True,
            **BACK,
        }
    )
    assert debited.status == "processing"  # its mandate came with it
    pass_by(wire, 1)
    assert client.v1.payment_intents.retrieve(debited.id).status == "succeeded"
    assert chain.told() == [
        ("source.chargeable", "chargeable card"),
        ("payment_intent.created", "requires_confirmation 500"),
        ("charge.succeeded", "500"),
        ("payment_intent.succeeded", "succeeded 500"),
        ("charge.updated", "500", {"balance_transaction": None}),
        ("source.chargeable", "chargeable sepa_debit"),
        ("customer.source.created", "chargeable sepa_debit"),
        ("customer.created", "0"),
        ("payment_intent.created", "requires_confirmation 2000"),
        ("charge.pending", "2000"),
        ("payment_intent.processing", "processing 2000"),
        ("charge.succeeded", "2000"),
        ("payment_intent.succeeded", "succeeded 2000"),
    ]


def test_money_is_sent_to_a_source_and_charged_as_long_as_it_lasts(client: stripe.StripeClient, wire: Wire) -> None:
    life = Life.begin(client)
    sent = {"email": "amount_3000@example.com"}
    source = client.v1.sources.create({"type": "ach_credit_transfer", "currency": "usd", "owner": sent})
    assert source.receiver is not None
    assert (source.status, source.flow, source.usage) == ("pending", "receiver", "reusable")
    assert source.receiver.address == f"110000000-{source.ach_credit_transfer.account_number}"
    customer = client.v1.customers.create({"source": source.id})
    pass_by(wire, 1)
    ready = client.v1.sources.retrieve(source.id)
    assert (ready.status, ready.receiver.amount_received, ready.receiver.amount_charged) == ("chargeable", 3000, 0)
    [transaction] = client.v1.sources.transactions.list(source.id).data
    assert (transaction.amount, transaction.currency, transaction.status) == (3000, "usd", "succeeded")
    assert transaction.id.startswith("srctxn_")
    paid = {"currency": "usd", "customer": customer.id, "source": source.id}
    with pytest.raises(stripe.InvalidRequestError, match="no more than 3000"):
        client.v1.charges.create({"amount": 3001, **paid})
    client.v1.charges.create({"amount": 1000, **paid})
    assert client.v1.sources.retrieve(source.id).status == "chargeable"
    client.v1.charges.create({"amount": 2000, **paid})
    assert client.v1.sources.retrieve(source.id).status == "pending"
    client.v1.sources.update(source.id, {"owner": {"email": "amount_700@example.com"}})
    pass_by(wire, 1)
    ready = client.v1.sources.retrieve(source.id)
    assert (ready.status, ready.receiver.amount_received, ready.receiver.amount_charged) == ("chargeable", 3700, 3000)
    assert life.events() == [
        "customer.source.created",
        "customer.created",
        "source.transaction.created",
        "source.chargeable",
        "charge.succeeded",
        "charge.succeeded",
        "customer.source.updated",
        "source.transaction.created",
        "source.chargeable",
    ]


def test_nothing_is_sent_where_the_owner_never_does(client: stripe.StripeClient, wire: Wire) -> None:
    never = {"email": "fill_never@example.com"}
    source = client.v1.sources.create({"type": "multibanco", **EUROS, "owner": never})
    pass_by(wire, 24)
    assert client.v1.sources.retrieve(source.id).status == "pending"


class TestBankAccounts:
    """Bank accounts of older ACH integrations: of a token, verified by micro-deposits, debited."""

    @staticmethod
    def saved(client: stripe.StripeClient, number: str = "000123456789") -> stripe.Customer:
        account: Any = {"country": "US", "currency": "usd", "routing_number": "110000000", "account_number": number}
        token = client.v1.tokens.create({"bank_account": {**account, "account_holder_name": "Ada Lovelace"}})
        return client.v1.customers.create({"source": token.id})

    def test_one_is_verified_debited_and_let_go(self, client: stripe.StripeClient, wire: Wire, chain: Chain) -> None:
        customer = self.saved(client)
        bank = str(customer.default_source)
        shown = client.v1.customers.payment_sources.retrieve(customer.id, bank)
        assert (shown.id[:3], shown.object, shown.status, shown.last4) == ("ba_", "bank_account", "new", "6789")
        paid: Any = {"amount": 2000, "currency": "usd", "customer": customer.id}
        with pytest.raises(stripe.InvalidRequestError) as unverified:
            client.v1.charges.create(paid)
        assert unverified.value.code == "bank_account_unverified"
        with pytest.raises(stripe.CardError) as wrong:
            client.v1.customers.payment_sources.verify(customer.id, bank, {"amounts": [1, 2]})
        assert wrong.value.code == "bank_account_verification_failed"
        verified = client.v1.customers.payment_sources.verify(customer.id, bank, {"amounts": [32, 45]})
        assert verified.status == "verified"
        charge = client.v1.charges.create(paid)
        assert (charge.status, charge.source.id, charge.payment_method_details.type) == (
            "pending",
            bank,
            "us_bank_account",
        )
        pass_by(wire, 1)
        assert client.v1.charges.retrieve(charge.id).status == "succeeded"
        gone: Any = client.v1.customers.payment_sources.delete(customer.id, bank)
        assert gone.to_dict() == {"id": bank, "object": "bank_account", "deleted": True}
        assert client.v1.customers.retrieve(customer.id).default_source is None
        assert chain.told() == [
            ("customer.source.created", "new"),
            ("customer.created", "0"),
            ("customer.source.updated", "verified", {"status": "new"}),
            ("charge.pending", "2000"),
            ("charge.succeeded", "2000"),
            ("customer.source.deleted", "verified"),
            ("customer.updated", "0", {"default_source": "ba#1"}),
        ]

    def test_nobody_guesses_the_amounts_for_ever(self, client: stripe.StripeClient) -> None:
        customer = self.saved(client)
        bank = str(customer.default_source)
        for _ in range(10):
            with pytest.raises(stripe.CardError):
                client.v1.customers.payment_sources.verify(customer.id, bank, {"amounts": [1, 2]})
        assert client.v1.customers.payment_sources.retrieve(customer.id, bank).status == "verification_failed"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.payment_sources.verify(customer.id, bank, {"amounts": [32, 45]})

    def test_a_debit_fails_as_the_number_says(self, client: stripe.StripeClient, wire: Wire) -> None:
        customer = client.v1.customers.create({"source": "btok_us_verified_noAccount"})
        charge = client.v1.charges.create({"amount": 2000, "currency": "usd", "customer": customer.id})
        pass_by(wire, 1)
        failed = client.v1.charges.retrieve(charge.id)
        assert (failed.status, failed.failure_code) == ("failed", "no_account")

    def test_one_is_listed_changed_and_had_only_once(self, client: stripe.StripeClient) -> None:
        customer = self.saved(client)
        bank = str(customer.default_source)
        client.v1.customers.payment_sources.create(customer.id, {"source": "tok_visa"})
        listed = client.v1.customers.payment_sources.list(customer.id, {"object": "bank_account"})
        assert [kept.id for kept in listed.data] == [bank]
        assert len(client.v1.customers.payment_sources.list(customer.id).data) == 2
        named: Any = client.v1.customers.payment_sources.update(
            customer.id, bank, {"account_holder_name": "Grace", "metadata": {"a": "1"}}
        )
        assert (named.account_holder_name, named.metadata["a"]) == ("Grace", "1")
        client.v1.customers.payment_sources.verify(customer.id, bank, {"amounts": [32, 45]})
        paid: Any = {"amount": 2000, "currency": "usd", "customer": customer.id, "source": bank}
        with pytest.raises(stripe.InvalidRequestError, match="captured when") as later:
            client.v1.charges.create({**paid, "capture": False})
        assert later.value.param == "capture"
        with pytest.raises(stripe.InvalidRequestError) as twice:
            client.v1.customers.payment_sources.create(customer.id, {"source": "btok_us"})
        assert twice.value.code == "bank_account_exists"
        client.v1.payment_methods.detach(bank)
        assert client.v1.customers.payment_sources.list(customer.id, {"object": "bank_account"}).data == []
        with pytest.raises(stripe.InvalidRequestError, match="No such source"):
            client.v1.charges.create(paid)

    def test_an_invoice_is_paid_by_a_verified_account(self, client: stripe.StripeClient) -> None:
        customer = client.v1.customers.create({"source": "btok_us_verified"})
        life = Life.begin(client)
        made = client.v1.subscriptions.create(
            {"customer": customer.id, "items": [{"price": life.price().id}], "expand": ["latest_invoice.payments"]}
        )
        assert made.status == "active"
        [payment] = made.latest_invoice.payments.data
        intent = client.v1.payment_intents.retrieve(payment.payment.payment_intent)
        assert intent.status == "processing"
