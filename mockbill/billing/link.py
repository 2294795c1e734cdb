"""Link as a payment method: it pays at once, and its funds come as those of cards do (Stripe's page on integrating it).

Which wallet, card or bank is behind it is not told, and no test number of it is known, so that it always pays.
"""

from mockbill.billing import charges, defaults, payment_methods, setup_intents
from mockbill.rules import declines
from mockbill.world import Doc, Work
from mockbill.world.ids import as_payment
from mockbill.world.work import merged

TYPE = payment_methods.LINK


def attempt(w: Work, intent: Doc, method: Doc) -> Doc:
    """Pay an intent: ``charge.succeeded``, ``payment_intent.succeeded``."""
    charge = _charged(w, intent, method)
    usage = ((intent["payment_method_options"] or {}).get(TYPE) or {}).get("setup_future_usage")
    if (usage or intent["setup_future_usage"]) in (None, "none"):
        if method["customer"] is None:
            payment_methods.spend(w, method)
    elif intent["customer"] is not None and method["customer"] is None:
        payment_methods.join(w, method, intent["customer"])
    intent = w.change(
        intent,
        amount_received=intent["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        payment_method=method["id"],
        status="succeeded",
    )
    w.emit("payment_intent.succeeded", intent)
    return intent


def save(w: Work, intent: Doc, method: Doc) -> Doc:
    """Save it with a setup intent."""
    return setup_intents.succeed(w, intent, method)


def _charged(w: Work, intent: Doc, method: Doc) -> Doc:
    values = charges.of_intent(w, intent)
    id = as_payment(values["id"])
    charge = w.build_on(
        defaults.blank("charge"),
        {
            **values,
            "id": id,
            "amount_captured": intent["amount"],
            "billing_details": method["billing_details"],
            "captured": True,
            "outcome": declines.outcome(None, "normal", 0),
            "paid": True,
            "payment_method": method["id"],
            "payment_method_details": {TYPE: {"country": "US"}, "type": TYPE},
            "receipt_url": f"{w.site_url}/receipts/{id}",
            "status": "succeeded",
        },
    )
    charge = w.put("charge", merged(charge, charges.funded(w, charge, intent["amount"], type="payment")))
    w.emit("charge.succeeded", charge)
    return charge
