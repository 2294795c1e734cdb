"""Where the money of a credit note goes after payment: refunds, the customer's balance, or elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mockbill.billing import customer_balance, refunds, unmodelled
from mockbill.billing.credit_notes import crediting
from mockbill.billing.disputes import answering
from mockbill.rules import money
from mockbill.world import Doc, Problem, Work

_AMOUNTS = ("refund_amount", "credit_amount", "out_of_band_amount")


class Ways(NamedTuple):
    """How what was paid is given back, in minor units; ``linked`` are refunds that exist already."""

    refund: int
    credit: int
    elsewhere: int
    linked: Sequence[Doc]

    @property
    def total(self) -> int:
        return self.refund + self.credit + self.elsewhere + sum(int(each["amount_refunded"]) for each in self.linked)


def asked(w: Work, invoice: Doc, params: Mapping[str, Any]) -> Ways:
    """The ways that a call names; Problem for one that is not there."""
    refund, credit, elsewhere = (_amount(params, name) for name in _AMOUNTS)
    linked = [_linked(w, invoice, each, f"refunds[{at}]") for at, each in enumerate(params.get("refunds") or ())]
    ways = Ways(refund, credit, elsewhere, linked)
    if len({each["refund"] for each in linked}) < len(linked):
        raise Problem("A refund can only be named once.", param="refunds")
    refundable = sum(left for _, left in _refundable(w, invoice))
    if ways.refund > refundable:
        currency = invoice["currency"]
        raise Problem(
            f"The refund amount ({money.format_amount(ways.refund, currency)}) is more than what can be refunded of "
            f"the payments of this invoice ({money.format_amount(refundable, currency)}).",
            param="refund_amount",
        )
    return ways


def check(invoice: Doc, ways: Ways, after: int) -> None:
    """Problem where the ways do not come to what was paid of the credit note's total."""
    if ways.total == after:
        return
    currency = invoice["currency"]
    raise Problem(
        "The sum of refunds, credit amount and out of band amount "
        f"({money.format_amount(ways.total, currency)}) must equal the post payment amount of the credit note "
        f"({money.format_amount(after, currency)})."
    )


def limit(w: Work, invoice: Doc, ways: Ways) -> int:
    """What can still be credited: the invoice's total without its credit notes and refunds that belong to none."""
    own = {each["refund"] for each in ways.linked}
    credited = sum(int(note["total"]) for note in crediting.issued(w, invoice))
    loose = sum(_unlinked(w, refund) for refund in _refunds_of(w, invoice) if refund["id"] not in own)
    return int(invoice["total"]) - credited - loose


def refund(w: Work, invoice: Doc, ways: Ways) -> list[Doc]:
    """``refunds`` of the credit note: those that were linked, and new ones, of one payment after the other."""
    made, left = list(ways.linked), ways.refund
    for charge, refundable in list(_refundable(w, invoice)):
        amount = min(left, refundable)
        if amount:
            new = refunds.create(w, {"charge": charge["id"], "amount": amount})
            made.append(_link(new["id"], amount))
            left -= amount
    return made


def credit(w: Work, invoice: Doc, ways: Ways, note_id: str) -> str | None:
    """The customer's balance gets its share: ``customer.updated``."""
    if not ways.credit:
        return None
    customer = w.need("customer", invoice["customer"], "customer")
    facts = {"credit_note": note_id, "invoice": invoice["id"]}
    moved = customer_balance.move(w, customer, -ways.credit, invoice["currency"], "credit_note", **facts)
    return str(moved["id"])


def _amount(params: Mapping[str, Any], name: str) -> int:
    amount = int(params.get(name) or 0)
    if amount < 0:
        raise Problem("This value must be greater than or equal to 0.", code="parameter_invalid_integer", param=name)
    return amount


def _charges_of(w: Work, invoice: Doc) -> Iterator[Doc]:
    for payment in w.find("invoice_payment", invoice=invoice["id"], status="paid"):
        intent = w.get("payment_intent", payment["payment"].get("payment_intent")) or {}
        charge = w.get("charge", intent.get("latest_charge"))
        if charge is not None:
            yield charge


def _refundable(w: Work, invoice: Doc) -> Iterator[tuple[Doc, int]]:
    for charge in _charges_of(w, invoice):
        yield charge, charge["amount"] - charge["amount_refunded"] - answering.taken(w, charge)


def _refunds_of(w: Work, invoice: Doc) -> list[Doc]:
    return [
        refund
        for charge in _charges_of(w, invoice)
        for refund in w.find("refund", charge=charge["id"])
        if refund["status"] not in ("failed", "canceled")
    ]


def _linked(w: Work, invoice: Doc, sent: Mapping[str, Any], where: str) -> Doc:
    unmodelled.refuse(sent, ("payment_record_refund",), "credit notes")
    if not sent.get("refund"):
        raise Problem(f"Missing required param: {where}[refund].", code="parameter_missing", param=f"{where}[refund]")
    refund = w.need("refund", sent["refund"], f"{where}[refund]")
    if all(refund["id"] != each["id"] for each in _refunds_of(w, invoice)):
        raise Problem(f"The refund {refund['id']} is not one of a payment of this invoice.", param=f"{where}[refund]")
    free = _unlinked(w, refund)
    amount = sent.get("amount_refunded", refund["amount"])
    if not 0 < amount <= free:
        raise Problem(
            f"Only {money.format_amount(free, refund['currency'])} of the refund {refund['id']} belong to no credit "
            "note yet.",
            param=f"{where}[amount_refunded]",
        )
    return _link(refund["id"], amount)


def _unlinked(w: Work, refund: Doc) -> int:
    """How much of a refund belongs to no credit note."""
    charge = w.need("charge", refund["charge"], "charge")
    used = 0
    for payment in w.find("invoice_payment", {"payment.payment_intent": charge["payment_intent"]}):
        for note in w.find("credit_note", invoice=payment["invoice"], status="issued"):
            used += sum(each["amount_refunded"] for each in note["refunds"] if each["refund"] == refund["id"])
    return int(refund["amount"]) - used


def _link(refund: str, amount: int) -> Doc:
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": refund, "type": "refund"}
