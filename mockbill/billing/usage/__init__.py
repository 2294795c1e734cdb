"""Metered billing: meters, their events, what those come to, and how that gets onto invoices."""
