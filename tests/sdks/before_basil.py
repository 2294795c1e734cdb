"""A subscription as integrations of before 2025-03-31 lead it, on the SDK of the PYTHONPATH: URL KEY, prints JSON."""

import json
import sys

import stripe
from hooks import Receiver

stripe.api_base, stripe.api_key = sys.argv[1:]
stripe.max_network_retries = 0
stripe.api_version = stripe.api_version or "2022-11-15"  # stripe-python 5 left it to its users, or to the account
receiver = Receiver("invoice.paid", "customer.subscription.updated")

product = stripe.Product.create(name="Pro")
price = stripe.Price.create(product=product.id, currency="usd", unit_amount=2000, recurring={"interval": "month"})
half = stripe.Coupon.create(percent_off=50, duration="forever")
code = stripe.PromotionCode.create(coupon=half.id, code="HALF")
customer = stripe.Customer.create(email="ada@example.com")
subscription = stripe.Subscription.create(
    customer=customer.id,
    items=[{"price": price.id}],
    promotion_code=code.id,
    payment_behavior="default_incomplete",
    expand=["latest_invoice.payment_intent"],
)
intent = subscription.latest_invoice.payment_intent
confirmed = stripe.PaymentIntent.confirm(
    intent.id, payment_method="pm_card_visa", return_url="https://shop.example/back"
)
active = stripe.Subscription.retrieve(subscription.id, expand=["latest_invoice.charge"])
upcoming = stripe.Invoice.upcoming(customer=customer.id)
lines = stripe.Invoice.upcoming_lines(subscription=subscription.id)
paid = receiver.one("invoice.paid")
updated = receiver.one("customer.subscription.updated")
invoice = paid["data"]["object"]

calls = stripe.Price.create(
    product=product.id, currency="usd", unit_amount=4, recurring={"interval": "month", "usage_type": "metered"}
)
metered = stripe.Subscription.create(customer=customer.id, items=[{"price": calls.id}])
item = metered["items"]["data"][0]["id"]
told_at = metered["created"]  # one second: "set" replaces what was told for that one alone
for quantity, action in ((10, "increment"), (5, "increment"), (7, "set")):
    record = stripe.SubscriptionItem.create_usage_record(item, quantity=quantity, action=action, timestamp=told_at)
[summary] = stripe.SubscriptionItem.list_usage_record_summaries(item).data

print(
    json.dumps(
        {
            "sdk": stripe.api_version,
            "secret_of_intent": intent.client_secret.startswith(intent.id),
            "confirmed": confirmed.status,
            "intent_of_invoice": confirmed.invoice == subscription.latest_invoice.id,
            "status": active.status,
            "days": (active.current_period_end - active.current_period_start) // 86_400,
            "charged": active.latest_invoice.charge.amount,
            "coupon": [code.coupon.id == half.id, active.discount.coupon.percent_off],
            "upcoming": [
                upcoming.amount_due,
                "id" in upcoming,
                upcoming.lines.data[0].price.id == price.id,
            ],
            "upcoming_lines": [[line.type, line.plan.amount] for line in lines.data],
            "event": [paid["api_version"], invoice["paid"], invoice["subscription"] == subscription.id],
            "usage": [record.subscription_item == item, record.quantity, summary.total_usage, summary.invoice],
            "previous": dict(updated["data"]["previous_attributes"])["status"],
        }
    )
)
