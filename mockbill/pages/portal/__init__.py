"""The billing portal in a browser: home, and a page for everything that its customers may do."""

from mockbill.pages.portal import home, subscriptions

__all__ = ["home", "subscriptions"]
