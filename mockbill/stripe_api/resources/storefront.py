"""Confirmation tokens, ephemeral keys, customer sessions, payment method domains and shipping rates."""

from mockbill.billing.storefront import (
    confirmation_tokens,
    customer_sessions,
    domains,
    ephemeral_keys,
    method_configurations,
    shipping_rates,
)
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

resource(
    method_configurations.KIND,
    "/v1/payment_method_configurations/{configuration}",
    create=method_configurations.create,
)
resource(
    "payment_method_domain",
    "/v1/payment_method_domains/{payment_method_domain}",
    create=domains.register,
    update=domains.update,
    actions={"validate": domains.validate},
    filters={"domain_name": "domain_name", "enabled": "enabled"},
)
resource(
    "apple_pay_domain",
    "/v1/apple_pay/domains/{domain}",
    create=domains.register_for_apple_pay,
    delete=domains.forget,
    filters={"domain_name": "domain_name"},
)
resource(
    "shipping_rate",
    "/v1/shipping_rates/{shipping_rate_token}",
    create=shipping_rates.create,
    update=shipping_rates.update,
    filters={"active": "active", "currency": "fixed_amount.currency"},
)


@handles("GET /v1/payment_method_configurations")
def _list_configurations(call: Call) -> Doc:
    """The account's own is the one that was made first."""
    method_configurations.default(call.work)
    return lists.page(call.work, method_configurations.KIND, call.params, {}, call.path)


@handles("GET /v1/payment_method_configurations/{configuration}")
def _retrieve_configuration(call: Call) -> Doc:
    return method_configurations.of(call.work, call.id)


@handles("POST /v1/payment_method_configurations/{configuration}")
def _update_configuration(call: Call) -> Doc:
    return method_configurations.update(call.work, method_configurations.of(call.work, call.id), call.params)


@handles("POST /v1/test_helpers/confirmation_tokens")
def _create_token(call: Call) -> Doc:
    return confirmation_tokens.create(call.work, call.params)


@handles("GET /v1/confirmation_tokens/{confirmation_token}")
def _retrieve_token(call: Call) -> Doc:
    return call.work.need("confirmation_token", call.id)


@handles("POST /v1/customer_sessions")
def _open_session(call: Call) -> Doc:
    return customer_sessions.create(call.work, call.params)


@handles("POST /v1/ephemeral_keys")
def _create_key(call: Call) -> Doc:
    return ephemeral_keys.create(call.work, call.params)


@handles("DELETE /v1/ephemeral_keys/{key}")
def _delete_key(call: Call) -> Doc:
    return ephemeral_keys.delete(call.work, call.work.need("ephemeral_key", call.id))
