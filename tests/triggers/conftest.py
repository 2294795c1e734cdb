"""Triggers are tested with the receivers and servers of the webhook and control tests."""

from control.conftest import control
from webhooks.conftest import mockbill, nobody, receive, resources, serve

__all__ = ["control", "mockbill", "nobody", "receive", "resources", "serve"]
