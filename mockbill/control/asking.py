"""What a caller asks, read and checked: JSON body or query by a marshmallow schema, and the account it is about."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

import orjson
from flask import request
from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Range
from werkzeug.exceptions import RequestEntityTooLarge

from mockbill.control.rooms import rooms
from mockbill.world import World
from mockbill.world.accounts import DEFAULT

_NAME = re.compile(r"[A-Za-z0-9_]+")
_KEY = re.compile(r"[a-z]{2}_(test|live)_")


class Refusal(Exception):
    """An answer of 400, 403, 404, 409 or 422: ``{"error": {"code", "message", "param"?}}``, and what ``more`` says."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        param: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.more = more or {}

    def as_dict(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message, **self.more}
        return {"error": error if self.param is None else {**error, "param": self.param}}


class Asked(Schema):
    """The fields of a call; every call may name its account."""

    class Meta:
        unknown = RAISE

    account = fields.String()


class Read(fields.Field[Any]):
    """Text or a number, read by a function of ``rules``: its ValueError is the message."""

    def __init__(self, read: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read = read

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValidationError("must be text or a whole number")
        try:
            return self._read(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Page(Asked):
    """A list of what happened, oldest first: the newest ``limit`` of it, or the ``limit`` that follow ``after``."""

    limit = fields.Integer(validate=Range(1, 10_000), load_default=100)
    after = fields.String()


def body(schema: Schema) -> dict[str, Any]:
    """The JSON object that was sent, checked; no body counts as ``{}``.  The query may hold the account."""
    return _checked(schema, raw_body())


def raw_body() -> dict[str, Any]:
    """The JSON object that was sent, for a call whose fields no schema knows; only its account is checked."""
    sent = _json()
    if "account" not in sent and "account" in request.args:
        sent = {**sent, "account": request.args["account"]}
    _checked(Asked(), {name: value for name, value in sent.items() if name == "account"})
    return sent


def query(schema: Schema) -> dict[str, Any]:
    """The query, checked."""
    return _checked(schema, request.args.to_dict())


def world_of(asked: Mapping[str, Any]) -> World:
    """The account that a call is about: named, or that of the API key, or the default one."""
    name = asked.get("account")
    if name is not None:
        return _named(name)
    authorization = request.headers.get("Authorization")
    if authorization:
        return rooms().caller(authorization, request.headers.get("Stripe-Account"))
    return rooms().worlds.of(DEFAULT)


def nearest(word: str, known: list[str]) -> str:
    """``; did you mean by?``, or what there is."""
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"


def _named(name: str) -> World:
    worlds = rooms().worlds
    if name.startswith("acct_"):
        connected = worlds.by_account_id(name)
        if connected is None:
            raise Refusal(404, "account_missing", f"No account {name} has been used yet.", "account")
        return connected
    if (key := _KEY.match(name)) is not None:
        rest = name[key.end() :] or "ada"
        raise Refusal(422, "account_invalid", f"account takes a name, not a key: write {rest}.", "account")
    if not _NAME.fullmatch(name):
        raise Refusal(
            422, "account_invalid", f"{name!r} is no account: letters, digits and _ (ada for sk_test_ada).", "account"
        )
    return worlds.of(name)


def _json() -> dict[str, Any]:
    try:
        raw = request.get_data()
    except RequestEntityTooLarge:
        raise Refusal(400, "body_too_large", "The body is too large.") from None
    if not raw.strip():
        return {}
    try:
        sent = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        example = 'curl -H "Content-Type: application/json" -d \'{"by": "1 month"}\''
        raise Refusal(400, "body_not_json", f"The body is not JSON ({error}). Send JSON: {example}") from None
    if not isinstance(sent, dict):
        raise Refusal(400, "body_not_object", 'The body must be a JSON object such as {"by": "1 month"}.')
    return sent


def _checked(schema: Schema, sent: dict[str, Any]) -> dict[str, Any]:
    known = [field.data_key or name for name, field in schema.fields.items()]
    for name in sent:
        if name not in known:
            raise Refusal(422, "field_unknown", f"{name} is no field of this call{nearest(name, known)}", name)
    try:
        loaded: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        field, message = _first(error.messages)
        if field is None:
            raise Refusal(422, "fields_invalid", message) from None
        code = "field_invalid" if field in sent else "field_missing"
        raise Refusal(422, code, f"{field}: {message}", field) from None
    return loaded


def _first(messages: Any) -> tuple[str | None, str]:
    """The first complaint of marshmallow's, and the field that it is about."""
    name, text = next(iter(messages.items()))
    while not isinstance(text, str):
        text = next(iter(text.values() if isinstance(text, dict) else text))
    return (None if name == "_schema" else str(name)), text
