"""The billing portal: its configurations and sessions."""

from mockbill.billing.portal import configurations, sessions
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work

resource(
    configurations.KIND,
    "/v1/billing_portal/configurations/{configuration}",
    create=configurations.create,
    update=configurations.update,
)


@handles("GET /v1/billing_portal/configurations")
def _list(call: Call) -> Doc:
    """The default one among them, which is there as soon as somebody looks."""
    configurations.default(call.work)
    asked: Doc = {name: call.params[name] for name in ("active", "is_default") if name in call.params}
    return lists.page(call.work, configurations.KIND, call.params, asked, call.path)


@handles("POST /v1/billing_portal/sessions")
def _open(call: Call) -> Doc:
    return sessions.create(call.work, call.params)


@includes(configurations.KIND, "features")
def _features(w: Work, configuration: Doc) -> Doc:
    return configurations.with_products(w, configuration)
