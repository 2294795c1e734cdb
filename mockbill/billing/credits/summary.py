"""The credit balance summary: what a customer's grants come to, in each currency."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import unmodelled
from mockbill.billing.credits import application, grants, transactions
from mockbill.billing.credits.transactions import GRANT
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing


def of(w: Work, params: Mapping[str, Any]) -> Doc:
    """``GET /v1/billing/credit_balance_summary``: for one grant, or for all that pay for a scope.

    Credits are applied the moment that an invoice is finalized, so what is available is what the ledger has.
    """
    unmodelled.refuse(params, ["customer_account"], "credit balance summaries")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    w.use_clock_of(customer)
    wanted = _wanted(w, customer, params["filter"])
    usable = {grant["id"] for grant in application.usable(w, customer["id"])}
    sums: dict[str, int] = {}
    for grant in wanted:
        currency = grant["amount"]["monetary"]["currency"]
        sums[currency] = sums.get(currency, 0) + (transactions.left(w, grant) if grant["id"] in usable else 0)
    return {
        "object": "billing.credit_balance_summary",
        "balances": [_balance(currency, value) for currency, value in sums.items()],
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
    }


def _wanted(w: Work, customer: Doc, asked: Mapping[str, Any]) -> list[Doc]:
    """The grants that a filter names, oldest first."""
    name = asked["type"]
    if not asked.get(name):
        raise Problem(f"Missing required param: filter[{name}].", code="parameter_missing", param=f"filter[{name}]")
    all_of_them = w.find(GRANT, customer=customer["id"])
    if name == "credit_grant":
        found = [grant for grant in all_of_them if grant["id"] == asked[name]]
        if not found:
            raise missing(GRANT, asked[name], "filter[credit_grant]")
        return found
    pays = _paying(grants.scope_of(w, asked[name], "filter[applicability_scope]"))
    return [grant for grant in all_of_them if pays(grant["applicability_config"]["scope"])]


def _paying(scope: Doc) -> Callable[[Doc], bool]:
    """Whether a grant's scope pays for the one that is asked about: for all that is metered, or for any of its prices.

    What Stripe says of several prices that grants share in part is not established.
    """
    if "prices" not in scope:
        return lambda own: "prices" not in own
    asked = {each["id"] for each in scope["prices"]}
    return lambda own: "prices" not in own or not asked.isdisjoint(each["id"] for each in own["prices"])


def _balance(currency: str, value: int) -> Doc:
    amount = {"monetary": {"currency": currency, "value": value}, "type": "monetary"}
    return {"available_balance": amount, "ledger_balance": amount}
