"""Sources, and those of a customer."""

from mockbill.billing.sources import banks, making, of_customers
from mockbill.stripe_api import client_secrets, lists
from mockbill.stripe_api.registry import ACCEPTS, Call, handles, includes, subject
from mockbill.surface import INTEGER, STRING, any_of, object_of
from mockbill.world import Doc, Problem

_ALL = "/v1/customers/{customer}/sources"
_ONE = f"{_ALL}/{{id}}"
_SOURCE = "/v1/sources/{source}"
_HIDDEN = {"customer", "metadata"}  # from who has only a publishable key (memory)

ACCEPTS["POST /v1/sources"] = {  # each type has members of its own, which the SDK does not declare
    ("card",): object_of({"cvc": STRING, "exp_month": INTEGER, "exp_year": INTEGER, "number": STRING, "token": STRING}),
    ("three_d_secure",): object_of({"card": STRING, "customer": STRING}),
    ("sepa_debit",): object_of({"iban": STRING}),
    ("ideal",): object_of({"bank": STRING, "statement_descriptor": STRING}),
    ("sofort",): object_of({"country": STRING, "preferred_language": STRING, "statement_descriptor": STRING}),
    ("bancontact",): object_of({"preferred_language": STRING, "statement_descriptor": STRING}),
    **{(type,): object_of({"statement_descriptor": STRING}) for type in ("alipay", "eps", "giropay", "wechat")},
}
_HOLDER = dict.fromkeys(
    ("name", "address_city", "address_country", "address_line1", "address_line2", "address_state", "address_zip"),
    STRING,
)
# Details as older clients send them in the place of a token
_TYPED_CARD = {"number!": STRING, "exp_month!": STRING, "exp_year!": STRING, "cvc": STRING, "object": STRING, **_HOLDER}
_TYPED_BANK = {
    **{f"{name}!": STRING for name in ("account_number", "country")},
    **dict.fromkeys(("account_holder_name", "account_holder_type", "currency", "object", "routing_number"), STRING),
}
for _path in ("charges", "customers", "customers/{customer}", "customers/{customer}/sources"):
    ACCEPTS.setdefault(f"POST /v1/{_path}", {})["source",] = any_of(
        STRING, object_of(_TYPED_CARD), object_of(_TYPED_BANK)
    )
includes("customer", "sources")(of_customers.of_customer)
for _kind in ("customer", "invoice", "subscription"):
    includes(_kind, "default_source")(of_customers.default_of)


@handles("POST /v1/sources")
def make(call: Call) -> Doc:
    return making.create(call.work, call.params)


@handles(f"GET {_SOURCE}")
def show(call: Call) -> Doc:
    public = client_secrets.check(call, making.KIND)
    source = call.work.need(making.KIND, call.id)
    return {name: value for name, value in source.items() if name not in _HIDDEN} if public else source


@handles(f"POST {_SOURCE}")
def change(call: Call) -> Doc:
    return making.update(call.work, subject(call, making.KIND), call.params)


@handles(f"POST {_SOURCE}/verify")
def verify(call: Call) -> Doc:
    source = call.work.need(making.KIND, call.ids["source"])
    raise Problem(
        f"The source {source['id']} does not have to be verified with a code: its flow is {source['flow']}.",
        param="values",
    )


@handles(f"GET {_SOURCE}/source_transactions")
def transactions(call: Call) -> Doc:
    source = call.work.need(making.KIND, call.ids["source"])
    return lists.page(call.work, "source_transaction", call.params, {"source": source["id"]}, call.path)


def _customer(call: Call) -> Doc:
    customer = call.work.need("customer", call.ids["customer"])
    call.work.use_clock_of(customer)
    return customer


@handles(f"GET {_ALL}")
def listing(call: Call) -> Doc:
    asked = call.params.get("object")
    found = of_customers.listed(call.work, _customer(call)["id"])
    kept = [doc for doc in found if asked in (None, doc["object"])]
    return lists.page_of(kept, call.params, call.path, "source")


@handles(f"POST {_ALL}")
def create(call: Call) -> Doc:
    return of_customers.create(call.work, _customer(call), call.params)


@handles(f"GET {_ONE}")
def retrieve(call: Call) -> Doc:
    return of_customers.retrieve(call.work, _customer(call)["id"], call.id)


@handles(f"POST {_ONE}")
def update(call: Call) -> Doc:
    return of_customers.update(call.work, _customer(call)["id"], call.id, call.params)


@handles(f"POST {_ONE}/verify")
def verify_bank(call: Call) -> Doc:
    customer = _customer(call)
    return banks.verify(call.work, banks.owned(call.work, customer["id"], call.id, "id"), call.params)


@handles(f"DELETE {_ONE}")
def delete(call: Call) -> Doc:
    return of_customers.delete(call.work, _customer(call)["id"], call.id)
