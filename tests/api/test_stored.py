"""What is only stored, and what is not supported: parents, singletons, events, and refusals that help."""

from typing import Any

import pytest
import stripe
from api.wire import Wire

from mockbill import surface
from mockbill.stripe_api import resources, stored

resources.load()
UNSUPPORTED = [operation for operation in surface.operations().values() if stored.level_of(operation) == "unsupported"]


def made(wire: Wire, path: str, body: str = "") -> dict[str, Any]:
    answer = wire.post(path, body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def test_an_object_is_created_by_its_shape_with_sensible_defaults(client: stripe.StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 25, "duration": "once", "metadata": {"team": "blue"}})
    assert (coupon.percent_off, coupon.duration, coupon.valid, coupon.times_redeemed) == (25, "once", True, 0)
    assert coupon.to_dict()["metadata"] == {"team": "blue"}
    assert client.v1.tax_rates.create({"display_name": "VAT", "percentage": 25, "inclusive": False}).active is True


def test_metadata_merges_and_unsets(client: stripe.StripeClient) -> None:
    coupon = client.v1.coupons.create({"percent_off": 25, "metadata": {"a": "1", "b": "2"}})
    changed = client.v1.coupons.update(coupon.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.to_dict()["metadata"] == {"a": "1", "c": "3"}
    assert client.v1.coupons.update(coupon.id, {"metadata": ""}).to_dict()["metadata"] == {}


def test_an_id_may_be_chosen_once(wire: Wire) -> None:
    assert made(wire, "/v1/coupons", "id=SUMMER&percent_off=10")["id"] == "SUMMER"
    error = wire.error(wire.post("/v1/coupons", "id=SUMMER&percent_off=20"), 400)
    assert (error["code"], error["message"], error["param"]) == (
        "resource_already_exists",
        "Coupon already exists.",
        "id",
    )
    assert wire.get("/v1/coupons/SUMMER").json()["percent_off"] == 10


def test_creation_change_and_deletion_are_events(wire: Wire) -> None:
    coupon = made(wire, "/v1/coupons", "percent_off=10")["id"]
    made(wire, f"/v1/coupons/{coupon}", "metadata[a]=1")
    made(wire, f"/v1/coupons/{coupon}")
    wire.call("DELETE", f"/v1/coupons/{coupon}")
    told = wire.get("/v1/events").json()["data"]
    assert [event["type"] for event in told] == ["coupon.deleted", "coupon.updated", "coupon.created"]
    assert told[1]["data"]["previous_attributes"] == {"metadata": {"a": None}}


def test_what_is_deleted_is_gone(wire: Wire) -> None:
    coupon = made(wire, "/v1/coupons", "percent_off=10")["id"]
    gone = wire.call("DELETE", f"/v1/coupons/{coupon}")
    assert gone.json() == {"id": coupon, "object": "coupon", "deleted": True}
    for method in ("GET", "POST", "DELETE"):
        error = wire.error(wire.call(method, f"/v1/coupons/{coupon}"), 404)
        assert (error["code"], error["message"], error["param"]) == (
            "resource_missing",
            f"No such coupon: '{coupon}'",
            "id",
        )


@pytest.mark.parametrize("kind", ["product", "plan", "coupon", "invoiceitem", "webhook_endpoint", "tax_id"])
def test_the_answer_to_a_deletion(wire: Wire, kind: str) -> None:
    path, body = {
        "product": ("/v1/products", "name=x"),
        "plan": ("/v1/plans", "currency=usd&interval=month&amount=5&product[name]=Pro"),
        "coupon": ("/v1/coupons", "percent_off=10"),
        "invoiceitem": ("/v1/invoiceitems", f"customer={made(wire, '/v1/customers')['id']}&amount=5&currency=usd"),
        "webhook_endpoint": ("/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=coupon.created"),
        "tax_id": ("/v1/tax_ids", "type=eu_vat&value=SE123456789001"),
    }[kind]
    id = made(wire, path, body)["id"]
    assert wire.call("DELETE", f"{path}/{id}").json() == {"id": id, "object": kind, "deleted": True}
    assert wire.error(wire.get(f"{path}/{id}"), 404)["code"] == "resource_missing"


def test_parts_belong_to_their_parent(wire: Wire) -> None:
    ada, bea = (made(wire, "/v1/customers")["id"] for _ in range(2))
    mine = made(wire, f"/v1/customers/{ada}/tax_ids", "type=eu_vat&value=SE123456789001")
    assert mine["customer"] == ada
    assert wire.get(f"/v1/customers/{ada}/tax_ids").json()["data"] == [mine]
    assert wire.get(f"/v1/customers/{bea}/tax_ids").json()["data"] == []
    for method in ("GET", "DELETE"):
        error = wire.error(wire.call(method, f"/v1/customers/{bea}/tax_ids/{mine['id']}"), 404)
        assert error["message"] == f"No such tax ID: '{mine['id']}'"
    for path in ("/v1/customers/cus_none/tax_ids", f"/v1/customers/cus_none/tax_ids/{mine['id']}"):
        assert wire.error(wire.get(path), 404)["message"] == "No such customer: 'cus_none'"
    assert wire.error(wire.post("/v1/customers/cus_none/tax_ids", "type=eu_vat&value=x"), 404)["param"] == "id"


def test_parts_without_a_field_for_their_parent_belong_to_it_as_well(wire: Wire) -> None:
    pro, lite = (made(wire, "/v1/products", f"name={name}")["id"] for name in ("Pro", "Lite"))
    feature = made(wire, "/v1/entitlements/features", "name=SSO&lookup_key=sso")["id"]
    part = made(wire, f"/v1/products/{pro}/features", f"entitlement_feature={feature}")
    assert part["entitlement_feature"]["lookup_key"] == "sso"
    assert wire.get(f"/v1/products/{pro}/features").json()["data"] == [part]
    assert wire.get(f"/v1/products/{lite}/features").json()["data"] == []
    assert wire.get(f"/v1/products/{pro}/features/{part['id']}").json() == part
    assert wire.get(f"/v1/products/{lite}/features/{part['id']}").status_code == 404
    assert wire.call("DELETE", f"/v1/products/{pro}/features/{part['id']}").json()["deleted"] is True


def test_there_is_one_settings_object_to_an_account_and_one_balance_to_a_customer(wire: Wire) -> None:
    assert wire.get("/v1/tax/settings").json()["defaults"]["tax_behavior"] is None
    changed = made(wire, "/v1/tax/settings", "defaults[tax_behavior]=exclusive")
    assert changed["defaults"]["tax_behavior"] == "exclusive"
    assert wire.get("/v1/tax/settings").json() == changed
    ada, bea = (made(wire, "/v1/customers")["id"] for _ in range(2))
    made(wire, f"/v1/customers/{ada}/cash_balance", "settings[reconciliation_mode]=manual")
    modes = [
        wire.get(f"/v1/customers/{customer}/cash_balance").json()["settings"]["reconciliation_mode"]
        for customer in (ada, bea)
    ]
    assert modes == ["manual", "automatic"]
    assert wire.get("/v1/customers/cus_none/cash_balance").status_code == 404


def test_a_parameter_that_names_what_is_not_there_is_refused(wire: Wire) -> None:
    error = wire.error(wire.post("/v1/subscription_schedules", "customer=cus_none"), 400)
    assert (error["code"], error["param"]) == ("resource_missing", "customer")


def test_lists_are_filtered_by_fields(wire: Wire) -> None:
    customer = made(wire, "/v1/customers")["id"]
    for body in ("active=true", "active=false", "active=true"):
        made(wire, "/v1/tax_rates", f"display_name=VAT&percentage=25&inclusive=true&{body}")
    assert len(wire.get("/v1/tax_rates?active=true").json()["data"]) == 2
    assert len(wire.get("/v1/tax_rates?active=false").json()["data"]) == 1
    made(wire, "/v1/quotes", f"customer={customer}")
    assert len(wire.get(f"/v1/quotes?customer={customer}").json()["data"]) == 1
    assert wire.get("/v1/quotes?customer=cus_none").json()["data"] == []


@pytest.mark.parametrize("operation", UNSUPPORTED, ids=lambda operation: operation.key)
def test_what_is_not_supported_says_so_and_names_its_neighbours(wire: Wire, operation: surface.Operation) -> None:
    path = "/".join("x" if segment.startswith("{") else segment for segment in operation.path.split("/"))
    refused = wire.call(operation.method, path)
    error = wire.error(refused, 501)
    assert error["code"] == "mockbill_unsupported"
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(f"mockbill does not simulate {operation.key} yet. Nearest: ")
    assert error["message"].endswith(f"See {wire.url}/_mockbill/coverage")
    assert "doc_url" not in error
    assert refused.headers["Stripe-Should-Retry"] == "false"
    named = error["message"].split("Nearest: ")[1].split(". See")[0].split(", ")
    assert len(named) == 3
    for key in named:
        assert stored.level_of(surface.operations()[key]) != "unsupported"


@pytest.mark.parametrize(
    ("method", "path", "near"),
    [
        ("POST", "/v1/terminal/readers/tmr_1/cancel_action", "/v1/terminal/readers/{reader}"),
        ("POST", "/v1/treasury/outbound_transfers/x/cancel", "/v1/treasury/outbound_transfers/{outbound_transfer}"),
    ],
)
def test_the_neighbours_are_about_the_same_object(wire: Wire, method: str, path: str, near: str) -> None:
    message = wire.error(wire.call(method, path), 501)["message"]
    resource = "/".join(path.split("/")[:3])
    assert near in message
    assert message.split("Nearest: ")[1].count(resource) == 3


def test_catalogues_that_stripe_fills_are_not_said_to_be_empty(wire: Wire) -> None:
    for path in ("/v1/exchange_rates", "/v1/exchange_rates/usd", "/v1/climate/products"):
        assert wire.error(wire.get(path), 501)["code"] == "mockbill_unsupported"


def test_what_nobody_makes_is_simply_not_there(wire: Wire) -> None:
    assert wire.get("/v1/reviews").json()["data"] == []
    assert wire.error(wire.get("/v1/reviews/prv_1"), 404)["message"] == "No such review: 'prv_1'"
