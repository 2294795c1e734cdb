"""Payments by debiting a bank account: SEPA, ACH, Bacs and BECS, with their mandates and the days they take."""
