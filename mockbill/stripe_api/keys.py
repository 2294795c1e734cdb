"""API keys: who is calling, and which account that is."""

import base64
import binascii
import re
from typing import NamedTuple

from mockbill.billing.storefront import ephemeral_keys
from mockbill.billing.usage import sessions
from mockbill.world import Problem, World, Worlds
from mockbill.world.site import Site

_KEY = re.compile(r"(sk|pk|rk)_test_[A-Za-z0-9_\-]+")
_EPHEMERAL = re.compile(r"ek_test_[A-Za-z0-9_\-=]+")
_LIVE = re.compile(r"[a-z]+_live_")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Stripe"'}

# What a browser may call with a publishable key (stripe-behaviour.md 6.4): the calls of Stripe.js.  Those of an intent
# or a source that is there also take its client secret (client_secrets.py).
_PUBLISHABLE = {
    "POST /v1/payment_methods",
    "GET /v1/sources/{source}",
    "POST /v1/sources",
    "POST /v1/tokens",
    *(f"GET /v1/{kind}/{{intent}}" for kind in ("payment_intents", "setup_intents")),
    *(f"POST /v1/{kind}/{{intent}}/confirm" for kind in ("payment_intents", "setup_intents")),
    *(f"POST /v1/{kind}/{{intent}}/verify_microdeposits" for kind in ("payment_intents", "setup_intents")),
}
_STREAM = "POST /v2/billing/meter_event_stream"


class Caller(NamedTuple):
    """The key of a call and the world that it opens."""

    key: str
    world: World


def key_of(authorization: str) -> str:
    """The key in an ``Authorization`` header, Bearer or Basic (key as user name); 401 where there is none."""
    scheme, _, credentials = authorization.partition(" ")
    credentials = credentials.strip()
    if scheme.lower() == "bearer" and credentials:
        return credentials
    if scheme.lower() == "basic" and credentials:
        try:
            user = base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            user = ""
        if user:
            return user
    raise Problem(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
        "details, or we can help at https://support.stripe.com/.",
        status=401,
        headers=_CHALLENGE,
    )


def caller(worlds: Worlds, authorization: str, account: str | None) -> Caller:
    """Who calls; ``account`` is the ``Stripe-Account`` header.  401 for unknown keys, 403 for accounts of others."""
    key = key_of(authorization)
    if _EPHEMERAL.fullmatch(key):
        return Caller(key, _of_ephemeral(worlds, key))
    if key.startswith(sessions.PREFIX):
        return Caller(key, _of_session(worlds, key))
    if not _KEY.fullmatch(key):
        raise _refused(key)
    world = worlds.of_key(key)
    if account and account != world.account_id:
        with world.lock:
            known = world.fetch("account", account) is not None
        if not known:
            raise not_yours(key, account)
        world = worlds.connect(world, account)
    return Caller(key, world)


def _of_ephemeral(worlds: Worlds, key: str) -> World:
    """The account that made an ephemeral key."""
    account = ephemeral_keys.account_of(key)
    world = worlds.by_account_id(account) if account else None
    if world is None:
        raise _refused(key)
    return world


def check_publishable(key: str, operation: str) -> None:
    """403 where a publishable key calls an operation that only a secret key may."""
    if key.startswith("pk_") and operation not in _PUBLISHABLE:
        raise Problem(
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a "
            "list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            code="secret_key_required",
            status=403,
        )


def _of_session(worlds: Worlds, token: str) -> World:
    world = worlds.holding("_meter_session", token)
    if world is None:
        raise _refused(token)
    return world


def check_session(key: str, operation: str, world: World) -> None:
    """401 unless the stream of meter events, and only that, is called with the token of a session."""
    in_session = key.startswith(sessions.PREFIX)
    if in_session != (operation == _STREAM):
        raise Problem(
            "The token of a meter event session can only be used to send events to /v2/billing/meter_event_stream."
            if in_session
            else "Events are streamed with the authentication token of a meter event session, not with an API key; "
            "create one by POST /v2/billing/meter_event_session.",
            status=401,
        )
    if in_session:
        with world.lock:
            sessions.check(world, key)


def check_origin(key: str, origin: str | None, site: Site) -> None:
    """403 where a page of another site calls with a secret key: any page that a developer visits could do so.

    Stripe, whose keys are secret, answers; ours are not.
    """
    if origin is None or key.startswith(("pk_", "ek_")) or site.is_trusted(origin):
        return
    raise Problem(
        f"A page of {origin} may not call mockbill with a secret API key. Pages use a publishable key "
        "(pk_test_...); secret keys work from pages of this machine, such as http://localhost:3000, and of --base-url.",
        code="mockbill_origin_foreign",
        status=403,
    )


def not_yours(key: str, account: str) -> Problem:
    """The answer to a call for an account that the key cannot open."""
    return Problem(
        f"The provided key '{masked(key)}' does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked.",
        code="account_invalid",
        status=403,
    )


def _refused(key: str) -> Problem:
    if _LIVE.match(key):
        return Problem(
            f"Invalid API Key provided: {masked(key)}. This is mockbill, a mock for tests: it refuses live keys, so "
            "that none is ever sent to it by mistake. Use any key that starts with sk_test_.",
            status=401,
            headers=_CHALLENGE,
        )
    return Problem(f"Invalid API Key provided: {masked(key)}", status=401, headers=_CHALLENGE)


def masked(key: str) -> str:
    """A key as Stripe shows it: its prefix and last four characters."""
    prefix = re.match(r"[a-z]+_(test|live)_", key)
    head = prefix[0] if prefix else key[: min(3, len(key) // 3)]
    rest = key[len(head) :]
    return head + "*" * max(len(rest) - 4, 0) + rest[-4:] if len(rest) > 4 else head + "*" * len(rest)
