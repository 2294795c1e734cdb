"""The verbs of a story that happen in the billing portal: a customer's visit, and what she does there."""

from typing import Any

from mockbill.scenario import objects
from mockbill.scenario.client import Client, Document
from mockbill.scenario.compare import Difference, Unmet
from mockbill.scenario.objects import Thing

ACCOUNT_URL = "https://shop.example/account"


class PortalVisits:
    """What `Stage` can do in the portal: as its pages would, by the control API."""

    client: Client

    def portal(self, customer: Thing, **params: Any) -> Document:
        """A portal session, which leads back to the account page of an example shop unless `params` say otherwise."""
        sent = {"customer": customer, "return_url": ACCOUNT_URL, **params}
        return self.client.stripe("POST", "/v1/billing_portal/sessions", sent)

    def in_the_portal(self, session: Thing, do: str, **asked: Any) -> Document:
        """Cancel, resume or change a subscription, or give a card; answers its status and where that leads."""
        sent = {name: value if isinstance(value, int) else objects.id_of(value) for name, value in asked.items()}
        answer = self.client.control("POST", f"portal/{objects.id_of(session)}/{do}", sent)
        if error := answer.get("error"):
            raise Unmet("the portal did not take the card", [Difference("card", "taken", error["message"])])
        return answer
