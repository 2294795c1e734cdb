"""The terms on which what is billed goes on to a connected account: who gets it, on whose behalf, and what the platform
takes of it.

A subscription has them in shares (``application_fee_percent``, ``transfer_data[amount_percent]``), an invoice in
amounts of its own; the payment of each invoice is told what that makes of its amount, by the terms of that moment.
Shares are of the final amount, items, discounts, taxes and balance included, as Stripe documents.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import invoices, unmodelled
from mockbill.billing.connect import transfers
from mockbill.rules import fees
from mockbill.world import Doc, Problem, Work

NAMES = ("application_fee_percent", "on_behalf_of", "transfer_data")
OF_INVOICE = ("application_fee_amount", "transfer_data")
"""What an invoice has of its own and does not show (since basil)."""


def check(w: Work, params: Mapping[str, Any], before: Mapping[str, Any] | None = None, where: str = "") -> None:
    """Problem for terms that cannot be: accounts that are not there, shares that are none, a fee of nobody's payment.

    ``before`` is what has been agreed; ``where`` is the hash that the parameters are in.
    """
    if not any(name in params for name in (*NAMES, "application_fee_amount")):
        return
    if account := params.get("on_behalf_of"):
        w.need("account", account, _at(where, "on_behalf_of"))
    data = params.get("transfer_data") or {}
    if data:
        unmodelled.refuse(data, ("payment_data",), "the transfers of invoices")
        _check_transfer(w, data, _at(where, "transfer_data"))
    _check_share(params.get("application_fee_percent"), _at(where, "application_fee_percent"))
    agreed = {**(before or {}), **{name: value for name, value in params.items() if value is not None}}
    _check_fee(w, agreed, where)


def _check_transfer(w: Work, data: Mapping[str, Any], where: str) -> None:
    if not data.get("destination"):
        name = f"{where}[destination]"
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    transfers.check_destination(w, data["destination"], f"{where}[destination]")
    _check_share(data.get("amount_percent"), f"{where}[amount_percent]")
    if data.get("amount") not in (None, "") and data["amount"] <= 0:
        raise Problem("Invalid positive integer", code="parameter_invalid_integer", param=f"{where}[amount]")
    if data.get("amount") and data.get("amount_percent"):
        raise _both(f"{where}[amount]", f"{where}[amount_percent]")


def _check_share(share: Any, param: str) -> None:
    if share in (None, ""):
        return
    if not 0 <= share <= 100 or round(share, 2) != share:
        raise Problem(f"Invalid {param}: must be between 0 and 100, with at most two decimal places.", param=param)


def _check_fee(w: Work, agreed: Mapping[str, Any], where: str) -> None:
    names = [name for name in ("application_fee_percent", "application_fee_amount") if agreed.get(name)]
    if agreed.get("application_fee_amount") and agreed["application_fee_amount"] < 0:
        raise Problem(
            "Invalid non-negative integer",
            code="parameter_invalid_integer",
            param=_at(where, "application_fee_amount"),
        )
    data = agreed.get("transfer_data") or {}
    if names and not data and w.world.platform is None:
        raise Problem(
            f"Can only apply an {names[0]} when the request is made on behalf of another account (using an OAuth key, "
            "the Stripe-Account header, or `transfer_data[destination]`).",
            code="parameter_missing",
            param=_at(where, names[0]),
        )
    for part in ("amount", "amount_percent"):
        if names and data.get(part):
            raise _both(_at(where, names[0]), _at(where, f"transfer_data[{part}]"))


def _both(one: str, other: str) -> Problem:
    return Problem(
        f"You may only specify one of these parameters: {one}, {other}.", code="parameters_exclusive", param=one
    )


def _at(where: str, name: str) -> str:
    head, bracket, rest = name.partition("[")
    return f"{where}[{head}]{bracket}{rest}" if where else name


def inherited(subscription: Doc) -> dict[str, Any]:
    """What a subscription's invoices show of its terms; ``{}`` for most."""
    account = subscription["on_behalf_of"]
    return {"on_behalf_of": account} if account else {}


def shares(sent: Mapping[str, Any] | str | None) -> Doc | None:
    """``transfer_data`` as subscriptions and phases show it."""
    if not isinstance(sent, Mapping) or not sent:
        return None
    percent = sent.get("amount_percent")
    return {"amount_percent": None if percent == "" else percent, "destination": sent["destination"]}


def asked(phase: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a phase asks of its subscription, or else the settings that it falls back on; None where neither does."""
    agreed = {name: settings[name] if phase[name] is None else phase[name] for name in NAMES}
    if data := agreed["transfer_data"]:
        percent = data["amount_percent"]  # said as well where it is none, for a share that was agreed on ends with it
        agreed["transfer_data"] = {**data, "amount_percent": "" if percent is None else percent}
    return agreed


def of_subscription(agreed: Mapping[str, Any]) -> dict[str, Any]:
    """What a quote or a link says of connected accounts, as parameters of its subscription; ``{}`` for most."""
    told = {name: agreed[name] for name in NAMES if agreed[name] is not None}
    if data := told.get("transfer_data"):
        percent = data.get("amount_percent")
        part = {} if percent is None else {"amount_percent": percent}
        told["transfer_data"] = {"destination": data["destination"], **part}
    return told


def of_one_payment(agreed: Mapping[str, Any]) -> dict[str, Any]:
    """The same as parameters of an invoice or an intent of its own."""
    names = ("application_fee_amount", "on_behalf_of", "transfer_data")
    told = {name: agreed[name] for name in names if agreed[name] is not None}
    if data := told.get("transfer_data"):
        part = {} if data["amount"] is None else {"amount": data["amount"]}
        told["transfer_data"] = {"destination": data["destination"], **part}
    return told


def check_sold(agreed: Mapping[str, Any], *, recurring: bool) -> None:
    """Problem for a share of what is sold once, or an amount of what recurs (as Stripe documents; its words are not
    established)."""
    data = agreed["transfer_data"] or {}
    said = {
        "application_fee_amount": (agreed["application_fee_amount"], False),
        "application_fee_percent": (agreed["application_fee_percent"], True),
        "transfer_data[amount]": (data.get("amount"), False),
        "transfer_data[amount_percent]": (data.get("amount_percent"), True),
    }
    for param, (value, needs) in said.items():
        if value is not None and needs != recurring:
            there = "at least one line item with a recurring price" if needs else "no line item with a recurring price"
            raise Problem(f"There must be {there} to use `{param}`.", param=param)


def note(w: Work, invoice: Doc, params: Mapping[str, Any]) -> None:
    """Keep the terms that an invoice has of its own."""
    sent = {name: params[name] or None for name in OF_INVOICE if name in params}
    if sent:
        w.keep("terms", invoice["id"], **sent)


def note_again(w: Work, original: Doc, revision: Doc) -> None:
    """An invoice that comes in the place of another has the same."""
    note(w, revision, w.private("terms", original["id"]) or {})


def of_draft(w: Work, invoice: Doc) -> dict[str, Any]:
    """The terms of an invoice: its subscription's, and its own instead; ``{}`` for most."""
    subscription = w.get("subscription", invoices.subscription_of(invoice)) or {}
    agreed: dict[str, Any] = {name: subscription[name] for name in NAMES if subscription.get(name)}
    if not w.tables["_terms"].rows:
        return agreed
    if "id" in invoice and (own := w.private("terms", invoice["id"])):  # the preview of invoice.upcoming has no id
        agreed.update({name: own[name] for name in OF_INVOICE if name in own})
        if own.get("application_fee_amount") is not None:
            agreed.pop("application_fee_percent", None)
    return agreed


def of_invoice(w: Work, invoice: Doc) -> dict[str, Any]:
    """What the payment of an invoice is told; ``{}`` for most."""
    agreed = of_draft(w, invoice)
    if not agreed and not invoice["on_behalf_of"]:
        return {}
    return of_payment({**agreed, "on_behalf_of": invoice["on_behalf_of"]}, invoice["amount_remaining"])


def of_payment(agreed: Mapping[str, Any], amount: int) -> dict[str, Any]:
    """The fields of an intent over so much; what makes nothing of it is left out."""
    told: dict[str, Any] = {}
    if agreed.get("on_behalf_of"):
        told["on_behalf_of"] = agreed["on_behalf_of"]
    if data := agreed.get("transfer_data"):
        sent = data.get("amount")
        if sent is None and data.get("amount_percent") is not None:
            sent = fees.of_percent(amount, data["amount_percent"])
        if sent is None:
            told["transfer_data"] = {"destination": data["destination"]}
        elif sent:
            told["transfer_data"] = {"amount": min(sent, amount), "destination": data["destination"]}
    fee = agreed.get("application_fee_amount")
    if fee is None and agreed.get("application_fee_percent") is not None:
        fee = fees.of_percent(amount, agreed["application_fee_percent"])
    if fee:
        told["application_fee_amount"] = min(fee, amount)
    return told
