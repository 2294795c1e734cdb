"""Where the wire differs from what the SDKs declare: left out, always there, undeclared, empty lists, open enums.

Each is named by its path, lists gone through: "payment_intent.amount_details.tip". Sections 1.8 and 2 of
stripe-behaviour.md and recorded exchanges are the witnesses.
"""

from __future__ import annotations

# Declared as there or null: these are missing, most of them until `expand` or `include` asks for them.
LEFT_OUT = frozenset(
    {
        "account.groups",
        "account.settings.payments.statement_descriptor_prefix_kana",
        "account.settings.payments.statement_descriptor_prefix_kanji",
        "billing_portal.configuration.features.subscription_update.products",
        "card.account",
        "card.allow_redisplay",
        "card.available_payout_methods",
        "card.currency",
        "card.default_for_currency",
        "card.status",
        "charge.refunds",
        "checkout.session.optional_items",
        "customer.cash_balance",
        "identity.verification_session.provided_details",
        "identity.verification_session.verified_outputs",
        "invoice.confirmation_secret",
        "payment_link.optional_items",
        "setup_intent.managed_payments",
        "tax.calculation.line_items",
        "tax.calculation_line_item.tax_breakdown",
        "tax.transaction.line_items",
    }
)

# Declared as one of a few words: these are more than the SDKs know (its own examples show other transfers).
OPEN = frozenset({"funding_instructions.bank_transfer.type"})

# Declared as "may be missing": these never are.
ALWAYS = frozenset(
    {
        "account.capabilities",
        "account.country",
        "account.created",
        "account.default_currency",
        "account.external_accounts",
        "account.future_requirements",
        "account.metadata",
        "account.requirements",
        "account.tos_acceptance",
        "charge.radar_options",
        "checkout.session.branding_settings",
        "checkout.session.phone_number_collection",
        "customer.next_invoice_sequence",
        "invoice.auto_advance",
        "payment_intent.amount_details",
        "payment_intent.amount_details.tip",
        "payment_method.allow_redisplay",
        "quote.default_tax_rates",
    }
)

# Nullable lists that are empty, not null, when there is nothing in them.
EMPTY_LISTS = frozenset(
    {
        "customer.preferred_locales",
        "invoice.customer_tax_ids",
        "subscription.default_tax_rates",
    }
)

# On the wire though no SDK declares them.
UNDECLARED = frozenset(
    {
        "card.email",
        "card.phone",
        "card.wallet",
        "charge.destination",
        "charge.dispute",
        "charge.order",
        "ephemeral_key.associated_objects",
        "payment_intent.shared_payment_granted_token",
        "payment_method.shared_payment_granted_token",
        "subscription.plan",
        "subscription.quantity",
        "v2.core.event.data",
        "v2.core.event.related_object",
    }
)
