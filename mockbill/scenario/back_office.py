"""The verbs of a story that are a shop's bookkeeping: discounts, taxes, changes of plan, previews, invoices, quotes."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.scenario import moments, objects
from mockbill.scenario.client import Client, Document
from mockbill.scenario.compare import Difference, Unmet
from mockbill.scenario.objects import Thing


class BackOffice:
    """What `Stage` can do beside selling: each method is one call of Stripe's API and answers its document."""

    client: Client

    def look(self, thing: Thing) -> Document:
        raise NotImplementedError

    def bank_account(self, iban: str, *, subscription: Thing | None = None, customer: Thing | None = None) -> Document:
        """Save a bank account (an IBAN, or an id such as `pm_success_de`), by a mandate that its holder accepts, and
        make it what the subscription, or else the customer's invoices, are debited from; answers the payment method."""
        owner = objects.id_of(customer or self.look(subscription or "")["customer"])
        holder = {"name": "Ada Lovelace", "email": "ada@example.com"}
        account = {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": holder}
        how = {"payment_method": iban} if iban.startswith("pm_") else {"payment_method_data": account}
        sent = {
            "customer": owner,
            "confirm": True,
            "mandate_data": {"customer_acceptance": {"type": "offline"}},
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            **how,
        }
        saved = self.client.stripe("POST", "/v1/setup_intents", sent)["payment_method"]
        if subscription is not None:
            self.client.stripe("POST", objects.path_of(subscription), {"default_payment_method": saved})
        else:
            self.client.stripe(
                "POST", f"/v1/customers/{owner}", {"invoice_settings": {"default_payment_method": saved}}
            )
        return self.look(saved)

    def coupon(self, **params: Any) -> Document:
        """A coupon; it is for one invoice unless `duration` says `repeating` or `forever`."""
        money = {"currency": "usd"} if "amount_off" in params else {}
        return self.client.stripe("POST", "/v1/coupons", {"duration": "once", **money, **params})

    def tax_rate(self, display_name: str, *, percentage: float, inclusive: bool = False, **params: Any) -> Document:
        """A tax rate of `percentage` per cent, on top of prices unless it is `inclusive`."""
        sent = {"display_name": display_name, "percentage": percentage, "inclusive": inclusive, **params}
        return self.client.stripe("POST", "/v1/tax_rates", sent)

    def change(
        self,
        subscription: Thing,
        price: Thing | None = None,
        *,
        quantity: int | None = None,
        item: Thing | None = None,
        **params: Any,
    ) -> Document:
        """Another price or quantity for the only item of a subscription, or for the `item` named."""
        items = self._items(subscription, price, quantity, item)
        return self.client.stripe("POST", objects.path_of(subscription), {**items, **params})

    def preview(
        self,
        subscription: Thing,
        price: Thing | None = None,
        *,
        quantity: int | None = None,
        item: Thing | None = None,
        **params: Any,
    ) -> Document:
        """The invoice that comes next, or would come after a `change`; `params` are `subscription_details`."""
        details = {**self._items(subscription, price, quantity, item), **params}
        sent = {"subscription": subscription, **({"subscription_details": details} if details else {})}
        return self.client.stripe("POST", "/v1/invoices/create_preview", sent)

    def pause(
        self, subscription: Thing, *, behavior: str = "void", resumes_at: str | int | None = None, **params: Any
    ) -> Document:
        """Stop collecting (`pause_collection`): what happens to invoices meanwhile is the `behavior`."""
        until = moments.seconds(resumes_at) if isinstance(resumes_at, str) else resumes_at
        pause = {"behavior": behavior, **({} if until is None else {"resumes_at": until})}
        return self.client.stripe("POST", objects.path_of(subscription), {"pause_collection": pause, **params})

    def resume(self, subscription: Thing) -> Document:
        """Collect again, or go on with a subscription that is paused as a whole."""
        path = objects.path_of(subscription)
        if self.look(subscription)["status"] == "paused":
            return self.client.stripe("POST", f"{path}/resume")
        return self.client.stripe("POST", path, {"pause_collection": ""})

    def schedule(
        self,
        subscription: Thing | None = None,
        *,
        customer: Thing | None = None,
        start: str | int = "now",
        phases: Sequence[Mapping[str, Any]] = (),
        end_behavior: str = "release",
        **params: Any,
    ) -> Document:
        """What is to become of a subscription after its period, or of a customer from `start` on."""
        path, planned = "/v1/subscription_schedules", [_phase(phase) for phase in phases]
        if subscription is None:
            begins = moments.seconds(start) or start if isinstance(start, str) else start
            whose = {"customer": customer, "start_date": begins, "phases": planned}
            return self.client.stripe("POST", path, {**whose, "end_behavior": end_behavior, **params})
        made = self.client.stripe("POST", path, {"from_subscription": subscription})
        now = {name: made["phases"][0][name] for name in ("start_date", "end_date")}
        sold = made["phases"][0]["items"]
        kept = [{name: item[name] for name in ("price", "quantity") if name in item} for item in sold]
        changes = {"phases": [{**now, "items": kept}, *planned]} if planned else {}
        return self.client.stripe("POST", objects.path_of(made), {**changes, "end_behavior": end_behavior, **params})

    def release(self, schedule: Thing, **params: Any) -> Document:
        """The subscription goes on as it is, whatever was planned."""
        return self.client.stripe("POST", f"{objects.path_of(schedule)}/release", params)

    def invoice_item(self, customer: Thing, **params: Any) -> Document:
        """Something that waits for the customer's next invoice, or goes on the `invoice` named."""
        params = {"currency": "usd", **params} if "amount" in params else params
        if "price" in params:
            params["pricing"] = {"price": params.pop("price")}
        return self.client.stripe("POST", "/v1/invoiceitems", {"customer": customer, **params})

    def report_usage(
        self,
        customer: Thing,
        event_name: str,
        *,
        value: float | None = None,
        at: str | int | None = None,
        **params: Any,
    ) -> Document:
        """A meter event: the customer has used so much, now or at another moment."""
        payload = {"stripe_customer_id": objects.id_of(customer), **({} if value is None else {"value": str(value)})}
        when = {} if at is None else {"timestamp": moments.seconds(at) if isinstance(at, str) else at}
        sent = {"event_name": event_name, "payload": payload, **when, **params}
        return self.client.stripe("POST", "/v1/billing/meter_events", sent)

    def invoice(self, customer: Thing, **params: Any) -> Document:
        """A draft with what waits for the customer's next invoice."""
        sent = {"customer": customer, "pending_invoice_items_behavior": "include", **params}
        return self.client.stripe("POST", "/v1/invoices", sent)

    def finalize(self, invoice: Thing, **params: Any) -> Document:
        return self._on_invoice(invoice, "finalize", params)

    def send(self, invoice: Thing, **params: Any) -> Document:
        return self._on_invoice(invoice, "send", params)

    def pay_invoice(self, invoice: Thing, **params: Any) -> Document:
        return self._on_invoice(invoice, "pay", params)

    def void(self, invoice: Thing, **params: Any) -> Document:
        return self._on_invoice(invoice, "void", params)

    def mark_uncollectible(self, invoice: Thing, **params: Any) -> Document:
        return self._on_invoice(invoice, "mark_uncollectible", params)

    def quote(self, customer: Thing, price: Thing | None = None, *, quantity: int = 1, **params: Any) -> Document:
        """A draft of what is offered to a customer: some of one price, or the `line_items` that `params` name."""
        items = {} if price is None else {"line_items": [{"price": price, "quantity": quantity}]}
        return self.client.stripe("POST", "/v1/quotes", {"customer": customer, **items, **params})

    def finalize_quote(self, quote: Thing, **params: Any) -> Document:
        return self.client.stripe("POST", f"{objects.path_of(quote)}/finalize", params)

    def accept_quote(self, quote: Thing) -> Document:
        return self.client.stripe("POST", f"{objects.path_of(quote)}/accept")

    def _on_invoice(self, invoice: Thing, verb: str, params: Mapping[str, Any]) -> Document:
        return self.client.stripe("POST", f"{objects.path_of(invoice)}/{verb}", params)

    def _items(self, subscription: Thing, price: Thing | None, quantity: int | None, item: Thing | None) -> Document:
        if price is None and quantity is None:
            return {}
        if item is None:
            items = self.look(subscription)["items"]["data"]
            if len(items) != 1:
                raise Unmet("say which item is changed", [Difference("items", 1, len(items))])
            item = items[0]
        changes = {"price": price, "quantity": quantity}
        kept = {name: value for name, value in changes.items() if value is not None}
        return {"items": [{"id": objects.id_of(item), **kept}]}


def _phase(phase: Mapping[str, Any]) -> dict[str, Any]:
    """A phase of a story as Stripe takes it: the only item, and how long it lasts."""
    sent: dict[str, Any] = {"items": [{"price": phase["price"], "quantity": phase.get("quantity", 1)}]}
    if "for" in phase:
        [(count, interval)] = moments.span(phase["for"])
        sent["duration"] = {"interval": interval, "interval_count": count}
    return {**sent, **phase.get("with", {})}
