"""Credit grants on invoices: applied when an invoice is finalized, given back when it is voided.

They pay for metered lines in the currency of the invoice, after discounts and before taxes; what pays first is decided
by ``rules.credits``.  A grant can be used from its ``effective_at`` on and before its ``expires_at``, at the moment of
the finalization, whenever the usage was.
"""

from collections.abc import Callable, Mapping

from mockbill.billing import invoice_amounts, pretax_credits, prices
from mockbill.billing.credits import grants, transactions
from mockbill.billing.credits.transactions import GRANT, KIND
from mockbill.rules import credits
from mockbill.world import Doc, Work

_Paid = Mapping[str, list[tuple[str, int]]]
"""By line: which grants pay how much of it."""


def applied(w: Work, invoice: Doc) -> Doc:
    """A draft that is being finalized, with the credits of its customer: ``billing.credit_balance_transaction.created``
    for each grant and line.  Costs a look into an empty table where nobody has a grant.
    """
    if not w.tables[GRANT].rows or not (paid := _paid(w, invoice)):
        return invoice

    def take(line: str, grant: str, amount: int) -> str:
        return str(transactions.taken(w, w.need(GRANT, grant), amount, invoice["id"], line)["id"])

    return w.change(invoice, **_amounts(w, invoice, paid, take))


def foreseen(w: Work, draft: Doc) -> Doc:
    """A draft as its finalization will leave it, but for the ids of transactions.  Only in a rehearsal.

    Where it was finalized in the rehearsal, the credits that it took then are shown.
    """
    if not w.tables[GRANT].rows:
        return draft
    now = w.get("invoice", draft["id"])
    if now is not None and now["status"] != "draft":
        paid = _taken(w, draft["id"])
    else:
        w.stand_at(max(w.now, draft["automatically_finalizes_at"] or w.now))
        paid = _paid(w, draft)
    return {**draft, **_amounts(w, draft, paid, lambda line, grant, amount: None)} if paid else draft


def give_back(w: Work, invoice: Doc) -> None:
    """A void invoice: ``credits_application_invoice_voided``; what expired or was voided meanwhile is lost at once."""
    if not w.tables[KIND].rows:
        return
    for transaction in w.find(KIND, {"debit.credits_applied.invoice": invoice["id"]}):
        grant = w.need(GRANT, transaction["credit_grant"])
        debit = transaction["debit"]
        value, line = debit["amount"]["monetary"]["value"], debit["credits_applied"]["invoice_line_item"]
        transactions.given_back(w, grant, value, invoice["id"], line)
        if grant["voided_at"]:
            transactions.lost(w, grant, "credits_voided")
        elif transactions.kept(w, grant)["over"]:
            transactions.lost(w, grant, "credits_expired")


def usable(w: Work, customer_id: str) -> list[Doc]:
    """The grants of a customer that can be used now."""
    return [grant for grant in w.find(GRANT, customer=customer_id) if _runs(w, grant)]


def _runs(w: Work, grant: Doc) -> bool:
    if grant["voided_at"] or grant["effective_at"] > w.now or not transactions.left(w, grant):
        return False
    return grant["expires_at"] is None or bool(grant["expires_at"] > w.now)


def _paid(w: Work, invoice: Doc) -> _Paid:
    """What the customer's grants pay of an invoice; empty where they pay nothing."""
    own = [
        _as_rules(w, grant)
        for grant in usable(w, invoice["customer"])
        if grant["amount"]["monetary"]["currency"] == invoice["currency"]
    ]
    if not own:
        return {}
    lines = invoice["lines"]["data"]
    found = credits.applied([credits.Line(pretax_credits.net(line), _price_of(w, line)) for line in lines], own)
    return {line["id"]: parts for line, parts in zip(lines, found, strict=True) if parts}


def _taken(w: Work, invoice_id: str) -> _Paid:
    """What an invoice that is finalized has taken."""
    found: dict[str, list[tuple[str, int]]] = {}
    for transaction in w.find(KIND, {"debit.credits_applied.invoice": invoice_id}):
        debit = transaction["debit"]
        part = transaction["credit_grant"], debit["amount"]["monetary"]["value"]
        found.setdefault(debit["credits_applied"]["invoice_line_item"], []).append(part)
    return found


def _as_rules(w: Work, grant: Doc) -> credits.Grant:
    named = grant["applicability_config"]["scope"].get("prices")
    return credits.Grant(
        id=grant["id"],
        left=transactions.left(w, grant),
        priority=grant["priority"],
        expires_at=grant["expires_at"],
        is_promotional=grant["category"] == "promotional",
        effective_at=grant["effective_at"],
        created=grant["created"],
        prices=frozenset(each["id"] for each in named) if named else None,
    )


def _price_of(w: Work, line: Doc) -> str | None:
    """The price of a line that credits may pay: one of a subscription's, metered by a meter."""
    details = (line["pricing"] or {}).get("price_details") or {}
    id = details.get("price")
    if not isinstance(id, str) or not line["subscription"]:
        return None
    return id if grants.is_payable(prices.known(w, id)) else None


def _amounts(w: Work, invoice: Doc, paid: _Paid, take: Callable[[str, str, int], str | None]) -> Doc:
    """The members of an invoice that change with what is paid; ``take`` answers the transaction of a line and grant."""
    lines = []
    for line in invoice["lines"]["data"]:
        parts = paid.get(line["id"], ())
        told = [pretax_credits.of_transaction(take(line["id"], grant, amount), amount) for grant, amount in parts]
        lines.append({**line, "pretax_credit_amounts": [*line["pretax_credit_amounts"], *told]} if told else line)
    return invoice_amounts.of(w, invoice, lines)
