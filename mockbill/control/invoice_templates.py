"""Invoice rendering templates, for scripts: what one does with them in Stripe's dashboard."""

from typing import Any

from marshmallow import fields

from mockbill.billing import invoice_templates
from mockbill.control.asking import Asked, body, world_of
from mockbill.control.blueprint import blueprint


class Template(Asked):
    """A name for the shop's own people; customers never see it."""

    nickname = fields.String(load_default=None, allow_none=True)


_TEMPLATE = Template()


@blueprint.post("/invoice_rendering_templates")
def make_template() -> dict[str, Any]:
    """A new template, as Stripe's API shows it."""
    asked = body(_TEMPLATE)
    with world_of(asked).work() as work:
        return invoice_templates.create(work, asked["nickname"])


@blueprint.post("/invoice_rendering_templates/<id>")
def edit_template(id: str) -> dict[str, Any]:
    """Its next version."""
    asked = body(_TEMPLATE)
    with world_of(asked).work() as work:
        return invoice_templates.revise(work, work.need(invoice_templates.KIND, id), asked["nickname"])
