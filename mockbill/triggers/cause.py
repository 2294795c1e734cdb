"""Cause: what a recipe has in hand while it makes an event come about."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from mockbill.billing import default_methods, payment_methods
from mockbill.rules.cards import ThreeDSecure
from mockbill.triggers.client import InProcess, Refused
from mockbill.world import Doc, Problem, Work, World

MONTH = 31 * 86_400  # seconds
_WITHOUT_PAYMENT = ("invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded")
"""What comes of an invoice over nothing, too."""
_ADVANCED = 60.0  # seconds that advancing a test clock may take before the recipe gives up


class Cause:
    """One coming about of an event in one account.

    ``customer_id`` is the customer that was asked for, ``given`` the tree of what was set, for the call of ``sets``.
    """

    def __init__(
        self,
        type: str,
        world: World,
        client: InProcess,
        *,
        customer_id: str | None = None,
        given: Mapping[str, Any] | None = None,
        sets: str | None = None,
    ) -> None:
        self.type = type
        self.world = world
        self.customer_id = customer_id
        self._client = client
        self._given = dict(given or {})
        self._sets = sets

    # calls of Stripe's API

    def get(self, path: str, **params: Any) -> Any:
        return self._call("GET", path, params)

    def post(self, path: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """``c.post("/v1/prices", currency="usd", ...)``: parameters by name, or as one tree."""
        return self._call("POST", path, {**(params or {}), **more})

    def delete(self, path: str, **params: Any) -> Any:
        return self._call("DELETE", path, params)

    def declined(self, path: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
        """Post what a card is to refuse; answers the error.  That it is taken ends the recipe."""
        sent = self._with_given("POST", path, {**(params or {}), **more})
        try:
            self._client.call("POST", path, sent)
        except Refused as refused:
            if refused.error.get("type") != "card_error":
                raise self._failed(refused) from None
            return refused.error
        raise self.not_now(f"{path} was to be declined and was not, so {self.type} did not come.")

    def refused(self, path: str, code: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Post what is to be refused with this code of Stripe's; anything else ends the recipe."""
        try:
            self._client.call("POST", path, self._with_given("POST", path, {**(params or {}), **more}))
        except Refused as refused:
            if refused.error.get("code") != code:
                raise self._failed(refused) from None
            return
        raise self.not_now(f"{path} was to be refused ({code}) and was not, so {self.type} did not come.")

    def post_as(self, version: str, path: str, **params: Any) -> Any:
        """Post in an older API version, for what newer ones cannot ask for."""
        try:
            return self._client.call("POST", path, params, version)
        except Refused as refused:
            raise self._failed(refused) from None

    def _call(self, method: str, path: str, params: dict[str, Any]) -> Any:
        try:
            return self._client.call(method, path, self._with_given(method, path, params))
        except Refused as refused:
            raise self._failed(refused) from None

    def _with_given(self, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        if not self._given or self._sets is None or not _form(self._sets).fullmatch(f"{method} {path}"):
            return params
        given, self._given = self._given, {}
        merged: dict[str, Any] = laid_over(params, given)
        return merged

    def check_given(self) -> None:
        """At the end of the recipe: Problem where nothing took what was set, which would be left out in silence."""
        if self._given:
            left = ", ".join(self._given)
            message = f"{self.type} came without a call of {self._sets}: {left} was not set."
            raise Problem(message, code="set_invalid", param="set", status=409)

    def _failed(self, refused: Refused) -> Problem:
        error = refused.error
        message = f"{self.type} was not caused: {refused.call} answered {refused.status}: {error.get('message')}"
        return Problem(message, code=error.get("code") or "not_caused", param=error.get("param"), status=409)

    def asked(self, name: str, otherwise: Any) -> Any:
        """What was set of a parameter that other calls of the recipe go by as well, as a form sends it."""
        return self._given.get(name, otherwise)

    # what Stripe has no calls for

    def work(self, timeline: str | None = None) -> Work:
        """A unit of work in the account, for a ``with`` statement and a verb of billing's."""
        return self.world.work(timeline=timeline)

    def fall_due(self, kind: str, id: str) -> None:
        """Let the next moment of a document come now, on its own timeline and without time moving for others.

        For what is only waited for (a bank's answer): a renewal that comes early would bill days that are to come.
        """
        with self.world.lock:
            known = self.world.due.current.get(id)
            if known is None:
                raise self.not_now(f"Nothing is due with {id}.")
            timeline, moment = known
            with self.world.work(timeline=timeline) as w:
                self.world.engine.handlers[moment.verb](w, w.need(kind, id))
                w.reschedule(w.get(kind, id) or {"object": kind, "id": id})

    @contextmanager
    def setting(self, name: str, value: Any) -> Iterator[None]:
        """A setting of the account for as long as the recipe needs it."""
        before = self.world.own_settings.get(name)
        self.world.configure({name: value})
        try:
            yield
        finally:
            self.world.configure({name: before})

    def work_on(self, doc: Doc) -> Work:
        """A unit of work in the time of a document, for a verb of billing's."""
        return self.world.work(timeline=self.world.timeline_of(doc))

    def now_of(self, doc: Doc) -> int:
        """Seconds in the time of a document."""
        return self.world.time(self.world.timeline_of(doc))

    @contextmanager
    def refusing(self, customer: str | None, code: str) -> Iterator[None]:
        """Payments by card of this customer (None: all) are declined with this code meanwhile, be the card what it may;
        ``authentication_required`` asks for a challenge where the holder can be asked."""
        with self.world.lock:
            fault = self.world.faults.add(code, customer=customer, times=None)
        try:
            yield
        finally:
            with self.world.lock:
                self.world.faults.drop(fault.id)

    def not_now(self, message: str) -> Problem:
        """The refusal (409) of a recipe whose object cannot be what the event says."""
        return Problem(message, code="state_forbids", status=409)

    @property
    def wants_payment(self) -> bool:
        """Whether the event tells of an attempt to pay, which is not made where nothing is due."""
        return self.type.removeprefix("v1.") not in _WITHOUT_PAYMENT

    # what most recipes begin with

    @property
    def now(self) -> int:
        """Seconds on the clock of the customer that was asked for, or on the account's own."""
        return self.world.time(self._asked_for().get("test_clock"))

    def text(self) -> str:
        """Letters that no object of the account has in its name yet."""
        with self.world.lock:
            return self.world.ids.text(8).lower()

    def named_customer(self) -> dict[str, str]:
        """The parameter ``customer`` where one was asked for, for what can do without."""
        return {} if self.customer_id is None else {"customer": self.customer_id}

    @property
    def currency(self) -> str:
        """What the customer that was asked for is billed in, for a customer has one currency; else dollars."""
        return str(self._asked_for().get("currency") or "usd")

    def beyond_credit(self, amount: int) -> int:
        """A sum of which so much is left to be paid once the credit of the customer that was asked for is used up."""
        return amount - min(0, int(self._asked_for().get("balance", 0)))

    def without_gift(self) -> dict[str, str]:
        """The parameter that keeps a discount off which would leave the customer that was asked for nothing to pay."""
        source = (self._asked_for().get("discount") or {}).get("source") or {}
        coupon = self.world.fetch("coupon", source.get("coupon") or "") or {}
        return {"discounts": ""} if coupon.get("percent_off") == 100 else {}

    def _asked_for(self) -> Doc:
        return (self.world.fetch("customer", self.customer_id) if self.customer_id else None) or {}

    def timed_customer(self, card: str | None = "pm_card_visa") -> tuple[str, str]:
        """A customer on a test clock and that clock, for what takes days to come.

        One that was asked for must be on one already: nobody else's time is moved.
        """
        if self.customer_id is None:
            clock = str(self.clock()["id"])
            return self.customer(card, test_clock=clock), clock
        clock = self._asked_for().get("test_clock") or ""
        if not clock:
            raise self.not_now(
                f"{self.type} comes as time goes by, and {self.customer_id} is on no test clock: put it on one, or "
                "leave --customer out."
            )
        return self.customer(card), clock

    def time_of(self, clock: str) -> int:
        """Where a test clock stands."""
        return self.world.time(clock)

    def customer(self, card: str | None = "pm_card_visa", **params: Any) -> str:
        """The id of the customer that was asked for, or of a fresh one; ``card`` is its default card."""
        if self.customer_id is None:
            email = "jenny.rosen@example.com"
            fresh: Doc = self.post("/v1/customers", {"name": "Jenny Rosen", "email": email, **_paying(card), **params})
            return str(fresh["id"])
        if params:
            self.post(f"/v1/customers/{self.customer_id}", params)
        if card is not None:
            self.use_card(self.customer_id, card)
        return self.customer_id

    def good_card(self, customer: str) -> str:
        """The id of a card that pays: the customer's default card if it does, else a test card, which is attached."""
        with self.world.lock:
            default = (self.world.fetch("customer", customer) or {}).get("invoice_settings", {})
            method = self.world.fetch("payment_method", default.get("default_payment_method") or "")
            if method is not None and method["type"] == "card" and self._pays(method):
                return str(method["id"])
        return str(self.post("/v1/payment_methods/pm_card_visa/attach", customer=customer)["id"])

    def _pays(self, method: Doc) -> bool:
        with self.work() as w:
            card = payment_methods.card_of(w, method)
        return card.decline is None and card.three_d_secure in (ThreeDSecure.NOT_ENROLLED, ThreeDSecure.NOT_SUPPORTED)

    def paying_card(self, intent: Doc) -> str:
        """The same for a payment intent, which may be nobody's."""
        return self.good_card(intent["customer"]) if intent["customer"] else "pm_card_visa"

    def card_of(self, subscription: Doc) -> None:
        """See to it that a subscription has something to be paid by."""
        with self.work() as w:
            method = default_methods.method_of(w, subscription, subscription["customer"])
        if method is None and subscription["collection_method"] == "charge_automatically":
            self.use_card(subscription["customer"], "pm_card_visa")

    def another(self, doc: Doc) -> dict[str, str]:
        """Metadata that a document does not have yet, so that each time is an update."""
        times = doc["metadata"].get("triggered", "0")
        return {"triggered": str(int(times) + 1 if times.isdigit() else 1)}

    def use_card(self, customer: str, card: str) -> str:
        """Attach a test card to a customer and make it the default; answers its id."""
        method: Doc = self.post(f"/v1/payment_methods/{card}/attach", customer=customer)
        self.post(f"/v1/customers/{customer}", invoice_settings={"default_payment_method": method["id"]})
        return str(method["id"])

    def price(self, amount: int = 2000, currency: str | None = None, **recurring: Any) -> str:
        """The id of a fresh monthly price, in the currency's smallest unit; ``interval=None`` is paid once."""
        every = {"interval": "month", **recurring}
        sent: dict[str, Any] = {"currency": currency or self.currency, "product_data": {"name": "Pro"}}
        sent["unit_amount"] = amount
        price: Doc = self.post("/v1/prices", {**sent, **({"recurring": every} if every["interval"] else {})})
        return str(price["id"])

    def subscription(self, customer: str | None = None, **params: Any) -> Doc:
        """A fresh monthly subscription."""
        payer = customer or self.customer()
        items = params.pop("items", None) or [{"price": self.price()}]
        made: Doc = self.post("/v1/subscriptions", {"customer": payer, "items": items, **params})
        return made

    def clock(self) -> Doc:
        """A test clock that stands at the account's time, for what takes days to come."""
        clock: Doc = self.post("/v1/test_helpers/test_clocks", frozen_time=self.world.time(None))
        return clock

    def advance(self, clock: str, until: int) -> None:
        """Move a test clock and wait until it is ready."""
        self.post(f"/v1/test_helpers/test_clocks/{clock}/advance", frozen_time=until)

        def ready() -> bool:
            known = self.world.fetch("test_helpers.test_clock", clock)
            return known is None or known["status"] != "advancing"

        if not self.world.wait_until(ready, _ADVANCED):
            raise self.not_now(f"{clock} did not come to {until} within {_ADVANCED:g} seconds.")


def laid_over(base: Any, given: Any) -> Any:
    """A tree with another one laid over it: hashes by key, lists by index (``{"0": ...}``), all else replaced."""
    if isinstance(base, list) and isinstance(given, dict):
        return list(laid_over({str(place): each for place, each in enumerate(base)}, given).values())
    if isinstance(base, dict) and isinstance(given, dict):
        return {**base, **{name: laid_over(base.get(name), each) for name, each in given.items()}}
    return given


def _paying(card: str | None) -> dict[str, Any]:
    if card is None:
        return {}
    return {"payment_method": card, "invoice_settings": {"default_payment_method": card}}


@cache
def _form(operation: str) -> re.Pattern[str]:
    """What calls of an operation look like: ``POST /v1/invoices/{invoice}/pay``."""
    return re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(operation)))
