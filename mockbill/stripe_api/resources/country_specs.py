"""Country specs."""

from mockbill.billing.connect import countries
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc


@handles("GET /v1/country_specs")
def listing(call: Call) -> Doc:
    return lists.page_of(countries.every(call.work), call.params, call.path, countries.KIND)


@handles("GET /v1/country_specs/{country}")
def retrieve(call: Call) -> Doc:
    return countries.of(call.work, call.id)
