"""Payment intents; a publishable key sees a reduced view of the one whose client secret it knows."""

from mockbill.billing import captures, intent_lines, payment_intents
from mockbill.billing.bank_debits import payments
from mockbill.billing.bank_transfers import payments as transfers
from mockbill.stripe_api import lists
from mockbill.stripe_api.client_secrets import guarded
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work

_ITEM = "/v1/payment_intents/{intent}"
_VISIBLE = frozenset(
    {
        "amount", "amount_details", "automatic_payment_methods", "canceled_at", "cancellation_reason", "capture_method",
        "client_secret", "confirmation_method", "created", "currency", "description", "id", "last_payment_error",
        "livemode", "next_action", "object", "payment_method", "payment_method_configuration_details",
        "payment_method_types", "processing", "receipt_email", "setup_future_usage", "shipping", "source", "status",
    }
)  # fmt: skip

resource(
    payment_intents.KIND,
    _ITEM,
    create=payment_intents.create,
    update=payment_intents.update,
    actions={
        "apply_customer_balance": transfers.apply,
        "cancel": payment_intents.cancel,
        "capture": captures.capture,
        "confirm": payment_intents.confirm,
        "increment_authorization": captures.increment,
        "verify_microdeposits": payments.verify,
    },
    filters={"customer": "customer", "customer_account": "customer_account"},
)


@handles(f"GET {_ITEM}/amount_details_line_items")
def line_items(call: Call) -> Doc:
    intent = call.work.need(payment_intents.KIND, call.ids["intent"])
    lines = intent_lines.of(call.work, intent["id"])
    return lists.page_of(lines, call.params, call.path, intent_lines.KIND)


@includes(payment_intents.KIND, "amount_details")
def _with_lines(w: Work, intent: Doc) -> Doc:
    """``amount_details`` with its first ``line_items``, which are shown where they are expanded."""
    url = f"/v1/payment_intents/{intent['id']}/amount_details_line_items"
    page = lists.page_of(intent_lines.of(w, intent["id"]), {}, url, intent_lines.KIND)
    return {**intent["amount_details"], "line_items": page}


guarded(payment_intents.KIND, _VISIBLE, f"GET {_ITEM}", f"POST {_ITEM}/confirm", f"POST {_ITEM}/verify_microdeposits")
