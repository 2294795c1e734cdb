"""Sessions of the Stripe CLI: ``stripe listen``."""

from typing import Any
from urllib.parse import urlsplit

from mockbill import surface
from mockbill.stripe_api.registry import Call, handles
from mockbill.webhooks.listeners import Terms
from mockbill.webhooks.listeners.stripe_cli import RECONNECT
from mockbill.world import Problem

_SNAPSHOTS, _THIN = "webhooks", "v2_events"
_HERE = "stripe-listen://"  # in the log, where the CLI only shows what comes


@handles("POST /v1/stripecli/sessions")
def _begin(call: Call) -> dict[str, Any]:
    """A session for the features that are asked for; the CLI filters events itself."""
    features = call.params.get("websocket_features") or [_SNAPSHOTS]
    for feature in features:
        if feature not in (_SNAPSHOTS, _THIN):
            raise Problem(
                f"mockbill does not simulate the feature {feature} of the Stripe CLI yet.",
                code="mockbill_unsupported",
                status=501,
                headers={"Stripe-Should-Retry": "false"},
            )
    here = _HERE + (call.params.get("device_name") or "")
    terms = Terms(
        url=call.params.get("forward_to_url") or here,
        connect_url=call.params.get("forward_connect_to_url") or here,
        thin_url=(call.params.get("forward_thin_to_url") or here) if _THIN in features else None,
        events=() if _SNAPSHOTS in features else ("v1.*", "v2.*"),
        by_client=True,
    )
    w = call.work
    begun = w.world.hub.begin_session(w.world, terms)
    host = urlsplit(w.site_url).hostname or "127.0.0.1"
    return {
        "default_version": w.world.api_version,
        "display_connect_filter_warning": False,
        "latest_version": surface.api_version(),
        "reconnect_delay": RECONNECT,
        "secret": begun.secret,
        "websocket_authorized_feature": ",".join(features),
        "websocket_id": begun.id,
        "websocket_url": f"ws://{f'[{host}]' if ':' in host else host}:{begun.port}/subscribe/{w.world.account_id}",
    }
