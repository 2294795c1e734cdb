"""One account with all that there is to trigger events on, and how its objects are read."""

from typing import Any

import stripe
from api.connected import onboarded
from control.api import Control
from stripe import StripeClient

_CARDS = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
Seen = dict[str, Any]


class Shop:
    """One account with what there is to trigger events on, each made when it is asked for."""

    def __init__(self, client: StripeClient) -> None:
        self.client = client
        self.v1 = client.v1

    def customer(self, card: str = "pm_card_visa") -> stripe.Customer:
        paying = {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        return self.v1.customers.create({"email": "ada@example.com", **paying})  # type: ignore[arg-type]

    def price(self, amount: int = 2900, **terms: Any) -> str:
        month = {"recurring": {"interval": "month"}}
        sent = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Pro"}, **month, **terms}
        return self.v1.prices.create({name: value for name, value in sent.items() if value}).id  # type: ignore[arg-type]

    def subscription(self, **params: Any) -> stripe.Subscription:
        sent = {"customer": self.customer().id, "items": [{"price": self.price()}], **params}
        return self.v1.subscriptions.create(sent)  # type: ignore[arg-type]

    def trial(self) -> stripe.Subscription:
        return self.subscription(trial_period_days=14)

    def free(self) -> stripe.Subscription:
        return self.subscription(items=[{"price": self.price(unit_amount="0")}])

    def gift(self) -> stripe.Subscription:
        coupon = self.v1.coupons.create({"percent_off": 100, "duration": "forever"})
        return self.subscription(discounts=[{"coupon": coupon.id}])

    def covered(self) -> stripe.Invoice:
        """A draft that its customer's credit pays for."""
        made = self.draft()
        self.v1.customers.update(str(made.customer), {"balance": -5000})
        return made

    def debited(self) -> stripe.Invoice:
        """An open invoice of whose payment the bank has not told yet."""
        owner = {"name": "Ada", "email": "ada@example.com"}
        debit = {"type": "sepa_debit", "sepa_debit": {"iban": "AT321904300235473204"}, "billing_details": owner}
        method = self.v1.payment_methods.create(debit)  # type: ignore[arg-type]
        customer = self.v1.customers.create({"payment_method": method.id})
        mandate = {"customer_acceptance": {"type": "offline"}}
        saved = {"customer": customer.id, "payment_method": method.id, "confirm": True, "mandate_data": mandate}
        self.v1.setup_intents.create({**saved, **_CARDS})  # type: ignore[typeddict-item]
        made = self.v1.invoices.create({"customer": customer.id, "currency": "eur", "auto_advance": False})
        item = {"customer": customer.id, "invoice": made.id, "amount": 500, "currency": "eur"}
        self.v1.invoice_items.create(item)  # type: ignore[arg-type]
        return self.v1.invoices.pay(made.id, {"payment_method": method.id})

    def past_due(self) -> stripe.Subscription:
        made = self.subscription()
        self.control.post("trigger", **{"type": "invoice.payment_failed", "for": made.id})
        return made

    def paused(self) -> stripe.Subscription:
        made = self.subscription(billing_mode={"type": "flexible"})
        return self.v1.subscriptions.pause(made.id, {"type": "subscription"})

    def draft(self, **params: Any) -> stripe.Invoice:
        customer = self.customer().id
        made = self.v1.invoices.create({"customer": customer, "auto_advance": False, **params})  # type: ignore[typeddict-item]
        self.v1.invoice_items.create({"customer": customer, "invoice": made.id, "amount": 500, "currency": "usd"})
        return made

    def open(self, **params: Any) -> stripe.Invoice:
        return self.v1.invoices.finalize_invoice(self.draft(**params).id, {"auto_advance": False})

    def sent(self) -> stripe.Invoice:
        return self.open(collection_method="send_invoice", days_until_due=30)

    def paid(self) -> stripe.Invoice:
        return self.v1.invoices.pay(self.open().id)

    def intent(self, **params: Any) -> stripe.PaymentIntent:
        sent = {"amount": 1000, "currency": "usd", "customer": self.customer().id, **_CARDS, **params}
        return self.v1.payment_intents.create(sent)  # type: ignore[arg-type]

    def succeeded(self) -> stripe.PaymentIntent:
        return self.intent(confirm=True, payment_method="pm_card_visa")

    def authorized(self) -> stripe.PaymentIntent:
        return self.intent(confirm=True, payment_method="pm_card_visa", capture_method="manual")

    def challenged(self) -> stripe.PaymentIntent:
        return self.intent(confirm=True, payment_method="pm_card_authenticationRequired")

    def charge(self) -> stripe.Charge:
        return self.v1.charges.retrieve(str(self.succeeded().latest_charge))

    def dispute(self) -> stripe.Dispute:
        paid = self.intent(confirm=True, payment_method="pm_card_createDispute")
        return self.v1.disputes.list({"payment_intent": paid.id}).data[0]

    def refund(self) -> stripe.Refund:
        return self.v1.refunds.create({"payment_intent": self.succeeded().id})

    def setup(self) -> stripe.SetupIntent:
        return self.v1.setup_intents.create({"customer": self.customer().id, **_CARDS})  # type: ignore[typeddict-item]

    def session(self, mode: str = "payment") -> Any:
        price = self.price(recurring={"interval": "month"} if mode == "subscription" else None)
        sent = {"mode": mode, "line_items": [{"price": price, "quantity": 1}], "success_url": "https://shop.example"}
        return self.v1.checkout.sessions.create(sent)  # type: ignore[arg-type]

    def subscribing(self) -> Any:
        return self.session("subscription")

    def method(self) -> stripe.PaymentMethod:
        return self.v1.payment_methods.attach("pm_card_visa", {"customer": self.customer().id})

    def quote(self) -> stripe.Quote:
        sent = {"customer": self.customer().id, "line_items": [{"price": self.price(), "quantity": 1}]}
        return self.v1.quotes.create(sent)  # type: ignore[arg-type]

    def open_quote(self) -> stripe.Quote:
        return self.v1.quotes.finalize_quote(self.quote().id)

    def schedule(self) -> stripe.SubscriptionSchedule:
        return self.v1.subscription_schedules.create({"from_subscription": self.subscription().id})

    def coupon(self) -> stripe.Coupon:
        return self.v1.coupons.create({"percent_off": 10, "duration": "once"})

    def product(self) -> stripe.Product:
        return self.v1.products.create({"name": "Pro"})

    def tax_id(self) -> stripe.TaxId:
        return self.v1.customers.tax_ids.create(self.customer().id, {"type": "eu_vat", "value": "DE123456789"})

    def payout(self) -> stripe.Payout:
        self.intent(amount=10_000, confirm=True, payment_method="pm_card_bypassPending")
        return self.v1.payouts.create({"amount": 500, "currency": "usd"})

    def topup(self) -> stripe.Topup:
        return self.v1.topups.create({"amount": 500, "currency": "usd", "description": "Top-up"})

    def meter(self) -> stripe.billing.Meter:
        sent = {
            "display_name": "Calls",
            "event_name": "calls",
            "default_aggregation": {"formula": "sum"},
            "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
            "value_settings": {"event_payload_key": "value"},
        }
        return self.v1.billing.meters.create(sent)  # type: ignore[arg-type]

    def alert(self) -> stripe.billing.Alert:
        threshold = {"gte": 100, "meter": self.meter().id, "recurrence": "one_time"}
        sent = {"title": "Many", "alert_type": "usage_threshold", "usage_threshold": threshold}
        return self.v1.billing.alerts.create(sent)  # type: ignore[arg-type]

    def credit_note(self) -> stripe.CreditNote:
        return self.v1.credit_notes.create({"invoice": self.open().id, "amount": 100})

    def item(self) -> stripe.InvoiceItem:
        return self.v1.invoice_items.create({"customer": self.customer().id, "amount": 500, "currency": "usd"})

    def discounted(self) -> stripe.Customer:
        customer = self.customer()
        self.control.post("trigger", **{"type": "customer.discount.created", "for": customer.id})
        return customer

    def promotion(self) -> stripe.PromotionCode:
        return self.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": self.coupon().id}})

    def a_price(self) -> stripe.Price:
        return self.v1.prices.retrieve(self.price())

    def plan(self) -> stripe.Plan:
        return self.v1.plans.create(
            {"amount": 500, "currency": "usd", "interval": "month", "product": self.product().id}
        )

    def tax_rate(self) -> stripe.TaxRate:
        return self.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": False})

    def link(self) -> stripe.PaymentLink:
        return self.v1.payment_links.create({"line_items": [{"price": self.price(), "quantity": 1}]})

    def clock(self) -> stripe.test_helpers.TestClock:
        return self.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})

    def transfer(self) -> stripe.Transfer:
        self.intent(amount=10_000, confirm=True, payment_method="pm_card_bypassPending")
        destination = onboarded(self.client)
        return self.v1.transfers.create({"amount": 500, "currency": "usd", "destination": destination})

    def account(self) -> stripe.Account:
        return self.v1.accounts.create({"type": "custom", "country": "US"})

    def grant(self) -> stripe.billing.CreditGrant:
        amount = {"type": "monetary", "monetary": {"currency": "usd", "value": 500}}
        scope = {"scope": {"price_type": "metered"}}
        sent = {"customer": self.customer().id, "category": "paid", "amount": amount, "applicability_config": scope}
        return self.v1.billing.credit_grants.create(sent)  # type: ignore[arg-type]

    def inactive_meter(self) -> stripe.billing.Meter:
        return self.v1.billing.meters.deactivate(self.meter().id)

    def transferred(self) -> stripe.PaymentIntent:
        bank = {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}}
        return self.v1.payment_intents.create(
            {
                "amount": 1000,
                "currency": "eur",
                "customer": self.customer().id,
                "confirm": True,
                "return_url": "https://shop.example",
                "payment_method_data": {"type": "customer_balance"},
                "payment_method_options": {
                    "customer_balance": {"funding_type": "bank_transfer", "bank_transfer": bank}  # type: ignore[typeddict-item]
                },
            }
        )

    def discounted_subscription(self) -> stripe.Subscription:
        return self.subscription(
            discounts=[{"coupon": self.v1.coupons.create({"percent_off": 5, "duration": "forever"}).id}]
        )

    control: Control


def read(client: StripeClient, made: Any) -> Seen:
    """An object as it is now."""
    answer = client.raw_request("get", f"{_PATHS[made.object]}/{made.id}")
    return client.deserialize(answer, api_mode="V1").to_dict()


_PATHS = {
    "account": "/v1/accounts",
    "billing.alert": "/v1/billing/alerts",
    "billing.credit_grant": "/v1/billing/credit_grants",
    "billing.meter": "/v1/billing/meters",
    "charge": "/v1/charges",
    "checkout.session": "/v1/checkout/sessions",
    "coupon": "/v1/coupons",
    "credit_note": "/v1/credit_notes",
    "customer": "/v1/customers",
    "dispute": "/v1/disputes",
    "invoice": "/v1/invoices",
    "invoiceitem": "/v1/invoiceitems",
    "payment_intent": "/v1/payment_intents",
    "payment_method": "/v1/payment_methods",
    "payout": "/v1/payouts",
    "payment_link": "/v1/payment_links",
    "plan": "/v1/plans",
    "price": "/v1/prices",
    "product": "/v1/products",
    "promotion_code": "/v1/promotion_codes",
    "quote": "/v1/quotes",
    "refund": "/v1/refunds",
    "setup_intent": "/v1/setup_intents",
    "subscription": "/v1/subscriptions",
    "subscription_schedule": "/v1/subscription_schedules",
    "tax_id": "/v1/tax_ids",
    "tax_rate": "/v1/tax_rates",
    "test_helpers.test_clock": "/v1/test_helpers/test_clocks",
    "topup": "/v1/topups",
    "transfer": "/v1/transfers",
}
