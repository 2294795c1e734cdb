"""Domains on which wallets and Link may be shown; nothing is fetched from them, so every one of them is in order."""

import re
from typing import Any

from mockbill.world import Doc, Problem, Work

_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def register(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_method_domains``; one that is registered already is answered as it is.

    (Plugins register their shop's domain again whenever they are set up, and are not refused.)
    """
    name = _checked(params["domain_name"])
    if known := w.find("payment_method_domain", domain_name=name):
        return update(w, known[0], params)
    return w.add("payment_method_domain", domain_name=name, enabled=params.get("enabled", True))


def update(w: Work, domain: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_method_domains/{payment_method_domain}``: switch it on or off."""
    return w.change(domain, enabled=params["enabled"]) if "enabled" in params else domain


def validate(w: Work, domain: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../validate``: Stripe looks for its file on the domain; we ask nobody, and find it."""
    return domain


def register_for_apple_pay(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/apple_pay/domains``: the older call for Apple Pay alone."""
    return w.add("apple_pay_domain", domain_name=_checked(params["domain_name"]))


def forget(w: Work, domain: Doc) -> Doc:
    """``DELETE /v1/apple_pay/domains/{domain}``."""
    return w.remove(domain)


def _checked(sent: str) -> str:
    name = sent.lower()
    if not _NAME.fullmatch(name):
        raise Problem(
            f"Invalid domain name: {sent}. Send the name alone, such as example.com, without https:// and a path.",
            param="domain_name",
        )
    return name
