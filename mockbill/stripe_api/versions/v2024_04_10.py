"""2024-04-10: a product's features are its marketing features; an invoice's rendering options are its rendering.

Payment intents that say nothing of it are captured asynchronously since; before, a charge had its balance transaction
at once.
"""

from typing import Any

from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.versions.release import Release, Upgrade, without
from mockbill.surface import STRING, list_of, object_of, one_of, optional
from mockbill.world import Doc, Work

_FEATURES = {"features": optional(list_of(object_of({"name!": STRING})))}
_RENDERED = {
    "rendering_options": optional(
        object_of({"amount_tax_display": optional(one_of("exclude_tax", "include_inclusive_tax"))})
    )
}
_PRODUCTS = ("POST /v1/products", "POST /v1/products/{id}")
_INVOICES = ("POST /v1/invoices", "POST /v1/invoices/{invoice}")


def _renamed(old: str, new: str) -> Upgrade:
    def upgrade(params: dict[str, Any], version: str) -> dict[str, Any]:
        if old not in params:
            return params
        return {new: params[old], **{name: value for name, value in params.items() if name != old}}

    return upgrade


def _captured(params: dict[str, Any], version: str) -> dict[str, Any]:
    return params if version >= RELEASE.version else {"capture_method": "automatic", **params}


def _options(w: Work, invoice: Doc) -> Doc | None:
    rendering = invoice.get("rendering")
    return {"amount_tax_display": rendering["amount_tax_display"]} if rendering else None


RELEASE = Release(
    version="2024-04-10",
    accepts={**dict.fromkeys(_PRODUCTS, _FEATURES), **dict.fromkeys(_INVOICES, _RENDERED)},
    upgrades={
        **dict.fromkeys(_PRODUCTS, _renamed("features", "marketing_features")),
        **dict.fromkeys(_INVOICES, _renamed("rendering_options", "rendering")),
        "POST /v1/payment_intents": _captured,
    },
    renamed={
        **{key: [(r"marketing_features(.*)", r"features\1")] for key in _PRODUCTS},
        **{key: [(r"rendering(.*)", r"rendering_options\1")] for key in _INVOICES},
    },
    fields={
        "invoice": {"rendering_options": Older(_options)},
        "product": {"features": Older(lambda w, product: product["marketing_features"])},
    },
    downgrades={"product": without("marketing_features")},
)
