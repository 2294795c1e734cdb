"""Every resource that is only stored: created, read, changed, listed and deleted by its declared shape."""

from typing import Any

import pytest
import requests

from mockbill import surface
from mockbill.server import LocalServer
from mockbill.stripe_api import resources, stored
from mockbill.surface import Operation
from mockbill.surface.data import compiled, resolved, type_of

resources.load()
STORED = [operation for operation in surface.operations().values() if stored.level_of(operation) == "stored"]
CREATED = [
    operation
    for operation in STORED
    # no call makes an application fee, so that there is none to refund
    if operation.verb == "create" and operation.kind != "fee_refund"
]
NAMED = {
    **{kind: kind for kind in ("customer", "product", "price", "invoice")},
    "card": "issuing.card",
    "entitlement_feature": "entitlements.feature",
}
VALUES = {"string": "x", "integer": "1", "boolean": "true", "number": "1.5", "decimal": "1.5", "any": "x"}


class Caller:
    """Calls the API without an SDK, and makes what other objects need to be made of."""

    def __init__(self, url: str, account: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer sk_test_{account}"
        self.made: dict[str, str] = {}

    def __call__(self, method: str, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        status, answer = self.raw(method, path, params)
        assert status == 200, f"{method} {path} {params}: {answer}"
        return answer

    def raw(self, method: str, path: str, params: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        where = {"data": params} if method == "POST" else {"params": params}
        response = self.session.request(method, self.url + path, **where)  # type: ignore[arg-type]
        answer: dict[str, Any] = response.json()
        return response.status_code, answer

    def some(self, kind: str) -> str:
        """The id of an object of a kind, made on first use."""
        if kind not in self.made:
            self.made[kind] = self._make(kind)
        return self.made[kind]

    def _make(self, kind: str) -> str:
        known: dict[str, dict[str, str]] = {
            "customer": {"email": "ada@example.com", "payment_method": "pm_card_visa"},
            "product": {"name": "Pro"},
            "price": {"currency": "usd", "unit_amount": "100", "product_data[name]": "Pro"},
            "account": {"country": "SE"},
        }
        [creation] = [
            operation
            for operation in surface.operations().values()
            if (operation.kind, operation.verb) == (kind, "create") and "/test_helpers/" not in operation.path
        ]
        params = known.get(kind) or self.minimal(creation.key)
        if kind == "invoice":
            params = {"customer": self.some("customer")}
        made: str = self("POST", self.path(creation), params)["id"]
        return made

    def path(self, operation: Operation) -> str:
        """The path of a collection, under a parent that is there."""
        parent = stored._parent_of(operation.path)
        if parent is None:
            return operation.path
        return operation.path.replace("{" + parent.parameter + "}", self.some(parent.kind))

    def minimal(self, key: str) -> dict[str, str]:
        """The parameters that an operation requires, by their types."""
        return dict(flat(sample(resolved(compiled()["operations"][key][3])[0], self)))


def sample(node: Any, caller: Caller, name: str = "") -> Any:
    node, _ = resolved(node)
    form = type_of(node)
    if form == "object":
        required = {key[:-1]: value for key, value in node.items() if key.endswith("!")}
        if not required and name:  # a hash cannot be sent empty
            key = min(node, key=lambda each: type_of(resolved(node[each])[0]) not in VALUES)
            required = {key: node[key]}
        return {key: sample(value, caller, key) for key, value in required.items()}
    if form == "enum":
        return node[1]
    if form == "list":
        return [sample(node[1], caller, name)]
    if form == "map":
        return {"usd": sample(node[1], caller, name)}
    if form == "any_of":
        return sample(node[1], caller, name)
    return caller.some(NAMED[name]) if name in NAMED else VALUES[form]


def flat(tree: Any, prefix: str = "") -> Any:
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        path = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, dict | list):
            yield from flat(value, path)
        else:
            yield path, value


@pytest.fixture
def call(server: LocalServer, account: str) -> Caller:
    return Caller(server.url, account)


def sibling(creation: Operation, verb: str) -> Operation | None:
    """The operation of a verb on the objects that ``creation`` makes."""
    found = [
        operation
        for operation in STORED
        if (operation.kind, operation.verb) == (creation.kind, verb)
        and operation.path.count("/") == creation.path.count("/") + (verb != "list")
    ]
    return found[0] if found else None


@pytest.mark.parametrize("creation", CREATED, ids=lambda operation: operation.key)
def test_what_is_created_can_be_read_changed_listed_and_deleted(call: Caller, creation: Operation) -> None:
    assert creation.kind is not None
    collection = call.path(creation)
    made = call("POST", collection, call.minimal(creation.key))
    assert made["object"] == creation.kind
    if "id" not in surface.shape(creation.kind):
        return
    item = f"{collection}/{made['id']}"
    if sibling(creation, "retrieve"):
        assert call("GET", item) == made
    if sibling(creation, "update") and "metadata" in surface.shape(creation.kind):
        made = {**made, "metadata": {"team": "blue"}}
        assert call("POST", item, {"metadata[team]": "blue"}) == made
    if listing := sibling(creation, "list"):
        filters = call.minimal(listing.key)
        if all(made.get(name) == value for name, value in filters.items()):
            assert call("GET", collection, filters)["data"] == [made]
            newer = call("POST", collection, call.minimal(creation.key))
            page = call("GET", collection, {"limit": "1", **filters})
            assert ([each["id"] for each in page["data"]], page["has_more"]) == ([newer["id"]], True)
    if deletion := sibling(creation, "delete"):
        gone = {"id": made["id"], "object": creation.kind, "deleted": True}
        assert call("DELETE", item) == (gone if deletion.answer == "deleted" else made)
        status, answer = call.raw("DELETE", item)
        assert (status, answer["error"]["code"], answer["error"]["param"]) == (404, "resource_missing", "id")
