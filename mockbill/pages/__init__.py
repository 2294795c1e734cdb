"""The pages that people see in a browser, without a key and without JavaScript: hosted checkout, portal, 3-D Secure."""

from mockbill.pages import (
    checkout,
    connect,
    files,
    invoices,
    papers,
    payment_links,
    portal,
    receipts,
    source_redirect,
    three_d_secure,
    unbuilt,
)
from mockbill.pages.blueprint import blueprint

__all__ = [
    "blueprint",
    "checkout",
    "connect",
    "files",
    "invoices",
    "papers",
    "payment_links",
    "portal",
    "receipts",
    "source_redirect",
    "three_d_secure",
    "unbuilt",
]
