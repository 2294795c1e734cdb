"""Webhook endpoints."""

from mockbill.stripe_api.registry import resource
from mockbill.webhooks import endpoints

resource(
    endpoints.KIND,
    "/v1/webhook_endpoints/{webhook_endpoint}",
    create=endpoints.create,
    update=endpoints.update,
    delete=endpoints.delete,
)
