"""Pages that Stripe hosts and mockbill does not yet: links to them lead to a page that says so."""

from flask.typing import ResponseReturnValue

from mockbill.pages.blueprint import blueprint, message


@blueprint.get("/instructions/<path:_where>")
@blueprint.get("/mandates/<path:_where>")
@blueprint.get("/microdeposits/<path:_where>")
@blueprint.get("/stored/<path:_where>")
def unbuilt(_where: str) -> ResponseReturnValue:
    text = "The object is there, and the API answers for it. The page that Stripe hosts for it is not simulated yet."
    return message(501, "mockbill has no page for this yet", text, tone="over")
