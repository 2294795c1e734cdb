"""Setup attempts: one for each try of a setup intent at saving a card."""

from mockbill.world import Doc, Work


def record(
    w: Work, intent: Doc, method: Doc, status: str, *, authenticated: bool = False, error: Doc | None = None
) -> Doc:
    """The attempt that waits for its customer, brought to its end; otherwise a new one."""
    waiting = w.get("setup_attempt", intent["latest_attempt"])
    details = _details(w, intent, method, authenticated)
    if waiting is not None and waiting["status"] == "requires_action":
        return w.change(waiting, payment_method_details=details, setup_error=error, status=status)
    return w.add(
        "setup_attempt",
        customer=intent["customer"],
        payment_method=method["id"],
        payment_method_details=details,
        setup_error=error,
        setup_intent=intent["id"],
        status=status,
        usage=intent["usage"],
    )


def _details(w: Work, intent: Doc, method: Doc, authenticated: bool) -> Doc:
    if method["type"] != "card":
        return {method["type"]: {}, "type": method["type"]}
    card = method["card"]
    preferred = card["networks"]["preferred"] or card["networks"]["available"][0]
    shown = {name: card[name] for name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint")}
    passed = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": w.world.ids.digest(f"{intent['id']}/3ds", 24),
        "version": "2.2.0",
    }
    return {
        "card": {
            **shown,
            "funding": card["funding"],
            "last4": card["last4"],
            "network": preferred,
            "three_d_secure": passed if authenticated else None,
            "wallet": None,
        },
        "type": "card",
    }
