"""What backends call most, written for the era of the SDK on the PYTHONPATH: URL KEY, prints its answers as JSON."""

import json
import sys

import stripe
from hooks import Receiver

stripe.api_base, stripe.api_key = sys.argv[1:]
stripe.max_network_retries = 0
stripe.api_version = stripe.api_version or "2022-11-15"  # stripe-python 5 left it to its users, or to the account
VERSION = stripe.api_version
BASIL, CLOVER, ENDIVE = VERSION >= "2025-03-31", VERSION >= "2025-09-30", VERSION >= "2026-09-30"
answers = []


def note(answer):
    """Keep an answer for the comparison with the classes of the SDK."""
    answers.append(json.loads(str(answer)))
    return answer


receiver = Receiver("invoice.paid", "checkout.session.completed", "customer.subscription.updated")

# a catalogue
product = note(stripe.Product.create(name="Pro"))
monthly = {"currency": "usd", "product": product.id, "recurring": {"interval": "month"}}
price = note(stripe.Price.create(unit_amount=2000, expand=["product"], **monthly))
dearer = note(stripe.Price.create(unit_amount=5000, lookup_key="dearer", **monthly))
half = note(stripe.Coupon.create(percent_off=50, duration="once"))
coupon = {"promotion": {"type": "coupon", "coupon": half.id}} if CLOVER else {"coupon": half.id}
code = note(stripe.PromotionCode.create(code="HALF", **coupon))
assert note(stripe.Price.list(lookup_keys=["dearer"], expand=["data.product"])).data[0].product.name == "Pro"

# a customer with a card
customer = note(stripe.Customer.create(email="ada@example.com", source="tok_visa", expand=["default_source", "tax"]))
assert customer.default_source.last4 == "4242"
setup = note(stripe.SetupIntent.create(customer=customer.id, **({} if ENDIVE else {"payment_method_types": ["card"]})))
back = {"return_url": "https://shop.example/back"}
note(stripe.SetupIntent.confirm(setup.id, payment_method="pm_card_mastercard", **back))
card = note(stripe.PaymentMethod.list(customer=customer.id, type="card")).data[0]
note(stripe.Customer.modify(customer.id, invoice_settings={"default_payment_method": card.id}))

# a subscription: created with a code, changed, its invoice looked at
discount = {"discounts": [{"promotion_code": code.id}]} if BASIL else {"promotion_code": code.id}
paying = "payments.data.payment.payment_intent" if BASIL else "payment_intent"
latest = "latest_invoice.confirmation_secret" if BASIL else f"latest_invoice.{paying}"
made = note(
    stripe.Subscription.create(
        customer=customer.id,
        items=[{"price": price.id}],
        expand=[latest, "discounts", "default_payment_method", "items.data.price.product"],
        trial_settings={"end_behavior": {"missing_payment_method": "cancel"}},
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
        **discount,
    )
)
invoice = made.latest_invoice
if BASIL:
    intent = invoice.confirmation_secret.client_secret.partition("_secret_")[0]
else:
    intent = invoice.payment_intent.id
note(stripe.PaymentIntent.confirm(intent, payment_method="pm_card_visa", **back))
[item] = made["items"]["data"]
changed = note(
    stripe.Subscription.modify(
        made.id,
        items=[{"id": item.id, "price": dearer.id}],
        proration_behavior="always_invoice",
        expand=["latest_invoice.payments" if BASIL else "latest_invoice.payment_intent"],
    )
)
ended = note(stripe.Subscription.modify(made.id, cancel_at_period_end=True))
listed = note(stripe.Subscription.list(customer=customer.id, status="all", expand=["data.latest_invoice"]))
note(stripe.SubscriptionItem.list(subscription=made.id))

# an invoice by hand: drafted, finalized, paid
note(stripe.InvoiceItem.create(customer=customer.id, amount=700, currency="usd", description="Setup"))
draft = note(stripe.Invoice.create(customer=customer.id, pending_invoice_items_behavior="include", auto_advance=False))
note(stripe.Invoice.finalize_invoice(draft.id))
paid = note(stripe.Invoice.pay(draft.id, expand=["charge"] if not BASIL else ["payments"]))
fetched = note(stripe.Invoice.retrieve(draft.id, expand=[paying, "customer"]))
note(stripe.Invoice.list(customer=customer.id, status="paid", expand=[f"data.{paying}"][: 0 if BASIL else 1]))
if BASIL:
    ahead = note(stripe.Invoice.create_preview(subscription=made.id, subscription_details={"cancel_now": True}))
else:
    ahead = note(stripe.Invoice.upcoming(customer=customer.id, subscription=made.id, subscription_cancel_now=True))

# a single payment, and its refund
types = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
if VERSION < "2023-08-16":
    types = {"payment_method_types": ["card"]}
single = note(
    stripe.PaymentIntent.create(
        amount=900, currency="usd", customer=customer.id, payment_method=card.id, confirm=True, off_session=True,
        expand=["latest_charge.balance_transaction"], **types,
    )
)  # fmt: skip
assert single.latest_charge.balance_transaction.amount == 900
refund = note(stripe.Refund.create(payment_intent=single.id, amount=100, expand=["charge"]))
note(stripe.Charge.retrieve(single.latest_charge.id, expand=["refunds"]))
CardError = stripe.CardError if hasattr(stripe, "CardError") else stripe.error.CardError
try:
    stripe.PaymentIntent.create(
        amount=900, currency="usd", customer=customer.id, payment_method="pm_card_chargeDeclined", confirm=True, **types
    )
    declined = None
except CardError as error:
    declined = [error.code, error.error.decline_code, error.error.payment_intent.status, error.http_status]

# pages that Stripe hosts
where = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example"}
shown = note(
    stripe.checkout.Session.create(
        mode="subscription",
        customer=customer.id,
        line_items=[{"price": price.id, "quantity": 1}],
        allow_promotion_codes=True,
        subscription_data={"metadata": {"plan": "pro"}, "trial_period_days": 7},
        expand=["line_items"],
        **({} if ENDIVE else {"payment_method_types": ["card"]}),
        **where,
    )
)
note(stripe.checkout.Session.list_line_items(shown.id))
note(stripe.billing_portal.Configuration.create(
    features={"invoice_history": {"enabled": True}}, business_profile={"headline": "Ada's shop"}
))  # fmt: skip
portal = note(stripe.billing_portal.Session.create(customer=customer.id, return_url="https://shop.example"))

event = receiver.one("invoice.paid")
note(event)
updated = receiver.one("customer.subscription.updated")
note(updated)
note(stripe.Subscription.delete(made.id) if VERSION < "2023-08" else stripe.Subscription.cancel(made.id))

print(
    json.dumps(
        {
            "told": {
                "sdk": VERSION,
                "prorated": changed.latest_invoice.amount_paid > 0,
                "ending": ended.cancel_at_period_end,
                "listed": listed.data[0].latest_invoice.id == changed.latest_invoice.id,
                "paid": [paid.status, paid.amount_paid, fetched.customer.email],
                "ahead": ahead.currency,
                "refunded": [refund.status, refund.charge.amount_refunded],
                "declined": declined,
                "shown": [shown.status, shown.line_items.data[0].price.id == price.id],
                "portal": portal.url.startswith("http"),
                "event": event["api_version"],
            },
            "answers": answers,
        }
    )
)
