"""The same since 2025-03-31, on the SDK of the PYTHONPATH: URL KEY, prints JSON."""

import json
import sys

import stripe
from hooks import Receiver

stripe.api_base, stripe.api_key = sys.argv[1:]
stripe.max_network_retries = 0
receiver = Receiver("invoice.paid", "customer.subscription.updated")

product = stripe.Product.create(name="Pro")
price = stripe.Price.create(product=product.id, currency="usd", unit_amount=2000, recurring={"interval": "month"})
half = stripe.Coupon.create(percent_off=50, duration="forever")
whole_coupon = stripe.api_version < "2025-09-30"
terms = {"coupon": half.id} if whole_coupon else {"promotion": {"type": "coupon", "coupon": half.id}}
code = stripe.PromotionCode.create(code="HALF", **terms)
customer = stripe.Customer.create(email="ada@example.com")
subscription = stripe.Subscription.create(
    customer=customer.id,
    items=[{"price": price.id}],
    discounts=[{"promotion_code": code.id}],
    payment_behavior="default_incomplete",
    expand=["latest_invoice.confirmation_secret", "discounts"],
)
secret = subscription.latest_invoice.confirmation_secret.client_secret
intent = secret.partition("_secret_")[0]
confirmed = stripe.PaymentIntent.confirm(intent, payment_method="pm_card_visa", return_url="https://shop.example/back")
active = stripe.Subscription.retrieve(subscription.id, expand=["latest_invoice.payments"])
item = active["items"]["data"][0]
preview = stripe.Invoice.create_preview(subscription=subscription.id)
paid = receiver.one("invoice.paid")
updated = receiver.one("customer.subscription.updated")
invoice = paid["data"]["object"]
discount = subscription.discounts[0]
coupons = [code.coupon.id, discount.coupon.id] if whole_coupon else [code.promotion.coupon, discount.source.coupon]

print(
    json.dumps(
        {
            "sdk": stripe.api_version,
            "confirmed": confirmed.status,
            "status": active.status,
            "mode": active.billing_mode.type,
            "days": (item["current_period_end"] - item["current_period_start"]) // 86_400,
            "paid_by": active.latest_invoice.payments.data[0].payment.payment_intent == intent,
            "coupons": [coupon == half.id for coupon in coupons],
            "preview": [preview.amount_due, preview.lines.data[0].pricing.price_details.price == price.id],
            "event": [paid["api_version"], invoice["parent"]["subscription_details"]["subscription"] == active.id],
            "previous": updated["data"]["previous_attributes"]["status"],
        }
    )
)
