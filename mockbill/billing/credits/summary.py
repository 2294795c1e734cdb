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

    The ledger has what was not used yet of the grants in effect; what drafts show is not available any more.
    """
    unmodelled.refuse(params, ["customer_account"], "credit balance summaries")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    w.use_clock_of(customer)
    wanted = _wanted(w, customer, params["filter"])
    drafted = application.on_drafts(w, customer["id"])
    sums: dict[str, list[int]] = {}
    for grant in wanted:
        ledger = transactions.left(w, grant) if _is_in_effect(w, grant) else 0
        both = sums.setdefault(grant["amount"]["monetary"]["currency"], [0, 0])
        both[0] += max(ledger - drafted.get(grant["id"], 0), 0)
        both[1] += ledger
    return {
        "object": "billing.credit_balance_summary",
        "balances": [
            {"available_balance": _amount(currency, available), "ledger_balance": _amount(currency, ledger)}
            for currency, (available, ledger) in sums.items()
        ],
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
    }


def _is_in_effect(w: Work, grant: Doc) -> bool:
    return bool(grant["effective_at"] <= w.now and (grant["expires_at"] is None or grant["expires_at"] > w.now))


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


def _amount(currency: str, value: int) -> Doc:
    return {"monetary": {"currency": currency, "value": value}, "type": "monetary"}
