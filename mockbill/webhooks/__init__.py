"""Webhooks: endpoints, signing, delivery with retries, and the log of what was sent and what came back."""

from mockbill.webhooks.deliveries import Deliveries
from mockbill.webhooks.signing import sign

__all__ = ["Deliveries", "sign"]
