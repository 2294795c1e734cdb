"""Billing credits: grants, what invoices take of them, and the account that is kept of it (2.18 of the reference)."""
