"""What follows the last try at collecting an invoice: what becomes of the subscription, and of the invoice itself."""

from mockbill.billing import invoices, subscription_status
from mockbill.rules import dunning
from mockbill.rules.dunning import EndAction, Policy
from mockbill.world import Doc, Work, World

_CYCLE = (  # the ones that follow dunning
    "automatic_pending_invoice_item_invoice", "subscription_cycle", "subscription_threshold", "subscription_update",
)  # fmt: skip


def follows_dunning(w: Work, invoice: Doc) -> bool:
    """Only renewals and changes of a subscription are retried as the account's policy says.

    A first invoice is too, where its subscription is active although it was not paid: a bank was still asked (memory;
    Stripe's guide to BECS: when payments fail, the subscription goes by the settings of automatic collection), or a
    schedule or a quote has created it and its draft had an hour (memory).
    """
    if invoice["collection_method"] != "charge_automatically":
        return False
    if invoice["billing_reason"] != "subscription_create":
        return invoice["billing_reason"] in _CYCLE
    return invoice_has_waited(w, invoice) or _was_drafted(w, invoice)


def invoice_has_waited(w: Work, invoice: Doc) -> bool:
    """Whether a debit of a bank account was begun for an invoice."""
    return bool((w.private("invoice", invoice["id"]) or {}).get("processed"))


def _was_drafted(w: Work, invoice: Doc) -> bool:
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    return subscription is not None and subscription["status"] in ("active", "past_due", "unpaid")


def policy_of(w: Work, invoice: Doc) -> Policy:
    """How an invoice is retried: as the subscription's, as one that was made by hand, or (a first one) never."""
    if follows_dunning(w, invoice):
        return w.settings.dunning
    by_hand = invoice["billing_reason"] == "manual" and invoice["collection_method"] == "charge_automatically"
    return w.settings.invoice_retries if by_hand else dunning.NEVER


def give_up(w: Work, invoice: Doc, policy: Policy, reason: str) -> None:
    """The retries are used up, or a sent invoice is long overdue: what the policy says becomes of both.

    A subscription whose latest invoice is paid is left as it is, whatever became of an older one (Stripe's support
    article on retry schedules that are longer than a period), and one whose update waits for this invoice as well.
    In which order Stripe tells of subscription and invoice was not established: the subscription comes first here.
    """
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    if policy.end and subscription is not None and subscription_status.is_hurt_by(w, subscription, invoice):
        _end(w, subscription, policy.end)
    if policy.invoice == "uncollectible":
        written_off = invoices.mark_uncollectible(w, w.need("invoice", invoice["id"]), reason)
        w.emit("invoice.marked_uncollectible", written_off)


def sent_invoice_due(world: World, invoice: Doc) -> int | None:
    """When a subscription's open invoice that was sent to its customer brings the end, by the account's setting."""
    if not invoices.subscription_of(invoice) or invoice["collection_method"] != "send_invoice":
        return None
    return dunning.sent_invoice_end(invoice["due_date"], world.settings.sent_invoice_days)


def _end(w: Work, subscription: Doc, action: EndAction) -> None:
    if subscription["status"] in (*subscription_status.ENDED, "paused", "trialing"):
        return
    match action:
        case "cancel":
            subscription_status.end(w, subscription, "payment_failed")
        case "unpaid":
            subscription_status.change(w, subscription, status="unpaid")
        case "pause":
            subscription_status.pause(w, subscription, "final_payment_failure")
        case "past_due":  # as it is since the first failure
            pass
