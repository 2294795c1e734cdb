"""The IBAN on the checkout page: what a payer typed instead of a card, and the bank account that it stands for."""

from collections.abc import Mapping

from mockbill.billing import payment_methods
from mockbill.pages.card_form import Refusal, Refused, check_email
from mockbill.world import Work

TYPE = "sepa_debit"


def is_sent(form: Mapping[str, str], *, takes_cards: bool) -> bool:
    """Whether the payer wants to pay by debit: she pressed its button, or there is nothing else to press."""
    return form.get("by") == "iban" or not takes_cards


def method_of(w: Work, form: Mapping[str, str], email: str, *, email_needed: bool) -> str:
    """The id of a new payment method; Refused (422) for what is missing, Problem 400 for what is no IBAN.

    The banks want a name and an address to write to; where the page asks for neither, test values stand for them.
    """
    wrong = check_email(email, needed=email_needed)
    if not form.get("iban", "").strip():
        wrong["iban"] = "Enter your IBAN."
    if wrong:
        raise Refused(Refusal(422, "Some details are missing or cannot be read.", wrong))
    owner = {"email": email or "test@example.com", "name": form.get("name", "").strip() or "Test Payer"}
    account = {"type": TYPE, TYPE: {"iban": form["iban"]}, "billing_details": owner}
    return str(payment_methods.create(w, account)["id"])
