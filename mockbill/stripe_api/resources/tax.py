"""Stripe Tax: codes, registrations, locations, calculations and transactions."""

from mockbill.billing.tax import associations, calculations, codes, locations, registrations, transactions
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


_LINES = 10  # that an expanded object shows


@handles("POST /v1/tax/calculations")
def _calculate(call: Call) -> Doc:
    return calculations.create(call.work, call.params)


@handles("GET /v1/tax/calculations/{calculation}")
def _retrieve_calculation(call: Call) -> Doc:
    return calculations.need(call.work, call.id)


@handles("GET /v1/tax/calculations/{calculation}/line_items")
def _list_calculated(call: Call) -> Doc:
    lines = calculations.lines_of(call.work, calculations.need(call.work, call.id))
    return lists.page_of(lines, call.params, call.path, calculations.LINE)


@includes(calculations.KIND, "line_items")
def _calculated(w: Work, calculation: Doc) -> Doc:
    url = f"/v1/tax/calculations/{calculation['id']}/line_items"
    return lists.page_of(calculations.lines_of(w, calculation), {"limit": _LINES}, url, calculations.LINE)


includes(calculations.LINE, "tax_breakdown")(calculations.breakdown_of_line)
includes(calculations.KIND, "shipping_cost")(calculations.shipping_with_breakdown)


@handles("POST /v1/tax/transactions/create_from_calculation")
def _record(call: Call) -> Doc:
    return transactions.create_from_calculation(call.work, call.params)


@handles("POST /v1/tax/transactions/create_reversal")
def _reverse(call: Call) -> Doc:
    return transactions.create_reversal(call.work, call.params)


@handles("GET /v1/tax/transactions/{transaction}")
def _retrieve_transaction(call: Call) -> Doc:
    return call.work.need(transactions.KIND, call.id)


@handles("GET /v1/tax/transactions/{transaction}/line_items")
def _list_recorded(call: Call) -> Doc:
    lines = transactions.lines_of(call.work, call.work.need(transactions.KIND, call.id))
    return lists.page_of(lines, call.params, call.path, transactions.LINE)


@includes(transactions.KIND, "line_items")
def _recorded(w: Work, transaction: Doc) -> Doc:
    url = f"/v1/tax/transactions/{transaction['id']}/line_items"
    return lists.page_of(transactions.lines_of(w, transaction), {"limit": _LINES}, url, transactions.LINE)


@handles("GET /v1/tax/associations/find")
def _find_association(call: Call) -> Doc:
    return associations.find(call.work, call.params)
