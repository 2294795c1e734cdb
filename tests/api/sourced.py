"""Sources as tests make them, what their owners answer, and the time that passes by."""

from typing import Any

import requests
import stripe
from api.wire import Wire

HOUR = 3600
BACK = {"return_url": "https://shop.example/back?order=7"}
EUROS = {"amount": 2000, "currency": "eur"}
OWNER = {"name": "Ada Lovelace", "email": "ada@example.com"}


def redirected(client: stripe.StripeClient, **params: Any) -> stripe.Source:
    """A source that waits for its owner."""
    return client.v1.sources.create({"type": "ideal", **EUROS, "redirect": BACK, **params})


def answer(source: stripe.Source, button: str) -> requests.Response:
    """What its owner presses on the page of her bank."""
    assert source.redirect is not None
    with requests.Session() as browser:
        browser.trust_env = False
        assert "Authorize the payment" in browser.get(source.redirect.url, timeout=10).text
        return browser.post(source.redirect.url, data={"answer": button}, timeout=10, allow_redirects=False)


def pass_by(wire: Wire, hours: int) -> None:
    """The account's own clock goes on."""
    asked = {"account": wire.account, "by": f"{hours} hours"}
    requests.post(f"{wire.url}/_mockbill/clock/advance", json=asked, timeout=10).raise_for_status()


def iban(client: stripe.StripeClient, number: str = "DE89370400440532013000", **params: Any) -> stripe.Source:
    """An account in the euro area."""
    asked: Any = {"type": "sepa_debit", "currency": "eur", "owner": OWNER, "sepa_debit": {"iban": number}}
    return client.v1.sources.create({**asked, **params})
