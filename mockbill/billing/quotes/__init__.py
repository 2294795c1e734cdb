"""Quotes: prices offered to a customer, who accepts them into a subscription or an invoice."""
