"""Triggers are tested with the receivers and the server of the webhook tests."""

from webhooks.conftest import mockbill, nobody, receive, resources, serve

__all__ = ["mockbill", "nobody", "receive", "resources", "serve"]
