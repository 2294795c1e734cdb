"""Connected accounts: onboarded by link, logged in, embedded."""

from typing import Any

import pytest
import requests
import stripe

REFRESH, RETURN = "https://platform.example/again", "https://platform.example/back"


def link_of(client: stripe.StripeClient, id: str, **params: Any) -> stripe.AccountLink:
    sent: Any = {"account": id, "type": "account_onboarding", "refresh_url": REFRESH, "return_url": RETURN}
    return client.v1.account_links.create({**sent, **params})


def visit(url: str, press: str | None = None) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        if press is None:
            return session.get(url, allow_redirects=False)
        return session.post(url, data={"onboarding": press}, allow_redirects=False)


def events_of(client: stripe.StripeClient, account: str) -> list[stripe.Event]:
    return list(reversed(client.v1.events.list({}, {"stripe_account": account}).data))


def test_an_owner_completes_onboarding_by_a_link(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})
    link = link_of(client, account.id)
    assert (link.expires_at - link.created, "id" in link) == (300, False)
    assert f"/setup/e/{account.id}/" in link.url
    assert 'data-testid="onboarding"' in visit(link.url).text
    answer = visit(link.url, "complete")
    assert (answer.status_code, answer.headers["Location"]) == (303, RETURN)
    ready = client.v1.accounts.retrieve(account.id)
    assert (ready.charges_enabled, ready.details_submitted, ready.payouts_enabled) == (True, True, True)
    assert ready.capabilities.to_dict() == {"transfers": "active"}
    assert (ready.requirements.currently_due, ready.requirements.disabled_reason) == ([], None)
    bank, capability, told = events_of(client, account.id)
    assert (bank.type, bank.data.object["default_for_currency"]) == ("account.external_account.created", True)
    assert (capability.type, capability.data.object["id"]) == ("capability.updated", "transfers")
    assert capability.data.previous_attributes.to_dict()["status"] == "inactive"
    assert (told.type, told.account) == ("account.updated", account.id)  # type: ignore[attr-defined]
    assert (
        told.data.previous_attributes.to_dict().items()
        >= {
            "capabilities": {"transfers": "inactive"},
            "charges_enabled": False,
            "details_submitted": False,
            "payouts_enabled": False,
        }.items()
    )
    assert client.v1.events.list().data == []  # it is no event of the platform's own


def test_a_link_opens_once_and_then_leads_to_a_new_one(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "standard"})
    link = link_of(client, account.id)
    assert visit(link.url).status_code == 200
    assert visit(link.url).headers["Location"] == REFRESH
    assert visit(link.url, "later").headers["Location"] == RETURN
    assert client.v1.accounts.retrieve(account.id).details_submitted is False
    assert visit(link.url, "complete").headers["Location"] == RETURN
    assert visit(link.url, "complete").headers["Location"] == REFRESH
    assert [event.type for event in events_of(client, account.id)] == [
        "account.external_account.created",
        "capability.updated",  # cards and transfers, where nothing was requested
        "capability.updated",
        "account.updated",
    ]


def test_a_link_that_has_expired_leads_to_a_new_one(client: stripe.StripeClient, wire: Any) -> None:
    account = client.v1.accounts.create({"type": "standard"})
    link = link_of(client, account.id)
    wire.post("/_mockbill/clock/advance", '{"by": "6 minutes"}', Content_Type="application/json").raise_for_status()
    assert visit(link.url).headers["Location"] == REFRESH
    assert visit(link.url, "complete").headers["Location"] == REFRESH
    assert client.v1.accounts.retrieve(account.id).details_submitted is False


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"refresh_url": ""}, "refresh_url"),
        ({"return_url": "nowhere"}, "return_url"),
        ({"account": "acct_none"}, "account"),
        ({"type": "account_update"}, "type"),
        ({"type": "party"}, "type"),
    ],
)
def test_a_link_needs_an_account_and_ways_back(client: stripe.StripeClient, params: Any, param: str) -> None:
    account = client.v1.accounts.create({"type": "standard"})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        link_of(client, account.id, **params)
    assert (refusal.value.http_status, refusal.value.param) == (400, param)


def test_an_express_account_logs_in_once_it_is_onboarded(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "express", "business_profile": {"name": "Farm"}})
    with pytest.raises(stripe.InvalidRequestError, match="not completed onboarding"):
        client.v1.accounts.login_links.create(account.id)
    visit(link_of(client, account.id).url, "complete")
    assert "Welcome, Farm" in visit(client.v1.accounts.login_links.create(account.id).url).text
    full = client.v1.accounts.create({"type": "standard"})
    with pytest.raises(stripe.InvalidRequestError, match="Express Dashboard"):
        client.v1.accounts.login_links.create(full.id)


def test_a_session_opens_components(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "custom"})
    asked: Any = {"payments": {"enabled": True, "features": {"refund_management": False}}}
    session = client.v1.account_sessions.create({"account": account.id, "components": asked})
    assert (session.account, session.client_secret[:13]) == (account.id, "accs_secret__")
    assert session.components.payments.to_dict() == {
        "enabled": True,
        "features": {
            "capture_payments": True,
            "destination_on_behalf_of_charge_management": False,
            "dispute_management": True,
            "refund_management": False,
            "smart_disputes_management": False,
        },
    }
    assert session.components.payouts.enabled is False
    with pytest.raises(stripe.InvalidRequestError, match="At least one component"):
        client.v1.account_sessions.create({"account": account.id, "components": {"payouts": {"enabled": False}}})
