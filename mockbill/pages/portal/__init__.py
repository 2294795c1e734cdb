"""The billing portal in a browser: home, and a page for everything that its customers may do."""

from mockbill.pages.portal import cards, details, home, login, pauses, plans, subscriptions

__all__ = ["cards", "details", "home", "login", "pauses", "plans", "subscriptions"]
