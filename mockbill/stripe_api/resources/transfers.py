"""Transfers to connected accounts, and their reversals."""

from mockbill.billing.connect import reversals, transfers
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc
from mockbill.world.problems import missing

_REVERSALS = "/v1/transfers/{id}/reversals"
_REVERSAL = "/v1/transfers/{transfer}/reversals/{id}"

resource(
    transfers.KIND,
    "/v1/transfers/{transfer}",
    create=transfers.create,
    update=transfers.update,
    filters={"destination": "destination", "transfer_group": "transfer_group"},
)


@handles(f"POST {_REVERSALS}")
def reverse(call: Call) -> Doc:
    return reversals.create(call.work, call.work.need(transfers.KIND, call.id), call.params)


@handles(f"GET {_REVERSALS}")
def listing(call: Call) -> Doc:
    transfer = call.work.need(transfers.KIND, call.id)
    return lists.page(call.work, reversals.KIND, call.params, {"transfer": transfer["id"]}, call.path)


@handles(f"GET {_REVERSAL}")
def retrieve(call: Call) -> Doc:
    return _reversal(call)


@handles(f"POST {_REVERSAL}")
def update(call: Call) -> Doc:
    return reversals.update(call.work, _reversal(call), call.params)


def _reversal(call: Call) -> Doc:
    reversal = call.work.get(reversals.KIND, call.id)
    if reversal is None or reversal["transfer"] != call.ids["transfer"]:
        raise missing(reversals.KIND, call.id, "id")
    return reversal
