"""The control API, /_mockbill: clock, accounts, pages, events, deliveries, scripts, requests, settings, triggers."""

from mockbill.control import (
    accounts,
    awaiting,
    checkout,
    clock,
    deliveries,
    events,
    faults,
    invoice_templates,
    listeners,
    portal,
    requests,
    scenarios,
    scripts,
    settings,
    trigger,
)
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import Level, Rooms

__all__ = [
    "Level",
    "Rooms",
    "accounts",
    "awaiting",
    "blueprint",
    "checkout",
    "clock",
    "deliveries",
    "events",
    "faults",
    "invoice_templates",
    "listeners",
    "portal",
    "requests",
    "scenarios",
    "scripts",
    "settings",
    "trigger",
]
