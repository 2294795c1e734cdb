"""Triggers: what makes a named event come about, on fresh objects, for a customer, or on an object that exists.

A *recipe* is a function of a ``Cause`` that does what an application, a customer or a bank would have to do for the
event to come; so the state agrees with the event afterwards.  It stands in ``recipes/`` or, for objects that exist, in
``existing/``, one small module for each noun, and is bound by one of two decorators (``registry.py``):

    @fresh("invoice.voided", sets="POST /v1/invoices")
    def voided(c: Cause) -> None:
        invoice = invoices.open(c)                       # makes its customer by ``c.customer()``
        c.post(f"/v1/invoices/{invoice['id']}/void")

    @on("invoice", "invoice.voided", sets="POST /v1/invoices/{invoice}/void")
    def void(c: Cause, invoice: Doc) -> None:
        c.post(f"/v1/invoices/{invoice['id']}/void")

``fresh`` recipes are for no object (``for`` is not given); ``on`` recipes are for one of a kind that exists, by the
kind's name, and get the document; where the object that was named is of another kind, what belongs to it
(``subjects.py``: a subscription's invoice, an invoice's charge).  Whoever asks for a ``customer`` gets her newest
object of the event's kind, or of ``fresh(..., newest=KIND)``, whose ``on`` recipe does not refuse it; else the
``fresh`` recipe with her as ``c.customer()``.

``c.post``, ``c.get`` and ``c.delete`` call Stripe's API in the process, as the account's own key in the newest
version, so that all is validated, logged and carries a ``request.id``; what it refuses ends the recipe with 409.
``c.declined`` is a call that must be refused.  Where Stripe has no call (a bank debit fails, a dispute opens) use a
verb of billing's in ``with c.work() as w:``, or ``c.fall_due(doc)``, which lets the next moment of a document come now.
What cannot be in an object's state is refused by ``raise c.not_now("The invoice is paid; ...")`` before anything is
done.

``sets`` is the recipe's principal call: the one that takes what was given by ``--set``, which is checked against its
parameters before anything is done.  ``c.post`` puts it into the first call of that operation by itself.

Events that no recipe causes are *synthetic* (``synthetic.py``): emitted with an object of the right kind and marked as
such in the log.
"""

from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import fresh, on
from mockbill.triggers.triggers import Triggers

__all__ = ["Cause", "Triggers", "fresh", "on"]
