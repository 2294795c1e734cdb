"""Entitlements: features, the products that bring them, and the customers who have them (stripe-behaviour.md 3.19)."""
