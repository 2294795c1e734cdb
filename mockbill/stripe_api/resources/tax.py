"""Stripe Tax: codes, registrations and locations."""

from mockbill.billing.tax import codes, locations, registrations
from mockbill.rules import tax_codes
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work


@handles("GET /v1/tax_codes")
def _list_codes(call: Call) -> Doc:
    return lists.page_of([*tax_codes.listed().values()], call.params, call.path, "tax_code")


@handles("GET /v1/tax_codes/{id}")
def _retrieve_code(call: Call) -> Doc:
    return codes.of(call.id)


@includes("product", "tax_code")
@includes("shipping_rate", "tax_code")
def _code(w: Work, doc: Doc) -> Doc | None:
    return codes.shown(doc)


resource(
    registrations.KIND,
    "/v1/tax/registrations/{id}",
    create=registrations.create,
    update=registrations.update,
)
resource(locations.KIND, "/v1/tax/locations/{location}", create=locations.create, filters={"type": "type"})


@handles("GET /v1/tax/registrations")
def _list_registrations(call: Call) -> Doc:
    """Of one status, or of any: ``all`` is what not to say it is."""
    status = call.params.get("status") or "all"
    where = {} if status == "all" else {"status": status}
    return lists.page(call.work, registrations.KIND, call.params, where, call.path)
