"""Invoice rendering templates: made by the control API, named by customers and invoices."""

from typing import Any

import pytest
import stripe
from api.life import Life
from control.api import Control

from mockbill.server import LocalServer


class Dashboard:
    """Where templates are made."""

    def __init__(self, server: LocalServer, account: str) -> None:
        self.control = Control(server.url, account)

    def template(self, nickname: str | None = None) -> str:
        return str(self.control.post("invoice_rendering_templates", nickname=nickname)["id"])

    def edit(self, id: str, **fields: Any) -> Any:
        return self.control.try_post(f"invoice_rendering_templates/{id}", **fields)


@pytest.fixture
def dashboard(server: LocalServer, account: str) -> Dashboard:
    return Dashboard(server, account)


def invoice(client: stripe.StripeClient, customer: str, **params: Any) -> stripe.Invoice:
    client.v1.invoice_items.create({"customer": customer, "currency": "usd", "amount": 1000})
    return client.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include", **params})


def refusal(call: Any) -> stripe.StripeError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        call()
    return refused.value


def test_a_template_is_listed_and_shown_as_it_was_in_any_version(
    client: stripe.StripeClient, dashboard: Dashboard
) -> None:
    templates = client.v1.invoice_rendering_templates
    assert templates.list().data == []
    id = dashboard.template("Plain")
    made = templates.retrieve(id)
    assert made.to_dict() == {
        "id": id,
        "object": "invoice_rendering_template",
        "created": made.created,
        "livemode": False,
        "metadata": None,
        "nickname": "Plain",
        "status": "active",
        "version": 1,
    }
    assert id.startswith("inrtem_")
    assert dashboard.edit(id, nickname="Fancy").body["version"] == 2
    assert [(one.nickname, one.version) for one in templates.list().data] == [("Fancy", 2)]
    assert templates.retrieve(id, {"version": 1}).nickname == "Plain"
    assert refusal(lambda: templates.retrieve(id, {"version": 3})).param == "version"


def test_an_archived_template_is_still_there_but_takes_nothing_new(
    client: stripe.StripeClient, dashboard: Dashboard
) -> None:
    templates = client.v1.invoice_rendering_templates
    old, new = dashboard.template("Old"), dashboard.template("New")
    ada = client.v1.customers.create({"invoice_settings": {"rendering_options": {"template": old}}})
    assert templates.archive(old).status == "archived"
    assert [one.id for one in templates.list({"status": "archived"}).data] == [old]
    assert [one.id for one in templates.list({"status": "active"}).data] == [new]
    assert dashboard.edit(old).status == 400
    named: Any = {"rendering_options": {"template": old}}
    assert refusal(lambda: client.v1.customers.create({"invoice_settings": named})).param == (
        "invoice_settings[rendering_options][template]"
    )
    bea = client.v1.customers.create().id
    assert refusal(lambda: invoice(client, bea, rendering={"template": old})).param == "rendering[template]"
    client.v1.customers.update(ada.id, {"invoice_settings": {**named, "footer": "Thanks"}})  # it had it before
    going_on = invoice(client, ada.id).rendering
    assert going_on is not None
    assert going_on.template == old
    assert templates.unarchive(old).status == "active"
    assert invoice(client, bea, rendering={"template": old}).id


def test_a_template_that_is_not_there_is_named_nowhere(client: stripe.StripeClient) -> None:
    ada = client.v1.customers.create().id
    options: Any = {"rendering_options": {"template": "inrtem_x"}}
    for call in (
        lambda: client.v1.customers.create({"invoice_settings": options}),
        lambda: client.v1.customers.update(ada, {"invoice_settings": options}),
        lambda: invoice(client, ada, rendering={"template": "inrtem_x"}),
        lambda: client.v1.invoices.update(invoice(client, ada).id, {"rendering": {"template": "inrtem_x"}}),
    ):
        refused = refusal(call)
        assert (refused.http_status, refused.code) == (400, "resource_missing")
        assert "No such invoice rendering template: 'inrtem_x'" in str(refused)


def test_a_customers_template_is_on_its_invoices(client: stripe.StripeClient, dashboard: Dashboard) -> None:
    life, template = Life.begin(client), dashboard.template()
    ada = life.customer()
    client.v1.customers.update(
        ada.id,
        {
            "invoice_settings": {
                "rendering_options": {"template": template, "amount_tax_display": "include_inclusive_tax"}
            }
        },
    )
    billed = life.subscribe(ada, life.price()).latest_invoice
    assert isinstance(billed, stripe.Invoice)
    assert billed.rendering is not None
    assert billed.rendering.to_dict() == {
        "amount_tax_display": "include_inclusive_tax",
        "pdf": None,
        "template": template,
        "template_version": 1,
    }


def test_a_draft_goes_with_the_newest_version_and_a_finalized_invoice_keeps_its_own(
    client: stripe.StripeClient, dashboard: Dashboard
) -> None:
    ada, template = client.v1.customers.create().id, dashboard.template()
    draft = invoice(client, ada, rendering={"template": template, "pdf": {"page_size": "a4"}})
    assert draft.rendering is not None
    assert (draft.rendering.template, draft.rendering.template_version) == (template, None)
    dashboard.edit(template)
    done = client.v1.invoices.finalize_invoice(draft.id)
    dashboard.edit(template)
    again = client.v1.invoices.retrieve(done.id).rendering
    assert again is not None
    assert again.pdf is not None
    assert (again.template_version, again.pdf.page_size) == (2, "a4")


def test_an_invoice_may_ask_for_an_earlier_version(client: stripe.StripeClient, dashboard: Dashboard) -> None:
    ada, template, other = client.v1.customers.create().id, dashboard.template(), dashboard.template()
    dashboard.edit(template)
    draft = invoice(client, ada, rendering={"template": template, "template_version": 1})
    assert refusal(
        lambda: client.v1.invoices.update(draft.id, {"rendering": {"template_version": 3}})
    ).param == "rendering[template_version]"  # fmt: skip
    moved = client.v1.invoices.update(draft.id, {"rendering": {"template": other}}).rendering
    assert moved is not None
    assert (moved.template, moved.template_version) == (other, None)
    assert refusal(lambda: invoice(client, ada, rendering={"template_version": 1})).param == (
        "rendering[template_version]"
    )
