"""Invoice rendering templates: how invoices are to look on paper, and who names them.

Stripe's API cannot make one: it comes from the dashboard.  Here the control API stands for that, and each edit there is
the next version.  An invoice that is finalized keeps the version of that moment; while it is a draft without one of its
own it goes with the newest (how Stripe shows that is not established).  No events.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import fields
from mockbill.world import Doc, Problem, Work

KIND = "invoice_rendering_template"


def create(w: Work, nickname: str | None) -> Doc:
    """A template, as the dashboard makes it: version 1."""
    template = w.add(KIND, metadata=None, nickname=nickname, status="active", version=1)
    w.keep("template", template["id"], versions=[template])
    return template


def revise(w: Work, template: Doc, nickname: str | None) -> Doc:
    """The next version, as the dashboard saves it; Problem for one that is archived."""
    if template["status"] == "archived":
        raise Problem("An archived invoice rendering template cannot be updated.", param="id")
    changed = w.change(template, nickname=nickname or template["nickname"], version=template["version"] + 1)
    w.keep("template", template["id"], versions=[*_versions(w, template), changed])
    return changed


def archive(w: Work, template: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../{template}/archive``: nothing new can name it; what names it already goes on with it."""
    return w.change(template, status="archived")


def unarchive(w: Work, template: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../{template}/unarchive``."""
    return w.change(template, status="active")


def at_version(w: Work, template: Doc, version: int | None) -> Doc:
    """A template as it is, or as an earlier version was."""
    if version is None:
        return template
    _check_version(template, version, "version")
    return {**_versions(w, template)[version - 1], "status": template["status"]}


def check(w: Work, rendering: Any, where: str, before: Mapping[str, Any] | None = None) -> None:
    """Problem where rendering options name a template that is not there, or newly one that is archived.

    ``where`` is the parameter that they are; ``before`` are those that they take the place of.
    """
    if not rendering:
        return
    named = rendering.get("template")
    if named:
        template = w.need(KIND, named, f"{where}[template]")
        if template["status"] == "archived" and (before or {}).get("template") != named:
            raise Problem(
                f"The invoice rendering template {named} is archived, so nothing new can use it.",
                param=f"{where}[template]",
            )
    if version := rendering.get("template_version"):
        known = named or (before or {}).get("template")
        if not known:
            raise Problem("A template version needs a template.", param=f"{where}[template_version]")
        _check_version(w.need(KIND, known, f"{where}[template]"), version, f"{where}[template_version]")


def on_invoice(w: Work, sent: Any, before: Mapping[str, Any] | None) -> Doc | None:
    """``rendering`` of an invoice: ``before`` with what was sent; another template comes in its newest version.

    Older versions can unset it by an empty text.
    """
    if not sent:
        return None
    check(w, sent, "rendering", before)
    old = dict(before or {})
    if sent.get("template") and sent["template"] != old.get("template"):
        old["template_version"] = None
    shown: Doc = fields.fitted("invoice", ("rendering",), sent, old)
    return shown


def of_customer(customer: Doc) -> Doc | None:
    """``rendering`` that a customer's new invoices begin with."""
    options = (customer["invoice_settings"] or {}).get("rendering_options")
    return {"pdf": None, "template_version": None, **options} if options else None


def settled(w: Work, invoice: Doc) -> dict[str, Doc]:
    """``{"rendering": ...}`` with the version of now for an invoice that is finalized; ``{}`` where there is none."""
    rendering = invoice["rendering"]
    if not rendering or not rendering["template"] or rendering["template_version"]:
        return {}
    template = w.need(KIND, rendering["template"])
    return {"rendering": {**rendering, "template_version": template["version"]}}


def _versions(w: Work, template: Doc) -> list[Doc]:
    return list((w.private("template", template["id"]) or {})["versions"])


def _check_version(template: Doc, version: int, param: str) -> None:
    if not 1 <= version <= template["version"]:
        raise Problem(f"The invoice rendering template {template['id']} has no version {version}.", param=param)
