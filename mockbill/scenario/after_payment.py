"""The verbs of a story that follow a payment: refunds, credit notes, disputes and how they are answered."""

from typing import Any

from mockbill.scenario import objects
from mockbill.scenario.client import Client, Document
from mockbill.scenario.compare import Difference, Unmet
from mockbill.scenario.objects import Thing


class AfterPayment:
    """What `Stage` can do with what was paid: each method is one call of Stripe's API and answers its document."""

    client: Client

    def refund(self, charge: Thing | None = None, *, payment_intent: Thing | None = None, **params: Any) -> Document:
        """What is left of a charge, or an `amount` of it, is given back."""
        of = {"charge": charge} if charge is not None else {"payment_intent": payment_intent}
        return self.client.stripe("POST", "/v1/refunds", {**of, **params})

    def credit_note(self, invoice: Thing, **params: Any) -> Document:
        """An open invoice is lowered by an `amount` or by `lines`; of a paid one it is said how they are given back."""
        return self.client.stripe("POST", "/v1/credit_notes", {"invoice": invoice, **params})

    def dispute(self, customer: Thing) -> Document:
        """The newest dispute of a customer's charges; the card that was charged decides whether there is one."""
        charges = self.client.stripe("GET", "/v1/charges", {"customer": customer, "limit": 100})["data"]
        found = [charge["dispute"] for charge in charges if charge["dispute"]]
        if not found:
            raise Unmet("none of the customer's charges is disputed", [Difference("disputes", 1, 0)])
        return self.client.stripe("GET", f"/v1/disputes/{found[0]}")

    def evidence(self, dispute: Thing, text: str, *, submit: bool = True, **params: Any) -> Document:
        """`text` for the bank, sent unless `submit` is false; `winning_evidence` and `losing_evidence` decide."""
        sent = {"evidence": {"uncategorized_text": text}, "submit": submit, **params}
        return self.client.stripe("POST", objects.path_of(dispute), sent)

    def accept(self, dispute: Thing) -> Document:
        """The dispute is not contested: it is lost."""
        return self.client.stripe("POST", f"{objects.path_of(dispute)}/close")
