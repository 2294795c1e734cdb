"""Disputes of charges, and the early fraud warnings that may come before one (stripe-behaviour.md 2.6, 4.4)."""
