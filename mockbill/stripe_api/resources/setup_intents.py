"""Setup intents and their attempts; a publishable key sees a reduced view of the one whose client secret it knows."""

from mockbill.billing import setup_intents
from mockbill.billing.bank_debits import setups
from mockbill.stripe_api import lists
from mockbill.stripe_api.client_secrets import guarded
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

_ITEM = "/v1/setup_intents/{intent}"
_VISIBLE = frozenset(
    {
        "automatic_payment_methods", "cancellation_reason", "client_secret", "created", "description", "id",
        "last_setup_error", "livemode", "next_action", "object", "payment_method",
        "payment_method_configuration_details", "payment_method_types", "status", "usage",
    }
)  # fmt: skip

resource(
    setup_intents.KIND,
    _ITEM,
    create=setup_intents.create,
    update=setup_intents.update,
    actions={
        "cancel": setup_intents.cancel,
        "confirm": setup_intents.confirm,
        "verify_microdeposits": setups.verify,
    },
    filters={
        "attach_to_self": "attach_to_self",
        "customer": "customer",
        "customer_account": "customer_account",
        "payment_method": "payment_method",
    },
)
guarded(setup_intents.KIND, _VISIBLE, f"GET {_ITEM}", f"POST {_ITEM}/confirm", f"POST {_ITEM}/verify_microdeposits")


@handles("GET /v1/setup_attempts")
def attempts(call: Call) -> Doc:
    intent = call.params["setup_intent"]
    return lists.page(call.work, "setup_attempt", call.params, {"setup_intent": intent}, call.path)
