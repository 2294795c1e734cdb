"""A Stripe-compatible billing mock server for testing."""

__version__ = "0.1.0"
