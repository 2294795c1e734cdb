"""Invoice rendering templates: listed, shown in any version, archived and back."""

from mockbill.billing import invoice_templates
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

resource(
    invoice_templates.KIND,
    "/v1/invoice_rendering_templates/{template}",
    actions={"archive": invoice_templates.archive, "unarchive": invoice_templates.unarchive},
    filters={"status": "status"},
)


@handles("GET /v1/invoice_rendering_templates/{template}")
def _retrieve(call: Call) -> Doc:
    template = call.work.need(invoice_templates.KIND, call.id)
    return invoice_templates.at_version(call.work, template, call.params.get("version"))
