"""Tax rates."""

from mockbill.billing import tax_rates
from mockbill.stripe_api.registry import resource

resource(
    "tax_rate",
    "/v1/tax_rates/{tax_rate}",
    create=tax_rates.create,
    update=tax_rates.update,
    filters={"active": "active", "inclusive": "inclusive"},
)
