"""Credit grants on invoices: shown by drafts, taken when an invoice is finalized, given back when it is voided.

They pay for metered lines of subscriptions in the currency of the invoice, after discounts and before taxes; what pays
first is decided by ``rules.credits``.  The period of the invoice has to end when a grant is in effect, and before it
expires; that it still has something at the finalization is what counts then.  (Source: Stripe's guide to billing
credits.)  A draft shows what it would take; what other invoices take meanwhile, it learns when it is reckoned anew.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockbill.billing import pretax_credits, prices
from mockbill.billing.credits import grants, transactions
from mockbill.billing.credits.transactions import GRANT, KIND
from mockbill.rules import credits
from mockbill.world import Doc, Work


def shown(w: Work, draft: Mapping[str, Any], lines: Sequence[Doc]) -> Sequence[Doc]:
    """The lines of a draft with the credits that its finalization will take; the very same where nobody has a grant."""
    if not w.tables[GRANT].rows:
        return lines
    at = draft.get("automatically_finalizes_at") or w.now
    return _with(lines, _paid(w, draft, lines, at), lambda line, grant, amount: None)


def taken(w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc]) -> Sequence[Doc]:
    """The lines of an invoice that is being finalized: ``billing.credit_balance_transaction.created`` for each part."""

    def take(line: str, grant: str, amount: int) -> str:
        return str(transactions.taken(w, w.need(GRANT, grant), amount, invoice["id"], line)["id"])

    return _with(lines, _paid(w, invoice, lines, w.now), take)


def exists(w: Work) -> bool:
    """Whether anybody has a grant: a look into an empty table where nobody has."""
    return bool(w.tables[GRANT].rows)


def give_back(w: Work, invoice: Doc) -> None:
    """A void invoice: ``credits_application_invoice_voided``; what has expired meanwhile is lost at once."""
    if not w.tables[KIND].rows:
        return
    for transaction in w.find(KIND, {"debit.credits_applied.invoice": invoice["id"]}):
        grant = w.need(GRANT, transaction["credit_grant"])
        debit = transaction["debit"]
        value, line = debit["amount"]["monetary"]["value"], debit["credits_applied"]["invoice_line_item"]
        transactions.given_back(w, grant, value, invoice["id"], line)
        if transactions.kept(w, grant)["over"]:
            transactions.lost(w, grant, "credits_expired")


def on_drafts(w: Work, customer_id: str) -> dict[str, int]:
    """What the drafts of a customer would take, by grant, if each were finalized before the others."""
    sums: dict[str, int] = {}
    for draft in w.find("invoice", customer=customer_id, status="draft"):
        at = draft["automatically_finalizes_at"] or w.now
        for parts in _paid(w, draft, draft["lines"]["data"], at):
            for grant, amount in parts:
                sums[grant] = sums.get(grant, 0) + amount
    return sums


def _paid(w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc], at: int) -> Sequence[list[tuple[str, int]]]:
    """What the customer's grants pay of each line of an invoice that is finalized ``at``: ``(id, amount)``."""
    own = [
        _as_rules(w, grant)
        for grant in w.find(GRANT, customer=invoice["customer"])
        if grant["amount"]["monetary"]["currency"] == invoice["currency"] and _pays(w, grant, invoice, at)
    ]
    if not own:
        return [[]] * len(lines)
    return credits.applied([credits.Line(pretax_credits.discounted(line), _price_of(w, line)) for line in lines], own)


def _pays(w: Work, grant: Doc, invoice: Mapping[str, Any], at: int) -> bool:
    period_end = invoice.get("period_end") or w.now
    if not transactions.left(w, grant) or grant["effective_at"] > period_end:
        return False
    return grant["expires_at"] is None or bool(grant["expires_at"] > max(period_end, at))


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


def _with(
    lines: Sequence[Doc],
    paid: Sequence[list[tuple[str, int]]],
    take: Callable[[str, str, int], str | None],
) -> Sequence[Doc]:
    """The lines with what is paid of them; ``take`` answers the transaction of a line, a grant and an amount."""
    return [
        pretax_credits.with_credits(line, [(take(line["id"], grant, amount), amount) for grant, amount in parts])
        for line, parts in zip(lines, paid, strict=True)
    ]
