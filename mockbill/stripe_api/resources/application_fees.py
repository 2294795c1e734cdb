"""Application fees of a platform, and their refunds."""

from mockbill.billing.connect import beside, fee_refunds, fees
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work
from mockbill.world.problems import missing

_REFUNDS = "/v1/application_fees/{id}/refunds"
_REFUND = "/v1/application_fees/{fee}/refunds/{id}"

resource(fees.KIND, "/v1/application_fees/{id}", filters={"charge": "charge"})


@handles(f"POST {_REFUNDS}")
def refund(call: Call) -> Doc:
    return fee_refunds.create(call.work, call.work.need(fees.KIND, call.id), call.params)


@handles(f"GET {_REFUNDS}")
def listing(call: Call) -> Doc:
    fee = call.work.need(fees.KIND, call.id)
    return lists.page(call.work, fee_refunds.KIND, call.params, {"fee": fee["id"]}, call.path)


@handles(f"GET {_REFUND}")
def retrieve(call: Call) -> Doc:
    return _refund(call)


@handles(f"POST {_REFUND}")
def update(call: Call) -> Doc:
    return fee_refunds.update(call.work, _refund(call), call.params)


def _refund(call: Call) -> Doc:
    found = call.work.get(fee_refunds.KIND, call.id)
    if found is None or found["fee"] != call.ids["fee"]:
        raise missing(fee_refunds.KIND, call.id, "id")
    return found


# what is held by the other account when it is expanded


@includes("charge", "application_fee")
def _of_charge(w: Work, charge: Doc) -> Doc | None:
    for there in (w, beside.platform(w)):
        if there is not None and (fee := there.get(fees.KIND, charge["application_fee"])):
            return fee
    return None


@includes(fees.KIND, "charge")
def _charge(w: Work, fee: Doc) -> Doc | None:
    return beside.account(w, fee["account"]).get("charge", fee["charge"])


@includes("transfer", "destination_payment")
def _payment(w: Work, transfer: Doc) -> Doc | None:
    return beside.account(w, transfer["destination"]).get("charge", transfer["destination_payment"])


def _application(w: Work, doc: Doc) -> Doc | None:
    """The application that made an object of a connected account, or earned a fee."""
    platform = w.world if doc["object"] == fees.KIND else w.world.platform
    if not doc["application"] or platform is None:
        return None
    return {"id": doc["application"], "object": "application", "name": platform.name}


for _kind in (fees.KIND, "charge", "invoice", "payment_intent", "subscription"):
    includes(_kind, "application")(_application)
