"""Stripe Tax: codes, registrations, locations, calculations and the transactions that record them."""
