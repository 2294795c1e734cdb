"""Files: uploaded by the SDK, read again by key or by a link that expires."""

from io import BytesIO
from typing import Any

import pytest
import requests
import stripe
from api.life import DAY

from mockbill.server import LocalServer

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100


def logo(name: str = "logo.png", content: bytes = PNG) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def test_a_file_is_uploaded_listed_and_read_again(client: stripe.StripeClient, account: str) -> None:
    file = client.v1.files.create({"purpose": "business_logo", "file": logo()})
    assert file.id.startswith("file_")
    assert (file.filename, file.purpose, file.size, file.type) == ("logo.png", "business_logo", 108, "png")
    assert [each.id for each in client.v1.files.list({"purpose": "business_logo"}).data] == [file.id]
    assert client.v1.files.list({"purpose": "dispute_evidence"}).data == []
    assert client.v1.files.retrieve(file.id).size == 108
    (event,) = client.v1.events.list().data
    assert (event.type, event.data.object["id"]) == ("file.created", file.id)
    assert file.url is not None
    read = requests.get(file.url, auth=(f"sk_test_{account}", ""), timeout=5)
    assert (read.status_code, read.content) == (200, PNG)
    assert read.headers["Content-Disposition"] == "attachment"
    assert requests.get(file.url, timeout=5).status_code == 401


def test_a_link_shows_a_file_to_who_has_no_key_until_it_expires(
    client: stripe.StripeClient, server: LocalServer
) -> None:
    file = client.v1.files.create(
        {"purpose": "business_logo", "file": logo("../<b>.png"), "file_link_data": {"create": True}}
    )
    assert file.links is not None
    (link,) = file.links.data
    assert link.url is not None
    shown = requests.get(link.url, timeout=5)
    assert (shown.status_code, shown.content) == (200, PNG)
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert client.v1.file_links.update(link.id, {"expires_at": "now"}).expired
    assert requests.get(link.url, timeout=5).status_code == 410
    assert [each.id for each in client.v1.file_links.list({"expired": True}).data] == [link.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.file_links.update(link.id, {"expires_at": ""})


def test_a_link_expires_with_time(client: stripe.StripeClient, server: LocalServer, account: str) -> None:
    file = client.v1.files.create({"purpose": "business_logo", "file": logo()})
    link = client.v1.file_links.create({"file": file.id, "expires_at": file.created + DAY, "metadata": {"for": "ada"}})
    assert (link.expired, link.metadata["for"]) == (False, "ada")
    moved = requests.post(
        f"{server.url}/_mockbill/clock/advance", json={"by": "1 day 1 second", "account": account}, timeout=10
    )
    assert moved.status_code == 200
    assert client.v1.file_links.retrieve(link.id).expired
    links = client.v1.files.retrieve(file.id).links
    assert links is not None
    assert [each.expired for each in links.data] == [True]


@pytest.mark.parametrize("name", ["é中.pdf", 'a"b\\.pdf', "a\r\nX-Evil: 1.pdf"])
def test_a_linked_file_keeps_any_name(client: stripe.StripeClient, name: str) -> None:
    made: Any = {"purpose": "pci_document", "file": logo(name, b"text"), "file_link_data": {"create": True}}
    (link,) = client.v1.files.create(made).links.data  # type: ignore[union-attr]
    assert link.url is not None
    shown = requests.get(link.url, timeout=5)
    assert (shown.status_code, shown.content) == (200, b"text")
    assert "X-Evil" not in shown.headers


@pytest.mark.parametrize(
    ("purpose", "content", "told"),
    [
        ("business_logo", b"", "empty"),
        ("business_logo", b"<svg></svg>", "takes gif, jpg, png"),
        ("dispute_evidence", PNG + b"\x00" * (5 << 20), "too large"),
        ("dispute_evidence", b"GIF89a", "takes jpg, pdf, png"),
    ],
)
def test_what_the_purpose_does_not_take_is_refused(
    client: stripe.StripeClient, purpose: Any, content: bytes, told: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.files.create({"purpose": purpose, "file": logo(content=content)})
    assert refused.value.param == "file"
    assert told in str(refused.value)
    assert client.v1.files.list().data == []


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "multipart/form-data"}, b"x"),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"no parts at all"),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\nbroken"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"purpose=business_logo&file=text"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"purpose=business_logo&file[content]=text"),
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"x" * (18 << 20)),
    ],
)
def test_a_broken_upload_gets_a_clear_error(
    server: LocalServer, account: str, headers: dict[str, str], body: bytes
) -> None:
    answer = requests.post(
        f"{server.url}/v1/files",
        data=body,
        headers={"Authorization": f"Bearer sk_test_{account}", **headers},
        timeout=10,
    )
    assert answer.status_code in (400, 413)
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_link_of_no_file_or_into_the_past_is_refused(client: stripe.StripeClient) -> None:
    file = client.v1.files.create({"purpose": "business_logo", "file": logo()})
    for params, param in (({"file": "file_1"}, "file"), ({"file": file.id, "expires_at": 1}, "expires_at")):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.file_links.create(params)
        assert refused.value.param == param
