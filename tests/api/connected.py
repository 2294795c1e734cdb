"""Connected accounts in tests: onboarding, and what both sides hold."""

from typing import Any

import requests
import stripe

BACK: Any = {"confirm": True, "return_url": "https://platform.example/back"}


def onboarded(client: stripe.StripeClient, email: str | None = None) -> str:
    """The id of a connected account that has told all that was asked."""
    account = client.v1.accounts.create({"type": "express", **({"email": email} if email else {})}).id
    urls = {"refresh_url": "https://platform.example/again", "return_url": "https://platform.example/back"}
    sent: Any = {"account": account, "type": "account_onboarding", **urls}
    url = client.v1.account_links.create(sent).url
    requests.post(url, {"onboarding": "complete"}, allow_redirects=False, timeout=10)
    return account


def there(account: str) -> Any:
    """Options of a call that acts on a connected account."""
    return {"stripe_account": account}


def held(client: stripe.StripeClient, account: str | None = None) -> int:
    """What an account has, available or pending, in its one currency."""
    balance = client.v1.balance.retrieve({}, there(account) if account else None)
    return balance.available[0].amount + balance.pending[0].amount


def told(client: stripe.StripeClient, account: str | None = None) -> list[tuple[str, Any]]:
    """Its events, oldest first, each with what had been before."""
    events = client.v1.events.list({"limit": 100}, there(account) if account else None).data
    return [
        (event.type, before.to_dict() if (before := getattr(event.data, "previous_attributes", None)) else None)
        for event in reversed(events)
    ]
