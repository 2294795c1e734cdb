"""Keys: who is calling, which account that is, and what a caller without a good key is told."""

import base64

import pytest
import requests
import stripe
from api.wire import Wire

from mockbill.world.accounts import account_name

CHALLENGE = 'Bearer realm="Stripe"'
REAL_SECRET = (
    "sk_test_51BTUDGJAJfZb9HEBwDg86TN1KNprHjkfipXmEDMb0gSCassK5T3ZfxsAbcgKVmAIXF7oZ6ItlZZbXO6idTHE67IM007EwQ4uN3"
)
REAL_PUBLIC = "pk_test_51BTUDGJAJfZb9HEBZzYxWvUtSrQpOnMlKjIhGfEdCbA9876543210zyxwvutsrqponmlkjihgfedcba00abcdefgh"


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_bearer_and_basic_open_the_same_account(wire: Wire) -> None:
    made = wire.post("/v1/customers").json()
    shown = wire.get(f"/v1/customers/{made['id']}", Authorization=basic(f"sk_test_{wire.account}"))
    assert shown.json() == made
    assert wire.get(f"/v1/customers/{made['id']}", Authorization=f"bearer sk_test_{wire.account}").json() == made


def test_secret_and_restricted_keys_share_an_account_and_other_names_do_not(wire: Wire) -> None:
    made = wire.post("/v1/customers").json()["id"]
    assert wire.get(f"/v1/customers/{made}", Authorization=f"Bearer rk_test_{wire.account}").status_code == 200
    other = wire.get(f"/v1/customers/{made}", Authorization=f"Bearer sk_test_{wire.account}2")
    assert wire.error(other, 404)["code"] == "resource_missing"


def test_real_looking_keys_share_by_their_account_part() -> None:
    assert account_name(REAL_SECRET) == account_name(REAL_PUBLIC) == "1BTUDGJAJfZb9HEB"
    assert account_name(REAL_SECRET) != account_name(REAL_SECRET.replace("Zb9HEB", "Zb9HEC"))
    assert account_name("sk_test_51days") == "51days"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff:").decode(),
        basic(""),
        "Token x",
    ],
)
def test_without_a_key_the_answer_says_how_to_send_one(wire: Wire, authorization: str | None) -> None:
    refused = wire.get("/v1/customers", Authorization=authorization)
    error = wire.error(refused, 401)
    assert list(error) == ["message", "type"]
    assert error["message"].startswith("You did not provide an API key. You need to provide your API key in the ")
    assert error["type"] == "invalid_request_error"
    assert refused.headers["WWW-Authenticate"] == CHALLENGE


@pytest.mark.parametrize(
    ("key", "masked"),
    [
        ("sk_test_", "sk_test_"),
        ("sk_test_not good", "sk_test_****good"),
        ("hello", "h****"),
        ("sk_prod_abcdefgh", "sk_*********efgh"),
        ("whsec_abcdefgh", "whs*******efgh"),
    ],
)
def test_a_key_that_is_none_is_refused_and_masked(wire: Wire, key: str, masked: str) -> None:
    refused = wire.get("/v1/customers", Authorization=basic(key))
    assert wire.error(refused, 401) == {
        "message": f"Invalid API Key provided: {masked}",
        "type": "invalid_request_error",
    }
    assert refused.headers["WWW-Authenticate"] == CHALLENGE


@pytest.mark.parametrize("key", ["sk_live_51abcdefghijklmnop", "rk_live_abcd", "pk_live_abcdefgh"])
def test_live_keys_are_refused_and_never_repeated(wire: Wire, key: str) -> None:
    error = wire.error(wire.get("/v1/customers", Authorization=f"Bearer {key}"), 401)
    assert "refuses live keys" in error["message"]
    assert "sk_test_" in error["message"]
    assert key[8:-4] == "" or key[8:-4] not in error["message"]


def test_the_sdk_raises_its_authentication_error(wire: Wire) -> None:
    client = stripe.StripeClient("sk_live_0123456789", base_addresses={"api": wire.url}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError, match="refuses live keys"):
        client.v1.customers.list()


def test_a_publishable_key_may_make_tokens_but_not_read_customers(wire: Wire) -> None:
    public = f"Bearer pk_test_{wire.account}"
    token = wire.post(
        "/v1/tokens", "card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2040", Authorization=public
    )
    assert token.status_code == 200, token.text
    error = wire.error(wire.get("/v1/customers", Authorization=public), 403)
    assert error["code"] == "secret_key_required"
    client = stripe.StripeClient(f"pk_test_{wire.account}", base_addresses={"api": wire.url}, max_network_retries=0)
    with pytest.raises(stripe.PermissionError):
        client.v1.customers.list()


def test_stripe_account_opens_the_world_of_a_connected_account(wire: Wire) -> None:
    connected = wire.post("/v1/accounts", "country=SE").json()["id"]
    made = wire.post("/v1/customers", "email=in@connected.example", Stripe_Account=connected)
    assert made.headers["Stripe-Account"] == connected
    assert wire.error(wire.get(f"/v1/customers/{made.json()['id']}"), 404)["code"] == "resource_missing"
    listed = wire.get("/v1/customers", Stripe_Account=connected).json()["data"]
    assert [each["email"] for each in listed] == ["in@connected.example"]


def test_stripe_account_of_its_own_changes_nothing(wire: Wire) -> None:
    own = wire.get("/v1/account").json()["id"]
    assert wire.get("/v1/account", Stripe_Account=own).json()["id"] == own


def test_stripe_account_of_somebody_else_is_refused(wire: Wire) -> None:
    error = wire.error(wire.get("/v1/customers", Stripe_Account="acct_1unknown"), 403)
    assert error["code"] == "account_invalid"
    assert "does not have access to account 'acct_1unknown'" in error["message"]


def test_an_emptied_account_gives_the_ids_of_its_connected_ones_again_but_not_their_data(wire: Wire) -> None:
    ids = []
    for _ in range(2):
        connected = wire.post("/v1/accounts", "country=SE").json()["id"]
        assert wire.get("/v1/customers", Stripe_Account=connected).json()["data"] == []
        wire.post("/v1/customers", Stripe_Account=connected)
        ids.append(connected)
        with requests.Session() as session:
            session.trust_env = False
            session.post(f"{wire.url}/_mockbill/reset", json={"account": wire.account}).raise_for_status()
    assert ids[0] == ids[1]
