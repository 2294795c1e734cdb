"""Payments by bank transfer: money that customers send, kept for them as cash until something is paid with it."""
