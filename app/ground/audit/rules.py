"""What of a record changed, and what it was: plain values in, plain values out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Values = Mapping[str, Any]
"""Members of a record by their names in the API: plain values that JSON can hold, decimals and times among them."""


class AuditKind(StrEnum):
    """What a record is."""

    TERRITORY = "territory"
    REP = "rep"
    OUTLET = "outlet"
    CHANNEL_TERMS = "channel_terms"
    PRODUCT = "product"
    PRICE = "price"
    ASSORTMENT_TARGETS = "assortment_targets"
    MISMATCH_REASON = "mismatch_reason"
    WORKDAY = "workday"
    USER = "user"
    CLIENT = "client"
    DEVICE = "device"
    POINTS_POLICY = "points_policy"
    STATEMENT_POLICY = "statement_policy"


class AuditChannel(StrEnum):
    """By which door a change came."""

    API = "api"
    IMPORT = "import"
    COMMAND_LINE = "command_line"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class ChangeAuthor:
    """Who changes something, and by which door. `actor` is as in all records: `user:anna`, `client:erp`, `cli`."""

    actor: str
    channel: AuditChannel
    actor_id: str | None = None


AT_THE_TERMINAL = ChangeAuthor("cli", AuditChannel.COMMAND_LINE)
SYSTEM = ChangeAuthor("system", AuditChannel.SYSTEM)
"""What nobody asked for: a job, or the software itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one record: all its members, or those that change, before (None: there was none) and after.

    `named_by`: members that tell it from others of the same code; they are told with every change.
    """

    kind: AuditKind
    code: str
    before: Values | None
    after: Values
    named_by: Collection[str] = ()


def differing(change: Change) -> Change | None:
    """The change with the members that differ alone; None where none does. A record that is made has them all."""
    if change.before is None:
        return change
    names = [name for name, value in change.after.items() if change.before.get(name) != value]
    if not names:
        return None
    names = [*change.named_by, *names]
    before = {name: change.before.get(name) for name in names}
    return Change(change.kind, change.code, before, {name: change.after[name] for name in names})


def earlier(later_changes: Iterable[Values | None]) -> Values | None:
    """The members that a record had otherwise, as they were: from what each later change found, the earliest first.

    None where the record did not exist yet.
    """
    members: dict[str, Any] = {}
    for before in later_changes:
        if before is None:
            return None
        members = dict(before) | members
    return members
