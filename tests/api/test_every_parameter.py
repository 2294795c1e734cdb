"""Every parameter of every simulated POST, right, empty and wrong: the answer is Stripe's, never a failure of ours."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
import requests
import stripe

from mockbill.stripe_api import resources, versions
from mockbill.stripe_api.registry import HANDLERS, TWINS
from mockbill.surface.data import compiled, resolved, type_of

resources.load()
ELSEWHERE = {  # these have tests of their own
    "POST /v1/files",  # no form
    "POST /v1/payouts/{payout}/reverse",  # nothing without days gone by
    "POST /v1/sources/{source}/verify",  # no source has a code to verify
    "POST /v2/billing/meter_event_stream",  # takes no API key
}
OPERATIONS = sorted(key for key in HANDLERS if key.startswith("POST ") and key not in ELSEWHERE)
BEFORE = "2024-06-20"  # of calls that later releases took out
DAY = 86_400
HUGE = 2**62
DEEPEST = 4  # levels of hashes in a sample
MOMENTS = ("_at", "_end", "_start", "date", "anchor", "time", "timestamp", "start", "end")
CARD = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040}
CALCULATED: dict[str, Any] = {
    "currency": "usd",
    "customer_details": {"address": {"country": "DE"}, "address_source": "billing"},
    "line_items": [{"amount": 1000, "reference": "L1"}],
}
REGISTERED: dict[str, Any] = {"country": "DE", "country_options": {"de": {"type": "standard"}}, "active_from": "now"}
PAID = {"amount": 1000, "currency": "usd"}
BACK = {"return_url": "https://shop.example/back"}
VISA = "pm_card_visa"
STREET = {"line1": "1 Main St", "city": "San Francisco", "postal_code": "94111", "country": "US"}
EIN = {"type": "us_ein", "value": "12-3456789"}
NUMBERS = itertools.count()
TAXED = {"display_name": "VAT", "percentage": 20, "inclusive": False}
DESTINATION = {
    "name": "Receiver",
    "type": "webhook_endpoint",
    "event_payload": "thin",
    "enabled_events": ["v1.file.created"],
    "webhook_endpoint": {"url": "http://127.0.0.1:1/"},
}
METER = {"display_name": "Calls", "default_aggregation": {"formula": "sum"}}


@dataclass
class Shop:
    """An account, and the objects that its calls are about or name."""

    client: stripe.StripeClient
    named: dict[str, str] = field(default_factory=dict)
    version: str = stripe.api_version

    def post(self, path: str, **params: Any) -> Any:
        version = BEFORE if path.endswith("/usage_records") else self.version
        path = f"/{path}" if path.startswith("v2/") else f"/v1/{path}"
        return self.client.raw_request("post", path, stripe_version=version, **params).data

    def one(self, path: str, **params: Any) -> str:
        return str(self.post(path, **params)["id"])

    def some(self, name: str) -> str:
        """The id of an object that is named again and again."""
        if name not in self.named:
            self.named[name] = NAMED[name](self)
        return self.named[name]

    def customer(self) -> str:
        return self.one("customers", payment_method=VISA, invoice_settings={"default_payment_method": VISA})

    def price(self, **params: Any) -> str:
        return self.one("prices", product=self.some("product"), currency="usd", unit_amount=1000, **params)

    def monthly(self) -> str:
        return self.price(recurring={"interval": "month"})

    def subscription(self, **params: Any) -> str:
        items = [{"price": self.some("price")}]
        return self.one("subscriptions", customer=self.some("customer"), items=items, **params)

    def subscription_of_customer(self) -> str:
        return f"{self.some('customer')}/subscriptions/{self.subscription()}"

    def paused_subscription(self) -> str:
        return self.one(f"subscriptions/{self.subscription(billing_mode={'type': 'flexible'})}/pause")

    def item(self) -> str:
        listed = self.client.v1.subscription_items.list({"subscription": self.subscription()})
        return listed.data[0].id

    def recorded_item(self) -> str:
        """An item that is billed by usage records."""
        recurring = {"interval": "month", "usage_type": "metered"}
        asked = {"product": self.some("product"), "currency": "usd", "unit_amount": 1, "recurring": recurring}
        price = self.client.raw_request("post", "/v1/prices", stripe_version=BEFORE, **asked).data["id"]
        made = self.one("subscriptions", customer=self.some("customer"), items=[{"price": price}])
        return self.client.v1.subscription_items.list({"subscription": made}).data[0].id

    def invoice(self) -> str:
        customer = self.some("customer")
        self.post("invoiceitems", customer=customer, **PAID)
        return self.one("invoices", customer=customer, pending_invoice_items_behavior="include")

    def line(self) -> str:
        """An invoice and one of its lines, as the path names them."""
        return f"{self.invoice()}/lines/{self.newest_line()}"

    def newest_line(self) -> str:
        return self.client.v1.invoices.list({"limit": 1}).data[0].lines.data[-1].id

    def waiting_item(self) -> str:
        return self.one("invoiceitems", customer=self.some("customer"), **PAID)

    def open_invoice(self) -> str:
        return self.one(f"invoices/{self.invoice()}/finalize")

    def reference(self) -> str:
        """Unlike any other."""
        return self.one("products", name="Reference")

    def recorded_tax(self) -> str:
        calculation = self.one("tax/calculations", **CALCULATED)
        path = "tax/transactions/create_from_calculation"
        return self.one(path, calculation=calculation, reference=self.reference())

    def template(self) -> str:
        """Of invoices; they come from the dashboard, not from Stripe's API."""
        return str(self.client.raw_request("post", "/_mockbill/invoice_rendering_templates").data["id"])

    def registration(self) -> str:
        """Of one there can be one at a time, so the others have expired."""
        for each in self.client.v1.tax.registrations.list({"status": "active"}).data:
            self.post(f"tax/registrations/{each.id}", expires_at="now")
        return self.one("tax/registrations", **REGISTERED)

    def charge(self, **params: Any) -> str:
        return self.one("charges", source="tok_visa", **PAID, **params)

    def card(self) -> str:
        return self.one("payment_methods", type="card", card=CARD)

    def saved_card(self) -> str:
        return self.one(f"payment_methods/{VISA}/attach", customer=self.some("customer"))

    def balance_move(self) -> str:
        moves = f"{self.some('customer')}/balance_transactions"
        return f"{moves}/{self.one(f'customers/{moves}', **PAID)}"

    def bank(self) -> str:
        account = {"country": "US", "routing_number": "110000000", "account_number": "000123456789"}
        token = self.one("tokens", bank_account=account)
        customer = self.one("customers")
        return f"{customer}/sources/{self.one(f'customers/{customer}/sources', source=token)}"

    def source(self) -> str:
        customer = self.some("customer")
        return f"{customer}/sources/{self.one(f'customers/{customer}/sources', source='tok_visa')}"

    def intent(self, **params: Any) -> str:
        return self.one("payment_intents", **PAID, payment_method=self.card(), **params)

    def unverified(self, path: str, **params: Any) -> str:
        """An intent that waits for micro-deposits."""
        numbers = {"account_number": "000123456789", "routing_number": "110000000"}
        account = {"type": "us_bank_account", "us_bank_account": numbers, "billing_details": {"name": "Ada"}}
        accepted = {"customer_acceptance": {"type": "offline"}}
        return self.one(path, payment_method_data=account, confirm=True, mandate_data=accepted, **BACK, **params)

    def awaiting_transfer(self) -> str:
        """An intent that waits for a bank transfer, of a customer who has sent one that pays nothing by itself."""
        customer = self.one("customers", cash_balance={"settings": {"reconciliation_mode": "manual"}})
        how = {"customer_balance": {"funding_type": "bank_transfer", "bank_transfer": {"type": "us_bank_transfer"}}}
        cash = {"payment_method_data": {"type": "customer_balance"}, "payment_method_options": how}
        intent = self.one("payment_intents", customer=customer, confirm=True, **PAID, **cash, **BACK)
        self.post(f"test_helpers/customers/{customer}/fund_cash_balance", **PAID)
        return intent

    def refund(self) -> str:
        return self.one("refunds", charge=self.charge())

    def dispute(self) -> str:
        charge = self.one("charges", source="tok_createDispute", **PAID)
        return self.client.v1.disputes.list({"charge": charge}).data[0].id

    def quote(self) -> str:
        return self.one("quotes", **REQUIRED["quotes"](self))

    def open_quote(self) -> str:
        return self.one(f"quotes/{self.quote()}/finalize")

    def funds(self) -> dict[str, Any]:
        """Money to pay out."""
        self.post("charges", source="tok_bypassPending", amount=5000, currency="usd")
        return PAID

    def file(self) -> str:
        return self.client.v1.files.create({"purpose": "pci_document", "file": BytesIO(b"text")}).id

    def meter(self) -> str:
        """A meter; an event name belongs to one that is active."""
        taken = self.client.v1.billing.meters.list({"limit": 100}).data
        return self.one("billing/meters", **{**METER, "event_name": f"calls_{len(taken)}"})

    def inactive_meter(self) -> str:
        return self.one(f"billing/meters/{self.meter()}/deactivate")

    def usage(self) -> dict[str, Any]:
        """A meter event that is to be sent."""
        if "meter" not in self.named:
            self.named["meter"] = self.one("billing/meters", **METER, event_name="calls")
        return {
            "event_name": "calls",
            "payload": {"stripe_customer_id": self.some("customer"), "value": "1"},
        }

    def canceled_usage(self) -> dict[str, Any]:
        """The adjustment of an event that was sent."""
        event = self.post("billing/meter_events", **self.usage())
        return {"event_name": "calls", "type": "cancel", "cancel": {"identifier": event["identifier"]}}

    def link(self) -> str:
        return self.one("payment_links", **REQUIRED["payment_links"](self))

    def alert(self) -> str:
        return self.one("billing/alerts", **REQUIRED["billing/alerts"](self))

    def inactive_alert(self) -> str:
        return self.one(f"billing/alerts/{self.alert()}/deactivate")

    def credit_note(self) -> str:
        return self.one("credit_notes", **self.credit())

    def credit(self) -> dict[str, Any]:
        return {"invoice": self.open_invoice(), "amount": 100}

    def session(self) -> str:
        return self.one("checkout/sessions", **REQUIRED["checkout/sessions"](self))

    def event(self) -> str:
        self.one("products", name="Pro")
        return str(self.client.v1.events.list({"limit": 1}).data[0].id)

    def verification(self) -> str:
        return self.one("identity/verification_sessions", type="document")

    def issued(self) -> str:
        holder = self.one("issuing/cardholders", name="Jenny", billing={"address": STREET})
        return self.one("issuing/cards", cardholder=holder, currency="usd", type="virtual", status="active")

    def onboarding(self, account: str) -> dict[str, Any]:
        urls = {"refresh_url": "https://shop.example/again", "return_url": "https://shop.example/back"}
        return {"account": account, "type": "account_onboarding", **urls}

    def onboarded_account(self) -> str:
        """One whose owner has told all."""
        account = self.one("accounts", type="express")
        url = self.post("account_links", **self.onboarding(account))["url"]
        requests.post(url, {"onboarding": "complete"}, allow_redirects=False, timeout=10)
        return account

    def rejected_account(self) -> str:
        return self.one(f"accounts/{self.one('accounts', type='custom')}/reject", reason="other")

    def external_account(self) -> str:
        account = self.one("accounts", type="custom")
        made = self.one(f"accounts/{account}/external_accounts", external_account="btok_us_verified")
        return f"{account}/external_accounts/{made}"

    def person(self) -> str:
        account = self.one("accounts", type="custom")
        return f"{account}/persons/{self.one(f'accounts/{account}/persons')}"

    def transferable(self) -> dict[str, Any]:
        if "onboarded" not in self.named:
            self.named["onboarded"] = self.onboarded_account()
        return {**self.funds(), "destination": self.named["onboarded"]}

    def transfer(self) -> str:
        return self.one("transfers", **self.transferable())

    def fee(self) -> str:
        """An application fee, of which nothing has been refunded."""
        sent = {"destination": self.transferable()["destination"]}
        paid = self.post("charges", **PAID, source="tok_visa", transfer_data=sent, application_fee_amount=100)
        return str(paid["application_fee"])

    def fee_refund(self) -> str:
        fee = self.fee()
        return f"{fee}/refunds/{self.one(f'application_fees/{fee}/refunds', amount=10)}"

    def reversal(self) -> str:
        transfer = self.transfer()
        return f"{transfer}/reversals/{self.one(f'transfers/{transfer}/reversals')}"


SHIPPING = {"display_name": "Ground", "fixed_amount": {"amount": 500, "currency": "usd"}}
DOMAIN = {"domain_name": "shop.example.com"}

NAMED: dict[str, Callable[[Shop], str]] = {
    "event_destination": lambda shop: shop.one("v2/core/event_destinations", **DESTINATION),
    "coupon": lambda shop: shop.one("coupons", percent_off=10),
    "credit_grant": lambda shop: shop.one("billing/credit_grants", **REQUIRED["billing/credit_grants"](shop)),
    "customer": Shop.customer,
    "default_payment_method": lambda shop: VISA,
    "entitlement_feature": lambda shop: shop.one("entitlements/features", **REQUIRED["entitlements/features"](shop)),
    "invoice": Shop.invoice,
    "meter": Shop.meter,
    "moment": lambda shop: str(shop.client.v1.customers.retrieve(shop.some("customer")).created + 20 * DAY),
    "payment_method": lambda shop: VISA,
    "price": Shop.monthly,
    "product": lambda shop: shop.one("products", name="Pro"),
    "source": lambda shop: "tok_visa",
    "original_source": lambda shop: shop.one("sources", type="card", token="tok_visa"),
    "subscription": Shop.subscription,
    "test_clock": lambda shop: shop.one("test_helpers/test_clocks", frozen_time=1_800_000_000),
}

# What stands for the braces of a path; where a verb is not here, what stands for those of the path without it.
SUBJECTS: dict[str, Callable[[Shop], str]] = {
    "accounts/{account}": lambda shop: shop.one("accounts"),
    "accounts/{account}/capabilities/{capability}": lambda shop: f"{shop.one('accounts')}/capabilities/transfers",
    "accounts/{account}/external_accounts/{id}": Shop.external_account,
    "accounts/{account}/login_links": Shop.onboarded_account,
    "accounts/{account}/persons/{person}": Shop.person,
    "accounts/{account}/reject": lambda shop: shop.one("accounts", type="custom"),
    "accounts/{account}/unreject": Shop.rejected_account,
    "application_fees/{id}": Shop.fee,
    "application_fees/{fee}/refunds/{id}": Shop.fee_refund,
    "billing/meters/{id}": Shop.meter,
    "billing/meters/{id}/reactivate": Shop.inactive_meter,
    "billing/alerts/{id}": Shop.alert,
    "billing/alerts/{id}/activate": Shop.inactive_alert,
    "billing/credit_grants/{id}": lambda shop: shop.one(
        "billing/credit_grants", **REQUIRED["billing/credit_grants"](shop)
    ),
    "billing/feedback_options/{id}": lambda shop: shop.one("billing/feedback_options", description="Bugs"),
    "billing_portal/configurations/{configuration}": lambda shop: shop.one(
        "billing_portal/configurations", **REQUIRED["billing_portal/configurations"](shop)
    ),
    "charges/{charge}": Shop.charge,
    "charges/{charge}/capture": lambda shop: shop.charge(capture=False),
    "checkout/sessions/{session}": Shop.session,
    "events/{id}": Shop.event,
    "identity/verification_sessions/{session}/cancel": Shop.verification,
    "identity/verification_sessions/{session}/redact": Shop.verification,
    "issuing/cards/{card}/test/authorizations": Shop.issued,
    "payment_pages/{session}/confirm": Shop.session,
    "coupons/{coupon}": lambda shop: shop.one("coupons", percent_off=10),
    "credit_notes/{id}": Shop.credit_note,
    "customers/{customer}": Shop.customer,
    "customers/{customer}/balance_transactions/{transaction}": Shop.balance_move,
    "customers/{customer}/sources/{id}": Shop.source,
    "customers/{customer}/sources/{id}/verify": Shop.bank,
    "customers/{customer}/subscriptions/{subscription_exposed_id}": Shop.subscription_of_customer,
    "disputes/{dispute}": Shop.dispute,
    "file_links/{link}": lambda shop: shop.one("file_links", file=shop.file()),
    "entitlements/features/{id}": lambda shop: NAMED["entitlement_feature"](shop),
    "invoiceitems/{invoiceitem}": lambda shop: shop.one("invoiceitems", customer=shop.some("customer"), **PAID),
    "invoices/{invoice}": Shop.invoice,
    "invoices/{invoice}/attach_payment": Shop.open_invoice,
    "invoices/{invoice}/lines/{line_item_id}": Shop.line,
    "invoices/{invoice}/mark_uncollectible": Shop.open_invoice,
    "invoices/{invoice}/void": Shop.open_invoice,
    "payment_intents/{intent}": Shop.intent,
    "payment_intents/{intent}/apply_customer_balance": Shop.awaiting_transfer,
    "payment_intents/{intent}/capture": lambda shop: shop.intent(capture_method="manual", confirm=True, **BACK),
    "payment_method_configurations/{configuration}": lambda shop: shop.one(
        "payment_method_configurations", name="Shop"
    ),
    "payment_method_domains/{payment_method_domain}": lambda shop: shop.one("payment_method_domains", **DOMAIN),
    "payment_intents/{intent}/increment_authorization": lambda shop: shop.intent(
        capture_method="manual",
        confirm=True,
        payment_method_options={"card": {"request_incremental_authorization": "if_available"}},
        **BACK,
    ),
    "payment_intents/{intent}/verify_microdeposits": lambda shop: shop.unverified("payment_intents", **PAID),
    "payment_links/{payment_link}": Shop.link,
    "payment_methods/{payment_method}": Shop.saved_card,
    "payment_methods/{payment_method}/attach": Shop.card,
    "payouts/{payout}": lambda shop: shop.one("payouts", **shop.funds()),
    "plans/{plan}": Shop.monthly,
    "prices/{price}": Shop.price,
    "product_catalog/trial_offers/{id}": lambda shop: shop.one(
        "product_catalog/trial_offers", **REQUIRED["product_catalog/trial_offers"](shop)
    ),
    "products/{id}": lambda shop: shop.one("products", name="Pro"),
    "products/{product}": lambda shop: shop.one("products", name="Pro"),
    "promotion_codes/{promotion_code}": lambda shop: shop.one("promotion_codes", **REQUIRED["promotion_codes"](shop)),
    "quotes/{quote}": Shop.quote,
    "quotes/{quote}/accept": Shop.open_quote,
    "refunds/{refund}": Shop.refund,
    "test_helpers/refunds/{refund}": Shop.refund,
    "setup_intents/{intent}": lambda shop: shop.one("setup_intents", payment_method=shop.card()),
    "shipping_rates/{shipping_rate_token}": lambda shop: shop.one("shipping_rates", **SHIPPING),
    "setup_intents/{intent}/verify_microdeposits": lambda shop: shop.unverified("setup_intents"),
    "subscription_items/{item}": Shop.item,
    "subscription_schedules/{schedule}": lambda shop: shop.one(
        "subscription_schedules", **REQUIRED["subscription_schedules"](shop)
    ),
    "subscription_items/{subscription_item}": Shop.recorded_item,
    "subscriptions/{subscription}": Shop.subscription,
    "subscriptions/{subscription}/migrate": lambda shop: shop.subscription(billing_mode={"type": "classic"}),
    "subscriptions/{subscription}/resume": Shop.paused_subscription,
    "sources/{source}": lambda shop: shop.one("sources", type="card", token="tok_visa"),
    "subscriptions/{subscription_exposed_id}": Shop.subscription,
    "tax_rates/{tax_rate}": lambda shop: shop.one("tax_rates", **TAXED),
    "test_helpers/customers/{customer}": Shop.customer,
    "test_helpers/test_clocks/{test_clock}": NAMED["test_clock"],
    "transfers/{id}": Shop.transfer,
    "transfers/{transfer}": Shop.transfer,
    "transfers/{transfer}/reversals/{id}": Shop.reversal,
    "invoice_rendering_templates/{template}": lambda shop: shop.template(),
    "tax/registrations": lambda shop: shop.registration(),
    "topups/{topup}": lambda shop: shop.one("topups", **PAID),
    "v2/core/event_destinations/{id}": lambda shop: shop.some("event_destination"),
    "webhook_endpoints/{webhook_endpoint}": lambda shop: shop.one(
        "webhook_endpoints", **REQUIRED["webhook_endpoints"](shop)
    ),
}

REQUIRED: dict[str, Callable[[Shop], dict[str, Any]]] = {
    "account_links": lambda shop: shop.onboarding(shop.one("accounts", type="custom")),
    "account_sessions": lambda shop: {
        "account": shop.one("accounts"),
        "components": {"payments": {"enabled": True}},
    },
    "accounts/{account}/external_accounts": lambda shop: {"external_account": "btok_us_verified"},
    "accounts/{account}/reject": lambda shop: {"reason": "other"},
    "apple_pay/domains": lambda shop: DOMAIN,
    "billing/feedback_options": lambda shop: {"description": "Bugs"},
    "billing/meter_event_adjustments": Shop.canceled_usage,
    "billing/meter_events": Shop.usage,
    "billing/meters": lambda shop: {**METER, "event_name": shop.meter()},  # a name that nobody has yet
    "billing/alerts": lambda shop: {
        "alert_type": "usage_threshold",
        "title": "Many calls",
        "usage_threshold": {"gte": 100, "meter": shop.some("meter"), "recurrence": "one_time"},
    },
    "billing/credit_grants": lambda shop: {
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 1000}},
        "applicability_config": {"scope": {"price_type": "metered"}},
        "customer": shop.some("customer"),
    },
    "billing_portal/configurations": lambda shop: {"features": {"subscription_cancel": {"enabled": True}}},
    "billing_portal/sessions": lambda shop: {"customer": shop.some("customer")},
    "charges": lambda shop: {"source": "tok_visa", **PAID},
    "checkout/sessions": lambda shop: {
        "mode": "subscription",
        "line_items": [{"price": shop.some("price"), "quantity": 1}],
        "success_url": "https://shop.example/thanks",
    },
    "coupons": lambda shop: {"percent_off": 10},
    "customer_sessions": lambda shop: {
        "customer": shop.some("customer"),
        "components": {"pricing_table": {"enabled": True}},
    },
    "credit_notes": Shop.credit,
    "customers/{customer}/balance_transactions": lambda shop: PAID,
    "customers/{customer}/funding_instructions": lambda shop: {
        "currency": "usd",
        "funding_type": "bank_transfer",
        "bank_transfer": {"type": "us_bank_transfer"},
    },
    "customers/{customer}/sources": lambda shop: {"source": "tok_visa"},
    "customers/{customer}/sources/{id}/verify": lambda shop: {"amounts": [32, 45]},
    "sources": lambda shop: {"type": "ideal", "amount": 1000, "currency": "eur", "redirect": BACK},
    "customers/{customer}/subscriptions": lambda shop: {"items": [{"price": shop.some("price")}]},
    "customers/{customer}/tax_ids": lambda shop: EIN,
    "ephemeral_keys": lambda shop: {"customer": shop.some("customer")},
    "file_links": lambda shop: {"file": shop.file()},
    "entitlements/features": lambda shop: {"name": "Reports", "lookup_key": f"reports-{next(NUMBERS)}"},
    "invoiceitems": lambda shop: {"customer": shop.some("customer"), **PAID},
    "invoices": lambda shop: {"customer": shop.some("customer")},
    "invoices/create_preview": lambda shop: {"subscription": shop.some("subscription")},
    "invoices/{invoice}/add_lines": lambda shop: {"lines": [{"invoice_item": shop.waiting_item()}]},
    "invoices/{invoice}/attach_payment": lambda shop: {
        "payment_intent": shop.intent(customer=shop.some("customer"), confirm=True, **BACK)
    },
    "invoices/{invoice}/remove_lines": lambda shop: {"lines": [{"id": shop.newest_line(), "behavior": "delete"}]},
    "invoices/{invoice}/update_lines": lambda shop: {"lines": [{"id": shop.newest_line()}]},
    "payment_intents": lambda shop: PAID,
    "payment_intents/{intent}/confirm": lambda shop: BACK,
    "payment_method_configurations": lambda shop: {"name": "Shop"},
    "payment_method_domains": lambda shop: DOMAIN,
    "payment_links": lambda shop: {"line_items": [{"price": shop.some("price"), "quantity": 1}]},
    "issuing/cards/{card}/test/authorizations": lambda shop: {"held_amount": 100},
    "payment_methods": lambda shop: {"type": "card", "card": CARD},
    "payment_pages/{session}/confirm": lambda shop: {
        "payment_method": shop.one(
            "payment_methods", type="card", card=CARD, billing_details={"email": "j@example.com"}
        )
    },
    "test_helpers/issuing/transactions/create_force_capture": lambda shop: {"amount": 100, "card": shop.issued()},
    "payment_methods/{payment_method}/attach": lambda shop: {"customer": shop.some("customer")},
    "payouts": Shop.funds,
    "plans": lambda shop: {
        "amount": 1000,
        "currency": "usd",
        "interval": "month",
        "product": shop.some("product"),
    },
    "prices": lambda shop: {"currency": "usd", "unit_amount": 1000, "product": shop.some("product")},
    "product_catalog/trial_offers": lambda shop: {
        "price": shop.some("price"),
        "duration": {"type": "relative", "relative": {"iterations": 1}},
        "end_behavior": {"transition": {"price": shop.some("price")}},
    },
    "products": lambda shop: {"name": "Pro"},
    "products/{product}/features": lambda shop: {"entitlement_feature": shop.some("entitlement_feature")},
    "promotion_codes": lambda shop: {"promotion": {"type": "coupon", "coupon": shop.some("coupon")}},
    "quotes": lambda shop: {"customer": shop.some("customer"), "line_items": [{"price": shop.some("price")}]},
    "refunds": lambda shop: {"charge": shop.charge()},
    "reporting/report_runs": lambda shop: {
        "report_type": "balance.summary.1",
        "parameters": {"interval_start": 1_700_000_000, "interval_end": 1_800_000_000},
    },
    "shipping_rates": lambda shop: SHIPPING,
    "payment_intents/{intent}/increment_authorization": lambda shop: {"amount": 2000},
    "payment_intents/{intent}/verify_microdeposits": lambda shop: {"descriptor_code": "SM11AA"},
    "setup_intents/{intent}/confirm": lambda shop: BACK,
    "setup_intents/{intent}/verify_microdeposits": lambda shop: {"descriptor_code": "SM11AA"},
    "subscription_schedules": lambda shop: {
        "customer": shop.some("customer"),
        "phases": [{"items": [{"price": shop.some("price")}]}],
        "start_date": "now",
    },
    "subscription_items": lambda shop: {"subscription": shop.subscription(), "price": shop.monthly()},
    "subscription_items/{subscription_item}/usage_records": lambda shop: {"quantity": 1},
    "subscriptions": lambda shop: {"customer": shop.some("customer"), "items": [{"price": shop.some("price")}]},
    "tax_ids": lambda shop: EIN,
    "tax_rates": lambda shop: TAXED,
    "tax/calculations": lambda shop: CALCULATED,
    "tax/transactions/create_from_calculation": lambda shop: {
        "calculation": shop.one("tax/calculations", **CALCULATED),
        "reference": shop.reference(),
    },
    "tax/transactions/create_reversal": lambda shop: {
        "mode": "full",
        "original_transaction": shop.recorded_tax(),
        "reference": shop.reference(),
    },
    "tax/locations": lambda shop: {"type": "performance", "address": {"country": "DE"}},
    "tax/registrations": lambda shop: REGISTERED,
    "test_helpers/customers/{customer}/fund_cash_balance": lambda shop: PAID,
    "test_helpers/test_clocks": lambda shop: {"frozen_time": 1_800_000_000},
    "test_helpers/test_clocks/{test_clock}/advance": lambda shop: {"frozen_time": 1_800_000_001},
    "test_helpers/confirmation_tokens": lambda shop: {"payment_method": VISA},
    "tokens": lambda shop: {"card": {"number": CARD["number"], "exp_month": "1", "exp_year": "2040"}},
    "topups": lambda shop: PAID,
    "transfers": Shop.transferable,
    "v2/billing/meter_event_adjustments": Shop.canceled_usage,
    "v2/billing/meter_events": Shop.usage,
    "v2/core/event_destinations": lambda shop: DESTINATION,
    "webhook_endpoints": lambda shop: {"url": "http://127.0.0.1:1/", "enabled_events": ["file.created"]},
    "subscriptions/{subscription}/migrate": lambda shop: {"billing_mode": {"type": "flexible"}},
}


def made(shop: Shop, template: str) -> tuple[str, dict[str, Any]]:
    """A path and the parameters without which there is no answer to it."""
    path = template
    if "{" in template:
        subject = template if template in SUBJECTS else template.rpartition("/")[0]
        path = template[: template.index("{")] + SUBJECTS[subject](shop) + template[template.rindex("}") + 1 :]
    return path, REQUIRED.get(template, lambda shop: {})(shop)


def parameters(key: str) -> Iterator[tuple[str, Any]]:
    node, _ = resolved(compiled()["operations"][TWINS.get(key, key)][3])
    for name, each in node.items():
        yield name.rstrip("!"), each


def values(shop: Shop, name: str, node: Any) -> Iterator[Any]:
    """What may be sent for a parameter: all of it, each member and each alternative alone, nothing, and nonsense."""
    node, _ = resolved(node)
    form = type_of(node)
    yield sample(shop, name, node)
    yield sample(shop, name, node, integer=HUGE)
    if form == "object":
        for member, each in node.items():
            member = member.rstrip("!")
            yield {member: sample(shop, member, each)}
            yield {member: ""}
    elif form == "any_of":
        yield from (sample(shop, name, each) for each in node[2:])
    elif form == "enum":
        yield from node[-2:]
    elif form == "integer":
        yield from (-1, 0)
    yield ""
    yield "nonsense" if form in ("object", "list", "map", "integer") else {"non": "sense"}


def sample(shop: Shop, name: str, node: Any, integer: int | None = None, depth: int = 1) -> Any:
    """A value of a parameter's declared type, with every member that it may have."""
    node, _ = resolved(node)
    form = type_of(node)
    if form == "object":
        members = {key.rstrip("!"): each for key, each in node.items()} if depth < DEEPEST else {}
        return {key: sample(shop, key, each, integer, depth + 1) for key, each in members.items()} or {"x": "x"}
    if form == "list":
        return [sample(shop, name, node[1], integer, depth + 1)]
    if form == "map":
        return {"usd": sample(shop, name, node[1], integer, depth + 1)}
    if form == "any_of":
        return sample(shop, name, node[1], integer, depth)
    if form == "enum":
        return node[1]
    if form == "integer":
        return integer or (shop.some("moment") if name.endswith(MOMENTS) else 1)
    if form == "string" and name in NAMED:
        return shop.some(name)
    return {"boolean": True, "string": {"currency": "usd", "email": "a@b.example"}.get(name, "x")}.get(form, "1")


OLDER = sorted({key for release in versions.RELEASES for key in release.accepts} & set(OPERATIONS))


@pytest.mark.parametrize("key", OLDER)
def test_every_parameter_of_older_versions_gets_an_answer(client: stripe.StripeClient, key: str) -> None:
    shop = Shop(client, version=versions.OLDEST)
    template = key.removeprefix("POST /v1/")
    path, required = made(shop, template)
    failures = []
    for name, node in (versions.extras(key, versions.OLDEST) or {}).items():
        if isinstance(name, str):
            for value in values(shop, name, node):
                try:
                    shop.post(path, **{**required, name.rstrip("?"): value})
                    path, required = made(shop, template)
                except stripe.StripeError as refusal:
                    if refusal.http_status not in (400, 402, 404, 501):
                        failures.append(f"{name}={value}: {refusal.http_status} {refusal}")
    assert failures == []


@pytest.mark.parametrize("key", OPERATIONS)
def test_every_parameter_gets_an_answer(client: stripe.StripeClient, key: str) -> None:
    shop = Shop(client)
    template = key.removeprefix("POST /").removeprefix("v1/")
    failures = []
    path, required = made(shop, template)
    if not key.endswith(("/cancel", "refund}/expire")):  # refunds to cards have never been cancelable
        shop.post(path, **required)
        path, required = made(shop, template)
    for name, node in parameters(key):
        for value in values(shop, name, node):
            try:
                shop.post(path, **{**required, name: value})
                path, required = made(shop, template)  # what was only refused is as good as new
            except stripe.StripeError as refusal:
                if refusal.http_status not in (400, 402, 404, 501):
                    failures.append(f"{name}={value}: {refusal.http_status} {refusal}")
    assert failures == []
