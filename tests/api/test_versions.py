"""API versions: what a request may say and how answers and events look, by Stripe-Version or the account's default."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from api.wire import Wire

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings
from mockbill.stripe_api import versions

ENDIVE, DAHLIA, CLOVER, BASIL = "2026-10-28.endive", "2026-08-26.dahlia", "2026-02-25.clover", "2025-08-27.basil"
TYPED = "payment_method_types[]=card"
CARD = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
DECLINED = "pm_card_chargeCustomerFail"


def subscription(wire: Wire, version: str | None, more: str = "") -> dict[str, Any]:
    price = "currency=usd&unit_amount=100&recurring[interval]=month&product_data[name]=P"
    made = wire.post("/v1/prices", price).json()["id"]
    customer = wire.post("/v1/customers", CARD).json()["id"]
    body = f"customer={customer}&items[][price]={made}{more}"
    answer: dict[str, Any] = wire.post("/v1/subscriptions", body, Stripe_Version=version).json()
    return answer


def checkout(wire: Wire, version: str | None, more: str = "") -> Any:
    price = wire.post("/v1/prices", "currency=usd&unit_amount=100&product_data[name]=P").json()["id"]
    body = f"mode=payment&line_items[][price]={price}&line_items[][quantity]=1&{more}"
    return wire.post("/v1/checkout/sessions", body, Stripe_Version=version)


@pytest.mark.parametrize("version", [ENDIVE, DAHLIA, CLOVER, BASIL, "2024-06-20", "2020-08-27", "2026-10-28.preview"])
def test_the_version_of_a_request_is_echoed(wire: Wire, version: str) -> None:
    assert wire.get("/v1/customers", Stripe_Version=version).headers["Stripe-Version"] == version


def test_without_one_it_is_the_newest(wire: Wire) -> None:
    assert wire.get("/v1/customers").headers["Stripe-Version"] == ENDIVE == stripe.api_version


def test_flags_of_previews_are_taken(wire: Wire) -> None:
    told = wire.get("/v1/customers", Stripe_Version="2026-10-28.preview; feature_beta=v1")
    assert told.status_code == 200


@pytest.mark.parametrize(
    "version", ["foo", "2026-10-28", "2026-10-28.clover", "1999-01-01", "2026-13-45.preview!", "2025-09-30.Clover"]
)
def test_a_version_that_never_was_is_refused(wire: Wire, version: str) -> None:
    refused = wire.get("/v1/customers", Stripe_Version=version)
    error = wire.error(refused, 400)
    assert error["message"] == f"Invalid Stripe API version: {version}"
    assert error["type"] == "invalid_request_error"
    assert refused.headers["Request-Id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/payment_intents", "amount=500&currency=usd"),
        ("/v1/setup_intents", ""),
    ],
)
def test_payment_method_types_may_be_written_until_endive(wire: Wire, path: str, body: str) -> None:
    error = wire.error(wire.post(path, f"{body}&{TYPED}", Stripe_Version=ENDIVE), 400)
    assert (error["code"], error["param"]) == ("payment_method_types_no_longer_supported", "payment_method_types")
    for version in (DAHLIA, CLOVER, "2024-06-20", None):
        made = wire.post(path, f"{body}&{TYPED}", Stripe_Version=version)
        assert made.json()["payment_method_types"] == ["card"]
        item = f"{path}/{made.json()['id']}"
        assert wire.error(wire.post(item, TYPED, Stripe_Version="2026-09-30.endive"), 400)["code"] == error["code"]
        assert wire.post(item, TYPED, Stripe_Version=version).status_code == 200


def test_a_checkout_session_takes_payment_method_types_until_endive(wire: Wire) -> None:
    more = f"success_url=http://shop.example&{TYPED}"
    error = wire.error(checkout(wire, ENDIVE, more), 400)
    assert error["code"] == "payment_method_types_no_longer_supported"
    for version in (DAHLIA, None):
        assert checkout(wire, version, more).json()["payment_method_types"] == ["card"]


def test_ui_modes_have_new_names_since_dahlia(wire: Wire) -> None:
    for old, new in (("embedded", "embedded_page"), ("custom", "elements")):
        back = "return_url=http://shop.example"
        assert checkout(wire, CLOVER, f"ui_mode={old}&{back}").json()["ui_mode"] == old
        assert checkout(wire, None, f"ui_mode={old}&{back}").json()["ui_mode"] == new
        made = checkout(wire, DAHLIA, f"ui_mode={new}&{back}").json()
        assert made["ui_mode"] == new
        assert wire.get(f"/v1/checkout/sessions/{made['id']}", Stripe_Version=CLOVER).json()["ui_mode"] == old
        error = wire.error(checkout(wire, DAHLIA, f"ui_mode={old}&{back}"), 400)
        assert error["param"] == "ui_mode"
    listed = wire.get("/v1/checkout/sessions", Stripe_Version=CLOVER).json()["data"]
    assert {session["ui_mode"] for session in listed} == {"embedded", "custom"}


def test_subscriptions_are_flexible_since_clover(wire: Wire) -> None:
    assert subscription(wire, BASIL)["billing_mode"]["type"] == "classic"
    assert subscription(wire, CLOVER)["billing_mode"]["type"] == "flexible"
    assert subscription(wire, None)["billing_mode"]["type"] == "flexible"
    assert subscription(wire, BASIL, "&billing_mode[type]=flexible")["billing_mode"]["type"] == "flexible"


def test_what_is_quoted_before_clover_becomes_a_classic_subscription(wire: Wire) -> None:
    def mode(made: dict[str, Any]) -> str:
        return str(made["subscription_data"]["billing_mode"]["type"])

    quote = wire.post("/v1/quotes", "subscription_data[description]=Pro", Stripe_Version=BASIL).json()
    assert (mode(quote), quote["subscription_data"]["description"]) == ("classic", "Pro")
    assert mode(wire.post("/v1/quotes", "", Stripe_Version=CLOVER).json()) == "flexible"
    asked = wire.post("/v1/quotes", "subscription_data[billing_mode][type]=flexible", Stripe_Version=BASIL).json()
    assert mode(asked) == "flexible"
    copied = wire.post("/v1/quotes", f"from_quote[quote]={asked['id']}", Stripe_Version=BASIL).json()
    assert mode(copied) == "flexible"


def test_an_updates_billing_cycle_anchor_is_a_hash_since_endive(wire: Wire) -> None:
    path = f"/v1/subscriptions/{subscription(wire, None)['id']}"
    as_endive_has_it = wire.post(path, "billing_cycle_anchor[type]=unchanged", Stripe_Version=ENDIVE)
    for version in (DAHLIA, CLOVER, None):
        answer = wire.post(path, "billing_cycle_anchor=unchanged", Stripe_Version=version)
        assert answer.status_code == as_endive_has_it.status_code != 400
    key = "POST /v1/subscriptions/{subscription_exposed_id}"
    assert versions.upgrade(key, {"billing_cycle_anchor": "now"}, DAHLIA) == {"billing_cycle_anchor": {"type": "now"}}
    for spelt in ("billing_cycle_anchor=unchanged", "billing_cycle_anchor[type]=unchanged"):  # an account of any age
        assert wire.post(path, spelt, Stripe_Version=None).status_code == as_endive_has_it.status_code
    error = wire.error(wire.post(path, "billing_cycle_anchor=unchanged", Stripe_Version=ENDIVE), 400)
    assert error["param"] == "billing_cycle_anchor"


def test_the_type_of_what_failed_is_told_since_endive(wire: Wire) -> None:
    body = f"amount=500&currency=usd&confirm=true&payment_method={DECLINED}&return_url=http://shop.example"
    declined = wire.post("/v1/payment_intents", body, Stripe_Version=ENDIVE).json()["error"]
    assert declined["payment_intent"]["last_payment_error"]["payment_method_type"] == "card"
    declined = wire.post("/v1/payment_intents", body, Stripe_Version=DAHLIA).json()["error"]
    assert "payment_method_type" not in declined["payment_intent"]["last_payment_error"]
    shown = wire.get(f"/v1/payment_intents/{declined['payment_intent']['id']}", Stripe_Version=CLOVER).json()
    assert "payment_method_type" not in shown["last_payment_error"]


def test_events_are_shown_in_the_version_of_the_account_whichever_asks(wire: Wire, older: Wire) -> None:
    for shop, version, mode in ((wire, ENDIVE, "embedded_page"), (older, BASIL, "embedded")):
        checkout(shop, ENDIVE, "ui_mode=embedded_page&return_url=http://shop.example")
        session = shop.get("/v1/checkout/sessions").json()["data"][0]["id"]
        shop.post(f"/v1/checkout/sessions/{session}/expire")
        for asks in (CLOVER, DAHLIA, None):
            query = "/v1/events?type=checkout.session.expired"
            [event] = shop.get(query, Stripe_Version=asks).json()["data"]
            assert (event["data"]["object"]["ui_mode"], event["api_version"]) == (mode, version)
            assert shop.get(f"/v1/events/{event['id']}", Stripe_Version=asks).json() == event


def test_older_parameters_are_taken_without_a_version_and_refused_with_a_newer_one(wire: Wire) -> None:
    assert wire.post("/v1/customers", "source=tok_visa").status_code == 200
    for version in (ENDIVE, CLOVER):
        assert wire.post("/v1/customers", "nonsense=1", Stripe_Version=version).status_code == 400


@pytest.fixture
def older() -> Iterator[Wire]:
    """A server whose accounts are of an older version."""
    with LocalServer(create_app(Settings.load({"api_version": BASIL, "check_answers": True}, environ={}))) as server:
        yield Wire(server.url, "older")


def test_the_default_of_the_account_decides_where_no_version_is_named(older: Wire) -> None:
    assert older.get("/v1/customers").headers["Stripe-Version"] == BASIL
    assert subscription(older, None)["billing_mode"]["type"] == "classic"
    assert subscription(older, ENDIVE)["billing_mode"]["type"] == "flexible"
    made = checkout(older, None, "ui_mode=embedded&return_url=http://shop.example").json()
    assert made["ui_mode"] == "embedded"
    assert older.get(f"/v1/checkout/sessions/{made['id']}", Stripe_Version=ENDIVE).json()["ui_mode"] == "embedded_page"
    assert older.get("/v1/events").json()["data"][0]["api_version"] == BASIL


def test_every_release_changes_only_operations_and_objects_that_there_are() -> None:
    from mockbill import surface

    for release in versions.RELEASES:
        assert release.version in versions.versions()
        keys = {*release.accepts, *release.upgrades, *release.refuses}
        assert keys <= surface.operations().keys()
        assert set(release.downgrades) <= set(surface.kinds())
    assert sorted((release.version for release in versions.RELEASES), reverse=True) == [
        release.version for release in versions.RELEASES
    ]


def recipe(wire: Wire, version: str | None, path: str, body: str) -> dict[str, Any]:
    answer = wire.post(f"/v1/{path}", body, Stripe_Version=version)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


OLD = "2024-06-20"


@pytest.mark.parametrize("version", [OLD, "2022-11-15", None])
def test_prices_of_invoice_items_stood_by_themselves(wire: Wire, version: str | None) -> None:
    price = recipe(wire, None, "prices", "currency=usd&unit_amount=100&product_data[name]=P")["id"]
    customer = recipe(wire, None, "customers", "")["id"]
    item = recipe(wire, version, "invoiceitems", f"customer={customer}&price={price}&quantity=3")
    assert item["amount"] == 300
    item = recipe(wire, version, "invoiceitems", f"customer={customer}&currency=usd&unit_amount=250&quantity=2")
    assert item["amount"] == 500
    assert recipe(wire, version, f"invoiceitems/{item['id']}", "unit_amount=300&quantity=2")["amount"] == 600
    for newer in (BASIL, ENDIVE):
        refused = wire.post("/v1/invoiceitems", f"customer={customer}&price={price}", Stripe_Version=newer)
        assert wire.error(refused, 400)["code"] == "parameter_unknown"


def test_a_promotion_code_needs_its_coupon_by_one_name_or_the_other(wire: Wire) -> None:
    for version, param in ((OLD, "coupon"), (CLOVER, "promotion"), (None, "promotion")):
        error = wire.error(wire.post("/v1/promotion_codes", "code=X", Stripe_Version=version), 400)
        assert (error["code"], error["param"]) == ("parameter_missing", param)


def test_a_coupon_and_discounts_exclude_each_other(wire: Wire) -> None:
    coupon = recipe(wire, None, "coupons", "percent_off=50")["id"]
    made = subscription(wire, OLD)
    both = f"coupon={coupon}&discounts[0][coupon]={coupon}"
    error = wire.error(wire.post(f"/v1/subscriptions/{made['id']}", both, Stripe_Version=OLD), 400)
    assert error["code"] == "parameters_exclusive"


@pytest.mark.parametrize("version", [OLD, None])
def test_lines_and_previews_took_older_parameters(wire: Wire, version: str | None) -> None:
    made = subscription(wire, version)
    coupon = recipe(wire, version, "coupons", "percent_off=50")["id"]
    preview = recipe(wire, version, "invoices/create_preview", f"subscription={made['id']}&coupon={coupon}")
    assert (preview["subtotal"], preview["total"]) == (100, 50)
    price = recipe(wire, None, "prices", "currency=usd&unit_amount=700&product_data[name]=P")["id"]
    draft = recipe(wire, version, "invoices", f"customer={made['customer']}")["id"]
    added = recipe(wire, version, f"invoices/{draft}/add_lines", f"lines[0][price]={price}&lines[0][quantity]=2")
    assert added["total"] == 1400


def test_prorations_were_a_switch_until_2020(wire: Wire) -> None:
    made = subscription(wire, "2020-03-02")
    price = recipe(wire, None, "prices", "currency=usd&unit_amount=900&recurring[interval]=month&product_data[name]=Q")
    item = f"items[0][id]={made['items']['data'][0]['id']}&items[0][plan]={price['id']}"
    recipe(wire, "2020-03-02", f"subscriptions/{made['id']}", f"{item}&prorate=false")
    assert wire.get("/v1/invoiceitems").json()["data"] == []
    refused = wire.post(f"/v1/subscriptions/{made['id']}", "prorate=false", Stripe_Version="2020-08-27")
    assert wire.error(refused, 400)["param"] == "prorate"


def test_a_checkout_for_a_payment_made_a_customer_until_august_2022(wire: Wire) -> None:
    back = "success_url=http://shop.example"
    assert checkout(wire, "2020-08-27", back).json()["customer_creation"] == "always"
    assert checkout(wire, "2022-08-01", back).json()["customer_creation"] == "if_required"


def test_subscriptions_are_also_found_under_their_customer(wire: Wire) -> None:
    price = recipe(wire, None, "prices", "currency=usd&unit_amount=100&recurring[interval]=month&product_data[name]=P")
    customer, other = recipe(wire, None, "customers", CARD)["id"], recipe(wire, None, "customers", "")["id"]
    path = f"customers/{customer}/subscriptions"
    made = recipe(wire, OLD, path, f"items[0][plan]={price['id']}")
    assert (made["customer"], made["status"]) == (customer, "active")
    listed = wire.get(f"/v1/{path}").json()
    assert ([each["id"] for each in listed["data"]], listed["url"]) == ([made["id"]], f"/v1/{path}")
    changed = recipe(wire, OLD, f"{path}/{made['id']}", "metadata[a]=1")
    assert wire.get(f"/v1/{path}/{made['id']}", Stripe_Version=OLD).json() == changed
    for elsewhere in (f"/v1/customers/{other}/subscriptions/{made['id']}", f"/v1/{path}/sub_x"):
        assert wire.error(wire.get(elsewhere), 404)["code"] == "resource_missing"
    assert wire.call("DELETE", f"/v1/{path}/{made['id']}").json()["status"] == "canceled"


@pytest.mark.parametrize(
    ("call", "body", "param"),
    [
        ("POST subscriptions", "items[0][price]=$PRICE&coupon=no", "coupon"),
        ("POST subscriptions", "items[0][price]=$PRICE&discounts[0][coupon]=no", "discounts[0][coupon]"),
        ("POST subscriptions", "items[0][price]=$PRICE&promotion_code=no", "promotion_code"),
        (
            "POST subscription_schedules",
            "start_date=now&phases[0][items][0][price]=$PRICE&phases[0][coupon]=no",
            "phases[0][coupon]",
        ),
        ("GET invoices/upcoming", "subscription_items[0][price]=no", "subscription_items[0][price]"),
        ("GET invoices/upcoming", "subscription=$SUBSCRIPTION&subscription_trial_end=12", "subscription_trial_end"),
        (
            "GET invoices/upcoming",
            "subscription=$SUBSCRIPTION&subscription_billing_cycle_anchor=12",
            "subscription_billing_cycle_anchor",
        ),
        ("GET invoices/upcoming", "subscription=$SUBSCRIPTION&coupon=no", "coupon"),
        (
            "POST invoices/create_preview",
            "subscription_details[items][0][price]=no",
            "subscription_details[items][0][price]",
        ),
        ("POST invoiceitems", "price=no", "price"),
        ("POST invoiceitems", "currency=usd&unit_amount=99999999999999", "unit_amount"),
        ("POST promotion_codes", "coupon=no", "coupon"),
        ("POST promotion_codes", "code=SPRING", "coupon"),
        (
            "POST checkout/sessions",
            "mode=subscription&success_url=https://a.b/c&line_items[0][price]=$PRICE&line_items[0][quantity]=1"
            "&subscription_data[trial_end]=12",
            "subscription_data[trial_end]",
        ),
        (
            "POST checkout/sessions",
            "mode=setup&currency=usd&success_url=https://a.b/c&payment_method_types[0]=no",
            "payment_method_types",
        ),
    ],
)
def test_an_error_names_the_parameter_that_was_sent(wire: Wire, call: str, body: str, param: str) -> None:
    def post(path: str, body: str) -> str:
        return str(wire.post(f"/v1/{path}", body, Stripe_Version="2024-06-20").json()["id"])

    price = post("prices", "currency=usd&unit_amount=2000&recurring[interval]=month&product_data[name]=Pro")
    customer = post("customers", "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa")
    subscription = post("subscriptions", f"customer={customer}&items[0][price]={price}")
    body = body.replace("$PRICE", price).replace("$SUBSCRIPTION", subscription)
    if not call.endswith("promotion_codes"):
        body += f"&customer={customer}"
    method, path = call.split()
    if method == "GET":
        answer = wire.get(f"/v1/{path}?{body}", Stripe_Version="2024-06-20")
    else:
        answer = wire.post(f"/v1/{path}", body, Stripe_Version="2024-06-20")
    assert wire.error(answer, 400)["param"] == param


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/payment_intents", "amount=500&currency=usd&"), ("/v1/setup_intents", "")]
)
def test_without_a_version_an_intent_with_nowhere_to_return_to_takes_cards(wire: Wire, path: str, body: str) -> None:
    confirmed = f"{body}confirm=true&payment_method=pm_card_visa"
    made = wire.post(path, confirmed).json()
    assert (made["status"], made["payment_method_types"]) == ("succeeded", ["card"])
    assert made["automatic_payment_methods"] is None
    refused = wire.post(path, confirmed, Stripe_Version=ENDIVE)
    assert "you must provide a `return_url`" in wire.error(refused, 400)["message"]


@pytest.mark.parametrize(
    "more",
    [
        "",
        "&confirm=true&payment_method=pm_card_visa&return_url=https://shop.example/back",
        "&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never",
    ],
)
def test_what_would_not_be_refused_is_read_as_today(wire: Wire, more: str) -> None:
    made = [
        wire.post("/v1/payment_intents", f"amount=500&currency=usd{more}", Stripe_Version=each)
        for each in (ENDIVE, None)
    ]
    same = [[answer.json()[name] for name in ("status", "automatic_payment_methods")] for answer in made]
    assert same[0] == same[1]
    assert same[0][1]["enabled"] is True


def test_what_was_asked_for_by_name_is_refused_without_a_version_too(wire: Wire) -> None:
    asked = "amount=500&currency=usd&confirm=true&payment_method=pm_card_visa&automatic_payment_methods[enabled]=true"
    assert "`return_url`" in wire.error(wire.post("/v1/payment_intents", asked), 400)["message"]


def test_without_a_version_an_account_of_which_nothing_is_said_takes_transfers(wire: Wire) -> None:
    wire.post("/v1/payment_intents", "amount=5000&currency=usd&confirm=true&payment_method=pm_card_bypassPending")
    account = wire.post("/v1/accounts").json()
    assert account["capabilities"] == {"legacy_payments": "active"}
    assert account["charges_enabled"] is False
    sent = f"amount=1000&currency=usd&destination={account['id']}"
    assert wire.post("/v1/transfers", sent).json()["amount"] == 1000
    for made in (wire.post("/v1/accounts", Stripe_Version=ENDIVE), wire.post("/v1/accounts", "type=standard")):
        refused = wire.post("/v1/transfers", f"amount=1000&currency=usd&destination={made.json()['id']}")
        assert wire.error(refused, 400)["code"] == "insufficient_capabilities_for_transfer"


def test_japanese_bank_transfers_go_by_their_first_name_in_older_versions(wire: Wire) -> None:
    customer = wire.post("/v1/customers").json()["id"]
    options = "payment_method_options[customer_balance]"
    asked = (
        f"amount=20000&currency=jpy&customer={customer}&payment_method_types[]=customer_balance&confirm=true"
        f"&payment_method_data[type]=customer_balance&{options}[funding_type]=bank_transfer"
        f"&{options}[bank_transfer][type]=jp_bank_account"
    )
    for version in (None, "2020-08-27"):
        made = wire.post("/v1/payment_intents", asked, Stripe_Version=version).json()
        assert made["payment_method_options"]["customer_balance"]["bank_transfer"]["type"] == "jp_bank_transfer"
    refused = wire.error(wire.post("/v1/payment_intents", asked, Stripe_Version=BASIL), 400)
    assert refused["param"] == f"{options}[bank_transfer][type]"
