"""Listeners: receivers for as long as a command line listens, ``mockbill listen`` or Stripe's own."""

from mockbill.webhooks.listeners.listener import Listener, Terms
from mockbill.webhooks.listeners.open import Listeners
from mockbill.webhooks.listeners.polled import Polled
from mockbill.webhooks.listeners.relay import Relay

__all__ = ["Listener", "Listeners", "Polled", "Relay", "Terms"]
