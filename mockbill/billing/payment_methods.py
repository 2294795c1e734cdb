"""Payment methods: cards as they are handed over and tested; all of them attached to customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mockbill.billing import billing_details, card_errors, fields, legacy_cards, unmodelled
from mockbill.billing.bank_debits import accounts
from mockbill.billing.sources import states
from mockbill.rules import bank_debits, cards
from mockbill.rules.bank_debits import SCHEMES
from mockbill.rules.cards import Card
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

CASH, LINK = "customer_balance", "link"
_SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)


@dataclass(frozen=True, slots=True)
class Details:
    """A card as it was handed over. ``cvc`` says whether one was given: what was not given cannot be checked."""

    number: str
    exp_month: int
    exp_year: int
    cvc: bool
    billing: Mapping[str, Any] = field(default_factory=dict)
    preferred: str | None = None  # of a co-branded card's networks


# making them


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_methods``: of card details, of a token, or a copy of another payment method."""
    if other := params.get("payment_method"):
        return copied(w, w.need("payment_method", other, "payment_method"), w.id("payment_method"))
    if "type" not in params:
        raise Problem("Missing required param: type.", code="parameter_missing", param="type")
    return of_params(w, params, "")


def of_params(w: Work, params: Mapping[str, Any], inside: str) -> Doc:
    """A payment method of ``type``, ``card``, ``billing_details``, ... as ``create`` and ``payment_method_data``
    take them; ``inside`` is the name of the parameter that holds them."""
    if params["type"] == CASH:
        return _plain(w, params, customer_balance={})
    if params["type"] == LINK:
        return _plain(w, params, link={"email": (params.get("billing_details") or {}).get("email") or None})
    if params["type"] in SCHEMES:
        return accounts.of_params(w, params, inside)
    if params["type"] != "card":
        raise unmodelled.unsupported(
            f"mockbill does not simulate payment methods of type {params['type']} yet.", _inside(inside, "type")
        )
    given = params.get("card") or {}
    billing = params.get("billing_details") or {}
    if token := given.get("token"):
        details = _of_token(w, token, _inside(inside, "card", "token"))[0]
        details = _billed(details, billing)
    else:
        for name in ("number", "exp_month", "exp_year"):
            if name not in given:
                param = _inside(inside, "card", name)
                raise Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)
        preferred = (given.get("networks") or {}).get("preferred")
        details = checked(w, given["number"], given["exp_month"], given["exp_year"], given.get("cvc"), billing)
        details = _billed(details, billing, preferred)
    return made(
        w,
        details,
        allow_redisplay=params.get("allow_redisplay", "unspecified"),
        metadata=fields.merge({}, params.get("metadata") or {}),
    )


def _plain(w: Work, params: Mapping[str, Any], **own: Doc) -> Doc:
    """A payment method without a number: the cash that customers send by bank transfer, or Link."""
    method = w.build(
        "payment_method",
        allow_redisplay=params.get("allow_redisplay", "unspecified"),
        billing_details=billing_details.of(params.get("billing_details") or {}),
        metadata=fields.merge({}, params.get("metadata") or {}),
        shared_payment_granted_token=None,
        type=params["type"],
        **own,
    )
    return w.put("payment_method", method)


def of_details(
    w: Work,
    card_number: str,
    exp_month: int,
    exp_year: int,
    cvc: str | None,
    billing_details: Mapping[str, Any] | None = None,
) -> Doc:
    """A payment method of what somebody typed on a page; Problem 402 where the details are wrong."""
    return made(w, checked(w, card_number, exp_month, exp_year, cvc, billing_details or {}))


def instantiate(w: Work, id: str, param: str) -> Doc:
    """The payment method of an id; a test id (``pm_card_visa``) or a token becomes a new one."""
    if (card := cards.by_payment_method_id(id)) is not None:
        return made(w, _of_test_card(w, card))
    if id.startswith("tok_"):
        return of_token(w, id, param)
    method = w.get("payment_method", id) or accounts.of_test_id(w, id)
    if method is None:
        raise missing("payment_method", id, param)
    return method


def card_of_token(w: Work, id: str, param: str) -> tuple[Doc, str]:
    """The card behind a token as a payment method that is not stored, and its number."""
    details, card_id = _of_token(w, id, param)
    return built(w, details, id=card_id or w.id("card")), details.number


def of_token(w: Work, id: str, param: str, as_id: str | None = None) -> Doc:
    """The card of a token, under its own id or as the source of another one."""
    details, card_id = _of_token(w, id, param)
    return made(w, details, id=as_id or card_id or w.id("card"))


def is_test_id(id: str) -> bool:
    """Whether an id such as ``pm_card_visa`` stands for a new payment method each time."""
    return cards.by_payment_method_id(id) is not None or bank_debits.by_payment_method_id(id) is not None


def made(w: Work, details: Details, **changes: Any) -> Doc:
    """Store a new payment method, and privately its number."""
    method = w.put("payment_method", built(w, details, **changes))
    w.keep("card", method["id"], number=details.number, cvc=details.cvc, set_up=False, spent=False)
    return method


def built(w: Work, details: Details, **changes: Any) -> Doc:
    """A payment method that is not stored, as tokens hold one."""
    card, billing = cards.by_number(details.number), billing_details.of(details.billing)
    return w.build(
        "payment_method",
        **{
            "allow_redisplay": "unspecified",
            "billing_details": billing,
            "card": _card_hash(w, card, details, billing),
            "metadata": {},
            "shared_payment_granted_token": None,
            "type": "card",
            **changes,
        },
    )


def checked(
    w: Work, number: str, exp_month: int, exp_year: int, cvc: str | None, billing: Mapping[str, Any]
) -> Details:
    """Card details as typed, or the 402 that says what is wrong with them."""
    today = datetime.fromtimestamp(w.now, UTC)
    wrong = cards.check_details(number, exp_month, exp_year, cvc, today.year, today.month)
    if wrong is not None:
        raise card_errors.refused(wrong)
    year = cards.full_year(exp_year, today.year)
    return Details(cards.by_number(number).number, exp_month, year, cvc is not None, billing)


def _of_test_card(w: Work, card: Card) -> Details:
    today = datetime.fromtimestamp(w.now, UTC)
    return Details(card.number, today.month, today.year + 1, cvc=True)


def _of_token(w: Work, id: str, param: str) -> tuple[Details, str | None]:
    """The card behind a token and, for one that was created, its id; a created token can be used only once."""
    if (card := cards.by_token(id)) is not None:
        return _of_test_card(w, card), None
    token = w.need("token", id, param)
    if token["type"] != "card":
        raise missing("token", id, param)
    if token["used"]:
        raise Problem(f"You cannot use a Stripe token more than once: {id}.", code="token_already_used", param=param)
    w.change(token, used=True)
    held = w.private("token", id) or {}
    shown = token["card"]
    return Details(held["number"], shown["exp_month"], shown["exp_year"], held["cvc"], held["billing"]), shown["id"]


def _billed(details: Details, billing: Mapping[str, Any], preferred: str | None = None) -> Details:
    return Details(
        details.number,
        details.exp_month,
        details.exp_year,
        details.cvc,
        {**details.billing, **billing},
        preferred,
    )


def copied(w: Work, method: Doc, id: str) -> Doc:
    """A payment method of its own with the same card, as platforms clone them for connected accounts."""
    copy = w.add("payment_method", **{**method, "id": id, "customer": None, "created": w.now})
    kind = _kept_as(method)
    facts = {name: value for name, value in (w.private(kind, method["id"]) or {}).items() if name != "id"}
    w.keep(kind, copy["id"], **{**facts, "spent": False})
    return copy


# what they show


def _card_hash(w: Work, card: Card, details: Details, billing: Doc) -> Doc:
    return {
        "brand": card.brand,
        "checks": _checks(card, details.cvc, billing, used=False),
        "country": card.country,
        "display_brand": card.display_brand,
        "exp_month": details.exp_month,
        "exp_year": details.exp_year,
        "fingerprint": w.world.ids.digest(card.number, 16),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": list(card.networks), "preferred": details.preferred},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.three_d_secure is not cards.ThreeDSecure.NOT_SUPPORTED},
        "wallet": None,
    }


def _checks(card: Card, cvc: bool, billing: Doc, *, used: bool) -> Doc:
    address = billing["address"]
    return card.checks(cvc=cvc, line1=bool(address["line1"]), postal_code=bool(address["postal_code"]), used=used)


def card_facts(w: Work, id: str) -> Doc:
    """What only we know of a card: ``number``, ``cvc`` (was one given), ``set_up`` (for use off session), ``spent``."""
    facts = w.private("card", id)
    assert facts is not None  # every card is made by ``made`` or ``copied``
    return facts


def _kept_as(method: Doc) -> str:
    """Under which name it is kept privately whether a payment method is spent, besides what only its kind knows."""
    return "card" if method["type"] == "card" else "bank_account"


def card_of(w: Work, method: Doc) -> Card:
    """The test card that decides what becomes of a payment with this method."""
    return cards.by_number(card_facts(w, method["id"])["number"])


def refund_of(w: Work, method: Doc) -> str:
    """How a refund goes: ``succeeds``, ``pending`` or ``fails``; to bank accounts it takes its time."""
    if method["type"] == LINK:
        return "succeeds"
    return card_of(w, method).refund if method["type"] == "card" else "pending"


def used(w: Work, method: Doc) -> Doc:
    """The payment method after an issuer has looked at it: its checks have results."""
    facts = card_facts(w, method["id"])
    checks = _checks(cards.by_number(facts["number"]), facts["cvc"], method["billing_details"], used=True)
    if checks == method["card"]["checks"]:
        return method
    return w.change(method, card={**method["card"], "checks": checks})


# whose they are


def attach(w: Work, method: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_methods/{id}/attach``; Problem 402 for a card that cannot be saved."""
    customer = params.get("customer")
    if not customer:
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    w.need("customer", customer, "customer")
    if method["type"] == CASH:
        raise Problem("Payment methods of type customer_balance cannot be attached: name the customer on the intent.")
    if method["customer"] == customer:
        return method
    if method["customer"] is not None:
        raise Problem("The payment method you provided has already been attached to a customer.")
    states.check_attachable(w, method["id"])
    check_unspent(w, method)
    if method["type"] != "card":
        return join(w, method, customer)
    facts = card_facts(w, method["id"])
    refusal = cards.refusal_to_attach(cards.by_number(facts["number"]), cvc_given=facts["cvc"])
    if refusal is not None:
        raise card_errors.refused(refusal)
    return join(w, used(w, method), customer)


def join(w: Work, method: Doc, customer: str) -> Doc:
    """Give a payment method to a customer and say so; nothing is asked."""
    method = w.change(method, customer=customer)
    if (source := states.given(w, method["id"], customer)) is not None:
        w.emit("customer.source.created", source)
    elif legacy_cards.is_legacy(method["id"]):
        number = card_facts(w, method["id"])["number"]
        w.emit("customer.source.created", legacy_cards.card_object(method, number))
    else:
        w.emit("payment_method.attached", method)
    return method


def check_unspent(w: Work, method: Doc) -> None:
    """Problem for a payment method that was used once without a customer, or detached from one."""
    if states.is_source(method["id"]):
        states.check_chargeable(w, method["id"])
    if (w.private(_kept_as(method), method["id"]) or {}).get("spent"):
        raise Problem(_SPENT)


def spend(w: Work, method: Doc) -> None:
    """Note that a payment method of nobody has been used: it cannot be used again."""
    w.keep(_kept_as(method), method["id"], spent=True)
    if states.is_source(method["id"]):
        states.consumed(w, method["id"])


def attach_named(w: Work, id: str, customer_id: str, param: str) -> Doc:
    """Attach what an id names: a test id, a token, a payment method; Problem 402 for a card that cannot be saved."""
    return attach(w, instantiate(w, id, param), {"customer": customer_id})


def owned(w: Work, id: str, customer_id: str, param: str) -> str:
    """The id of a payment method of this customer; test ids are instantiated and attached."""
    if is_test_id(id):
        return str(attach_named(w, id, customer_id, param)["id"])
    method = instantiate(w, id, param)
    if method["customer"] != customer_id:
        raise Problem(
            f"The customer does not have a payment method with the ID {id}. The payment method must be attached to "
            "the customer.",
            code="resource_missing",
            param=param,
        )
    return id


def update(w: Work, method: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_methods/{id}``: billing details, expiry, preferred network, metadata."""
    if method["customer"] is None:
        raise Problem("You must save this PaymentMethod to a customer before you can update it.")
    changes: dict[str, Any] = {}
    if "allow_redisplay" in params:
        changes["allow_redisplay"] = params["allow_redisplay"]
    if "billing_details" in params:
        changes["billing_details"] = billing_details.updated(method["billing_details"], params["billing_details"])
    for type in ("card", "us_bank_account"):
        if type in params and type != method["type"]:
            raise Problem(f"You cannot update `{type}` of a PaymentMethod of type {method['type']}.", param=type)
    if "us_bank_account" in params:
        changes["us_bank_account"] = {**method["us_bank_account"], **params["us_bank_account"]}
    if "card" in params:
        changes["card"] = updated_card(w, method, params["card"])
    if "metadata" in params:
        changes["metadata"] = fields.merge(method["metadata"], params["metadata"])
    changed = w.change(method, **changes)
    if changed != method:
        w.emit("payment_method.updated", changed, method)
    return changed


def updated_card(w: Work, method: Doc, sent: Mapping[str, Any]) -> Doc:
    """The ``card`` of a method with another expiry or preferred network; Problem 402 for one that has passed."""
    old: Doc = method["card"]
    month, year = sent.get("exp_month", old["exp_month"]), sent.get("exp_year", old["exp_year"])
    details = checked(w, card_facts(w, method["id"])["number"], month, year, None, {})
    card = {**old, "exp_month": details.exp_month, "exp_year": details.exp_year}
    if "preferred" in (sent.get("networks") or {}):
        card["networks"] = {**old["networks"], "preferred": sent["networks"]["preferred"] or None}
    return card


def _inside(outer: str, *names: str) -> str:
    first, *rest = (outer, *names) if outer else names
    return first + "".join(f"[{name}]" for name in rest)
