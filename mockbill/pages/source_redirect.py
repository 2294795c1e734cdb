"""The page on which the owner of a source authorizes a payment, as her bank or wallet would ask her; it leads back."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from mockbill.billing.sources import course
from mockbill.pages.blueprint import blueprint, message, site_url, world_of
from mockbill.rules.money import format_amount
from mockbill.world import Doc, Work
from mockbill.world.problems import missing

_ANSWERS = {"authorize": True, "fail": False}


@blueprint.get("/redirect/authenticate/<id>")
def source_page(id: str) -> ResponseReturnValue:
    """Where ``redirect[url]`` of a source leads."""
    with world_of(course.KIND, id).work() as w:
        source = _source(w, id)
        if not course.awaits(source):
            return _nothing_to_do(source)
        amount, currency = source["amount"], source["currency"]
        return render_template(
            "source_redirect.html",
            amount=format_amount(amount, currency) if amount is not None and currency else None,
            merchant=w.world.name,
            type=source["type"],
        )


@blueprint.post("/redirect/authenticate/<id>")
def answer_source(id: str) -> ResponseReturnValue:
    """Authorize the payment or fail it, and go back to the ``return_url``."""
    authorized = _ANSWERS.get(request.form.get("answer", ""))
    if authorized is None:
        return source_page(id)
    with world_of(course.KIND, id).work(site_url=site_url()) as w:
        source = _source(w, id)
        if not course.awaits(source):
            return _nothing_to_do(source)
        w.use_clock_of(source.get("customer"))
        source = course.answer(w, source, authorized)
    if (back := _back(source)) is not None:
        return redirect(back, 303)
    if authorized:
        return message(200, "Payment authorized", "You can close this page.", tone="done")
    return message(200, "Payment not authorized", "You can close this page.", tone="over")


def _source(w: Work, id: str) -> Doc:
    """The source of the link, which has to bear its secret."""
    source = w.need(course.KIND, id)
    if request.args.get("client_secret") != source["client_secret"]:
        raise missing(course.KIND, id, "id")
    return source


def _back(source: Doc) -> str | None:
    """The ``return_url`` with what Stripe adds to its query."""
    url: str | None = (source.get("redirect") or {}).get("return_url")
    if not url:
        return None
    added = {"client_secret": source["client_secret"], "livemode": "false", "source": source["id"]}
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(added))))))


def _nothing_to_do(source: Doc) -> ResponseReturnValue:
    text = f"This payment is {source['status']}: nobody has to authorize it any more."
    return message(410, "Nothing to authorize", text, tone="over", link=_back(source), link_text="Go back")
