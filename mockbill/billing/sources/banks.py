"""Bank accounts of customers, as older ACH integrations keep them: of a token, verified by micro-deposits, debited.

Each is a payment method as well (``us_bank_account``, under the same id).  What verifies it are Stripe's test amounts,
32 and 45; after ten wrong tries it cannot be verified any more (the number is memory).
"""

from typing import Any

from mockbill.billing import detaching, fields, unmodelled
from mockbill.billing.bank_debits import accounts, mandates
from mockbill.billing.funds import bank_accounts
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import check_known, missing

KIND = "bank_account"
_RIGHT = [32, 45]
_TRIES = 10
_NOT_SHOWN = ("account", "available_payout_methods", "default_for_currency", "future_requirements", "requirements")


def is_bank(id: str) -> bool:
    """Whether this is the id of a bank account."""
    return id.startswith("ba_")


def is_token(id: str) -> bool:
    """Whether this is the id of a token of one."""
    return id.startswith("btok_")


def create(w: Work, customer: Doc, token: str, metadata: dict[str, str]) -> Doc:
    """A token becomes a bank account of this customer: ``customer.source.created``.

    Stripe's test tokens ``btok_us_verified...`` are verified from the start.
    """
    details, id = bank_accounts.of_token(w, token, "source")
    if details["country"].upper() != "US":
        raise unmodelled.unsupported(
            "mockbill debits bank accounts of older integrations in the United States only; use PaymentMethods.",
            "source",
        )
    bank = bank_accounts.built(w, details, "bank_account", id=id)
    shown = {name: value for name, value in bank.items() if name not in _NOT_SHOWN}
    for known in w.find(KIND, customer=customer["id"]):
        if known["fingerprint"] == bank["fingerprint"]:
            raise Problem(
                "A bank account with that routing number and account number already exists for this customer.",
                code="bank_account_exists",
            )
    bank = w.put(KIND, {**shown, "customer": customer["id"], "metadata": fields.merge({}, metadata)})
    accounts.of_customer(w, bank, details)
    w.emit("customer.source.created", bank)
    return _verified(w, bank) if token.startswith("btok_us_verified") else bank


def verify(w: Work, bank: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/sources/{id}/verify`` with both amounts: ``customer.source.updated``."""
    amounts = params.get("amounts")
    if not amounts:
        raise Problem("Missing required param: amounts.", code="parameter_missing", param="amounts")
    if bank["status"] == "verified":
        raise Problem("This bank account has already been verified.")
    if bank["status"] != "new":
        raise Problem(
            "This bank account cannot be verified: there were too many tries.", code="bank_account_verification_failed"
        )
    if sorted(amounts) == _RIGHT:
        return _verified(w, bank, before=bank)
    tries = (w.private(KIND, bank["id"]) or {}).get("tries", 0) + 1
    w.keep(KIND, bank["id"], tries=tries)
    if tries >= _TRIES:
        failed = w.change(bank, status="verification_failed")
        w.emit("customer.source.updated", failed, bank)
    raise Problem(
        "The amounts provided do not match the amounts that were sent to the bank account.",
        code="bank_account_verification_failed",
        type="card_error",
        status=402,
        keeps=True,
    )


def update(w: Work, bank: Doc, params: dict[str, Any]) -> Doc:
    """Its holder and metadata: ``customer.source.updated``."""
    check_known(params, ("account_holder_name", "account_holder_type", "metadata"))
    changed = w.change(bank, **fields.fields_of(KIND, params, bank))
    if changed != bank:
        w.emit("customer.source.updated", changed, bank)
    return changed


def delete(w: Work, bank: Doc) -> Doc:
    """``customer.source.deleted``; nothing is paid with it any more."""
    w.emit("customer.source.deleted", bank)
    answer = w.remove(bank)
    detaching.let_go(w, w.need("payment_method", bank["id"]))
    return answer


def owned(w: Work, customer: str, id: str, param: str) -> Doc:
    """A bank account of this customer; Problem for any other."""
    bank, method = w.get(KIND, id), w.get("payment_method", id)
    if bank is None or method is None or method["customer"] != customer:  # it may have been detached
        raise missing("source", id, param)
    return bank


def listed(w: Work, customer: str) -> list[tuple[int, Doc]]:
    """Those of a customer, each with the second in which it was made."""
    found = ((w.need("payment_method", bank["id"]), bank) for bank in w.find(KIND, customer=customer))
    return [(method["created"], bank) for method, bank in found if method["customer"] == customer]


def check_chargeable(bank: Doc) -> None:
    """Problem for one that is not verified; the wording is ours."""
    if bank["status"] != "verified":
        raise Problem(
            f"The bank account {bank['id']} must be verified before it can be charged.",
            code="bank_account_unverified",
            param="source",
        )


def _verified(w: Work, bank: Doc, before: Doc | None = None) -> Doc:
    """It can be debited, which its holder has agreed to."""
    verified = w.change(bank, status="verified")
    method = w.need("payment_method", bank["id"])
    accounts.verify(w, method)
    mandates.of_source(w, method, {"type": "offline"})
    if before is not None:
        w.emit("customer.source.updated", verified, before)
    return verified
