"""The verbs of billing, on a world: customers, payments, subscriptions, invoices, checkout and what falls due."""
