"""The blueprint of the pages: their templates and styles, the headers of every page, and the accounts behind them."""

from typing import Protocol, cast

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from mockbill.world import Problem, World, Worlds
from mockbill.world.problems import missing

blueprint = Blueprint(
    "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/pages/static"
)

_HEADERS = {
    "Cache-Control": "no-store",
    # No form-action: Chrome holds it against the redirect that follows a form too, and ours lead to the shop.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _Rooms(Protocol):
    @property
    def worlds(self) -> Worlds: ...


def world_of(kind: str, id: str) -> World:
    """The account that an id belongs to; Problem 404 when none does."""
    world = _rooms().worlds.holding(kind, id)
    if world is None:
        raise missing(kind, id, "id")
    return world


def account_of(account_id: str) -> World | None:
    """The world with this ``acct_...``, if it has been used."""
    return _rooms().worlds.by_account_id(account_id)


def site_url() -> str:
    """Where whoever looks at this page found us: for units of work that make links."""
    return _rooms().worlds.site.url_for(request.environ)


def _rooms() -> _Rooms:
    return cast(_Rooms, current_app.extensions["mockbill"])


def message(
    status: int, title: str, text: str, *, tone: str, link: str | None = None, link_text: str = ""
) -> ResponseReturnValue:
    """A page that only says something; ``tone`` is ``done``, ``over`` or ``lost``, ``link`` leads on from here."""
    words = {"title": title, "text": text, "tone": tone, "link": link, "link_text": link_text}
    return render_template("message.html", **words), status


@blueprint.errorhandler(Problem)
def _refused(problem: Problem) -> ResponseReturnValue:
    """What is not about the form on a page: above all an id that is unknown."""
    if problem.status != 404:
        return message(problem.status, "This does not work", problem.message, tone="over")
    text = "The link may be incomplete, or mockbill may have been reset since it was made."
    return message(404, "There is nothing at this link", text, tone="lost")


@blueprint.after_request
def _guard(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if request.endpoint == "pages.static":
        response.headers["Cache-Control"] = "no-cache"  # asked for each time, answered 304: never stale styles
    return response
