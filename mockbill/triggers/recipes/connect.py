"""Connected accounts, what is told of them, and the money that goes to them and comes back."""

from typing import Any

from mockbill.billing.connect import links
from mockbill.rules.payouts import GOOD_NUMBER
from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.funds import earn
from mockbill.triggers.recipes.plain import NOTED
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_BANK = {
    "object": "bank_account",
    "country": "US",
    "currency": "usd",
    "routing_number": "110000000",
    "account_number": "000123456789",
}
_PERSON: dict[str, Any] = {"first_name": "Jenny", "last_name": "Rosen", "relationship": {"representative": True}}


def account(c: Cause) -> str:
    """A connected account of which nothing is known yet."""
    made: Doc = c.post("/v1/accounts", type="custom", country="US", capabilities={"transfers": {"requested": True}})
    return str(made["id"])


def onboarded(c: Cause) -> str:
    """One that has told all that was asked, as its pages do."""
    made: Doc = c.post("/v1/accounts", type="express")
    back = {"refresh_url": "https://example.com/again", "return_url": "https://example.com/back"}
    link: Doc = c.post("/v1/account_links", {"account": made["id"], "type": "account_onboarding", **back})
    with c.work() as w:
        links.complete(w, link["url"].rpartition("/")[2], GOOD_NUMBER)
    return str(made["id"])


@fresh("account.updated", sets="POST /v1/accounts/{account}")
def updated(c: Cause) -> None:
    c.post(f"/v1/accounts/{account(c)}", NOTED)


@fresh("account.application.deauthorized")
def deauthorized(c: Cause) -> None:
    """Its platform loses an account by deleting it."""
    c.delete(f"/v1/accounts/{account(c)}")


@fresh("capability.updated", sets="POST /v1/accounts/{account}/capabilities/{capability}")
def capability_updated(c: Cause) -> None:
    c.post(f"/v1/accounts/{account(c)}/capabilities/card_payments", requested=True)


_EXTERNAL = "POST /v1/accounts/{account}/external_accounts"


@fresh("account.external_account.created", sets=_EXTERNAL)
def bank_created(c: Cause) -> None:
    _banked(c)


@fresh("account.external_account.updated", sets=f"{_EXTERNAL}/{{id}}")
def bank_updated(c: Cause) -> None:
    c.post(_banked(c), NOTED)


@fresh("account.external_account.deleted")
def bank_deleted(c: Cause) -> None:
    owner = account(c)
    _bank(c, owner)
    c.delete(f"/v1/accounts/{owner}/external_accounts/{_bank(c, owner)}")  # not the default one


def _banked(c: Cause) -> str:
    owner = account(c)
    return f"/v1/accounts/{owner}/external_accounts/{_bank(c, owner)}"


def _bank(c: Cause, owner: str) -> str:
    made: Doc = c.post(f"/v1/accounts/{owner}/external_accounts", external_account=_BANK)
    return str(made["id"])


@fresh("person.created", sets="POST /v1/accounts/{account}/persons")
def person_created(c: Cause) -> None:
    _person(c)


@fresh("person.updated", sets="POST /v1/accounts/{account}/persons/{person}")
def person_updated(c: Cause) -> None:
    c.post(_person(c), last_name="Rosen-Diaz")


@fresh("person.deleted")
def person_deleted(c: Cause) -> None:
    c.delete(_person(c))


def _person(c: Cause) -> str:
    owner = account(c)
    made: Doc = c.post(f"/v1/accounts/{owner}/persons", _PERSON)
    return f"/v1/accounts/{owner}/persons/{made['id']}"


# transfers and fees


@fresh("transfer.created", sets="POST /v1/transfers")
def transferred(c: Cause) -> None:
    _transfer(c)


@fresh("transfer.updated", sets="POST /v1/transfers/{transfer}")
def transfer_updated(c: Cause) -> None:
    c.post(f"/v1/transfers/{_transfer(c)}", NOTED)


@fresh("transfer.reversed", sets="POST /v1/transfers/{id}/reversals")
def transfer_reversed(c: Cause) -> None:
    c.post(f"/v1/transfers/{_transfer(c)}/reversals")


def _transfer(c: Cause) -> str:
    earn(c)
    made: Doc = c.post("/v1/transfers", amount=1000, currency="usd", destination=onboarded(c))
    return str(made["id"])


@fresh("application_fee.created", sets="POST /v1/payment_intents")
def fee_created(c: Cause) -> None:
    _fee(c)


@fresh("application_fee.refunded", sets="POST /v1/application_fees/{id}/refunds")
def fee_refunded(c: Cause) -> None:
    c.post(f"/v1/application_fees/{_fee(c)}/refunds", amount=100)


@fresh("application_fee.refund.updated", sets="POST /v1/application_fees/{fee}/refunds/{id}")
def fee_refund_updated(c: Cause) -> None:
    fee = _fee(c)
    refund: Doc = c.post(f"/v1/application_fees/{fee}/refunds", amount=100)
    c.post(f"/v1/application_fees/{fee}/refunds/{refund['id']}", NOTED)


def _fee(c: Cause) -> str:
    c.post(
        "/v1/payment_intents",
        amount=2000,
        currency="usd",
        payment_method="pm_card_visa",
        confirm=True,
        application_fee_amount=450,
        transfer_data={"destination": onboarded(c)},
        automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
    )
    fees: Doc = c.get("/v1/application_fees", limit=1)
    return str(fees["data"][0]["id"])
