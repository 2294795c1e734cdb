"""Transfers: from a platform's balance to that of a connected account (amounts in minor units).

In the account they arrive as a charge, ``destination_payment``, once the platform's work is recorded.
"""

from typing import Any

from mockbill.billing import amounts, balance, defaults, fields
from mockbill.billing.connect import beside, fees
from mockbill.billing.connect.fees import Fee
from mockbill.rules.money import format_amount
from mockbill.world import Doc, Problem, Work
from mockbill.world.ids import as_payment

KIND = "transfer"
_OURS = ("amount", "currency", "destination", "source_transaction", "source_type", "transfer_group")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/transfers``; ``transfer.created``.

    With ``source_transaction`` (a charge) it is taken from what that charge brings, and available when that is; else
    from what is available now.
    """
    currency = amounts.currency(params["currency"])
    account = check_destination(w, params["destination"], "destination")
    charge = _source(w, params.get("source_transaction"), currency)
    amount = params.get("amount", charge["amount_captured"] if charge else None)
    _check_amount(w, amount, currency, charge)
    return _sent(
        w,
        charge,
        **fields.fields_of(KIND, params, {}, but=_OURS),
        amount=amount,
        currency=currency,
        destination=account["id"],
        source_type=params.get("source_type") or "card",
        transfer_group=params.get("transfer_group") or (charge["transfer_group"] if charge else None),
    )


def of_charge(w: Work, charge: Doc) -> Doc:
    """The transfer of a charge with ``transfer_data``, once its funds have a balance transaction: all, or ``amount``.

    The platform's fee comes back of it.  ``transfer.created`` and ``application_fee.created`` come before the event of
    the charge, which names both; answers what it shows of them.
    """
    data = charge["transfer_data"]
    intent = w.get("payment_intent", charge["payment_intent"])
    told = (intent or {}).get("transfer_data") or {}
    group = charge["transfer_group"] or f"group_{charge['payment_intent'] or charge['id']}"
    amount = min(data["amount"] or charge["amount_captured"], charge["amount_captured"])
    fee = fees.of_destination(w, charge, amount)
    transfer = _sent(
        w,
        charge,
        fee,
        amount=amount,
        currency=charge["currency"],
        description=told.get("description"),
        destination=data["destination"],
        metadata=told.get("metadata") or {},
        source_type="card",
        transfer_group=group,
    )
    shown = {"transfer": transfer["id"], "transfer_group": group}
    return {**shown, "application_fee": fee.id} if fee else shown


def _sent(w: Work, charge: Doc | None, fee: Fee | None = None, **values: Any) -> Doc:
    id = w.id(KIND)
    transfer = w.build(
        KIND,
        **values,
        id=id,
        destination_payment=as_payment(w.id("charge")),
        reversals={"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{id}/reversals"},
        source_transaction=charge["id"] if charge else None,
    )
    transaction = balance.transferred(w, transfer, _available_on(w, charge))
    transfer = w.put(KIND, {**transfer, "balance_transaction": transaction["id"]})
    available_on = transaction["available_on"]
    _arrive(beside.account(w, transfer["destination"]), transfer, available_on, fee)
    w.emit("transfer.created", transfer)
    if fee is not None and charge is not None:
        payment = transfer["destination_payment"]
        fees.collect(w, fee, transfer["destination"], payment, available_on, origin=charge["id"])
    return transfer


def update(w: Work, transfer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/transfers/{transfer}``: its description and metadata; ``transfer.updated``."""
    changed = w.change(transfer, **fields.fields_of(KIND, params, transfer))
    if changed != transfer:
        w.emit("transfer.updated", changed, transfer)
    return changed


def check_destination(w: Work, id: str, param: str) -> Doc:
    """The connected account that a parameter names; Problem where there is none or it takes no transfers."""
    account = w.get("account", id)
    if account is None:
        raise Problem(f"No such destination: '{id}'", code="resource_missing", param=param)
    has = account.get("capabilities") or {}
    if not any(has.get(name) == "active" for name in ("transfers", "crypto_transfers", "legacy_payments")):
        raise Problem(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    return account


def _source(w: Work, id: str | None, currency: str) -> Doc | None:
    if not id:
        return None
    charge = w.need("charge", id, "source_transaction")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise Problem("Only charges that succeeded can be a source_transaction.", param="source_transaction")
    if charge["currency"] != currency:
        raise Problem(
            f"The currency of source_transaction's balance transaction ({charge['currency']}) must be the same as the "
            f"transfer currency ({currency})",
            param="currency",
        )
    return charge


def _check_amount(w: Work, amount: int | None, currency: str, charge: Doc | None) -> None:
    if amount is None:
        raise Problem("Missing required param: amount.", code="parameter_missing", param="amount")
    amounts.check_positive(amount)
    if charge is not None:
        sent = w.find(KIND, source_transaction=charge["id"])
        if amount > charge["amount_captured"] - sum(each["amount"] - each["amount_reversed"] for each in sent):
            most = format_amount(charge["amount_captured"], currency)
            raise Problem(
                f"Transfers using this transaction as a source must not exceed the source amount of {most}.",
                param="amount",
            )
    elif amount > balance.available(w, currency):
        raise Problem(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance by creating Charges using the 4000000000000077 test card. See: "
            "https://stripe.com/docs/testing#available-balance",
            code="balance_insufficient",
        )


def _available_on(w: Work, charge: Doc | None) -> int:
    earned = w.get("balance_transaction", charge["balance_transaction"]) if charge else None
    return max(w.now, int(earned["available_on"])) if earned else w.now


def _arrive(there: Work, transfer: Doc, available_on: int, fee: Fee | None) -> None:
    """The charge that a transfer is in the connected account, less the platform's fee.  No event."""
    amount = transfer["amount"]
    payment = there.build_on(
        defaults.blank("charge"),
        {
            "id": transfer["destination_payment"],
            "amount": amount,
            "amount_captured": amount,
            "application_fee": fee.id if fee else None,
            "application_fee_amount": fee.amount if fee else None,
            "captured": True,
            "currency": transfer["currency"],
            "paid": True,
            "payment_method_details": {"stripe_account": {}, "type": "stripe_account"},
            "source_transfer": transfer["id"],
            "status": "succeeded",
            "transfer_group": transfer["transfer_group"],
        },
    )
    transaction = balance.received(there, payment, available_on, fee.detail if fee else None)
    there.put("charge", {**payment, "balance_transaction": transaction["id"]})
