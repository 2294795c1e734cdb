"""Where the account is registered to collect tax: ``scheduled``, then ``active``, then ``expired``, on its own clock.

Stripe collects only where there is a registration.  Here an account that has none at all collects wherever its table
has a rate, so that automatic tax needs no setting up; from its first registration on it is as at Stripe, and stays so
when the last one has expired.  A registration counts on test clocks as well, by what it is on the account's own clock.
No events.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.rules import countries, tax_table
from mockbill.world import Doc, Problem, Work, World

KIND = "tax.registration"
_EU_WIDE = ("oss_union", "oss_non_union", "ioss")
_STANDARD = {"place_of_supply_scheme": "standard"}


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/registrations``: a country, how one is registered there, from when on, and until when."""
    country = params["country"].upper()
    if country not in countries.CODES:
        raise Problem(f"Country '{params['country']}' is unknown.", param="country")
    options = _options(country, params["country_options"])
    begins = _begins(w, params["active_from"])
    ends = params.get("expires_at")
    _check_end(begins, ends)
    if other := _beside(w, country, options, begins, ends):
        raise _twice(other, "country_options")
    return w.add(
        KIND,
        active_from=begins,
        country=country,
        country_options=options,
        expires_at=ends,
        status=_status(w.now, begins, ends),
    )


def update(w: Work, registration: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/registrations/{id}``: when it begins, as long as it has not; when it ends, ``""`` for never."""
    begins = registration["active_from"]
    if "active_from" in params and params["active_from"] != begins:
        if registration["status"] != "scheduled":
            raise Problem("The registration has begun already, so `active_from` cannot change.", param="active_from")
        begins = _begins(w, params["active_from"])
    ends = registration["expires_at"]
    if "expires_at" in params:
        ends = {"now": w.now, "": None}.get(params["expires_at"], params["expires_at"])
        if registration["status"] == "expired":
            raise Problem("The registration has expired, so it cannot change any more.", param="expires_at")
        if ends is not None and ends < w.now:
            raise Problem("`expires_at` cannot be in the past.", param="expires_at")
        if params["expires_at"] != "now":
            _check_end(begins, ends)
    other = _beside(w, registration["country"], registration["country_options"], begins, ends, but=registration["id"])
    if other and (begins, ends) != (registration["active_from"], registration["expires_at"]):
        raise _twice(other, "expires_at" if "expires_at" in params else "active_from")
    return w.change(registration, active_from=begins, expires_at=ends, status=_status(w.now, begins, ends))


def due(world: World, registration: Doc) -> tuple[int, str] | None:
    """When its status changes next."""
    if registration["status"] == "scheduled":
        return registration["active_from"], "tax_registration.turn"
    if registration["status"] == "active" and registration["expires_at"] is not None:
        return registration["expires_at"], "tax_registration.turn"
    return None


def turn(w: Work, registration: Doc) -> None:
    """It begins, or ends."""
    w.change(registration, status=_status(w.now, registration["active_from"], registration["expires_at"]))


def table(w: Work, at: int | None = None) -> tax_table.Rates:
    """The account's table of rates as its registrations leave it, now or at another time (seconds)."""
    whole = w.settings.tax_table
    if not w.world.table(KIND).keys:
        return whole
    now = w.world.time(None) if at is None else at
    places = set()
    for registration in w.find(KIND):
        if _status(now, registration["active_from"], registration["expires_at"]) == "active":
            places |= _places(registration["country"], registration["country_options"])
    return tax_table.Registered(whole, frozenset(places))


def _places(country: str, options: Mapping[str, Any]) -> set[str]:
    """The countries and states (``US-CA``) for which a registration is, ``EU`` for all of it.

    Only sales tax counts in the United States; the provinces' own taxes of Canada are not in the table.
    """
    told = options[country.lower()]
    if country == "US":
        return {f"US-{told['state']}"} if told["type"] == "state_sales_tax" else set()
    if country == "CA" and told["type"] == "province_standard":
        return set()
    return {"EU"} if told["type"] in _EU_WIDE else {country}


def _options(country: str, sent: Mapping[str, Any]) -> Doc:
    """``country_options`` with the one country that they are about, completed."""
    name = country.lower()
    if name not in sent:
        param = f"country_options[{name}]"
        raise Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)
    if others := sorted(sent.keys() - {name}):
        raise Problem(
            f"Only country_options[{name}] fits a registration in {country}.", param=f"country_options[{others[0]}]"
        )
    told = dict(sent[name])
    where = f"country_options[{name}]"
    kind = told["type"]
    for member in sorted(told.keys() - {"type", "state", kind}):
        raise Problem(f"{member} is only for registrations of that type.", param=f"{where}[{member}]")
    if country == "US":
        told["state"] = str(told["state"]).upper()
        if told["state"] not in tax_table.STATES:
            raise Problem(f"{told['state']} is no state of the United States.", param=f"{where}[state]")
    elif kind == "province_standard" and not (told.get(kind) or {}).get("province"):
        param = f"{where}[{kind}][province]"
        raise Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)
    elif kind == "standard" and country != "CA":
        told.setdefault("standard", _STANDARD)
    return {name: told}


def _beside(
    w: Work, country: str, options: Mapping[str, Any], begins: int, ends: int | None, *, but: str = ""
) -> Doc | None:
    """Another registration like this one that holds at some time from ``begins`` until ``ends``."""
    key = _key(country, options)
    for other in w.find(KIND, country=country):
        later = other["expires_at"] is None or other["expires_at"] > begins
        during = later and (ends is None or other["active_from"] < ends)
        if during and other["id"] != but and _key(country, other["country_options"]) == key:
            return other
    return None


def _twice(other: Doc, param: str) -> Problem:
    return Problem(f"There is a registration like this already, at the same time: {other['id']}.", param=param)


def _key(country: str, options: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two registrations that overlap must not have in common."""
    told = options[country.lower()]
    own = told.get(told["type"]) or {}
    return told["type"], told.get("state"), own.get("province"), own.get("jurisdiction")


def _begins(w: Work, sent: Any) -> int:
    """``now``, or a time to come: Stripe documents no others (the wording is ours)."""
    if sent != "now" and sent < w.now:
        raise Problem("`active_from` cannot be in the past.", param="active_from")
    return w.now if sent == "now" else int(sent)


def _check_end(begins: int, ends: int | None) -> None:
    if ends is not None and ends <= begins:
        raise Problem("`expires_at` must be after `active_from`.", param="expires_at")


def _status(now: int, begins: int, ends: int | None) -> str:
    if ends is not None and ends <= now:
        return "expired"
    return "active" if begins <= now else "scheduled"
