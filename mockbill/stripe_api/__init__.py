"""Stripe's HTTP dialect on the billing verbs: keys, forms, idempotency, errors, expansion, paging, versions, routes."""
