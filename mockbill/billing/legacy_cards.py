"""The card object of the older Sources and Tokens APIs: another view of a payment method, which is what we keep."""

from mockbill.rules import cards
from mockbill.world import Doc


def is_legacy(id: str) -> bool:
    """Whether a payment method came in as a token or source: Stripe gives it a card's id."""
    return id.startswith("card_")


def card_object(method: Doc, number: str) -> Doc:
    """A payment method with a ``card_...`` id as a ``card``; ``number`` is its private card number."""
    card, billing = method["card"], method["billing_details"]
    address, checks = billing["address"], card["checks"]
    customer = {"customer": method["customer"]} if method["customer"] else {}
    return {
        "id": method["id"],
        "object": "card",
        "address_city": address["city"],
        "address_country": address["country"],
        "address_line1": address["line1"],
        "address_line1_check": checks["address_line1_check"],
        "address_line2": address["line2"],
        "address_state": address["state"],
        "address_zip": address["postal_code"],
        "address_zip_check": checks["address_postal_code_check"],
        "allow_redisplay": method["allow_redisplay"],
        "brand": cards.by_number(number).brand_title,
        "country": card["country"],
        **customer,
        "cvc_check": checks["cvc_check"],
        "dynamic_last4": None,
        "email": billing["email"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "last4": card["last4"],
        "metadata": method["metadata"],
        "name": billing["name"],
        "phone": billing["phone"],
        "regulated_status": card["regulated_status"],
        "tokenization_method": None,
        "wallet": None,
    }
