"""The account's own bank account: there is one for each currency, made when it is first needed."""

from mockbill.world import Doc, Work


def of_currency(w: Work, currency: str) -> Doc:
    """The bank account that payouts in a currency go to."""
    kept = w.private("own_bank", currency)
    known = w.get("bank_account", kept["bank_account"]) if kept else None
    if known is not None:
        return known
    made = w.add(
        "bank_account",
        account=w.world.account_id,
        account_holder_type="company",
        bank_name="STRIPE TEST BANK",
        country="US",
        currency=currency,
        default_for_currency=True,
        fingerprint=w.world.ids.digest(f"bank/{currency}", 16),
        last4="6789",
        routing_number="110000000",
        status="new",
    )
    w.keep("own_bank", currency, bank_account=made["id"])
    return made
