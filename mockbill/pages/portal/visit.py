"""A visit to the portal: whose it is, for how long, and where it goes on after a step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mockbill.billing.portal import actions, sessions
from mockbill.pages.blueprint import blueprint, message, site_url, world_of
from mockbill.world import Doc, Problem, Work, World

NOTICES = {
    "card-added": "Your payment method is saved.",
    "card-default": "Your default payment method has changed.",
    "card-removed": "The payment method is removed.",
    "details": "Your billing information is saved.",
    "kept": "You keep your plan.",
    "scheduled": "Your plan will change at the end of its period.",
    "updated": "Your subscription is updated.",
    "paused": "Your subscription is paused.",
    "unpaused": "Your subscription goes on.",
    "unpaid": "Your subscription goes on as soon as it is paid for.",
    "canceled": "Your subscription is canceled.",
    "will-cancel": "Your subscription will be canceled at the end of its period.",
    "resumed": "Your subscription goes on.",
    "offer": "Your discount is applied. Good that you stay.",
}


class Over(Exception):
    """The link was not opened in time, or nothing happened for an hour."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One page of a visit, inside its unit of work."""

    w: Work
    token: str
    session: Doc
    configuration: Doc

    @property
    def in_flow(self) -> bool:
        """Whether the customer is led through one action, which is not done yet."""
        return self.session["flow"] is not None and not sessions.flow_done(self.w, self.token)

    def url(self, page: str, **values: Any) -> str:
        """The address of a page of this visit."""
        return url_for(f"pages.portal_{page}", token=self.token, **values)

    def page(self, template: str, status: int = 200, **values: Any) -> ResponseReturnValue:
        """A page of the portal."""
        customer = self.w.need("customer", self.session["customer"])
        shown = render_template(
            f"portal/{template}.html",
            visit=self,
            merchant=self.w.world.name,
            profile=self.configuration["business_profile"],
            features=self.configuration["features"],
            customer=customer,
            session=self.session,
            **values,
        )
        return shown, status


@contextmanager
def visiting(token: str) -> Iterator[Visit]:
    """A unit of work in which the customer of this address looks or acts; Over where the visit is."""
    with world_of(f"_{sessions.VISIT}", token).work(site_url=site_url()) as w:
        session = sessions.visited(w, token)
        if session is None:
            raise Over(sessions.way_in(w, token), _way_back(w, token))
        yield Visit(w, token, session, actions.configuration_of(w, session))


def done(token: str, notice: str) -> ResponseReturnValue:
    """After an action: to where its flow leads, or home with a notice of it."""
    with _settled(token).work() as w:
        after = sessions.finish(w, token) or {"type": "portal_homepage"}
    if after["type"] == "redirect":
        return redirect(after["redirect"]["return_url"], 303)
    page = "done" if after["type"] == "hosted_confirmation" else "home"
    return redirect(url_for(f"pages.portal_{page}", token=token, notice=notice), 303)


def _settled(token: str) -> World:
    world = world_of(f"_{sessions.VISIT}", token)
    world.hub.settle(world)
    return world


def _way_back(w: Work, token: str) -> str | None:
    session = sessions.of_visit(w, token)
    return session["return_url"] if session else None


@blueprint.errorhandler(Over)
def _over(over: Over) -> ResponseReturnValue:
    text = "For your security, links to the portal last only for a short time. Go back and open it again."
    login, back = over.args
    words = "Log in again" if login else "Go back"
    return message(410, "This portal session has expired", text, tone="over", link=login or back, link_text=words)


def is_preview() -> bool:
    """Whether something only looks whether the link is there, such as a chat: that is nobody's visit."""
    return request.method == "HEAD"


def check_post(problem: Problem) -> Problem:
    """A problem of an action as a page tells of it: what cannot be done now is a conflict."""
    if problem.status == 400:
        problem.status = 409
    return problem
