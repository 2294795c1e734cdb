"""Trial offers, and the reasons of an account's own for cancellations."""

from mockbill.billing import feedback_options, trial_offers
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

resource(
    feedback_options.KIND,
    "/v1/billing/feedback_options/{id}",
    create=feedback_options.create,
    update=feedback_options.update,
    actions={"deactivate": feedback_options.deactivate},
    filters={"status": "status"},
)
resource(
    trial_offers.KIND,
    "/v1/product_catalog/trial_offers/{id}",
    create=trial_offers.create,
    update=trial_offers.update,
)


@handles("GET /v1/product_catalog/trial_offers")
def _list_offers(call: Call) -> Doc:
    """Offers do not say when they were made, so the list's own filter by that cannot be used."""
    w, params = call.work, dict(call.params)
    when, named = params.pop("created", None), params.get("prices")
    where = {"active": params["active"]} if "active" in params else {}
    if named:
        where["price"] = frozenset(named)

    def is_asked_for(offer: Doc) -> bool:
        return when in (None, "") or lists.in_range(trial_offers.created(w, offer), when)

    return lists.page(w, trial_offers.KIND, params, where, call.path, is_asked_for)
