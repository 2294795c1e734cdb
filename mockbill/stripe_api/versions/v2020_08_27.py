"""2020-08-27: a customer shows its sources, subscriptions and tax ids only where they are expanded."""

from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.registry import INCLUDES
from mockbill.stripe_api.versions.release import Release
from mockbill.world import Doc, Work


def _included(name: str, *kinds: str) -> Older:
    def fill(w: Work, customer: Doc) -> Doc:
        page: Doc = customer.get(name) or INCLUDES["customer", name](w, customer)
        return page

    return Older(fill, kinds, listed=True)


RELEASE = Release(
    version="2020-08-27",
    fields={
        "customer": {
            "sources": _included("sources", "card", "bank_account", "source"),
            "subscriptions": _included("subscriptions", "subscription"),
            "tax_ids": _included("tax_ids", "tax_id"),
        }
    },
)
