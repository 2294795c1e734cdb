"""The verbs of a story: what a shop, its customer, time and a curious tester do, each one method that speaks HTTP."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from mockbill.scenario import moments, objects
from mockbill.scenario.after_payment import AfterPayment
from mockbill.scenario.back_office import BackOffice
from mockbill.scenario.checkout_page import CheckoutPage, Form
from mockbill.scenario.client import Client, Document, Refused, Unreachable
from mockbill.scenario.compare import Difference, ExpectedEvent, Unmet, chain_unmet, differences, event_differences
from mockbill.scenario.faults import Faults
from mockbill.scenario.objects import Thing
from mockbill.scenario.portal_visits import PortalVisits
from mockbill.scenario.receiver import Receiver
from mockbill.scenario.triggers import Triggers
from mockbill.scenario.weather import Weather

SUCCESS_URL = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"
CANCEL_URL = "https://shop.example/pricing"
_ARRIVED = "test_helpers.test_clock.ready,test_helpers.test_clock.internal_failure"
_PATIENT = {"timeout": 300}
_COLLECTION = 3600  # seconds from a renewal to the payment of its invoice: "next renewal" goes on so far


class Stage(BackOffice, AfterPayment, PortalVisits, Faults, Triggers, Weather):
    """One fresh account on a running server, its frozen clock and, if given, the application that hears its webhooks.

    with Receiver() as app:
        stage = Stage("http://127.0.0.1:12111", clock="2026-01-31T10:00:00Z", receiver=app)
        pro = stage.price(stage.product("Pro"), unit_amount=2900, recurring={"interval": "month"})
        session = stage.pay(stage.checkout(pro), card="4242424242424242")
        stage.card("4000000000000341", subscription=session["subscription"])
        stage.advance(to="next renewal", subscription=session["subscription"])
        stage.expect(session["subscription"], {"status": "past_due", "latest_invoice.attempt_count": 1})
        stage.expect_webhook("everything")

    Acts answer the Stripe document they made, and raise Refused when the server says no; expectations raise Unmet.
    `receiver` may also be the URL of an application of your own.
    """

    def __init__(
        self,
        base_url: str,
        account: str | None = None,
        *,
        clock: str | int | None = None,
        receiver: Receiver | str | None = None,
    ) -> None:
        # The server outlives this process and may have seen the same story before, so a counter would not do.
        self.client = Client(base_url, account or f"stage_{secrets.token_hex(4)}")
        self.receiver = receiver
        self.now: int | None = None
        self._events: list[Document] = []
        self._marks: dict[str | None, int] = {None: 0}
        if clock is not None:
            self._tell_clock("clock", {"now": clock, "mode": "frozen"})
        if receiver is not None:
            url = receiver if isinstance(receiver, str) else receiver.url
            endpoint = self.client.stripe("POST", "/v1/webhook_endpoints", {"url": url, "enabled_events": ["*"]})
            if isinstance(receiver, Receiver):
                receiver.secret = endpoint["secret"]

    def settings(self, values: Mapping[str, Any]) -> Document:
        """From now on the account bills so: `{"dunning": "smart:unpaid"}`; answers all of its settings."""
        return self.client.control("POST", "settings", values)

    # The shop

    def customer(self, **params: Any) -> Document:
        return self.client.stripe("POST", "/v1/customers", params)

    def product(self, name: str, **params: Any) -> Document:
        return self.client.stripe("POST", "/v1/products", {"name": name, **params})

    def price(self, product: Thing, *, unit_amount: int, currency: str = "usd", **params: Any) -> Document:
        """A price of `unit_amount` cents; with `recurring={"interval": "month"}` it can be subscribed to."""
        sent = {"product": product, "unit_amount": unit_amount, "currency": currency, **params}
        return self.client.stripe("POST", "/v1/prices", sent)

    def checkout(self, price: Thing | None = None, *, quantity: int = 1, **params: Any) -> Document:
        """A Checkout session; mode `subscription` and pages of an example shop unless `params` say otherwise."""
        sent: Document = {"mode": "subscription", "success_url": SUCCESS_URL, "cancel_url": CANCEL_URL}
        if price is not None:
            sent["line_items"] = [{"price": price, "quantity": quantity}]
        return self.client.stripe("POST", "/v1/checkout/sessions", {**sent, **params})

    def subscribe(
        self, customer: Thing, price: Thing | None = None, *, quantity: int | None = None, **params: Any
    ) -> Document:
        """A subscription made by the API, past any checkout page; for one, unless a `quantity` is given."""
        sold = {"price": price, **({} if quantity is None else {"quantity": quantity})}
        items = {} if price is None else {"items": [sold]}
        return self.client.stripe("POST", "/v1/subscriptions", {"customer": customer, **items, **params})

    def update(self, thing: Thing, **params: Any) -> Document:
        return self.client.stripe("POST", objects.path_of(thing), params)

    def cancel(self, subscription: Thing, when: Literal["now", "at_period_end", "undo"] = "now") -> Document:
        """Cancel a subscription now or at the end of its period, or take the latter back."""
        if when == "now":
            return self.client.stripe("DELETE", objects.path_of(subscription))
        return self.update(subscription, cancel_at_period_end=when == "at_period_end")

    def call(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, *, status: int | None = None
    ) -> Document:
        """Any call of Stripe's API; with `status` 4xx or 5xx that very refusal is expected, and its body answered."""
        try:
            answer = self.client.stripe(method, path, params)
        except Refused as refusal:
            if status is None:
                raise
            if refusal.status != status or not isinstance(refusal.body, dict):
                raise Unmet(str(refusal), [Difference("status", status, refusal.status)]) from None
            return refusal.body
        if status is not None and status >= 400:
            raise Unmet(f"{method} {path} was not refused", [Difference("status", status, "2xx")])
        return answer

    # The customer

    def pay(
        self,
        session: Thing,
        *,
        card: str = "4242424242424242",
        email: str | None = None,
        name: str = "Ada Lovelace",
        exp: str = "12 / 34",
        cvc: str = "123",
    ) -> Document:
        """Open the hosted page, fill in its form, send it, and be led to `success_url`; answers the session."""
        before = self.look(session)
        location, page = self._send_card(before, {"card": card, "name": name, "exp": exp, "cvc": cvc}, email)
        if location is None:
            raise Unmet(
                "the checkout page did not take the payment", [Difference("page", "paid", page.alert or page.words)]
            )
        back = before["success_url"].replace("{CHECKOUT_SESSION_ID}", before["id"])
        if location != back:
            raise Unmet("the checkout page led elsewhere", [Difference("redirect", back, location)])
        return self.look(session)

    def decline(
        self,
        session: Thing,
        *,
        card: str = "4000000000000002",
        error: str = "",
        email: str | None = None,
        name: str = "Ada Lovelace",
        exp: str = "12 / 34",
        cvc: str = "123",
    ) -> Document:
        """Pay with a card that fails: the page stays, says `error`, and the session stays open; answers the session."""
        before = self.look(session)
        location, page = self._send_card(before, {"card": card, "name": name, "exp": exp, "cvc": cvc}, email)
        if location is not None:
            raise Unmet("the checkout page did not decline the card", [Difference("redirect", "(none)", location)])
        if error not in page.words:
            raise Unmet("the checkout page says something else", [Difference("page", error, page.alert or page.words)])
        after = self.look(session)
        if after["status"] != "open":
            raise Unmet("a declined session must stay open", [Difference("status", "open", after["status"])])
        return after

    def abandon(self, session: Thing) -> Document:
        """Open the hosted page and go back to the shop by its link; answers the session, which stays open."""
        before = self.look(session)
        page = self._open_page(before)
        if before["cancel_url"] not in page.links:
            raise Unmet("the checkout page has no way back", [Difference("links", before["cancel_url"], page.links)])
        return self.look(session)

    def card(self, number: str, *, subscription: Thing | None = None, customer: Thing | None = None) -> Document:
        """Attach a card (a number, or an id such as `pm_card_visa`) and make it what the subscription, or else the
        customer's invoices, are charged to; answers the payment method."""
        owner = customer or self.look(subscription or "")["customer"]
        method = number
        if not number.startswith("pm_"):
            card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
            method = self.client.stripe("POST", "/v1/payment_methods", {"type": "card", "card": card})["id"]
        attached = self.client.stripe("POST", f"/v1/payment_methods/{method}/attach", {"customer": owner})
        if subscription is not None:
            self.update(subscription, default_payment_method=attached)
        else:
            self.update(owner, invoice_settings={"default_payment_method": attached})
        return attached

    def _send_card(
        self, session: Document, typed: dict[str, str], email: str | None
    ) -> tuple[str | None, CheckoutPage]:
        form = self._open_page(session).card_form()
        if form is None:
            raise Unmet("the checkout page has no form for a card", [Difference("page", "a form", session["url"])])
        answer = self.client.page(form.action or session["url"], _filled(form, typed, email))
        if answer.status == 303 and answer.location:
            return answer.location, CheckoutPage("")
        if answer.status not in (200, 402):
            raise Refused(f"POST {form.action}", answer.status, CheckoutPage(answer.text).words)
        return None, CheckoutPage(answer.text)

    def _open_page(self, session: Document) -> CheckoutPage:
        if not session["url"]:
            raise Unmet("the session has no page", [Difference("status", "open", session["status"])])
        answer = self.client.page(session["url"])
        if answer.status != 200:
            raise Refused(f"GET {session['url']}", answer.status, CheckoutPage(answer.text).words)
        return CheckoutPage(answer.text)

    # Time

    def advance(
        self,
        by: str | None = None,
        *,
        to: str | int | None = None,
        subscription: Thing | None = None,
        customer: Thing | None = None,
    ) -> Document:
        """Move time on, and return when all that fell due is done and delivered.

        `by` is a span ("1 month"), `to` a moment (ISO or seconds) or "next renewal" of the `subscription`. The clock
        is the account's, or the test clock of the given `subscription` or `customer` if it has one.
        """
        if subscription is not None or customer is not None:
            about = self.look(subscription or customer or "")
            if about.get("test_clock"):
                return self._advance_test_clock(about, by, to)
        body: Document = {"by": by} if by is not None else {"to": to}
        if subscription is not None:
            body["subscription"] = objects.id_of(subscription)
        return self._tell_clock("clock/advance", body)

    def _advance_test_clock(self, about: Document, by: str | None, to: str | int | None) -> Document:
        path = objects.path_of(about["test_clock"])
        if by is not None:
            target: int | None = moments.later(self.client.stripe("GET", path)["frozen_time"], by)
        elif to == "next renewal":
            target = min(item["current_period_end"] for item in about["items"]["data"]) + _COLLECTION
        else:
            target = moments.seconds(to) if isinstance(to, str) else to
        before = self.client.control("GET", "events", {"limit": 1})["data"]
        self.client.stripe("POST", f"{path}/advance", {"frozen_time": target})
        after = {"after": before[-1]["id"]} if before else {}
        self.client.control("POST", "events/wait", {"type": _ARRIVED, "for": about["test_clock"], **after, **_PATIENT})
        clock = self.client.stripe("GET", path)
        self.now = int(clock["frozen_time"])
        return clock

    def _tell_clock(self, path: str, body: Document) -> Document:
        answer = self.client.control("POST", path, body)
        self.now = moments.seconds(str(answer["now"]))
        return answer

    # The tester

    def wait(
        self,
        event: str,
        *,
        about: Thing | None = None,
        customer: Thing | None = None,
        status: str | None = None,
        count: int = 1,
        timeout: float = 10,
    ) -> list[Document]:
        """Wait until so many events of this type (with `*`) are there, about an object or what belongs to it; with
        `status` until their deliveries are `delivered` or `failed`. Unmet tells what came instead."""
        asked: Document = {"type": event, "count": count, "timeout": timeout}
        asked |= {"for": objects.id_of(about)} if about is not None else {}
        asked |= {"customer": objects.id_of(customer)} if customer is not None else {}
        asked |= {"status": status} if status is not None else {}
        try:
            found: list[Document] = self.client.control("POST", "events/wait", asked)["data"]
        except Refused as refusal:
            if refusal.status != 409 or not isinstance(refusal.body, dict):
                raise
            raise Unmet(refusal.body["error"]["message"]) from None
        return found

    def look(self, thing: Thing) -> Document:
        """The document behind an id as it is now; a document without an id of its own is answered as it came."""
        if isinstance(thing, dict) and not objects.is_readable(thing):
            return thing
        return self.client.stripe("GET", objects.path_of(thing))

    def follow(self, text: str) -> Document | None:
        """The document behind an id, or None for any other text."""
        return self.look(text) if objects.is_id(text) else None

    def events(self) -> list[Document]:
        """Every event of the account so far, oldest first."""
        newest = self._events[-1]["id"] if self._events else None
        fresh: list[Document] = []
        page: Document = {"has_more": True}
        while page["has_more"]:
            after = {"starting_after": fresh[-1]["id"]} if fresh else {}
            page = self.client.stripe("GET", "/v1/events", {"limit": 100, **after})
            for event in page["data"]:
                if event["id"] == newest:
                    page["has_more"] = False
                    break
                fresh.append(event)
        self._events += reversed(fresh)
        return self._events

    def mark(self, name: str | None = None) -> None:
        """Let the next `expect_events` (or the one with `since=name`) begin here."""
        self._marks[name] = self._marks[None] = len(self.events())

    def expect(self, thing: Thing, values: Mapping[str, Any]) -> None:
        """The object, as it is now, has these values at these paths; a path may go on through an id."""
        found = differences(values, self.look(thing), self.follow)
        if found:
            name = thing if isinstance(thing, str) else thing.get("id", "the answer")
            raise Unmet(f"{name} is not as expected", found)

    def expect_events(
        self,
        exactly: Sequence[str | ExpectedEvent] | None = None,
        *,
        contains: Sequence[str | ExpectedEvent] | None = None,
        since: str | None = None,
    ) -> None:
        """The chain of events since the last `expect_events` or `mark` (or since that mark): these, in this order."""
        chain = self.events()[self._marks[since] :]
        self.mark()
        wanted = [
            ExpectedEvent(e) if isinstance(e, str) else e for e in (exactly if contains is None else contains) or ()
        ]
        unmet = chain_unmet(wanted, chain, all_of_them=contains is None)
        if unmet:
            raise unmet

    def expect_webhook(self, event: str | ExpectedEvent = "everything", *, times: int | None = None) -> None:
        """The application has got an event of this type (that often) with these values, its signature verified; or,
        for "everything", each event so far exactly once, in order."""
        heard = self.heard()
        if isinstance(event, str):
            event = ExpectedEvent(event)
        if event.type == "everything":
            expected = [ExpectedEvent(e["type"], now={}) for e in self.events()]
            unmet = chain_unmet(expected, heard)
            if unmet:
                raise Unmet(
                    "the application got not every event once and in order (- lost, + too many)", chain=unmet.chain
                )
            _same_ids(self.events(), heard)
            return
        matching = [e for e in heard if e["type"] == event.type]
        if len(matching) != times if times is not None else not matching:
            wanted = "at least 1" if times is None else times
            raise Unmet(
                f"the application got {event.type} {len(matching)} times", [Difference("times", wanted, len(matching))]
            )
        found = event_differences(event, matching[-1]) if matching else []
        if found:
            raise Unmet(f"the application got another {event.type}", found)

    def heard(self) -> list[Document]:
        """Every event the application has taken, in order of arrival, once nothing is under way any more.

        A signature that does not hold raises Unmet, unless scripts may have wanted it so. An application of your own is
        asked about through the server's log of deliveries: what it answered with 2xx counts.
        """
        self.client.control("POST", "drain")
        if isinstance(self.receiver, Receiver):
            received = self.receiver.received
            bad = [delivery for delivery in received if delivery.problem]
            if bad and not self.scripted:
                raise Unmet(f"{bad[0].event['type']} came badly signed: {bad[0].problem}")
            return [delivery.event for delivery in received if not delivery.problem]
        by_id = {event["id"]: event for event in self.events()}
        return [by_id[delivery["event"]] for delivery in self._deliveries() if delivery["event"] in by_id]

    def _deliveries(self) -> list[Document]:
        log = self.client.control("GET", "deliveries")["data"]
        return [delivery for delivery in log if 200 <= (delivery.get("status") or 0) < 300]


def _filled(form: Form, typed: Mapping[str, str], email: str | None) -> dict[str, str]:
    """The form as a person sends it: what the page had filled in stays, unless it is typed over."""
    address = email or form.fields.get("email") or "ada@example.com"
    return {**form.fields, **typed, "email": address}


def _same_ids(events: Sequence[Document], heard: Sequence[Document]) -> None:
    for event, got in zip(events, heard, strict=True):
        if event["id"] != got["id"]:
            raise Unmet(
                "the application got an event in another's place", [Difference(event["type"], event["id"], got["id"])]
            )


__all__ = ["CANCEL_URL", "SUCCESS_URL", "Receiver", "Refused", "Stage", "Unmet", "Unreachable"]
