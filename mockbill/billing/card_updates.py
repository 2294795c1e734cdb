"""Cards that their bank replaces: networks tell Stripe, which updates what was saved."""

from mockbill.billing import payment_methods
from mockbill.world import Doc, Work

_YEARS = 4  # that the new card is good for longer than the old one


def replace(w: Work, method: Doc) -> Doc:
    """The saved card with the expiry of its successor: ``payment_method.automatically_updated``.

    The number stays, for it decides what becomes of payments.
    """
    longer = {"exp_year": method["card"]["exp_year"] + _YEARS}
    changed = w.change(method, card=payment_methods.updated_card(w, method, longer))
    w.emit("payment_method.automatically_updated", changed, method)
    return changed
