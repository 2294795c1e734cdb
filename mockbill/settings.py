"""Every setting, in one table: a row is a flag ``--seed``, a variable ``MOCKBILL_SEED`` and a config key ``seed``."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Self

from mockbill import setting_types as types
from mockbill.rules import dunning as schedule  # rules stand below every room and need only the standard library
from mockbill.rules import tax_table as tables


class SettingError(ValueError):
    """A value that a setting cannot have, or a name that is none; ``source`` is the name or variable it came from.

    A ``reason`` that ``is_whole`` itself begins with the part that is wrong.
    """

    def __init__(self, name: str, value: object, reason: str, source: str | None = None) -> None:
        self.is_whole = reason.startswith(("'", '"'))
        super().__init__(f"{source or name}: {reason}" if self.is_whole else f"{source or name} {value!r}: {reason}")
        self.name = name
        self.value = value
        self.reason = reason
        self.source = source or name


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. ``parse`` turns text into the value, or raises ValueError with the reason alone."""

    name: str
    default: Any
    help: str
    group: str
    parse: Callable[[str], Any]
    metavar: str

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return "MOCKBILL_" + self.name.upper()

    @property
    def is_switch(self) -> bool:
        return self.parse is types.switch

    @property
    def is_secret(self) -> bool:
        return self.parse is types.secret

    @property
    def of_account(self) -> bool:
        """Whether an account may have it of its own."""
        return self.group in ("billing", "deliveries")

    @property
    def repeatable(self) -> bool:
        """Whether the flag may be given several times; in the variable the values stand between commas."""
        return self.parse is types.urls

    def read(self, raw: object, source: str | None = None) -> Any:
        """The value of ``raw``, which is text or already a value of the setting's type; raises SettingError."""
        try:
            return self.parse(_text(raw))
        except ValueError as error:
            raise SettingError(self.name, "..." if self.is_secret else raw, str(error), source) from None


def _text(raw: object) -> str:
    """``raw`` as a user would write it, so that flags, variables and Python values pass the same check."""
    if isinstance(raw, bool):
        return "on" if raw else "off"
    if isinstance(raw, Iterable) and not isinstance(raw, str):
        return ",".join(map(str, raw))
    return str(raw).strip()


def _row(group: str, default: Any, parse: Callable[[str], Any], metavar: str, help: str) -> Any:
    # Secrets are shown in no log and no traceback.
    return field(
        default=default,
        repr=parse is not types.secret,
        metadata={"group": group, "parse": parse, "metavar": metavar, "help": help},
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of one server. Plain data: an account may carry a changed copy (``changed``)."""

    host: str = _row(
        "server",
        "127.0.0.1",
        types.word,
        "ADDRESS",
        "Address to listen on; 0.0.0.0 opens it to the network, control API included.",
    )
    port: int = _row("server", 12111, types.whole(0, 65_535), "PORT", "Port to listen on; 0 takes any free one.")
    base_url: str | None = _row(
        "server",
        None,
        types.base_url,
        "URL",
        "URL that links (checkout, receipts) start with; where the caller found the server if not set. On loopback, "
        "also one more name that it answers to.",
    )
    api_version: str = _row(
        "server",
        "2026-10-28.endive",
        types.version,
        "VERSION",
        "API version of requests that name none, and of events.",
    )
    check_answers: bool = _row(
        "server",
        False,
        types.switch,
        "on|off",
        "Check the type of every field of every answer against Stripe's surface.",
    )

    data: str | None = _row(
        "world", None, types.path, "FILE", "Keep the world in this file across restarts; in memory if not set."
    )
    clock: str = _row(
        "world", "real", types.clock, "real|INSTANT", "Real time, or the instant (UTC) at which time starts frozen."
    )
    seed: int | None = _row(
        "world",
        None,
        types.whole(),
        "NUMBER",
        "Same seed and same calls give the same ids; drawn at each start if not set.",
    )
    event_log: int = _row("world", 100_000, types.whole(1), "COUNT", "Events kept per account; the oldest go first.")
    request_log: int = _row("world", 1_000, types.whole(0), "COUNT", "API requests kept per account for looking at.")

    dunning: schedule.Policy = _row(  # noqa: RUF009 (a field like the rest; ruff knows only built-in types as immutable)
        "billing",
        schedule.DEFAULT,
        schedule.parse,
        "SCHEDULE",
        "Waits before each retry of a failed renewal (3d,5d,7d; or smart, which is 8 in 2w), then what becomes of the "
        "subscription: cancel, unpaid, past_due or pause; then, if wanted, of the invoice: open or uncollectible.",
    )
    invoice_retries: schedule.Policy = _row(  # noqa: RUF009
        "billing",
        schedule.NEVER,
        schedule.parse_retries,
        "SCHEDULE",
        "The same for invoices that no subscription made: none, or waits such as 3d,5d.",
    )
    hard_declines: frozenset[str] = _row(
        "billing",
        schedule.HARD_DECLINES,
        schedule.parse_declines,
        "CODE,...",
        "Decline codes after which only another payment method is tried; none retries them all.",
    )
    sent_invoice_days: int = _row(
        "billing",
        0,
        types.whole(0, 365),
        "DAYS",
        "How long after its due date an unpaid invoice that was sent brings what follows a last retry; 0 is never.",
    )
    finalization: str = _row(
        "billing",
        "in_time",
        types.one_of("in_time", "delivered"),
        "in_time|delivered",
        "Whether drafts are finalized in time, or as at Stripe only when every endpoint has taken their "
        "invoice.created, for which they wait for 72 hours.",
    )
    upcoming_days: int = _row(
        "billing", 7, types.whole(0, 45), "DAYS", "How long before a renewal invoice.upcoming is sent; 0 sends none."
    )

    invoice_numbering: str = _row(
        "billing",
        "customer",
        types.one_of("customer", "account"),
        "customer|account",
        "Whether invoices are numbered for each customer, or in one sequence for the account.",
    )
    will_be_due_days: int = _row(
        "billing",
        3,
        types.whole(0, 45),
        "DAYS",
        "How long before its due date invoice.will_be_due is sent; 0 sends none.",
    )
    overdue_days: int = _row(
        "billing", 1, types.whole(0, 365), "DAYS", "How long after its due date invoice.overdue is sent; 0 sends none."
    )

    tax_table: tables.Table = _row(  # noqa: RUF009 (a field like the rest, and immutable)
        "billing",
        tables.STANDARD,
        types.tax_table,
        "standard|FILE",
        'Rates of automatic tax by country: those that come along, or a JSON file such as {"DE": 19, "US-CA": 7.25}.',
    )
    tax_rounding: str = _row(
        "billing",
        "line",
        types.one_of("line", "invoice"),
        "line|invoice",
        "Where tax is rounded: on each line, or once for each rate on the whole invoice.",
    )

    bank_debits: str = _row(
        "billing",
        "test",
        types.one_of("test", "live"),
        "test|live",
        "How long debits of bank accounts take: as in Stripe's test mode (a second, or three minutes for the numbers "
        "that say so), or the business days of real life.",
    )
    clock_limits: str = _row(
        "billing",
        "off",
        types.one_of("off", "strict"),
        "off|strict",
        "Whether test clocks have Stripe's limits: 3 customers, steps of 2 intervals, no changes while one advances.",
    )

    forward_to: tuple[str, ...] = _row(
        "webhooks",
        (),
        types.urls,
        "URL",
        "Send every event of every account to this URL; may be given more than once.",
    )
    webhook_secret: str = _row(
        "webhooks", "whsec_mockbill", types.secret, "SECRET", "Signing secret of the --forward-to URLs."
    )
    scripts: str | None = _row(
        "webhooks",
        None,
        types.path,
        "FILE",
        "Delivery scripts that every account begins with: a YAML list of rules.",
    )
    webhook_timeout: float = _row("webhooks", 10.0, types.seconds, "SECONDS", "How long a receiver may take to answer.")
    webhook_insecure: bool = _row(
        "webhooks",
        False,
        types.switch,
        "on|off",
        "Take any certificate of a receiver at https://, such as one signed by itself.",
    )
    stripe_cli_port: int = _row(
        "webhooks",
        0,
        types.whole(0, 65_535),
        "PORT",
        "Port of the websocket for `stripe listen`, opened at the start; 0 takes any free one at need.",
    )
    webhook_queue: int = _row(
        "webhooks",
        10_000,
        types.whole(1),
        "COUNT",
        "Deliveries that may wait for one receiver, retries included; beyond that the oldest are given up.",
    )
    delivery_log: int = _row(
        "webhooks", 10_000, types.whole(0), "COUNT", "Webhook deliveries kept per account for looking at."
    )

    webhooks: str = _row(
        "deliveries",
        "background",
        types.one_of("background", "inline", "manual"),
        "MODE",
        "When events are delivered: background; inline, before the call is answered; manual, when pulled.",
    )
    webhook_retries: tuple[float, ...] = _row(
        "deliveries",
        (1.0, 5.0, 25.0),
        types.waits,
        "WAITS",
        "Waits before each new try of a failed delivery (1,5m,2h); live and test are Stripe's (3 days, some hours).",
    )
    webhook_retry_clock: str = _row(
        "deliveries",
        "real",
        types.one_of("real", "world"),
        "real|world",
        "Whether these waits are real time, or pass on the account's clock, with all else that falls due there.",
    )

    webhook_disable_after: float = _row(
        "deliveries",
        0.0,
        types.span_or_off,
        "off|TIME",
        "After how long an endpoint that takes nothing is disabled, on the clock of the retries (3d); 0 is never.",
    )

    log_level: str = _row(
        "logs",
        "info",
        types.one_of("debug", "info", "warning", "error"),
        "LEVEL",
        "Least level that is logged: debug, info, warning, error.",
    )
    log_format: str = _row("logs", "text", types.one_of("text", "json"), "text|json", "How log lines are written.")

    @classmethod
    def load(
        cls, overrides: Mapping[str, object] = MappingProxyType({}), environ: Mapping[str, str] = os.environ
    ) -> Self:
        """Settings from defaults, then ``MOCKBILL_*`` variables, then ``overrides`` (flags or keywords, by name).

        An override of None or () counts as not given, as does an empty variable: what click and
        ``MOCKBILL_X: ${X:-}`` in a compose file leave behind. Raises SettingError.
        """
        values = {row.name: row.read(raw, row.variable) for row in TABLE.values() if (raw := _variable(row, environ))}
        return cls(**values).changed({name: raw for name, raw in overrides.items() if raw is not None and raw != ()})

    def changed(self, values: Mapping[str, object]) -> Self:
        """A copy with these settings replaced, checked as ``load`` checks them."""
        return replace(self, **{name: setting(name).read(raw) for name, raw in values.items()})

    @property
    def frozen_at(self) -> int | None:
        """The instant at which time starts frozen, in seconds since 1970; None with the real clock."""
        return None if self.clock == "real" else int(datetime.fromisoformat(self.clock).timestamp())

    def as_dict(self) -> dict[str, Any]:
        """Name to value as JSON can hold it, secrets included; ``load`` takes it back."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in TABLE}
        return {name: _plain(value) for name, value in plain.items()}


TABLE: Mapping[str, Setting] = {row.name: Setting(row.name, row.default, **row.metadata) for row in fields(Settings)}


def setting(name: str) -> Setting:
    """The row called ``name``; raises SettingError, naming the nearest one, when there is none."""
    try:
        return TABLE[name]
    except KeyError:
        near = get_close_matches(name, TABLE, n=1)
        reason = f"there is none; did you mean {near[0]}?" if near else f"there is none; there are {', '.join(TABLE)}"
        raise SettingError(name, name, reason, "setting") from None


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value) or "none"
    if isinstance(value, schedule.Policy | tables.Table):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _variable(row: Setting, environ: Mapping[str, str]) -> str:
    text = environ.get(row.variable, "")
    # Kubernetes puts MOCKBILL_PORT=tcp://10.0.0.1:12111 into every container next to a service called mockbill.
    return "" if row.name == "port" and text.startswith("tcp://") else text
