"""Where an account's payouts go: its external accounts; one's own account has a bank for each currency by itself."""

from mockbill.world import Doc, Problem, Work

_KINDS = ("bank_account", "card")


def for_payout(w: Work, currency: str, id: str | None) -> Doc:
    """The external account that a payout by hand goes to: the one that is named, or the currency's default."""
    if id:
        named = w.get("bank_account", id) or w.get("card", id)
        if named is None or named["account"] != w.world.account_id or named["currency"] != currency:
            raise Problem(f"No such external account: '{id}'", code="resource_missing", param="destination")
        return named
    found = _default(w, currency)
    if found is None:
        raise Problem(f"Sorry, you don't have any external accounts in that currency ({currency})", param="currency")
    return found


def for_schedule(w: Work, currency: str) -> Doc | None:
    """The one that automatic payouts go to; None where there is none, or none that is good and allowed."""
    if not allowed(w):
        return None
    found = _default(w, currency)
    return None if found is None or found.get("status") == "errored" else found


def allowed(w: Work) -> bool:
    """Whether a connected account may be paid out, which its platform knows; one's own always may."""
    platform = w.world.platform
    known = platform.fetch("account", w.world.account_id) if platform is not None else None
    return platform is None or (known is not None and bool(known["payouts_enabled"]))


def _default(w: Work, currency: str) -> Doc | None:
    for kind in _KINDS:
        where = {"account": w.world.account_id, "currency": currency, "default_for_currency": True}
        if found := w.find(kind, where):
            return found[0]
    return _own(w, currency) if w.world.platform is None else None


def _own(w: Work, currency: str) -> Doc:
    return w.add(
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
