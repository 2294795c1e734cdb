"""What Stripe sells beside billing, as far as its CLI's triggers go: the few verbs that stored objects need for these.

Cards, cardholders and verification sessions themselves are stored as they are sent (see stripe_api/stored.py).
"""
