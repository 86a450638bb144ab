"""What a map shows of an outlet's day."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.closing.compliance.rules import VisitStatus

MOST_OUTLETS = 20_000
"""As many outlets as one map holds: four times the largest territory that is meant."""


class OutletDayState(StrEnum):
    """How an outlet's day stands, in a word."""

    NOT_PLANNED = "not_planned"
    PLANNED = "planned"
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    MISSED = "missed"
    EXCUSED = "excused"
    ORDERED = "ordered"
    FLAGGED = "flagged"


_MOST_TELLING = (
    VisitStatus.VERIFIED,
    VisitStatus.UNVERIFIED,
    VisitStatus.PLANNED,
    VisitStatus.MISSED,
    VisitStatus.EXCUSED,
)
"""Of several visits of a day, the first of these is shown: what was done before what was left undone."""


@dataclass(frozen=True, slots=True)
class VisitOnMap:
    """A visit of a day; `sequence` is its place in the rep's plan."""

    id: UUID
    outlet_id: int
    rep_code: str
    sequence: int | None
    status: VisitStatus


def outlet_day_state(visits: Collection[VisitOnMap], *, ordered: bool, flagged: bool) -> OutletDayState:
    """The state of an outlet with these visits.

    A missing order that nothing has settled stands above everything (C2, C4): it asks for somebody. Then an order,
    which is what a visit is for, whoever took it (O5); then how its visits stand (V5).
    """
    if flagged:
        return OutletDayState.FLAGGED
    if ordered:
        return OutletDayState.ORDERED
    statuses = {visit.status for visit in visits}
    return next((OutletDayState(status) for status in _MOST_TELLING if status in statuses), OutletDayState.NOT_PLANNED)
