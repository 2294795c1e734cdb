"""Same seed, same clock, same calls: the same bytes, in every process."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import hashlib, sys
from io import BytesIO
from mockbill.app import create_app
from mockbill.settings import Settings
import orjson

app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z", "seed": int(sys.argv[1])}, environ={}))
digest = hashlib.sha256()

def call(method, path, body="", account=None):
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "HTTP_AUTHORIZATION": "Bearer sk_test_ada",
        "HTTP_HOST": "127.0.0.1:12111", "wsgi.input": BytesIO(body.encode()), "wsgi.url_scheme": "http",
    }
    if account:
        environ["HTTP_STRIPE_ACCOUNT"] = account
    told = []
    answer = b"".join(app(environ, lambda status, headers: told.append([status, headers])))
    digest.update(repr(told).encode() + answer)
    return orjson.loads(answer)

card = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
customer = call("POST", "/v1/customers", "email=ada@example.com&" + card)["id"]
amount = "currency=usd&unit_amount=2000&product_data[name]=Pro"
monthly = call("POST", "/v1/prices", amount + "&recurring[interval]=month")["id"]
once = call("POST", "/v1/prices", amount)["id"]
call("POST", "/v1/subscriptions", f"customer={customer}&items[][price]={monthly}&expand[]=latest_invoice.payments")
items = f"line_items[][price]={once}&line_items[][quantity]=1"
call("POST", "/v1/checkout/sessions", "mode=payment&success_url=http://x.example&" + items)
intent = "amount=500&currency=usd&confirm=true&return_url=http://x.example"
call("POST", "/v1/payment_intents", intent + "&payment_method=pm_card_chargeDeclined")
farm = call("POST", "/v1/accounts", "type=standard")["id"]
paid = "amount=5000&currency=usd&confirm=true&return_url=http://x.example&payment_method=pm_card_visa"
call("POST", "/v1/payment_intents", paid + "&application_fee_amount=123", farm)
assert call("GET", "/v1/events", "", farm)["data"]
fee = call("GET", "/v1/application_fees")["data"][0]["id"]
call("POST", f"/v1/application_fees/{fee}/refunds", "amount=23")
call("POST", "/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=coupon.created")
call("POST", "/v1/coupons", "percent_off=10")
call("POST", "/v1/nonsense", "foo=1")
call("POST", "/v1/quotes/qt_1/accept")
world = app.worlds.of("ada")
world.advance(world.clock.now + 70 * 86400)
for name in ("customers", "events", "subscriptions", "invoices", "charges", "payment_intents"):
    listed = call("GET", "/v1/" + name)["data"]
    assert listed, name
app.close()
print(digest.hexdigest())
"""


def digest(seed: int, hashing: int) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(seed)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONHASHSEED": str(hashing)},
        check=True,
    )
    return ran.stdout.strip()


@pytest.fixture(scope="module")
def first() -> str:
    return digest(seed=1, hashing=1)


def test_the_same_calls_give_the_same_bytes_in_another_process(first: str) -> None:
    assert len(first) == 64
    assert digest(seed=1, hashing=2) == first


def test_another_seed_gives_others(first: str) -> None:
    assert digest(seed=2, hashing=1) != first
