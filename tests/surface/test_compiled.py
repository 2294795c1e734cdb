"""The compiled file is what the installed SDK says, all of it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe
from stripe._object_classes import OBJECT_CLASSES
from stripe.v2._list_object import ListObject as V2ListObject

from mockbill import surface
from mockbill.surface import dropped, releases, undescribed

ROOT = Path(__file__).parents[2]
SDK = Path(stripe.__file__).parent
REQUEST = re.compile(r'self\._request(?:_stream)?\(\s*"(get|post|delete)",\s*"(/v[12]/[^"]*)"')


def requests_in_the_sdk() -> Iterator[str]:
    """Read with a pattern, on purpose not with the compiler's parser."""
    for path in SDK.rglob("*_service.py"):
        for method, url in REQUEST.findall(path.read_text()):
            yield f"{method.upper()} {url}"


def compile_surface(*arguments: str, target: Path | None = None) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.path.insert(0, 'tools'); import compile_surface as c; "
    if target:
        code += f"from pathlib import Path; c.TARGET = Path({str(target)!r}); "
    code += "sys.exit(c.main())"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_the_file_is_current() -> None:
    done = compile_surface("--check")
    assert done.returncode == 0, done.stderr


def test_a_file_that_is_not_current_is_told_apart_and_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "surface.json"
    target.write_text("{}")
    done = compile_surface("--check", target=target)
    assert done.returncode == 1
    assert "make surface" in done.stderr
    assert target.read_text() == "{}"


def test_the_version_is_the_sdks() -> None:
    assert surface.api_version() == stripe.api_version


def test_every_request_of_every_service_is_an_operation() -> None:
    asked = set(requests_in_the_sdk())
    assert len([key for key in asked if " /v1/" in key]) == 557  # 556 that answer JSON, and the PDF of a quote
    assert asked - set(surface.operations()) == set()


def test_operations_that_no_service_has_are_a_charges_refunds_those_of_older_releases_and_of_the_cli() -> None:
    more = {key for key, operation in surface.operations().items() if not operation.gone} - set(requests_in_the_sdk())
    refunds = {"GET /v1/charges/{charge}/refunds", "GET /v1/charges/{charge}/refunds/{refund}"}
    assert more == refunds | undescribed.OPERATIONS.keys()


def test_operations_of_the_cli_are_about_objects_of_the_sdk() -> None:
    for key in undescribed.OPERATIONS:
        operation = surface.operations()[key]
        assert operation.kind in OBJECT_CLASSES or operation.answer == "nothing"  # a session of the CLI is no object


def test_operations_of_older_releases_say_which_release_took_them_out() -> None:
    gone = {key: operation for key, operation in surface.operations().items() if operation.gone}
    assert gone.keys() == dropped.GONE.keys()
    for operation in gone.values():
        assert operation.gone in releases.versions()
        assert operation.kind in surface.kinds()
    assert set(dropped.SHAPES) <= set(surface.kinds())


def test_no_two_operations_share_a_method_and_a_path() -> None:
    shared = [re.sub(r"{\w+}", "{}", key) for key in surface.operations()]
    assert len(shared) == len(set(shared))


@pytest.mark.parametrize(
    ("key", "verb", "kind", "answer"),
    [
        ("POST /v1/customers", "create", "customer", "object"),
        ("GET /v1/customers/search", "search", "customer", "search_result"),
        ("DELETE /v1/customers/{customer}", "delete", "customer", "deleted"),
        ("DELETE /v1/customers/{customer}/discount", "delete_discount", "discount", "deleted"),
        ("DELETE /v1/subscriptions/{subscription_exposed_id}", "cancel", "subscription", "object"),
        ("GET /v1/checkout/sessions/{session}/line_items", "list", "item", "list"),
        ("POST /v1/invoices/create_preview", "create_preview", "invoice", "object"),
        ("GET /v1/quotes/{quote}/pdf", "pdf", None, "bytes"),
        ("GET /v1/charges/{charge}/refunds", "list", "refund", "list"),
        ("DELETE /v2/core/event_destinations/{id}", "delete", "v2.core.event_destination", "deleted"),
        ("POST /v2/billing/meter_event_stream", "create", None, "nothing"),
    ],
)
def test_an_operation_says_what_it_does_and_answers(key: str, verb: str, kind: str | None, answer: str) -> None:
    operation = surface.operations()[key]
    assert (operation.verb, operation.kind, operation.answer) == (verb, kind, answer)


def test_an_answer_of_several_kinds_names_them_all() -> None:
    operation = surface.operations()["GET /v1/accounts/{account}/external_accounts"]
    assert operation.kind is None
    assert operation.kinds == ("bank_account", "card")


def test_every_object_of_the_sdk_has_a_shape_with_all_its_fields() -> None:
    lists = {"list", "search_result", V2ListObject.OBJECT_NAME}
    for kind, (module, name) in OBJECT_CLASSES.items():
        if kind in lists or kind == "file_upload":  # an older name of a file
            continue
        declared = getattr(sys.modules.get(module) or __import__(module, fromlist=[name]), name).__annotations__
        fields = {name.removesuffix("_") for name in declared if name != "OBJECT_NAME" and not name.startswith("_")}
        assert set(surface.shape(kind)) == fields, kind


def test_events_are_those_an_endpoint_can_listen_to() -> None:
    assert {"customer.created", "invoice.payment_failed", "customer.subscription.trial_will_end"} <= surface.events()
    assert "*" not in surface.events()
    assert len(surface.events()) == 275
