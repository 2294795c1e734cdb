"""Credit grants: made, changed, expired, voided; and what time does to them."""

from typing import Any

from mockbill.billing import amounts, fields, unmodelled
from mockbill.billing.credits import transactions
from mockbill.billing.credits.transactions import GRANT
from mockbill.rules import credits
from mockbill.world import Doc, Problem, Work, World

MOST_PRICES = 20
DEFAULT_PRIORITY = 50
_MOST_UNUSED = 100  # grants of a customer that still have something, or are not in effect yet
_OURS = ("amount", "applicability_config", "customer", "customer_account")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/credit_grants``: an amount, for whom, and for which usage.

    It can be used from ``effective_at`` on (now, unless it says else) and before ``expires_at``.
    """
    unmodelled.refuse(params, ["customer_account"], "credit grants")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    w.use_clock_of(customer)
    amount = _amount(params["amount"])
    scope = scope_of(w, params["applicability_config"]["scope"], "applicability_config[scope]")
    _check_priority(params.get("priority"))
    effective = params.get("effective_at", w.now)
    if effective < w.now:
        raise Problem("The effective_at cannot be in the past.", param="effective_at")
    _check_expiry(w, params.get("expires_at"), effective)
    _check_number(w, customer)
    own = fields.fields_of(GRANT, params, {}, but=_OURS)
    grant = w.add(
        GRANT,
        **{
            "category": "paid",
            "priority": DEFAULT_PRIORITY,
            **own,
            "amount": amount,
            "applicability_config": {"scope": scope},
            "customer": customer["id"],
            "effective_at": effective,
            "test_clock": customer["test_clock"],
            "updated": w.now,
        },
    )
    w.keep("credit_grant", grant["id"], left=amount["monetary"]["value"], granted=False, over=False)
    w.emit(f"{GRANT}.created", grant)
    if effective <= w.now:
        transactions.granted(w, grant)
    return grant


def update(w: Work, grant: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/credit_grants/{id}``: metadata, and when it expires."""
    if "expires_at" in params:
        _check_running(w, grant, "updated")
        _check_expiry(w, params["expires_at"], grant["effective_at"])
    changes = fields.fields_of(GRANT, params, grant)
    return _changed(w, grant, **changes) if any(grant[name] != value for name, value in changes.items()) else grant


def expire(w: Work, grant: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/credit_grants/{id}/expire``: what is left of it can no longer be used."""
    _check_running(w, grant, "expired")
    expired = _changed(w, grant, expires_at=w.now)
    transactions.lost(w, expired, "credits_expired")
    return expired


def void(w: Work, grant: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/credit_grants/{id}/void``: it was never meant; only one of which no invoice has taken any."""
    _check_running(w, grant, "voided")
    if transactions.left(w, grant) < grant["amount"]["monetary"]["value"]:
        raise Problem("This credit grant has been applied to an invoice, so it cannot be voided; expire it instead.")
    voided = _changed(w, grant, voided_at=w.now)
    transactions.lost(w, voided, "credits_voided")
    return voided


def due(world: World, grant: Doc) -> tuple[int, str] | None:
    """When it takes effect, then when it expires."""
    kept = world.fetch("_credit_grant", grant["id"]) or {"over": True}
    if kept["over"]:
        return None
    if not kept["granted"]:
        return grant["effective_at"], "credit_grant.take_effect"
    return (grant["expires_at"], "credit_grant.expire") if grant["expires_at"] else None


def take_effect(w: Work, grant: Doc) -> None:
    """Its ``effective_at`` has come."""
    transactions.granted(w, grant)


def expire_in_time(w: Work, grant: Doc) -> None:
    """Its ``expires_at`` has come; the grant itself has not changed, so only the transaction is told of."""
    transactions.lost(w, grant, "credits_expired")


def scope_of(w: Work, asked: dict[str, Any], where: str) -> Doc:
    """A scope as objects show it: all metered prices, or some of them; Problem for neither, or both."""
    named = asked.get("prices")
    if bool(named) == bool(asked.get("price_type")):
        raise Problem(
            f"You must specify exactly one of these parameters: {where}[price_type], {where}[prices].", param=where
        )
    if not named:
        return {"price_type": asked["price_type"]}
    if len(named) > MOST_PRICES:
        raise Problem(f"You can name up to {MOST_PRICES} prices.", param=f"{where}[prices]")
    for position, each in enumerate(named):
        price = w.need("price", each["id"], f"{where}[prices][{position}][id]")
        if not is_payable(price):
            raise Problem(
                f"Credits can only pay for metered prices with a meter; {price['id']} is none.",
                param=f"{where}[prices][{position}][id]",
            )
    return {"prices": [{"id": each["id"]} for each in named]}


def is_payable(price: Doc) -> bool:
    """Whether credits can pay for it: a metered price with a meter (usage records of older versions have none)."""
    return bool((price["recurring"] or {}).get("meter"))


def _amount(asked: dict[str, Any]) -> Doc:
    monetary = asked.get("monetary")
    if not monetary:
        raise Problem("Missing required param: amount[monetary].", code="parameter_missing", param="amount[monetary]")
    currency = amounts.currency(monetary["currency"], "amount[monetary][currency]")
    value, where = monetary["value"], "amount[monetary][value]"
    if value <= 0:
        raise Problem("This value must be greater than 0.", code="parameter_invalid_integer", param=where)
    amounts.check_amount(value, currency, where, most=amounts.MOST_ON_AN_INVOICE)
    return {"monetary": {"currency": currency, "value": value}, "type": "monetary"}


def _check_priority(priority: int | None) -> None:
    if priority is not None and not credits.FIRST <= priority <= credits.LAST:
        raise Problem(
            f"The priority must be between {credits.FIRST} and {credits.LAST}, not {priority}.",
            code="parameter_invalid_integer",
            param="priority",
        )


def _check_expiry(w: Work, expires: Any, effective: int) -> None:
    if expires in (None, ""):
        return
    if expires <= w.now:
        raise Problem("The expires_at must be in the future.", param="expires_at")
    if expires <= effective:
        raise Problem("The expires_at must be after the effective_at.", param="expires_at")


def _check_number(w: Work, customer: Doc) -> None:
    unused = sum(transactions.left(w, grant) > 0 for grant in w.find(GRANT, customer=customer["id"]))
    if unused >= _MOST_UNUSED:
        raise Problem(f"A customer can have up to {_MOST_UNUSED} unused credit grants.", param="customer")


def _check_running(w: Work, grant: Doc, what: str) -> None:
    if grant["voided_at"]:
        raise Problem(f"This credit grant is voided, so it cannot be {what}.")
    if grant["expires_at"] is not None and grant["expires_at"] <= w.now:
        raise Problem(f"This credit grant has expired, so it cannot be {what}.")


def _changed(w: Work, grant: Doc, **changes: Any) -> Doc:
    changed = w.change(grant, updated=w.now, **changes)
    w.emit(f"{GRANT}.updated", changed, grant)
    return changed
