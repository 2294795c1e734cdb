"""2025-03-31.basil: what an object is for and what it costs moved into hashes; upcoming invoices became previews.

Its invoices know several payments, its subscriptions bill each item by a period of its own, its discounts are lists.
Not modelled: checkout sessions that have their subscription from the first attempt on.
"""

from mockbill.stripe_api.versions.basil import invoices, metered, others, requests
from mockbill.stripe_api.versions.release import Release, without

RELEASE = Release(
    version="2025-03-31.basil",
    accepts={**requests.ACCEPTS, **metered.ACCEPTS},
    upgrades={**requests.UPGRADES, **metered.UPGRADES},
    replaced=requests.REPLACED,
    renamed=requests.RENAMED,
    uncounted=True,
    fields={
        "charge": others.CHARGE,
        "checkout.session": others.CHECKOUT_SESSION,
        "credit_note": others.CREDIT_NOTE,
        "credit_note_line_item": others.CREDIT_NOTE_LINE,
        "invoice": invoices.INVOICE,
        "invoiceitem": invoices.INVOICE_ITEM,
        "line_item": invoices.LINE,
        "payment_intent": others.PAYMENT_INTENT,
        "plan": others.PLAN,
        "price": others.PRICE,
        "subscription": others.SUBSCRIPTION,
        "subscription_schedule": others.SCHEDULE,
    },
    downgrades={
        "credit_note": without("refunds", "total_taxes"),
        "credit_note_line_item": without("taxes"),
        "invoice": invoices.older_invoice,
        "invoiceitem": without("parent", "pricing"),
        "line_item": without("parent", "pricing", "taxes"),
        "subscription_item": without("current_period_end", "current_period_start"),
    },
)
