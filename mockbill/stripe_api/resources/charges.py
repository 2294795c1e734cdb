"""Charges and their refunds."""

from mockbill.billing import legacy_charges, refunds
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import TWINS, Call, handles, includes, resource
from mockbill.world import Doc
from mockbill.world.problems import missing

_REFUNDS = "/v1/charges/{charge}/refunds"
TWINS[f"POST {_REFUNDS}"] = "POST /v1/refunds"

resource(
    "charge",
    "/v1/charges/{charge}",
    create=legacy_charges.create,
    update=legacy_charges.update,
    actions={"capture": legacy_charges.capture},
    filters={"customer": "customer", "payment_intent": "payment_intent", "transfer_group": "transfer_group"},
)
includes("charge", "refunds")(refunds.of_charge)


@handles(f"POST {_REFUNDS}")
def create(call: Call) -> Doc:
    charge = call.work.need("charge", call.ids["charge"])
    return refunds.create(call.work, {**call.params, "charge": charge["id"]})


@handles(f"GET {_REFUNDS}")
def listing(call: Call) -> Doc:
    charge = call.work.need("charge", call.ids["charge"])
    return lists.page(call.work, "refund", call.params, {"charge": charge["id"]}, call.path)


@handles(f"GET {_REFUNDS}/{{refund}}")
def retrieve(call: Call) -> Doc:
    refund = call.work.get("refund", call.id)
    if refund is None or refund["charge"] != call.ids["charge"]:
        raise missing("refund", call.id, "id")
    return refund
