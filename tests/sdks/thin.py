"""A thin event as an integration receives it, on the SDK of the PYTHONPATH: URL KEY, prints JSON.

It is one that no request caused: stripe-python 11 and 12 cannot read a reason in the shape that it has.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import stripe

url, key = sys.argv[1:]
client = stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)
got = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        got.append((self.rfile.read(int(self.headers["Content-Length"])), self.headers["Stripe-Signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
waiting = threading.Thread(target=server.handle_request)
waiting.start()
made = client.v2.core.event_destinations.create(
    {
        "name": "Receiver",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": ["v1.test_helpers.test_clock.ready"],
        "webhook_endpoint": {"url": f"http://127.0.0.1:{server.server_port}/"},
        "include": ["webhook_endpoint.signing_secret"],
    }
)
clocks = (client.v1 if hasattr(client, "v1") else client).test_helpers.test_clocks
clock = clocks.create({"frozen_time": 1_800_000_000})
clocks.advance(clock.id, {"frozen_time": 1_800_000_001})
waiting.join(10)
[(body, signature)] = got
parse = getattr(client, "parse_event_notification", None) or client.parse_thin_event
thin = parse(body, signature, made.webhook_endpoint.signing_secret)
event = client.v2.core.events.retrieve(thin.id)
print(
    json.dumps(
        {
            "parsed_by": parse.__name__,
            "type": thin.type,
            "related": [thin.related_object.url.rpartition("/")[0], thin.related_object.id == clock.id],
            "event": [event.id == thin.id, event.type, event.reason],
            "from": made.events_from,
            "about": [
                each.type.rpartition(".")[2] for each in client.v2.core.events.list({"object_id": clock.id}).data
            ],
            "destinations": [each.id for each in client.v2.core.event_destinations.list().data] == [made.id],
        }
    )
)
