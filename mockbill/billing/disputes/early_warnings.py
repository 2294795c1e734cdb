"""Early fraud warnings: the issuer suspects a charge, but has not disputed it."""

from mockbill.world import Doc, Work


def issue(w: Work, charge: Doc) -> Doc:
    """``radar.early_fraud_warning.created``."""
    warning = w.add(
        "radar.early_fraud_warning",
        actionable=True,
        charge=charge["id"],
        fraud_type="unauthorized_use_of_card",
        payment_intent=charge["payment_intent"],
    )
    w.emit("radar.early_fraud_warning.created", warning)
    return warning


def settle(w: Work, charge: Doc) -> None:
    """A warning is no longer actionable once its charge is disputed or wholly refunded."""
    if not w.world.table("radar.early_fraud_warning").keys or not (charge["disputed"] or charge["refunded"]):
        return
    for warning in w.find("radar.early_fraud_warning", charge=charge["id"], actionable=True):
        w.emit("radar.early_fraud_warning.updated", w.change(warning, actionable=False), warning)
