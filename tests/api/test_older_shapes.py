"""What older versions show: the fields of then, expanded as then, in answers, events and errors."""

from collections.abc import Iterator
from typing import Any

import pytest
from api.wire import Wire

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

BASIL, ACACIA, OLD = "2025-08-27.basil", "2025-02-24.acacia", "2024-06-20"
BEFORE_BASIL = [ACACIA, OLD, "2023-10-16", "2022-11-15"]
CARD = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa"
Json = dict[str, Any]


class Shop:
    """An account that is called in one version."""

    def __init__(self, wire: Wire, version: str | None) -> None:
        self.wire, self.version = wire, version

    def get(self, path: str) -> Json:
        answer = self.wire.get(f"/v1/{path}", Stripe_Version=self.version)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    def post(self, path: str, body: str = "") -> Json:
        answer = self.wire.post(f"/v1/{path}", body, Stripe_Version=self.version)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    def price(self, amount: int = 2000) -> str:
        recurring = "recurring[interval]=month&product_data[name]=Pro"
        made: str = self.post("prices", f"currency=usd&unit_amount={amount}&{recurring}")["id"]
        return made

    def customer(self, more: str = CARD) -> str:
        made: str = self.post("customers", more)["id"]
        return made

    def subscribe(self, more: str = "") -> Json:
        return self.post("subscriptions", f"customer={self.customer()}&items[0][price]={self.price()}&{more}")


@pytest.fixture
def old(wire: Wire) -> Shop:
    return Shop(wire, OLD)


@pytest.fixture(scope="module")
def old_server() -> Iterator[LocalServer]:
    """A server whose accounts are of an older version, as their events are."""
    with LocalServer(create_app(Settings.load({"api_version": OLD, "check_answers": True}, environ={}))) as server:
        yield server


@pytest.fixture
def old_account(old_server: LocalServer, account: str) -> Shop:
    return Shop(Wire(old_server.url, account), None)


@pytest.fixture(scope="module")
def very_old_server() -> Iterator[LocalServer]:
    """The same with accounts of a version in which charges list their refunds."""
    settings = Settings.load({"api_version": "2022-08-01", "check_answers": True}, environ={})
    with LocalServer(create_app(settings)) as server:
        yield server


@pytest.fixture
def very_old_account(very_old_server: LocalServer, account: str) -> Shop:
    return Shop(Wire(very_old_server.url, account), None)


@pytest.fixture
def today(wire: Wire) -> Shop:
    return Shop(wire, None)


@pytest.mark.parametrize("version", BEFORE_BASIL)
def test_a_subscription_is_confirmed_by_the_intent_of_its_latest_invoice(wire: Wire, version: str) -> None:
    shop = Shop(wire, version)
    body = f"customer={shop.customer('')}&items[0][plan]={shop.price()}&payment_behavior=default_incomplete"
    made = shop.post("subscriptions", f"{body}&expand[]=latest_invoice.payment_intent")
    intent = made["latest_invoice"]["payment_intent"]
    assert (made["status"], intent["status"]) == ("incomplete", "requires_payment_method")
    assert intent["client_secret"].startswith(intent["id"])
    assert intent["invoice"] == made["latest_invoice"]["id"]
    shop.post(f"payment_intents/{intent['id']}/confirm", "payment_method=pm_card_visa")
    paid = shop.get(f"subscriptions/{made['id']}?expand[]=latest_invoice.charge")
    assert (paid["status"], paid["latest_invoice"]["paid"]) == ("active", True)
    assert paid["latest_invoice"]["charge"]["invoice"] == paid["latest_invoice"]["id"]


def test_lists_expand_what_they_had(old: Shop) -> None:
    subscription = old.subscribe()
    [invoice] = old.get("invoices?expand[]=data.payment_intent.latest_charge&expand[]=data.subscription")["data"]
    assert invoice["subscription"]["id"] == subscription["id"]
    assert invoice["payment_intent"]["latest_charge"]["invoice"] == invoice["id"]
    [charge] = old.get("charges?expand[]=data.invoice.subscription.latest_invoice")["data"]
    assert charge["invoice"]["subscription"]["latest_invoice"]["id"] == invoice["id"]
    [line] = old.get(f"invoices/{invoice['id']}/lines?expand[]=data.price.product")["data"]
    assert line["price"]["product"]["name"] == "Pro"


@pytest.mark.parametrize("gone", ["payment_intent", "discount", "lines.data.price"])
def test_newer_versions_expand_nothing_that_is_gone(wire: Wire, gone: str) -> None:
    for version in (BASIL, None):
        error = wire.error(wire.get(f"/v1/invoices?expand[]=data.{gone}", Stripe_Version=version), 400)
        assert error["message"] == f"This property cannot be expanded because it doesn't exist: data.{gone}."


def test_what_cannot_be_expanded_then_is_refused_then(wire: Wire) -> None:
    for path, message in (
        ("paid", "This property cannot be expanded (paid)."),
        (
            "payment_intent.nothing",
            "This property cannot be expanded because it doesn't exist: payment_intent.nothing.",
        ),
    ):
        error = wire.error(wire.get(f"/v1/invoices/in_x?expand[]={path}", Stripe_Version=OLD), 400)
        assert error["message"] == message


def test_what_stands_inside_of_older_fields_expands(old: Shop) -> None:
    rate = old.post("tax_rates", "display_name=VAT&percentage=25&inclusive=false")["id"]
    made = old.subscribe(f"default_tax_rates[0]={rate}")
    levies = "expand[]=total_tax_amounts.tax_rate&expand[]=lines.data.tax_amounts.tax_rate"
    invoice = old.get(f"invoices/{made['latest_invoice']}?{levies}")
    for levy in (*invoice["total_tax_amounts"], *invoice["lines"]["data"][0]["tax_amounts"]):
        assert (levy["amount"], levy["tax_rate"]["display_name"]) == (500, "VAT")
    [listed] = old.get("invoices?expand[]=data.total_tax_amounts.tax_rate")["data"]
    assert listed["total_tax_amounts"] == invoice["total_tax_amounts"]
    note = old.post(
        "credit_notes",
        f"invoice={invoice['id']}&lines[0][type]=invoice_line_item&credit_amount=2500&lines[0][quantity]=1"
        f"&lines[0][invoice_line_item]={invoice['lines']['data'][0]['id']}"
        "&expand[]=tax_amounts.tax_rate&expand[]=lines.data.tax_amounts.tax_rate",
    )
    told = (*note["tax_amounts"], *note["lines"]["data"][0]["tax_amounts"])
    assert [levy["tax_rate"]["id"] for levy in told] == [rate, rate]


def test_a_phase_expands_its_coupon_beside_what_it_still_has(old: Shop) -> None:
    coupon = old.post("coupons", "percent_off=25&duration=forever&name=Spring")["id"]
    phase = f"phases[0][items][0][price]={old.price()}&phases[0][iterations]=2&phases[0][coupon]={coupon}"
    expanded = "expand[]=phases.coupon&expand[]=phases.items.price.product"
    made = old.post("subscription_schedules", f"customer={old.customer()}&start_date=now&{phase}&{expanded}")
    [told] = made["phases"]
    assert (told["coupon"]["name"], told["items"][0]["price"]["product"]["name"]) == ("Spring", "Pro")
    assert told["discounts"][0]["coupon"] == coupon


def test_inside_of_older_fields_nothing_else_expands(wire: Wire) -> None:
    for version, path, message in (
        (OLD, "total_tax_amounts", "This property cannot be expanded (total_tax_amounts)."),
        (OLD, "total_tax_amounts.amount", "This property cannot be expanded (total_tax_amounts)."),
        (
            OLD,
            "total_tax_amounts.tax_rate.nothing",
            "This property cannot be expanded because it doesn't exist: total_tax_amounts.tax_rate.nothing.",
        ),
        (
            BASIL,
            "total_tax_amounts.tax_rate",
            "This property cannot be expanded because it doesn't exist: total_tax_amounts.",
        ),
    ):
        error = wire.error(wire.get(f"/v1/invoices/in_x?expand[]={path}", Stripe_Version=version), 400)
        assert error["message"] == message


def test_events_of_a_charge_show_the_refunds_of_their_moment(very_old_account: Shop) -> None:
    shop = very_old_account
    made = shop.post("payment_intents", "amount=900&currency=usd&confirm=true&payment_method=pm_card_visa")
    charge = made["charges"]["data"][0]["id"]
    for amount in (100, 250):
        shop.post("refunds", f"charge={charge}&amount={amount}")
    types = "types[]=charge.succeeded&types[]=charge.refunded"
    told = [event["data"] for event in shop.get(f"events?{types}")["data"][::-1]]
    pages = [data["object"]["refunds"] for data in told]
    shown = [([refund["amount"] for refund in page["data"]], page["total_count"]) for page in pages]
    assert shown == [([], 0), ([100], 1), ([250, 100], 2)]
    before = told[-1]["previous_attributes"]["refunds"]
    assert ([refund["amount"] for refund in before["data"]], before["total_count"]) == ([100], 1)


def test_a_subscription_has_one_period_and_one_discount(old: Shop, today: Shop) -> None:
    coupon = old.post("coupons", "percent_off=25&duration=forever")["id"]
    made = old.subscribe(f"coupon={coupon}")
    item = today.get(f"subscriptions/{made['id']}")["items"]["data"][0]
    period = ("current_period_start", "current_period_end")
    assert [made[name] for name in period] == [item[name] for name in period]
    assert not set(period) & made["items"]["data"][0].keys()
    assert made["discount"]["coupon"]["id"] == coupon
    assert made["discount"]["id"] == made["discounts"][0]
    assert "source" not in made["discount"]
    other = old.post("coupons", "percent_off=5")["id"]
    both = old.post(f"subscriptions/{made['id']}", f"discounts[0][coupon]={coupon}&discounts[1][coupon]={other}")
    assert (both["discount"], len(both["discounts"])) == (None, 2)


def test_a_discount_has_its_coupon_even_when_that_was_deleted(old: Shop, wire: Wire) -> None:
    coupon = old.post("coupons", "percent_off=25&duration=forever&name=Spring")["id"]
    made = old.subscribe(f"coupon={coupon}")
    wire.call("DELETE", f"/v1/coupons/{coupon}", Stripe_Version=OLD)
    assert old.get(f"subscriptions/{made['id']}")["discount"]["coupon"]["name"] == "Spring"
    gone = wire.call("DELETE", f"/v1/subscriptions/{made['id']}/discount", Stripe_Version=OLD).json()
    assert (gone["deleted"], gone["coupon"]["id"]) == (True, coupon)


@pytest.mark.parametrize(("version", "whole"), [(BASIL, True), (OLD, True), ("2025-09-30.clover", False)])
def test_a_promotion_code_is_made_of_a_coupon(wire: Wire, version: str, whole: bool) -> None:
    shop = Shop(wire, version)
    coupon = shop.post("coupons", "percent_off=25")["id"]
    if whole:
        made = shop.post("promotion_codes", f"coupon={coupon}&code=SPRING")
        assert (made["coupon"]["id"], made["code"], "promotion" in made) == (coupon, "SPRING", False)
    else:
        refused = wire.post("/v1/promotion_codes", f"coupon={coupon}", Stripe_Version=version)
        assert wire.error(refused, 400)["code"] in ("parameter_unknown", "parameter_missing")


def test_an_invoice_says_what_it_is_for_and_what_tax_it_has(old: Shop, today: Shop) -> None:
    rate = old.post("tax_rates", "display_name=VAT&percentage=25&inclusive=true")["id"]
    made = old.subscribe(f"default_tax_rates[0]={rate}&metadata[team]=blue")
    invoice = old.get(f"invoices/{made['latest_invoice']}")
    told = {
        name: invoice[name] for name in ("subscription", "subscription_details", "paid", "tax", "discount", "quote")
    }
    assert told == {
        "subscription": made["id"],
        "subscription_details": {"metadata": {"team": "blue"}},
        "paid": True,
        "tax": 400,
        "discount": None,
        "quote": None,
    }
    levy = {"amount": 400, "inclusive": True, "tax_rate": rate, "taxability_reason": None}
    assert invoice["total_tax_amounts"] == [{**levy, "taxable_amount": 1600}]
    [line] = invoice["lines"]["data"]
    assert line["tax_amounts"] == invoice["total_tax_amounts"]
    assert (line["amount_excluding_tax"], line["unit_amount_excluding_tax"]) == (1600, "1600")
    assert (line["type"], line["proration"], line["invoice_item"]) == ("subscription", False, None)
    assert (line["price"]["id"], line["plan"]["id"]) == (made["plan"]["id"], made["plan"]["id"])
    assert line["subscription_item"] == made["items"]["data"][0]["id"]
    now = today.get(f"invoices/{made['latest_invoice']}")
    assert now["parent"]["subscription_details"]["subscription"] == made["id"]
    assert "subscription" not in now


def test_prorations_are_lines_of_invoice_items(old: Shop) -> None:
    made = old.subscribe()
    item = made["items"]["data"][0]["id"]
    old.post(f"subscriptions/{made['id']}", f"items[0][id]={item}&items[0][price]={old.price(5000)}")
    added, taken = old.get("invoiceitems")["data"]
    assert (added["unit_amount"], added["amount"], taken["unit_amount"]) == (5000, 5000, -2000)
    assert (added["subscription"], added["subscription_item"]) == (made["id"], item)
    assert added["price"]["unit_amount"] == added["plan"]["amount"] == 5000
    upcoming = old.get(f"invoices/upcoming?subscription={made['id']}")
    assert "id" not in upcoming
    assert [line["type"] for line in upcoming["lines"]["data"]] == ["invoiceitem", "invoiceitem", "subscription"]
    assert upcoming["lines"]["data"][0]["proration_details"]["credited_items"]["invoice"] == made["latest_invoice"]


def test_a_draft_has_no_intent_and_what_was_paid_elsewhere_no_charge(old: Shop) -> None:
    customer = old.customer()
    old.post("invoiceitems", f"customer={customer}&amount=700&currency=usd")
    draft = old.post("invoices", f"customer={customer}&pending_invoice_items_behavior=include")
    assert (draft["payment_intent"], draft["charge"], draft["paid"]) == (None, None, False)
    opened = old.post(f"invoices/{draft['id']}/finalize")
    assert (opened["payment_intent"][:3], opened["charge"]) == ("pi_", None)
    paid = old.post(f"invoices/{draft['id']}/pay", "paid_out_of_band=true")
    assert (paid["paid"], paid["paid_out_of_band"], paid["charge"]) == (True, True, None)


def test_a_credit_note_had_one_refund(old: Shop, today: Shop) -> None:
    paid = old.subscribe("expand[]=latest_invoice")["latest_invoice"]
    made = old.post("credit_notes", f"invoice={paid['id']}&refund_amount=500&amount=500&expand[]=refund.charge")
    assert (made["refund"]["amount"], made["refund"]["charge"]["invoice"]) == (500, paid["id"])
    assert (made["tax_amounts"], "refunds" in made) == ([], False)
    refund = old.post("refunds", f"charge={paid['charge']}&amount=300")["id"]
    linked = old.post("credit_notes", f"invoice={paid['id']}&amount=300&refund={refund}")
    assert linked["refund"] == refund
    assert [each["refund"] for each in today.get(f"credit_notes/{linked['id']}")["refunds"]] == [refund]


def test_a_phase_had_one_coupon(old: Shop, today: Shop) -> None:
    coupon = old.post("coupons", "percent_off=25&duration=forever")["id"]
    phase = f"phases[0][items][0][plan]={old.price()}&phases[0][iterations]=2&phases[0][coupon]={coupon}"
    made = old.post("subscription_schedules", f"customer={old.customer()}&start_date=now&{phase}")
    [told] = made["phases"]
    assert (told["coupon"], told["discounts"][0]["coupon"]) == (coupon, coupon)
    subscription = old.get(f"subscription_schedules/{made['id']}?expand[]=subscription")["subscription"]
    assert subscription["discount"]["coupon"]["id"] == coupon
    assert "coupon" not in today.get(f"subscription_schedules/{made['id']}")["phases"][0]


def test_before_november_2022_intents_list_charges_and_charges_refunds(wire: Wire) -> None:
    shop = Shop(wire, "2022-08-01")
    body = "amount=900&currency=usd&confirm=true&payment_method=pm_card_visa"
    made = shop.post("payment_intents", f"{body}&expand[]=charges.data.balance_transaction")
    [charge] = made["charges"]["data"]
    assert (made["charges"]["total_count"], charge["balance_transaction"]["amount"]) == (1, 900)
    assert "latest_charge" not in made
    shop.post("refunds", f"charge={charge['id']}&amount=100")
    assert [refund["amount"] for refund in shop.get(f"charges/{charge['id']}")["refunds"]["data"]] == [100]
    assert "refunds" not in Shop(wire, "2022-11-15").get(f"charges/{charge['id']}")


def test_lists_told_how_many_there_are(old: Shop, today: Shop) -> None:
    made = [old.post("customers", f"email=a{number}@b.example")["id"] for number in range(4)]
    old.post("customers", "email=other@b.example")
    asked = f"limit=1&starting_after={made[2]}&expand[]=total_count"
    page = old.get(f"customers?{asked}")
    assert ([each["id"] for each in page["data"]], page["total_count"]) == ([made[1]], 5)
    assert old.get("customers?email=a1@b.example&expand[]=total_count")["total_count"] == 1
    assert "total_count" not in old.get("customers")
    assert old.get("customers?include[]=total_count")["total_count"] == 5
    for version in (BASIL, None):
        error = old.wire.error(old.wire.get(f"/v1/customers?{asked}", Stripe_Version=version), 400)
        assert error["message"] == "This property cannot be expanded (total_count)."
        error = old.wire.error(old.wire.get("/v1/customers?include[]=total_count", Stripe_Version=version), 400)
        assert (error["code"], error["param"]) == ("parameter_unknown", "include")
    lines = old.get(f"invoices/upcoming/lines?subscription={old.subscribe()['id']}&expand[]=total_count")
    assert lines["total_count"] == 1


def test_before_august_2020_customers_come_with_what_they_have(wire: Wire) -> None:
    shop = Shop(wire, "2020-03-02")
    made = shop.subscribe()
    customer = shop.get(f"customers/{made['customer']}")
    assert [each["id"] for each in customer["subscriptions"]["data"]] == [made["id"]]
    assert (customer["sources"]["data"], customer["tax_ids"]["data"]) == ([], [])
    assert "subscriptions" not in Shop(wire, "2020-08-27").get(f"customers/{made['customer']}")


def test_products_had_features(wire: Wire) -> None:
    shop = Shop(wire, "2023-10-16")
    made = shop.post("products", "name=Pro&features[0][name]=Fast")
    assert (made["features"], "marketing_features" in made) == ([{"name": "Fast"}], False)
    assert Shop(wire, OLD).get(f"products/{made['id']}")["marketing_features"] == [{"name": "Fast"}]


def test_intents_took_cards_where_nothing_was_said(wire: Wire) -> None:
    body = "amount=900&currency=usd"
    assert Shop(wire, "2022-11-15").post("payment_intents", body)["automatic_payment_methods"] is None
    assert Shop(wire, "2023-08-16").post("payment_intents", body)["automatic_payment_methods"] is not None


def test_an_intent_was_captured_at_once_where_nothing_was_said(wire: Wire) -> None:
    body = "amount=900&currency=usd&payment_method=pm_card_visa&payment_method_types[]=card&confirm=true"
    for version, capture, later in (("2023-10-16", "automatic", 0), ("2024-04-10", "automatic_async", 1)):
        shop = Shop(wire, version)
        intent = shop.post("payment_intents", body)
        assert intent["capture_method"] == capture
        updates = [each["data"]["object"] for each in shop.get("events?type=charge.updated")["data"]]
        assert [charge["id"] for charge in updates] == [intent["latest_charge"]] * later
        assert shop.get(f"charges/{intent['latest_charge']}")["balance_transaction"].startswith("txn_")
    asked = Shop(wire, "2022-11-15").post("payment_intents", "amount=900&currency=usd&capture_method=manual")
    assert asked["capture_method"] == "manual"


def test_accounts_were_rejected_for_fraud_of_any_kind(wire: Wire) -> None:
    for version in ("2022-11-15", OLD, None):
        account = wire.post("/v1/accounts", "type=custom&country=US", Stripe_Version=version).json()["id"]
        url = f"/v1/accounts/{account}/reject"
        error = wire.error(wire.post(url, "reason=boredom", Stripe_Version=version), 400)
        assert error["param"] == "reason"
        rejected = wire.post(url, "reason=fraud", Stripe_Version=version).json()
        assert rejected["requirements"]["disabled_reason"] == "rejected.fraud"
    account = wire.post("/v1/accounts", "type=custom&country=US").json()["id"]
    newest = wire.post(f"/v1/accounts/{account}/reject", "reason=fraud", Stripe_Version="2026-10-28.endive")
    assert wire.error(newest, 400)["param"] == "reason"


def test_previous_attributes_tell_the_difference_of_older_shapes(old_account: Shop) -> None:
    old = old_account
    made = old.subscribe()
    item, dearer = made["items"]["data"][0]["id"], old.price(5000)
    old.post(f"subscriptions/{made['id']}", f"items[0][id]={item}&items[0][price]={dearer}&billing_cycle_anchor=now")
    coupon = old.post("coupons", "percent_off=25")["id"]
    old.post(f"subscriptions/{made['id']}", f"coupon={coupon}")
    discounted, changed = old.get("events?type=customer.subscription.updated")["data"]
    assert discounted["api_version"] == OLD
    assert discounted["data"]["previous_attributes"] == {"discount": None, "discounts": []}
    assert discounted["data"]["object"]["discount"]["coupon"]["id"] == coupon
    before = changed["data"]["previous_attributes"]
    assert before["plan"]["amount"] == 2000
    assert "current_period_end" not in before["items"]["data"][0]
    assert before["items"]["data"][0]["price"]["recurring"]["aggregate_usage"] is None
    [paid] = [
        event for event in old.get("events?type=invoice.paid")["data"] if event["data"]["object"]["total"] == 2000
    ]
    assert (paid["data"]["object"]["paid"], paid["data"]["object"]["subscription"]) == (True, made["id"])


def test_an_update_of_an_invoice_tells_that_it_was_not_paid(old_account: Shop) -> None:
    old = old_account
    made = old.subscribe("payment_behavior=default_incomplete&expand[]=latest_invoice")
    old.post(f"payment_intents/{made['latest_invoice']['payment_intent']}/confirm", "payment_method=pm_card_visa")
    [told] = old.get("events?type=invoice.updated")["data"]
    before, after = told["data"]["previous_attributes"], told["data"]["object"]
    assert (before["paid"], before["status"], before["attempted"], before["charge"]) == (False, "open", False, None)
    assert (after["paid"], after["charge"][:3]) == (True, "ch_")


def test_an_error_shows_its_intent_as_it_was(old: Shop) -> None:
    customer = old.customer("")
    old.post("invoiceitems", f"customer={customer}&amount=700&currency=usd")
    invoice = old.post("invoices", f"customer={customer}&pending_invoice_items_behavior=include")["id"]
    old.post(f"invoices/{invoice}/finalize")
    intent = old.get(f"invoices/{invoice}")["payment_intent"]
    body = "payment_method=pm_card_chargeCustomerFail"
    declined = old.wire.post(f"/v1/payment_intents/{intent}/confirm", body, Stripe_Version=OLD)
    error = old.wire.error(declined, 402)
    assert error["payment_intent"]["invoice"] == invoice
